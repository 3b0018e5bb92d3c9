"""`unbind config show`: every setting that is in force,
where its value comes from, and what it is for.

A value comes from the file that was read (with its line), from certificates.yaml, from another
setting that it follows, or is the default. Secrets are named with their origin and never shown;
neither are the arguments of a program that prints one.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

import yaml
from pydantic_core import to_jsonable_python

from app.credentials import DATABASE, SMTP, VAULT, one_for_both, origin
from app.mailbox_kinds import MAILBOXES
from app.settings.certificate_settings import DATA_FILE, READING, data
from app.settings.config import Config
from app.settings.config_file import KeyPath, read
from app.settings.config_template import aligned
from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Declared, declared
from app.vault_keys import vault_key_file
from app.ways_out import ANNOUNCERS

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


def report(config: Config) -> Iterator[Setting]:
    for name, one in declared(Settings).items():
        yield from _of_value(config, getattr(config.settings, name), one.default, (name,), one)


def secrets(config: Config, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every secret by the name of its environment variable, and where it comes from; "" where
    nothing gives it. No program is run to find out."""
    settings = config.settings
    for kind, row in MAILBOXES.items():
        if row.variable:
            account = getattr(settings.mailbox, kind)
            yield (
                row.variable,
                origin(row.variable, environ, account.password_file, account.password_command),
            )
    smtp = settings.outbox.smtp
    own = origin(SMTP, environ, smtp.password_file, smtp.password_command)
    yield (
        SMTP,
        own or (f"as {MAILBOXES[settings.mailbox.kind].variable}" if one_for_both(config) else ""),
    )
    yield DATABASE, origin(DATABASE, environ)
    yield VAULT, origin(VAULT, environ, vault_key_file(config))
    for announcer in ANNOUNCERS.values():
        for name, setting in (announcer.url, announcer.secret):
            yield name, origin(name, environ, getattr(settings.announce, setting))


def as_yaml(settings: Iterable[Setting]) -> Iterator[str]:
    """The lines of a config.yaml that says the same, with origin and reason beside each setting.

    A reason that many share (of all severities, of one setting in each profile) stands once.
    """
    before: KeyPath = ()
    reasons: set[str] = set()
    for setting in settings:
        yield from _heads(before, setting.key)
        is_known = setting.why in {*reasons, _reason(setting.key[:-1])}
        yield from _entry(setting, "" if is_known else setting.why)
        before = setting.key
        if setting.key[:2] == PROFILES:
            reasons.add(setting.why)


def _of_value(
    config: Config, value: Any, default: Any, key: KeyPath, setting: Declared
) -> Iterator[Setting]:
    if setting.section and not setting.by_name:
        for name, one in declared(setting.section).items():
            if key[:2] != PROFILES or name != "like":  # it is resolved
                yield from _of_value(
                    config, getattr(value, name), getattr(default, name), (*key, name), one
                )
    elif setting.section:
        one = replace(setting, by_name=False)
        for name, section in value.items():
            yield from _of_value(
                config, section, default.get(name) or setting.section(), (*key, name), one
            )
    elif isinstance(value, Mapping):
        for name, item in to_jsonable_python(value).items():
            yield _of(config, item, to_jsonable_python(default).get(name), (*key, name), setting)
    else:
        yield _of(config, to_jsonable_python(value), to_jsonable_python(default), key, setting)


def _of(config: Config, value: Any, default: Any, key: KeyPath, setting: Declared) -> Setting:
    if setting.kind == "time of day":
        value, default = value[:5], default[:5]
    if key[-1] == "password_command" and value:
        value = [value[0], "…"]
    return Setting(key, value, default, _origin(config, key, value, default), setting.why)


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


def _heads(before: KeyPath, key: KeyPath) -> Iterator[str]:
    for depth in range(1, len(key)):
        if before[:depth] != key[:depth]:
            yield from [""] if depth == 1 and before else []
            yield from aligned(f"{_indent(key[:depth])}{key[depth - 1]}:", _reason(key[:depth]))


def _reason(key: KeyPath) -> str:
    """What a section is for; "" for one that stands under a name of its own."""
    section: type | None = Settings
    for name in key[:-1]:
        known = declared(section).get(name) if section else None
        section = known.section if known else section
    known = declared(section).get(key[-1]) if section and key else None
    return known.why if known else ""


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
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    # plain where it is read back as the same text, else in quotation marks
    with contextlib.suppress(yaml.YAMLError):
        if value and read(f"[{value}]").values == [value]:
            return value
    return "'" + value.replace("'", "''") + "'"
