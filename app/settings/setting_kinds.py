"""The settings that a section declares (core.settings), and the kinds of text in them: each row
refuses a wrong text with a right one."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime
from enum import EnumType
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from app.settings import certificate_sources
from app.settings.config_problems import INSTANT, Wrong
from core.errors import ConfigError
from core.mail_servers import LOOPBACK
from mail_intake.mailboxes.mailbox import AfterReading

MiB = 1024 * 1024
Kind = Callable[[str], str]


@dataclass(frozen=True)
class Declared:
    """One setting as its section declares it.

    `section`: the class of the section that it is, or else of those that it has `by_name`.
    `is_choice`: its texts are of a few that the program names, or times of day. `is_path`: a file
    or a folder.
    """

    default: Any
    why: str
    example: str
    kind: str
    section: type | None
    by_name: bool
    is_choice: bool
    is_path: bool


@cache
def declared(section: type) -> Mapping[str, Declared]:
    """The settings of a section, by name."""
    hints = get_type_hints(section)
    return {
        one.name: _declared(one, hints[one.name])
        for one in fields(section)
        if "description" in one.metadata
    }


def _declared(one: "Field[Any]", annotation: Any) -> Declared:
    by_name = get_origin(annotation) in {dict, Mapping}
    inner = get_args(annotation)[1] if by_name else annotation
    default = one.default if one.default_factory is MISSING else one.default_factory()
    section = inner if isinstance(inner, type) and is_dataclass(inner) else None
    kind = one.metadata["kind"]
    is_choice = get_origin(inner) is Literal or isinstance(inner, EnumType) or kind == "hours"
    return Declared(
        default,
        one.metadata["description"],
        one.metadata["example"],
        kind,
        section,
        by_name and bool(section),
        is_choice,
        is_path=kind == "file" or Path in (annotation, *get_args(annotation)),
    )


def is_secure(url: str) -> bool:
    """Whether what goes to an address cannot be read on the way: https, or this machine."""
    with suppress(ValueError):
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    return False


def matching(pattern: str, problem: str) -> Kind:
    """The kind of texts that the pattern matches as a whole."""
    expression = re.compile(pattern)

    def checked(text: str) -> str:
        if not expression.fullmatch(text):
            raise Wrong(problem)
        return text

    return checked


def _time_of_day(text: str) -> str:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or not ((int(found[1]) < 24 and int(found[2]) < 60) or text == "24:00"):
        raise Wrong('不是时刻，请写成 "11:00" 这样的形式')
    return f"{int(found[1]) % 24:02d}:{found[2]}"


def _hours(text: str) -> str:
    opens, _, closes = text.partition("-")
    begins, ends = _time_of_day(opens.strip()), _time_of_day(closes.strip())
    if ends != "00:00" and ends <= begins:
        raise Wrong("结束时刻须晚于开始时刻")
    return f"{begins}-{ends}"


def _network(text: str) -> str:
    with suppress(ValueError):
        network = ip_network(text)
        if network.prefixlen:
            return str(network) if network.num_addresses > 1 else str(network.network_address)
    raise Wrong("不是地址或网段，请写成 10.0.0.5 或 10.0.0.0/24 这样的形式，且不能是全部地址")


_page = matching(
    r"https?://[A-Za-z0-9._~:/?&=%#+\[\]-]+", "不是网址，请以 http:// 或 https:// 开头"
)


_origin = matching(
    r"https?://[^/\s]+", "不是网页来源，请写成 https://主机 或 https://主机:端口，不带路径"
)


def _system_url(text: str) -> str:
    """https, or http on this machine; no fragment, no password, nothing to be guessed at."""
    if not (
        re.fullmatch(r"[!-~]{1,2000}", text)
        and is_secure(text)
        and urlsplit(text).username is None
        and "#" not in text
        and "*" not in text
    ):
        raise Wrong("应是完整的 https 网址（本机可用 http），不带 # 和 *")
    return text


def _instant(text: str) -> str:
    with suppress(ValueError):
        if datetime.fromisoformat(text).tzinfo:
            return text
    raise Wrong(INSTANT)


def _after_reading(text: str) -> str:
    try:
        AfterReading.parse(text)
    except ConfigError as error:
        raise Wrong("只能是 keep、seen、keyword 或 move:文件夹名") from error
    return text


def _database(text: str) -> str:
    if re.search(r"://[^/@\s]*:[^@\s]+@|[?&]password=", text):
        raise Wrong(
            "密码不能写在这里，请去掉它并设置环境变量 UNBIND_DATABASE_PASSWORD", secret=True
        )
    if text and not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise Wrong("不支持的数据库，请写 sqlite:///文件 或 postgresql://用户@主机/库名，或留空")
    return text


KINDS: Mapping[str, Kind] = {
    "time of day": _time_of_day,
    "hours": _hours,
    "instant": _instant,
    "mail address": matching(
        r"[^@\s<>]+@[^@\s<>]+",
        "不是邮箱地址，请写成 support@example.org 这样的形式",
    ),
    "url": lambda text: _page(text).rstrip("/"),
    "origin": lambda text: _origin(text.rstrip("/")),
    "system url": _system_url,
    "list url": matching(
        r"https?://[A-Za-z0-9.\[\]:-]+(?:/[!-~]*)?",
        "不是吊销列表的地址，请写成 http://主机/路径 或 https://主机/路径",
    ),
    "shipped profile": certificate_sources.shipped_name,
    "source": certificate_sources.source_text,
    "expression": certificate_sources.expression,
    "network": _network,
    "database": _database,
    "flag": matching(
        r"[A-Za-z0-9$_.+-]{1,64}",
        "邮件标记只能用英文字母、数字和 $ _ . + -",
    ),
    "after reading": _after_reading,
    "age key": matching(
        r"age1[a-z0-9]{58}",
        "应为 age 公钥（age1 开头，共 62 个字符）；私钥（AGE-SECRET-KEY-1…）不得写在这里",
    ),
    "tag": matching(r"\S.{0,11}", "标记为 1 至 12 个字"),
    "approvers": matching(r"[12]", "只能是 1 或 2"),
    "tries": matching(r"[1-9]\d{0,4}", "应是 1 至 99999 的整数"),
}
"""By the `kind` of core.settings.setting.

Each takes a text, and gives it in its usual form or raises Wrong.
"""
