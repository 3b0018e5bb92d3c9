"""Loads config.yaml and validates it as a whole: reports every problem at once, with its line and
its remedy.

Without a named file, reads `config.yaml` in the working directory; without that one, uses the
defaults of app/settings/desk_settings.py. Relative paths start from the folder of the file. A
secret in the file is refused; app/credentials.py describes where secrets come from.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from app.settings.certificate_settings import completed_profiles
from app.settings.config_file import DEFAULT_NAME, KeyPath, Written, read
from app.settings.config_problems import (
    Problem,
    Wrong,
    current_value_text,
    explained,
    refuse,
    unknown_key,
    written_twice,
    wrong_name,
)
from app.settings.desk_settings import Settings
from app.settings.mail_providers import PRESETS, Preset, filled
from app.settings.setting_conflicts import conflicts
from app.settings.setting_kinds import KINDS, Declared, declared
from core.clock import Clock, SystemClock
from core.errors import ConfigError

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""A section's name, where sections are by name: it is a part of an environment variable's."""
_SETTINGS = TypeAdapter(Settings)


@dataclass(frozen=True)
class Config:
    """The settings. `base`: the folder that relative paths start from. `source`: the file, None for
    the defaults. `written`: its content."""

    settings: Settings
    base: Path
    source: Path | None = None
    written: Written = Written()  # noqa: RUF009  a frozen value

    @property
    def folder(self) -> Path:
        """The storage folder."""
        return (self.base / self.settings.storage.folder).absolute()

    @property
    def maildir(self) -> Path:
        """The folder that mails are read from, where the mailbox is a folder."""
        return self.settings.mailbox.maildir.folder or self.folder / "mailbox"

    @property
    def sent_folder(self) -> Path:
        """The folder that letters are written to, where the outbox is a folder."""
        return self.folder / "sent"

    @property
    def crl_folder(self) -> Path:
        """The folder of the revocation lists in use."""
        return self.settings.certificates.crl_folder or self.folder / "crl"

    @property
    def provider(self) -> Preset:
        return PRESETS[self.settings.mailbox.provider]


@dataclass(frozen=True)
class Installation:
    """The inputs that a desk is built from: configuration, environment and clock."""

    config: Config
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = field(default_factory=SystemClock)

    @property
    def settings(self) -> Settings:
        return self.config.settings


def load(named: Path | None = None) -> Config:
    """The configuration: of the named file, else of ./config.yaml, else the defaults. Raises
    ConfigError with every problem in one text."""
    source = named or Path(DEFAULT_NAME)
    if named is None and not source.is_file():
        return Config(Settings(), Path())
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"读不了 {source}（{error}）。请改正 --config，或确认它可读且是 UTF-8 文本。"
        ) from error
    return config_of(text, source)


def config_of(text: str, source: Path) -> Config:
    """The configuration of the text of a file. Raises ConfigError with every problem."""
    written = written_in(text, source.name)
    return Config(validated(written, source.parent), source.parent, source, written)


def written_in(text: str, name: str) -> Written:
    """The content of a file's text. Raises ConfigError where it is not YAML, or not sections."""
    try:
        written = read(text, name)
    except yaml.YAMLError as error:
        raise ConfigError(_no_yaml(name, error)) from error
    if not isinstance(written.values, dict):
        raise ConfigError(f"{name} 的最外层应是“段名: 内容”，如 window:。")
    return written


def validated(written: Written, base: Path) -> Settings:
    """The settings of a file's content; its paths start from `base`.

    Raises ConfigError with every problem.
    """
    reading = _Reading(base)
    values = reading.section(Settings, _completed(written.values), ())
    problems = [*reading.problems, *map(written_twice, written.twice)]
    try:
        settings = _SETTINGS.validate_python(values)
    except ValidationError as error:
        known = {problem.where for problem in problems}
        refused = map(explained, error.errors(include_url=False))
        problems += [problem for problem in refused if problem.where not in known]
        refuse(problems, written)
        raise AssertionError("a validation error always gives a problem") from error
    # values that were refused may be none that conflicts can be looked for among
    refuse([*problems, *(() if reading.refused else conflicts(settings))], written)
    return settings


def _completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The sections, with missing values filled in: from a provider's preset, from other settings,
    and from certificates.yaml for profiles of CAs."""
    completed = filled(values)
    web, certificates = completed.get("web"), completed.get("certificates")
    # else the links in letters would lead to the default port
    if isinstance(web, Mapping) and "port" in web and "base_url" not in web:
        completed["web"] = {**web, "base_url": f"http://127.0.0.1:{web['port']}"}
    if isinstance(certificates, Mapping) and isinstance(certificates.get("profiles"), Mapping):
        completed["certificates"] = {
            **certificates,
            "profiles": completed_profiles(certificates["profiles"]),
        }
    return completed


@dataclass(slots=True)
class _Reading:
    """Prepares the content of the file for validation.

    - Leaves out an empty section (one with only comments).
    - Adds the default's entries that a written mapping lacks.
    - Converts each text by its kind, and makes paths absolute.

    `problems`: unknown keys, and texts that their kind refuses; `refused`: there are such texts.
    """

    base: Path
    problems: list[Problem] = field(default_factory=list)
    refused: bool = False

    def section(self, section: type, values: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
        known, found = declared(section), {}
        for key, value in values.items():
            if key not in known:
                self.problems.append(unknown_key((*path, str(key)), known))
            elif value is not None or known[key].section is None:
                found[key] = self._value(known[key], value, (*path, key))
        return found

    def _value(self, setting: Declared, value: Any, path: KeyPath) -> Any:
        if setting.section and isinstance(value, Mapping):
            if not setting.by_name:
                return self.section(setting.section, value, path)
            named = [(*path, str(name)) for name in value]
            self.problems += [wrong_name(one) for one in named if not NAME.fullmatch(one[-1])]
            return {
                name: self.section(setting.section, one, (*path, str(name)))
                if isinstance(one, Mapping)
                else one
                for name, one in value.items()
                if one is not None
            }
        if isinstance(value, Mapping):
            plain = {
                name: self._text(setting, one, (*path, str(name))) for name, one in value.items()
            }
            return {**setting.default, **plain} if isinstance(setting.default, Mapping) else plain
        if isinstance(value, list | tuple):
            return [
                self._text(setting, one, (*path, str(number))) for number, one in enumerate(value)
            ]
        return value if value == "" else self._text(setting, value, path)

    def _text(self, setting: Declared, value: Any, path: KeyPath) -> Any:
        if setting.is_path and value and isinstance(value, str | Path):
            return str((self.base / value).absolute())
        if setting.kind not in KINDS or value is None:
            return value
        try:
            return KINDS[setting.kind](str(value).strip())
        except Wrong as wrong:
            self.refused = True
            now = "" if wrong.secret else current_value_text(value)
            self.problems.append(Problem(path, f"{wrong}{now}"))
            return value


def _no_yaml(name: str, error: yaml.YAMLError) -> str:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    line = f"第 {mark.line + 1} 行附近" if mark else ""
    return f"{name} {line}不是合法的 YAML（常见原因：缩进不齐、冒号后缺空格、用了制表符）。"
