"""What is wrong with a file of settings, in plain words: every problem at once, in Chinese and
English, with its line and its remedy."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.settings.config_file import KeyPath, Written
from app.settings.setting_kinds import SECRET, section
from core.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
_SECRET_WORDS: Final = (
    "password",
    "passwd",
    "secret",
    "token",
    "authorization_code",
    "auth_code",
    "vault_key",
    "api_key",
    "授权码",
    "密码",
)


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
    """Raise ConfigError with all problems of the file `name`, if there are any."""
    if problems:
        listed = "\n".join(
            p.text(i) for i, p in enumerate(sorted(problems, key=lambda p: p.line or 0), 1)
        )
        raise ConfigError(
            f"{name} 有 {len(problems)} 处问题（{len(problems)} "
            f"problem{'s' if len(problems) > 1 else ''}）：\n{listed}"
        )


def validated(
    model: type[Model],
    written: Written,
    values: object,
    name: str,
    *,
    problems: list[Problem] | None = None,
    context: object = None,
) -> Model:
    """The model of `values`, which stand in `written`.

    Raises ConfigError with all problems: those that are given, keys that stand twice,
    and what the model refuses.
    """
    problems = [
        *(problems or []),
        *(
            Problem(
                path, "写了两次，请删去一处", "given twice; take one out", written.lines.get(path)
            )
            for path in written.twice
        ),
    ]
    try:
        valid = model.model_validate(values, context=context)
    except ValidationError as error:
        refuse(
            problems
            + [_explained(detail, written, model) for detail in error.errors(include_url=False)],
            name,
        )
        raise AssertionError("a validation error always gives a problem") from error
    refuse(problems, name)
    return valid


def _line(path: KeyPath, written: Written) -> int | None:
    while path:
        if path in written.lines:
            return written.lines[path]
        path = path[:-1]
    return None


def _model_at(path: KeyPath, model: type[BaseModel]) -> type[BaseModel] | None:
    by_name = False
    for key in path:
        if by_name:
            by_name = False
            continue
        field = model.model_fields.get(key)
        inner, by_name = section(field.annotation) if field else (None, False)
        if inner is None:
            return None
        model = inner
    return model


def _explained(detail: ErrorDetails, written: Written, model: type[BaseModel]) -> Problem:
    path = tuple(str(part) for part in detail["loc"] if part != "[key]")
    zh, en = (
        _unknown_key(path, _model_at(path[:-1], model))
        if detail["type"] == "extra_forbidden"
        else _words(detail)
    )
    return Problem(path, zh, en, _line(path, written))


def _unknown_key(path: KeyPath, model: type[BaseModel] | None) -> tuple[str, str]:
    key = path[-1]
    if any(word in key.lower() for word in _SECRET_WORDS):
        return (
            (
                "密码和密钥不能写在这里，请删去它，改用环境变量（如 UNBIND_IMAP_PASSWORD）"
                "或 password_file 指向的文件"
            ),
            (
                "a secret does not belong here; take it out and use the environment (such as "
                "UNBIND_IMAP_PASSWORD) or a password_file"
            ),
        )
    names = list(model.model_fields) if model else []
    close = difflib.get_close_matches(key, names, 1, 0.6)
    if close:
        return f"没有这个设置，是不是 {close[0]}", f"unknown setting; perhaps you mean {close[0]}"
    return (
        f"没有这个设置，这里可以写：{'、'.join(names)}",
        f"unknown setting; here belong: {', '.join(names)}",
    )


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
    (
        ("datetime_", "timezone_"),
        "应是带时区的时刻，如 2026-11-25T09:00:00+08:00",
        "must be an instant like 2026-11-25T09:00:00+08:00",
    ),
    (("date_",), "应是日期，如 2026-10-10", "must be a date like 2026-10-10"),
    (("string_", "path_"), "应是文字，数字请加引号", "must be text; put a number in quotes"),
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
    if isinstance(value, Mapping | list | tuple | BaseModel):
        return "", ""
    shown = f'"{value}"' if isinstance(value, str) else "" if value is None else str(value)
    return f"（现在是{shown or '空'}）", f" (now {shown or 'empty'})"
