"""`unbind config show`: every setting that is in force,
where its value comes from, and what it is for.

A value comes from the file that was read (with its line), from certificates.yaml, from another
setting that it follows, or is the default. Secrets are named with their origin and never shown;
neither are the arguments of a program that prints one.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from functools import reduce
from pathlib import Path
from typing import Any, Final

import yaml

from app.settings.certificate_settings import DATA_FILE, READING, data
from app.settings.config import Config
from app.settings.config_file import KeyPath, read
from app.settings.config_template import aligned, words
from app.settings.credentials import DATABASE, IMAP, SMTP, VAULT, VAULT_PIN, one_for_both, origin
from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Zone, section
from app.vault_keys import vault_key_file

FOLLOWED: Final = {
    ("web", "base_url"): "web.port",
    ("mailbox",): "mailbox.provider",
    ("outbox",): "mailbox.provider",
}
"""Settings that follow another one where nothing is written, and which."""
PROFILES: Final = ("certificates", "profiles")
LONGEST_LIST: Final = 80
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value and its default as JSON has them, where the value comes from,
    and what it is for (with its unit)."""

    key: KeyPath
    value: Any
    default: Any
    origin: str
    why: str

    @property
    def name(self) -> str:
        return ".".join(self.key)

    @property
    def changed(self) -> bool:
        return bool(self.value != self.default)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by the name of its environment variable; `origin` is "" where nothing gives it."""

    name: str
    origin: str


def report(config: Config) -> Iterator[Setting]:
    yield from _of_section(config, config.settings, Settings(), ())


def secrets(config: Config, environ: Mapping[str, str]) -> Iterator[Secret]:
    """Every secret, and where it comes from. No program is run to find out."""
    imap, smtp = config.settings.mailbox.imap, config.settings.outbox.smtp
    own = origin(SMTP, environ, config.optional_path(smtp.password_file), smtp.password_command)
    yield Secret(
        IMAP, origin(IMAP, environ, config.optional_path(imap.password_file), imap.password_command)
    )
    yield Secret(SMTP, own or (f"as {IMAP}" if one_for_both(config) else ""))
    yield Secret(DATABASE, origin(DATABASE, environ))
    yield Secret(VAULT, origin(VAULT, environ, vault_key_file(config)))
    yield Secret(VAULT_PIN, origin(VAULT_PIN, environ))


def as_yaml(settings: Iterable[Setting]) -> Iterator[str]:
    """The lines of a config.yaml that says the same, with origin and reason beside each setting.

    A reason that many share (of all severities, of one setting in each profile) stands once.
    """
    before: KeyPath = ()
    said: set[str] = set()
    for setting in settings:
        yield from _heads(before, setting.key)
        yield from _entry(
            setting, "" if setting.why in {*said, _reason(setting.key[:-1])} else setting.why
        )
        before = setting.key
        said |= {setting.why} if setting.key[:2] == PROFILES else set()


def _of_section(config: Config, zone: Zone, default: Zone, path: KeyPath) -> Iterator[Setting]:
    values, defaults = dict(zone), dict(default)
    for name, field in type(zone).model_fields.items():
        key = (*path, name)
        if key[:2] != PROFILES or name != "like":  # it is resolved
            yield from _of_value(config, values[name], defaults[name], key, words(field))


def _of_value(
    config: Config, value: Any, default: Any, key: KeyPath, why: str
) -> Iterator[Setting]:
    if isinstance(value, Zone):
        yield from _of_section(config, value, default or type(value)(), key)
    elif isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _of_value(config, one, default.get(name), (*key, str(name)), why)
    else:
        plain, plain_default = _plain(value), _plain(default)
        yield Setting(
            key,
            _masked(key, plain),
            _masked(key, plain_default),
            _origin(config, key, plain, plain_default),
            why,
        )


def _origin(config: Config, key: KeyPath, value: Any, default: Any) -> str:
    if key in config.written.lines:
        written = reduce(lambda values, name: values[name], key, config.written.values)
        if written not in (None, "") or value == default:
            return _line_in(config, key)
    if key[:2] == PROFILES and (found := _origin_of_profile(config, key)):
        return found
    if value == default:
        return DEFAULT
    return next(
        (f"follows {other}" for start, other in FOLLOWED.items() if key[: len(start)] == start),
        "program",
    )


def _origin_of_profile(config: Config, key: KeyPath) -> str:
    """Of a setting that its profile takes from another one, or from the data file."""
    like = (*key[:-1], "like")
    if like in config.written.lines and key[-1] in READING:
        return _line_in(config, like)
    line = _line_of_data(*key[2:])
    return f"{DATA_FILE.name}:{line}" if line else ""


def _line_of_data(profile: str, field: str) -> int | None:
    """The line of the data file that says a setting of a profile,
    followed over `like`; None for a default."""
    line = data().lines.get(("profiles", profile, field))
    like = data().values["profiles"].get(profile, {}).get("like")
    return line or (_line_of_data(like, field) if like and field in READING else None)


def _line_in(config: Config, key: KeyPath) -> str:
    return f"{config.name}:{config.written.lines[key]}"


def _masked(key: KeyPath, value: Any) -> Any:
    return [*value[:1], "…"] if key[-1] == "password_command" and value else value


def _plain(value: Any) -> Any:
    """A value as JSON and YAML have it."""
    match value:
        case Enum():
            return value.value
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case Path():
            return str(value)
        case tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _heads(before: KeyPath, key: KeyPath) -> Iterator[str]:
    for depth in range(1, len(key)):
        if before[:depth] != key[:depth]:
            yield from [""] if depth == 1 and before else []
            yield from aligned(f"{_indent(key[:depth])}{key[depth - 1]}:", _reason(key[:depth]))


def _reason(key: KeyPath) -> str:
    """What a section is for; "" for one that stands under a name of its own."""
    if not key:
        return ""
    model: Any = Settings
    for name in key[:-1]:
        model = (
            section(model.model_fields[name].annotation)[0] if name in model.model_fields else model
        )
    field = model.model_fields.get(key[-1])
    return words(field) if field else ""


def _entry(setting: Setting, why: str) -> Iterator[str]:
    lead, shown = f"{_indent(setting.key)}{setting.key[-1]}:", _flow(setting.value)
    block = isinstance(setting.value, list) and len(shown) > LONGEST_LIST
    default = f" (default {_flow(setting.default)})" if setting.changed and not block else ""
    yield from aligned(
        lead if block else f"{lead} {shown}", f"[{setting.origin}]{default} {why}".rstrip()
    )
    if block:
        yield from (f"{_indent(setting.key)}  - {_flow(item)}" for item in setting.value)


def _indent(key: KeyPath) -> str:
    return "  " * (len(key) - 1)


def _flow(value: Any) -> str:
    match value:
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case _:
            return json.dumps(value)


def _text(value: str) -> str:
    """A text as YAML: plain where it is read back as the same text, else in quotation marks."""
    with contextlib.suppress(yaml.YAMLError):
        if value and read(f"[{value}]").values == [value]:
            return value
    return "'" + value.replace("'", "''") + "'"
