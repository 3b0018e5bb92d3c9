"""The settings that pages need: section `web` of config.yaml, and the lines of the health check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.accounts.console_desk import Rules
from core.data.letter import Centre
from core.locks.issuer_profiles import LockKind
from core.settings import setting

Act = Literal["login", "portal", "link", "challenge", "check", "token", "userinfo", "api"]
PER_MINUTE: Mapping[Act, int] = {
    "login": 20,
    "portal": 20,
    "link": 30,
    "challenge": 120,
    "check": 4,
    "token": 600,
    "userinfo": 600,
    "api": 600,
}
"""How often one client address may do what; at the doors of the trading systems one system, where
it is proved."""


@dataclass(frozen=True)
class WebSettings:
    """Settings of the pages.

    `secure_cookies`: cookies travel by HTTPS only; off for the demonstration on 127.0.0.1 only.

    `rules`: how long a login of an administrator lasts, and how often a password may be tried.
    `administrators_from`, `metrics_from`: the networks from which the console, /metrics are
    reached; the console without any from everywhere. `trusted_proxies`: whose X-Forwarded-For
    and X-Forwarded-Proto are believed. `refusal_takes_s`: every refused login takes at least
    that long, so that its duration discloses nothing. `agent_url`:
    where the lock agent answers on an enterprise's PC; `agent_download`: where it is to be had.
    `centre`: the particulars that the portal shows; its name and `system_name` stand at the foot
    of every page. `words_file`: the operator's own words for the reader of requests, by
    which the portal tries what it gives enterprises to send. `max_upload_bytes`: of a file that
    a page takes (web/common/uploads.py). `page_rows`: rows of a list on one page.
    `texts_folder`, `colleagues`: as in ConsoleZone.
    """

    secure_cookies: bool = True
    rules: Rules = Rules()  # noqa: RUF009  a frozen value
    administrators_from: tuple[str, ...] = setting(
        (),
        "networks from which the administrators' pages are reached. [] = from everywhere. "
        "Elsewhere these pages are not there; the portal and the links of letters are",
        example="[10.0.0.0/8]",
        kind="network",
    )
    metrics_from: tuple[str, ...] = ()
    base_url: str = setting(
        "http://127.0.0.1:8321",
        "the address in the links of letters; https here makes cookies Secure. "
        "Left out, it follows port",
        example="https://ca.ggzy.example.cn",
        kind="origin",
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        "addresses and networks of your own proxies. Only they are believed about where a request "
        "came from (X-Forwarded-For, X-Forwarded-Proto)",
        example="[10.0.0.5]",
        kind="network",
    )
    demo: bool = False
    per_minute: Mapping[Act, int] = setting(
        lambda: PER_MINUTE,
        "how often a minute one address may do what. login, portal: passwords of administrators, "
        "of enterprises that failed | link: links of letters | challenge: signatures by a lock | "
        "check: files looked at (先查后发) | token, userinfo, api: requests of a trading system, "
        "each by itself",
        example="{token: 1200, portal: 40}",
        kind="tries",
    )
    agent_url: str = "http://127.0.0.1:17583"
    agent_download: str = ""
    centre: Centre = Centre()  # noqa: RUF009  a frozen value
    system_name: str = "综合交易系统"
    certificates: tuple[LockKind, ...] = ()
    words_file: Path | None = None
    page_rows: int = 100
    texts_folder: Path | None = None
    colleagues: Mapping[str, str] = field(default_factory=dict)
    refusal_takes_s: float = 0.3
    max_form_bytes: int = 256 * 1024
    max_upload_bytes: int = 25 * 1024 * 1024


@dataclass(frozen=True)
class HealthLine:
    """One thing that was checked. `text` holds no personal data: /health needs no login."""

    name: str
    ok: bool
    text: str = ""
