"""`unbind config show`: every setting that is in force, where its value comes from, and its reason.

A value comes from the file that was read (with its line), from another setting that it follows, or
is the default. Secrets are named with their origin and never shown; neither are the arguments of a
program that prints one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from pydantic_core import to_jsonable_python

from app.credentials import DATABASE, IMAP, VAULT, one_for_both, origin, variable
from app.settings.config import Config, Installation
from app.settings.config_file import KeyPath
from app.settings.config_template import aligned
from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Declared, declared
from app.vault_keys import vault_key_file

FOLLOWED: Final = {
    "web": "web.port",
    "mailbox": "mailbox.provider",
    "outbox": "mailbox.provider",
    "certificates": "certificates.yaml",
}
"""The setting or file that decides values which a section leaves out."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value and its default as JSON has them, where the value comes from, and its
    unit and reason. `heads`: the reasons of the sections above it. `is_choice`: its text is one of
    a few that the program names, or times of day."""

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
    for name, one in declared(Settings).items():
        yield from _Place(config, (name,), one, ()).of(getattr(config.settings, name), one.default)


def secrets(here: Installation) -> Iterator[tuple[str, str]]:
    """Every secret by the name of its environment variable, and where it comes from; "" where
    nothing gives it. No program is run to find out."""
    config, environ = here.config, here.environ
    mailbox, smtp = config.settings.mailbox, config.settings.outbox.smtp
    for kind, account in ((mailbox.kind, getattr(mailbox, mailbox.kind)), ("smtp", smtp)):
        if hasattr(account, "password_file"):
            name = variable(kind, "password")
            own = origin(name, environ, account.password_file, account.password_command)
            shared = f"as {IMAP}" if account is smtp and one_for_both(config) else ""
            yield name, own or shared
    yield DATABASE, origin(DATABASE, environ)
    yield VAULT, origin(VAULT, environ, vault_key_file(config))
    for name, robot in config.settings.announce.robots.items():
        for what, file in (("url", robot.url_file), ("secret", robot.secret_file)):
            yield (
                variable("robot", name, what),
                origin(variable("robot", name, what), environ, file),
            )


def as_yaml(settings: Iterable[Setting]) -> Iterator[str]:
    """The lines of a config.yaml that says the same, with origin and reason beside each setting.

    A reason that several share (of all severities, of one setting in each profile) stands once.
    """
    before: KeyPath = ()
    reasons: set[str] = set()
    for setting in settings:
        for depth, why in enumerate(setting.heads, 1):
            if before[:depth] != setting.key[:depth]:
                yield from [""] if depth == 1 and before else []
                yield from aligned(f"{'  ' * (depth - 1)}{setting.key[depth - 1]}:", why)
        default = f" (default {_json(setting.default)})" if setting.changed else ""
        why = "" if setting.why in {*reasons, *setting.heads} else setting.why
        line = f"{'  ' * len(setting.heads)}{setting.key[-1]}: {_json(setting.value)}"
        yield from aligned(line, f"[{setting.origin}]{default} {why}".rstrip())
        before = setting.key
        reasons.add(setting.why)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the configuration a value is. `heads`: as in Setting."""

    config: Config
    key: KeyPath
    setting: Declared
    heads: tuple[str, ...]

    def of(self, value: Any, default: Any) -> Iterator[Setting]:
        """The settings of a value, which may be a section."""
        section = self.setting.section
        if section and not self.setting.by_name:
            for name, one in declared(section).items():
                yield from self._below(name, one).of(getattr(value, name), getattr(default, name))
        elif section:
            one = replace(self.setting, by_name=False, why="")
            for name, part in value.items():
                yield from self._below(name, one).of(part, default.get(name) or section())
        elif isinstance(value, Mapping):
            defaults = to_jsonable_python(default)
            for name, item in to_jsonable_python(value).items():
                yield self._below(name, self.setting).one(item, defaults.get(name))
        else:
            yield self.one(to_jsonable_python(value), to_jsonable_python(default))

    def _below(self, name: str, setting: Declared) -> "_Place":
        return _Place(self.config, (*self.key, name), setting, (*self.heads, self.setting.why))

    def one(self, value: Any, default: Any) -> Setting:
        if self.setting.kind == "time of day":
            value, default = value[:5], default[:5]
        if self.key[-1] == "password_command" and value:
            value = [value[0], "…"]
        why, is_choice = self.setting.why, self.setting.is_choice
        source = self._origin(value, default)
        return Setting(self.key, value, default, source, why, self.heads, is_choice)

    def _origin(self, value: Any, default: Any) -> str:
        written = self.config.written
        if self.key in written.lines:
            text = reduce(lambda values, name: values[name], self.key, written.values)
            if text not in (None, "") or value == default:
                return f"{self.config.name}:{written.lines[self.key]}"
        return "default" if value == default else f"follows {FOLLOWED[self.key[0]]}"
