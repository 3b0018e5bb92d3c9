"""Loads config.yaml and validates it as a whole: every problem is reported at once, in plain words,
with its line and its remedy.

Where no file is named, `config.yaml` of the working directory counts, and without one the defaults
of app/settings/desk_settings.py. Relative paths are relative to the folder of the file. A secret in
the file is refused: see app/settings/credentials.py for where secrets come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from app.settings.config_file import KeyPath, Written, read
from app.settings.config_problems import Problem, validated
from app.settings.desk_settings import Settings
from app.settings.setting_kinds import Zone, section
from core.errors import ConfigError

DEFAULT_NAME: Final = "config.yaml"
RETIRED: Final[Mapping[KeyPath, float]] = {
    ("documents", "dpi"): 200,
    ("documents", "max_pixels"): 12_000_000,
    ("mailbox", "maildir", "smtp_max_connections"): 32,
    ("pace", "window_s"): 2,
    ("pace", "deliver_s"): 2,
    ("pace", "mailbox_s"): 60,
    ("pace", "housekeeping_s"): 600,
    ("pace", "reconcile_s"): 3600,
    ("web", "header_s"): 10,
    ("web", "body_s"): 30,
    ("web", "taking_s"): 60,
}
"""What was a setting once and is fixed now, at this value:
a file that says the same is still read."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings, the folder that relative paths start from,
    the file (None: defaults) and what stands in it."""

    settings: Settings
    base: Path
    source: Path | None = None
    written: Written = Written()  # noqa: RUF009  a frozen value

    def path(self, setting: Path | None, default: str) -> Path:
        """A path of the settings made absolute; where it is unset,
        `default` inside the storage folder."""
        return (
            self.base / (setting if setting is not None else self.settings.storage.folder / default)
        ).absolute()

    def optional_path(self, setting: Path | None) -> Path | None:
        """A path of the settings made absolute, or None."""
        return None if setting is None else (self.base / setting).absolute()

    @property
    def name(self) -> str:
        """The file's name, for people; that of the usual one where there is none."""
        return self.source.name if self.source else DEFAULT_NAME

    @property
    def folder(self) -> Path:
        return (self.base / self.settings.storage.folder).absolute()


def find(named: Path | None) -> Path | None:
    """The file to read: the one named (which must exist), else ./config.yaml, else None."""
    if named is None:
        return Path(DEFAULT_NAME) if Path(DEFAULT_NAME).is_file() else None
    if not named.is_file():
        raise ConfigError(
            f"找不到配置文件 {named}，请改正 --config，或去掉它以使用默认设置。\n"
            f"  There is no file {named}: mend --config, or leave it out for the defaults."
        )
    return named


def load(named: Path | None = None) -> Config:
    """The configuration. Raises ConfigError with every problem in one text."""
    source = find(named)
    if source is None:
        return Config(Settings(), Path())
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"读不了 {source}（{error}），请确认它可读且是 UTF-8 文本。\n"
            f"  {source} cannot be read: make it readable, UTF-8 text."
        ) from error
    written = written_in(text, source.name)
    return Config(judge(written, source.name), source.parent, source, written)


def written_in(text: str, name: str) -> Written:
    """What stands in a text. Raises ConfigError where it is no YAML of sections."""
    try:
        written = read(text)
    except yaml.YAMLError as error:
        raise ConfigError(_no_yaml(name, error)) from error
    if not isinstance(written.values, dict):
        raise ConfigError(
            f"{name} 的最外层应是“段名: 内容”。 The outermost level of {name} must be sections "
            "like `window:`."
        )
    return written


def judge(written: Written, name: str) -> Settings:
    """The settings of what is written.

    An empty section (only comments under its head) counts as left out.
    """
    values, problems = written.values, []
    for path in retired(written):
        values, value = _without(values, path)
        if value != RETIRED[path]:
            zh, en = (
                f"不再是设置，固定为 {RETIRED[path]}，请删去这一行",
                f"no longer a setting, fixed at {RETIRED[path]}; take the line out",
            )
            problems.append(Problem(path, zh, en, written.lines[path]))
    return validated(
        Settings, written, _without_empty_sections(values, Settings), name, problems=problems
    )


def retired(written: Written) -> list[KeyPath]:
    """The lines of a file that are settings no more, in their order."""
    return sorted(RETIRED.keys() & written.lines.keys(), key=lambda path: written.lines[path])


def _without(values: Any, path: KeyPath) -> tuple[Any, object]:
    """A copy without the value at a path, and that value. A section that is left empty goes too."""
    key, rest = path[0], path[1:]
    if not isinstance(values, Mapping) or key not in values:
        return values, None
    others = {name: value for name, value in values.items() if name != key}
    if not rest:
        return others, values[key]
    inner, value = _without(values[key], rest)
    return ({**others, key: inner} if inner else others), value


def _without_empty_sections(values: Any, model: type[Zone]) -> Any:
    if not isinstance(values, Mapping):
        return values
    kept = {}
    for key, value in values.items():
        inner, by_name = (
            section(model.model_fields[key].annotation)
            if key in model.model_fields
            else (None, False)
        )
        if by_name and inner and isinstance(value, Mapping):
            kept[key] = {
                name: _without_empty_sections(one, inner)
                for name, one in value.items()
                if one is not None
            }
        elif inner is None or value is not None:
            kept[key] = value if inner is None else _without_empty_sections(value, inner)
    return kept


def _no_yaml(name: str, error: yaml.YAMLError) -> str:
    mark, said = (
        (error.problem_mark, error.problem)
        if isinstance(error, yaml.MarkedYAMLError)
        else (None, None)
    )
    line = f"第 {mark.line + 1} 行附近" if mark else ""
    line_en = f" near line {mark.line + 1}" if mark else ""
    hint = "常见原因：缩进不齐、冒号后缺空格、用了制表符"
    return (
        f"{name} {line}不是合法的 YAML（{hint}）。\n  {name} is no valid YAML{line_en} "
        f"({said or 'unreadable'}): "
        "look for uneven indents, a missing space behind a colon, tabs."
    )
