"""How people and systems come in: the sections `console` (administrators), `entrance`
(enterprises), `limits` and `systems` (OpenID Connect, API, events)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from app.settings.setting_kinds import LOOPBACK, Example, MiB, Url, Zone, matching, problem
from core.accounts.console_desk import FactorPolicy
from core.accounts.front_desk import EntranceSettings
from core.data.enterprise import RequiredPaper
from core.data.trading_systems import Scope
from web.common.page_settings import WebSettings

_ENTRANCE = EntranceSettings(origins=frozenset())
_PAPER = RequiredPaper("", "")
_WEB = WebSettings()
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PRINTABLE: Final = re.compile(r"[!-~]{1,2000}")
Origin = Annotated[
    str,
    matching(
        r"https?://[^/\s]+",
        "不是网页来源，请写成 https://主机 或 https://主机:端口，末尾不带斜杠",
        "no origin; write https://host or https://host:port",
    ),
]


class ConsoleZone(Zone):
    second_factor: Annotated[FactorPolicy, Example("required")] = FactorPolicy.OPTIONAL
    """of administrators, behind the password: a one-time code of a telephone, or a passkey (needs
    https and a name in web.base_url). off | optional: who sets one up is asked for it | required:
    without one no page but that which sets it up"""


class PaperZone(Zone):
    title: Annotated[str, Field(min_length=1, max_length=40)]
    """what it is, as enterprises read it"""
    kinds: Annotated[tuple[Literal["pdf", "jpeg", "png"], ...], Field(min_length=1)] = (
        "pdf",
        "jpeg",
        "png",
    )
    """which files it may be, by their content"""
    max_mib: Annotated[int, Field(ge=1, le=25)] = _PAPER.max_bytes // MiB
    """size of one file at most, in MiB (1,048,576 bytes)"""
    most: Annotated[int, Field(ge=1, le=10)] = _PAPER.most
    """number of files of it at most"""
    required: bool = _PAPER.required
    """false: it may be left out"""
    licence: bool = _PAPER.is_licence
    """true: name and credit code on it are read and compared with the certificate"""


PerMinute = Annotated[int, Field(ge=1, le=100_000)]


class LimitsZone(Zone):
    login_tries_per_minute: PerMinute = _WEB.login_tries_per_minute
    """logins of administrators that failed, of one client address (IPv4 address, IPv6 /64)"""
    portal_tries_per_minute: PerMinute = _WEB.portal_tries_per_minute
    """passwords of enterprises that failed, and letters asked for, of one client address"""
    link_tries_per_minute: PerMinute = _WEB.link_tries_per_minute
    """number of links in letters that one client address opens"""
    challenge_tries_per_minute: PerMinute = _WEB.challenge_tries_per_minute
    """number of times that one client address has a lock sign"""
    checks_per_minute: PerMinute = _WEB.checks_per_minute
    """files of one client address that are looked at before they are sent"""
    token_requests_per_minute: PerMinute = _WEB.token_requests_per_minute
    """number of requests to /openid/token of one trading system; of one client address where no
    system is proved"""
    userinfo_requests_per_minute: PerMinute = _WEB.userinfo_requests_per_minute
    """number of requests to /openid/userinfo, likewise"""
    api_requests_per_minute: PerMinute = _WEB.api_requests_per_minute
    """number of requests to /api/v1, likewise; what is for everybody counts by client address"""


class EntranceZone(Zone):
    open: Annotated[bool, Example("false")] = True
    """false: only the administrators' pages and the links of letters are there"""
    origins: tuple[Origin, ...] = ()
    """exact origins (https://host) whose pages may ask a lock to sign. []: that of web.base_url"""
    challenge_s: Annotated[int, Field(ge=10, le=300)] = _ENTRANCE.challenge_s
    """seconds that a lock has to answer, the typing of its PIN included"""
    tries: Annotated[int, Field(ge=3, le=10), Example("3")] = _ENTRANCE.limits.in_a_row
    """wrong passwords in a row that lock the password login for their source, 1 minute growing to
    15; login by lock, other sources, and browsers that logged in before are not affected"""
    session_hours: Annotated[float, Field(gt=0, le=24), Example("4")] = _ENTRANCE.session_hours
    """hours a login lasts; it ends at once when its lock is unbound or reported lost"""
    system: Annotated[str, Example("政府采购交易系统")] = _ENTRANCE.system
    """the trading system that bindings made here belong to"""
    papers: dict[str, PaperZone] = Field(default_factory=dict)
    """what enterprises upload before they submit their information, each by a short name
    (docs/OPERATIONS.md, Papers of registrations). {}: nothing"""
    agent_download: Annotated[Url | None, Example("https://ggzy.example.cn/unbind-agent")] = None
    """where enterprises get the lock agent, named where a page finds none.
    null: they are told to ask the centre"""


def _address(url: str) -> str:
    """An address of a system: https, or http on this machine;
    no fragment, no password, nothing to be guessed at."""
    if not (
        _PRINTABLE.fullmatch(url)
        and is_secure(url)
        and urlsplit(url).username is None
        and "#" not in url
        and "*" not in url
    ):
        raise problem(
            "应是完整的 https 网址（本机可用 http），不带 # 和 *",
            "a whole https address is wanted (http on this machine only), without # and *",
        )
    return url


def is_secure(url: str) -> bool:
    """Whether what goes to an address cannot be read on the way: https, or this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


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
    """its secret; a second line counts too (rotation). Or UNBIND_SYSTEM_ZONGHE_SECRET, by its
    name"""
    keys_file: Path | None = None
    """its public keys (JWK Set), where it signs with a key of its own instead (private_key_jwt)"""
    events_secret_file: Path | None = None
    """signs its events (whsec_…), lines likewise; or UNBIND_SYSTEM_ZONGHE_EVENTS"""


def require_whole(systems: Mapping[str, SystemZone]) -> None:
    """Raise PydanticCustomError for a system that lacks something,
    or whose name can be no part of an environment variable's."""
    for name, zone in systems.items():
        if not zone.title or not (zone.redirect_uris or zone.scopes):
            raise problem(
                f"{name} 须填写 title，以及 redirect_uris（登录）或 scopes（接口）",
                f"{name}: give a title, and redirect_uris or scopes",
            )
        if not _ID.fullmatch(name):
            raise problem(
                f"系统的名称 {name} 只能用小写字母、数字和下划线，以字母开头",
                f"the name {name} must be of lower-case letters, digits and _",
            )
