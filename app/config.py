"""Loads config.yaml and judges it as a whole: every problem is told at once, in plain words, with its line and its remedy.

Where no file is named, `config.yaml` of the working directory counts, and without one the defaults of app/settings.py. Relative paths are
relative to the folder of the file. A secret in the file is refused: see app/credentials.py for where secrets come from.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.config_file import KeyPath, Written, read
from app.settings import Settings
from app.settings_kinds import SECRET
from core.errors import ConfigError

DEFAULT_NAME: Final = "config.yaml"
_SECRET_WORDS: Final = ("password", "passwd", "secret", "token", "authorization_code", "auth_code", "vault_key", "api_key",
                        "授权码", "密码")


@dataclass(frozen=True, slots=True)
class Config:
    """The settings, the folder that relative paths start from, and the file (None: defaults)."""

    settings: Settings
    base: Path
    source: Path | None = None

    def path(self, setting: Path | None, default: str) -> Path:
        """A path of the settings made absolute; where it is unset, `default` inside the storage folder."""
        return (self.base / (setting if setting is not None else self.settings.storage.folder / default)).absolute()

    def optional_path(self, setting: Path | None) -> Path | None:
        """A path of the settings made absolute, or None."""
        return None if setting is None else (self.base / setting).absolute()

    @property
    def folder(self) -> Path:
        """The storage folder."""
        return (self.base / self.settings.storage.folder).absolute()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (a key path), and what to do, in Chinese and English."""

    where: KeyPath
    zh: str
    en: str
    line: int | None = None

    def text(self, number: int) -> str:
        """The problem as two lines of a list."""
        key = ".".join(self.where)
        zh = f"第 {self.line} 行 {key}：" if self.line else f"{key}：" if key else ""
        en = f"line {self.line}, {key}: " if self.line else f"{key}: " if key else ""
        return f"  {number}. {zh}{self.zh}。\n     {en}{self.en}."


def refuse(problems: list[Problem], name: str) -> None:
    """Raise ConfigError with all problems, if there are any."""
    if problems:
        listed = "\n".join(p.text(i) for i, p in enumerate(sorted(problems, key=lambda p: p.line or 0), 1))
        raise ConfigError(f"{name} 有 {len(problems)} 处问题（{len(problems)} problem{'s' if len(problems) > 1 else ''}）：\n{listed}")


def find(named: Path | None) -> Path | None:
    """The file to read: the one named (which must exist), else ./config.yaml, else None."""
    if named is None:
        return Path(DEFAULT_NAME) if Path(DEFAULT_NAME).is_file() else None
    if not named.is_file():
        raise ConfigError(f"找不到配置文件 {named}，请改正 --config，或去掉它以使用默认设置。\n"
                          f"  There is no file {named}: mend --config, or leave it out for the defaults.")
    return named


def load(named: Path | None = None) -> Config:
    """The configuration. Raises ConfigError with every problem in one text."""
    source = find(named)
    if source is None:
        return Config(Settings(), Path())
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"读不了 {source}（{error}），请确认它可读且是 UTF-8 文本。\n"
                          f"  {source} cannot be read: make it readable, UTF-8 text.") from error
    return Config(parse(text, source.name), source.parent, source)


def parse(text: str, name: str = DEFAULT_NAME) -> Settings:
    """The settings that a text gives. Raises ConfigError with every problem in one text."""
    try:
        written = read(text)
    except yaml.YAMLError as error:
        raise ConfigError(_no_yaml(name, error)) from error
    if not isinstance(written.values, dict):
        raise ConfigError(f"{name} 的最外层应是“段名: 内容”。 The outermost level of {name} must be sections like `window:`.")
    return judge(written, name)


def judge(written: Written, name: str) -> Settings:
    """The settings of what is written. An empty section (only comments under its head) counts as left out."""
    problems = [Problem(path, "写了两次，请删去一处", "given twice; take one out", written.lines.get(path)) for path in written.twice]
    values = {key: value for key, value in written.values.items() if value is not None or key not in Settings.model_fields}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_explain(detail, written) for detail in error.errors(include_url=False)]
    else:
        refuse(problems, name)
        return settings
    refuse(problems, name)
    raise AssertionError("a validation error always gives a problem")


def _no_yaml(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f"第 {mark.line + 1} 行附近" if mark else ""
    line_en = f" near line {mark.line + 1}" if mark else ""
    hint = "常见原因：缩进不齐、冒号后缺空格、用了制表符"
    said = getattr(error, "problem", "") or "unreadable"
    return (f"{name} {line}不是合法的 YAML（{hint}）。\n  {name} is no valid YAML{line_en} ({said}): "
            "look for uneven indents, a missing space behind a colon, tabs.")


def _line(path: KeyPath, written: Written) -> int | None:
    while path:
        if path in written.lines:
            return written.lines[path]
        path = path[:-1]
    return None


def _model_at(path: KeyPath) -> type[BaseModel] | None:
    model: Any = Settings
    for key in path:
        field = getattr(model, "model_fields", {}).get(key)
        if field is None:
            return None
        model = field.annotation
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _explain(detail: ErrorDetails, written: Written) -> Problem:
    path = tuple(str(part) for part in detail["loc"] if part != "[key]")
    zh, en = _unknown_key(path) if detail["type"] == "extra_forbidden" else _words(detail)
    return Problem(path, zh, en, _line(path, written))


def _unknown_key(path: KeyPath) -> tuple[str, str]:
    key, model = path[-1], _model_at(path[:-1])
    if any(word in key.lower() for word in _SECRET_WORDS):
        return ("密码和密钥不能写在这里，请删去它，改用环境变量（如 UNBIND_IMAP_PASSWORD）或 password_file 指向的文件",
                "a secret does not belong here; take it out and use the environment (such as UNBIND_IMAP_PASSWORD) or a password_file")
    names = list(model.model_fields) if model else []
    close = difflib.get_close_matches(key, names, 1, 0.6)
    if close:
        return f"没有这个设置，是不是 {close[0]}", f"unknown setting; perhaps you mean {close[0]}"
    return f"没有这个设置，这里可以写：{'、'.join(names)}", f"unknown setting; here belong: {', '.join(names)}"


_LIMITS: Final = {
    "greater_than": ("须大于 {gt}", "must be more than {gt}"),
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "less_than": ("须小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "literal_error": ("只能是 {expected}", "must be one of {expected}"),
    "enum": ("只能是 {expected}", "must be one of {expected}"),
}
_KINDS: Final = (
    (("int_", "float_", "finite_"), "应是数字", "must be a number"),
    (("bool_",), "只能是 true 或 false", "must be true or false"),
    (("datetime_", "timezone_"), "应是带时区的时刻，如 2026-11-25T09:00:00+08:00", "must be an instant like 2026-11-25T09:00:00+08:00"),
    (("date_",), "应是日期，如 2026-10-10", "must be a date like 2026-10-10"),
    (("string_", "path_"), "应是文字", "must be text"),
    (("tuple_", "list_"), "应是列表，如 [a, b]", "must be a list like [a, b]"),
    (("model_", "dict_"), "应是一段“名称: 值”", "must be a section of `name: value`"),
)


def _words(detail: ErrorDetails) -> tuple[str, str]:
    context, kind = detail.get("ctx", {}), detail["type"]
    zh_now, en_now = _now(detail["input"])
    if kind == SECRET:
        return context["zh"], context["en"]
    if kind == "setting":
        return context["zh"] + zh_now, context["en"] + en_now
    if kind in _LIMITS:
        zh, en = _LIMITS[kind]
        return zh.format(**context).replace(" or ", " 或 ") + zh_now, en.format(**context) + en_now
    for prefixes, zh, en in _KINDS:
        if kind.startswith(prefixes):
            return zh + zh_now, en + en_now
    return detail["msg"] + zh_now, detail["msg"] + en_now


def _now(value: object) -> tuple[str, str]:
    if isinstance(value, Mapping | list | BaseModel):
        return "", ""
    shown = f'"{value}"' if isinstance(value, str) else "" if value is None else str(value)
    return f"（现在是{shown or '空'}）", f" (now {shown or 'empty'})"
