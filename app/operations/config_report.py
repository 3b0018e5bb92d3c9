"""`unbind config show`: every setting with its value in force, its origin and its reason.

A value comes from the file that was read (with its line), from another setting that it follows, or
is the default. Of secrets only name and origin are displayed, of a program that prints one only its
path.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from app.credentials import DATABASE, IMAP, VAULT, found, one_for_both, password_origin, variable
from app.settings.config import Config, Installation
from app.settings.config_file import KeyPath
from app.settings.config_template import aligned
from app.settings.desk_settings import Settings
from app.settings.mail_settings import account_of
from app.settings.setting_kinds import Declared, declared
from app.vault_keys import vault_key_file

FOLLOWED = {
    "web": "web.port",
    "mailbox": "mailbox.provider",
    "outbox": "mailbox.provider",
    "certificates": "certificates.yaml",
}
"""By section: the setting or file that gives the values which config.yaml leaves out."""

SECRET_FILES = frozenset({"password_file", "secret_file", "events_secret_file", "url_file"})


@dataclass(frozen=True)
class Setting:
    """One setting: its value and its default as JSON, the origin of the value, and its unit and
    reason (`why`). `heads`: the reasons of the sections around it. `is_choice`: as in Declared."""

    key: KeyPath
    value: Any
    default: Any
    origin: str
    why: str
    heads: tuple[str, ...]
    is_choice: bool

    @property
    def name(self) -> str:
        return ".".join(self.key)

    @property
    def changed(self) -> bool:
        return bool(self.value != self.default)


def report(config: Config) -> Iterator[Setting]:
    """Every setting, in the order of its section."""
    values, defaults = to_jsonable_python((config.settings, Settings()))
    for name, one in declared(Settings).items():
        yield from _settings(config, (name,), one, (), values[name], defaults[name])


def _settings(
    config: Config, key: KeyPath, one: Declared, heads: tuple[str, ...], value: Any, default: Any
) -> Iterator[Setting]:
    """The settings of a value, which may be a section, sections by name or values by name."""
    if not isinstance(value, Mapping):
        if one.kind == "time of day":
            value, default = value[:5], default[:5]
        if key[-1] == "password_command" and value:
            value = [value[0], "…"]
        origin = _origin(config, key, is_default=value == default)
        yield Setting(key, value, default, origin, one.why, heads, one.is_choice)
        return
    inner: Mapping[str, Declared] = dict.fromkeys(value, one)
    if one.section and one.by_name:
        inner = dict.fromkeys(value, replace(one, by_name=False, why=""))
        default = dict.fromkeys(value, to_jsonable_python(one.section())) | default
    elif one.section:
        inner = declared(one.section)
    heads = (*heads, one.why)
    for name, part in inner.items():
        yield from _settings(config, (*key, name), part, heads, value[name], default.get(name))


def _origin(config: Config, key: KeyPath, *, is_default: bool) -> str:
    file = config.written
    if key in file.lines:
        written = reduce(lambda values, name: values[name], key, file.values)
        if is_default or written not in (None, ""):
            return f"{file.name}:{file.lines[key]}"
    return "default" if is_default else f"follows {FOLLOWED.get(key[0])}"


def secrets(here: Installation) -> Iterator[tuple[str, str]]:
    """Every secret by the name of its environment variable, and where it comes from; "" where
    nothing gives it. No program is run to find out."""
    config = here.config
    for zone in (config.settings.mailbox, config.settings.outbox):
        if account_of(zone):
            shared = f"as {IMAP}" if zone.kind == "smtp" and one_for_both(config) else ""
            yield variable(zone.kind, "password"), password_origin(here, zone) or shared
    files: dict[str, Path | None] = {DATABASE: None, VAULT: vault_key_file(config)}
    for name, robot in config.settings.announce.robots.items():
        files[variable("robot", name, "url")] = robot.url_file
        files[variable("robot", name, "secret")] = robot.secret_file
    for name, system in config.settings.systems.items():
        files[variable("system", name, "secret")] = system.secret_file
        files[variable("system", name, "events")] = system.events_secret_file
    for secret, file in files.items():
        yield secret, found(secret, here.environ, file)[0]


def secret_files(config: Config) -> list[Path]:
    """The files of secrets that settings name."""
    return [Path(one.value) for one in report(config) if one.key[-1] in SECRET_FILES and one.value]


def as_yaml(settings: Iterable[Setting]) -> Iterator[str]:
    """The lines of a config.yaml with these settings, with origin and reason beside each.

    A reason that several share (all severities, one setting in each profile) is printed once.
    """
    before: KeyPath = ()
    reasons: set[str] = set()
    for setting in settings:
        for depth, why in enumerate(setting.heads, 1):
            if before[:depth] != setting.key[:depth]:
                if depth == 1 and before:
                    yield ""
                yield from aligned(f"{'  ' * (depth - 1)}{setting.key[depth - 1]}:", why)
        default = f" (default {_json(setting.default)})" if setting.changed else ""
        why = "" if setting.why in {*reasons, *setting.heads} else setting.why
        line = f"{'  ' * len(setting.heads)}{setting.key[-1]}: {_json(setting.value)}"
        yield from aligned(line, f"[{setting.origin}]{default} {why}".rstrip())
        before = setting.key
        reasons.add(setting.why)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
