"""Settings of the door for the trading systems: OpenID Connect, the API, and events."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

from app.settings_kinds import LOOPBACK, Example, Zone, problem
from core.accounts.systems import Scope

_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PRINTABLE: Final = re.compile(r"[!-~]{1,2000}")


def _address(url: str) -> str:
    """An address of a system: https, or http on this machine; no fragment, no password, nothing to be guessed at."""
    if not (_PRINTABLE.fullmatch(url) and is_secure(url) and urlsplit(url).username is None and "#" not in url and "*" not in url):
        raise problem("应是完整的 https 网址（本机可用 http），不带 # 和 *", "a whole https address is wanted (http on this machine only), without # and *")
    return url


def is_secure(url: str) -> bool:
    """Whether what goes to an address cannot be read on the way: https, or this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


SystemUrl = Annotated[str, AfterValidator(_address)]


class SystemZone(Zone):
    title: Annotated[str, Example("综合交易系统")] = ""
    """its name as enterprises read it"""
    redirect_uris: Annotated[tuple[SystemUrl, ...], Example("[https://z.example.cn/oidc]")] = ()
    """where enterprises come back to after the login; compared letter by letter"""
    post_logout_uris: Annotated[tuple[SystemUrl, ...], Example("[https://z.example.cn/]")] = ()
    """likewise after the logout"""
    logout_url: Annotated[SystemUrl | None, Example("https://z.example.cn/logout")] = None
    """told when a login of it is over (Back-Channel Logout); null = not told"""
    events_url: Annotated[SystemUrl | None, Example("https://z.example.cn/events")] = None
    """told of locks and accounts (Standard Webhooks); null = not told"""
    scopes: Annotated[tuple[Scope, ...], Example("[accounts:read, bindings:read]")] = ()
    """what it may ask the API"""
    secret_file: Annotated[Path | None, Example("/etc/unbind/zonghe.secret")] = None
    """its secret in the first line; or UNBIND_SYSTEM_ZONGHE_SECRET, by its name"""
    events_secret_file: Path | None = None
    """signs its events (whsec_…); or UNBIND_SYSTEM_ZONGHE_EVENTS"""


def require_whole(systems: Mapping[str, SystemZone]) -> None:
    """Raise PydanticCustomError for a system that lacks something, or whose name can be no part of an environment variable's."""
    for name, zone in systems.items():
        if not zone.title or not (zone.redirect_uris or zone.scopes):
            raise problem(f"{name} 须填写 title，以及 redirect_uris（登录）或 scopes（接口）", f"{name}: give a title, and redirect_uris or scopes")
        if not _ID.fullmatch(name):
            raise problem(f"系统的名称 {name} 只能用小写字母、数字和下划线，以字母开头", f"the name {name} must be of lower-case letters, digits and _")
