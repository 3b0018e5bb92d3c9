"""The kinds of values that config.yaml holds, and how a wrong one is reported: in Chinese and
English, with what to write instead."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_TIME = re.compile(r"(\d{1,2}):(\d{2})")

SECRET: Final = "secret"  # noqa: S105  # a kind of problem
MiB = 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def problem(
    zh: str, en: str, kind: Literal["setting", "secret"] = "setting"
) -> PydanticCustomError:
    """A problem in both languages, for a validator to raise. A secret is never shown back."""
    return PydanticCustomError(kind, "{zh}|{en}", {"zh": zh, "en": en})


def matching(pattern: str, zh: str, en: str) -> AfterValidator:
    """For texts that the pattern matches as a whole; of any other the problem is told."""
    expression = re.compile(pattern)

    def checked(text: str) -> str:
        if not expression.fullmatch(text):
            raise problem(zh, en)
        return text

    return AfterValidator(checked)


def _time_of_day(value: object) -> object:
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(str(value).strip())
    if not found or not ((int(found[1]) < 24 and int(found[2]) < 60) or found[0] == "24:00"):
        raise problem(
            '不是时刻，请写成 "11:00" 这样的形式', 'no time of day; write it like "11:00"'
        )
    return time(int(found[1]) % 24, int(found[2]))


def _network(value: str) -> str:
    with suppress(ValueError):
        network = ip_network(value)
        if network.prefixlen:
            return str(network) if network.num_addresses > 1 else str(network.network_address)
    raise problem(
        "不是地址或网段，请写成 10.0.0.5 或 10.0.0.0/24 这样的形式，且不能是全部地址",
        "no address or network; write it like 10.0.0.5 or 10.0.0.0/24, and not the whole internet",
    )


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
MailAddress = Annotated[
    str,
    matching(
        r"[^@\s<>]+@[^@\s<>]+",
        "不是邮箱地址，请写成 support@example.org 这样的形式",
        "no mail address; write it like support@example.org",
    ),
]
_WebAddress = matching(
    r"https?://[A-Za-z0-9._~:/?&=%#+\[\]-]+",
    "不是网址，请以 http:// 或 https:// 开头",
    "no address of a web page; begin it with http:// or https://",
)
Url = Annotated[str, _WebAddress, AfterValidator(lambda url: url.rstrip("/"))]
Network = Annotated[str, AfterValidator(_network)]
Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "xoauth2"]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Example:
    """Marks a setting that an operator decides: config.yaml shows it with this value, as YAML.

    Never the default, which stands in the class alone.
    """

    yaml: str


class Zone(BaseModel):
    """A section of config.yaml. The string below each setting says what it is for,
    with its unit and its reason."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True
    )


def section(annotation: Any) -> tuple[type[Zone] | None, bool]:
    """The model of the section that an annotation is, or else of the sections that it holds by name
    (then True); None for a value."""
    by_name = get_origin(annotation) is dict
    inner = get_args(annotation)[1] if by_name else annotation
    return (
        (inner, by_name) if isinstance(inner, type) and issubclass(inner, Zone) else (None, False)
    )
