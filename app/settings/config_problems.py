"""Explains every problem of a settings file at once, each with its line and its remedy."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from app.settings.config_file import KeyPath, Written
from core.errors import ConfigError

_SECRET_WORDS = (
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
_REMOVED = frozenset(
    {
        "certificates.crl_interval_s",
        "cases.own_domain",
        "cases.objection_days",
        "cases.letters_per_domain_hour",
        "cases.unproved_letters_per_hour",
        "cases.notices_per_hour",
        "cases.notices_per_contact_day",
        "logging.format",
        "mailbox.maildir.smtp_host",
        "outbox.maildir_keep_days",
        "sender.dkim",
    }
)
"""Settings of former versions, for which another setting of today must not be proposed."""


class Wrong(ValueError):
    """A text that its kind refuses. `secret`: the text is not repeated."""

    def __init__(self, text: str, *, secret: bool = False) -> None:
        super().__init__(text)
        self.secret = secret


@dataclass(frozen=True)
class Problem:
    """One problem: the path of its key, and how to correct it."""

    where: KeyPath
    text: str


def refuse(problems: Iterable[Problem], written: Written) -> None:
    """Raise ConfigError with all problems of what is written, in the order of its lines. Return
    when there is none."""
    placed = sorted(problems, key=lambda problem: written.line(problem.where) or 0)
    if not placed:
        return
    listed = []
    for number, problem in enumerate(placed, 1):
        line, key = written.line(problem.where), ".".join(problem.where)
        place = f"第 {line} 行 {key}：" if line else f"{key}：" if key else ""
        listed.append(f"  {number}. {place}{problem.text}。")
    raise ConfigError("\n".join((f"{written.name} 有 {len(listed)} 处问题：", *listed)))


def explained(detail: ErrorDetails) -> Problem:
    """What pydantic refuses."""
    where = tuple(str(part) for part in detail["loc"] if part != "[key]")
    return Problem(where, _words(detail))


def written_twice(path: KeyPath) -> Problem:
    """The problem of a key of which YAML would silently use the second."""
    return Problem(path, "写了两次，请删去一处")


def wrong_name(path: KeyPath) -> Problem:
    """The problem of a section whose name can be no part of an environment variable's."""
    return Problem(path, "名称只能用小写字母、数字和下划线，以字母开头")


def unknown_key(path: KeyPath, known: Iterable[str]) -> Problem:
    """The problem of a key that is no setting. The message never repeats its value."""
    names = list(known)
    if ".".join(path) in _REMOVED:
        return Problem(path, "此设置已取消，请删去这一行")
    if any(word in path[-1].lower() for word in _SECRET_WORDS):
        return Problem(
            path,
            "密码和密钥不能写在这里，请删去它，改用环境变量（如 UNBIND_IMAP_PASSWORD）"
            "或 password_file 指向的文件",
        )
    close = difflib.get_close_matches(path[-1], names, n=1)
    if close:
        return Problem(path, f"没有这个设置，是不是 {close[0]}")
    return Problem(path, f"没有这个设置，这里可以写：{'、'.join(names)}")


_ONE_OF = "只能是 {expected}"
_GIVEN = "必须填写"
_NUMBER = "应是数字"
INSTANT = "应是带时区的时刻，如 2026-11-25T09:00:00+08:00"
_TEXT = "应是文字，数字请加引号"
_LIST = "应是列表，如 [a, b]"
_SECTION = "应是一段“名称: 值”"
_WORDS = {
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "too_short": _GIVEN,
    "string_too_short": _GIVEN,
    "int": _NUMBER,
    "float": _NUMBER,
    "finite": _NUMBER,
    "bool": "只能是 true 或 false",
    "datetime": INSTANT,
    "timezone": INSTANT,
    "date": "应是日期，如 2026-10-10",
    "string": _TEXT,
    "path": _TEXT,
    "tuple": _LIST,
    "list": _LIST,
    "frozen": _LIST,
    "dataclass": _SECTION,
    "dict": _SECTION,
    "mapping": _SECTION,
}
"""Messages by pydantic's error type, or by the first word of it."""


def _words(detail: ErrorDetails) -> str:
    kind = detail["type"]
    words = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0])
    if words is _SECTION:  # a text in place of a section may be a secret
        return words
    text = words.format(**detail.get("ctx", {})) if words else detail["msg"]
    return text.replace(" or ", " 或 ") + current_value_text(detail["input"])


def current_value_text(value: object) -> str:
    """The present value, to follow a problem; "" for a list or a section."""
    if isinstance(value, Mapping | list | tuple):
        return ""
    if value is None:
        return "（现在是空）"
    return f'（现在是"{value}"）' if isinstance(value, str) else f"（现在是{value}）"
