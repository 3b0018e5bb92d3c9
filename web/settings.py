"""What the pages need to know: settings of config.yaml, section `web`, and the lines of the health check."""

from dataclasses import dataclass
from pathlib import Path

from core.accounts.administrators import Rules


@dataclass(frozen=True, slots=True)
class SupportedLocks:
    """The locks of one CA, as the guide tells enterprises. `drivers`: addresses, or words of where they are, in order."""

    title: str
    can_sign_bids: bool = True
    where_to_apply: str = ""
    phone: str = ""
    drivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the pages. `secure_cookies`: cookies travel by HTTPS only; off for the demonstration on 127.0.0.1 only.

    `rules`: how long a login of an administrator lasts, and how often a password may be tried. `administrators_from`: the networks from which the
    console is reached at all; without any, from everywhere. `metrics_from`: from which /metrics is.
    `login_tries_per_minute`, `link_tries_per_minute`: for one client address.
    `refusal_takes_s`: every refused login takes at least that long, so that its duration discloses nothing.
    `portal_tries_per_minute`, `challenge_tries_per_minute`: password logins and challenges of the portal, for one client address.
    `system_tries_per_minute`: requests of trading systems, likewise.
    `agent_url`: where the lock agent answers on an enterprise's PC; `agent_download`: where it is to be had. `support_address`: the mailbox for
    unbinding, shown on the portal, as are `support_phone`, `support_qq` and `window`, the hours in words. `centre_name` and
    `system_name` stand at the foot of every page; `certificates`: whose locks are accepted.
    `words_file`: the operator's own words for the reader of requests, by which the portal tries what it gives enterprises to send.
    `trusted_proxies`: addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
    `max_upload_bytes`: of a file that a page takes (web/uploads.py); `checks_per_minute`: for one client address.
    `page_rows`: rows of a list on one page. `demo`: say on every page that this is a demonstration.
    """

    secure_cookies: bool = True
    rules: Rules = Rules()  # noqa: RUF009  a frozen value
    administrators_from: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = ()
    base_url: str = "http://127.0.0.1:8321"
    trusted_proxies: tuple[str, ...] = ()
    demo: bool = False
    login_tries_per_minute: int = 20
    link_tries_per_minute: int = 30
    portal_tries_per_minute: int = 20
    challenge_tries_per_minute: int = 120
    system_tries_per_minute: int = 600
    agent_url: str = "http://127.0.0.1:17583"
    agent_download: str = ""
    support_address: str = ""
    support_phone: str = ""
    support_qq: str = ""
    centre_name: str = "公共资源交易中心"
    system_name: str = "综合交易系统"
    certificates: tuple[SupportedLocks, ...] = ()
    window: str = "每个工作日 11:00—11:30"
    words_file: Path | None = None
    page_rows: int = 100
    refusal_takes_s: float = 0.3
    max_form_bytes: int = 256 * 1024
    max_upload_bytes: int = 25 * 1024 * 1024
    checks_per_minute: int = 4


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One thing that was checked. `text` holds no personal data: /health needs no login."""

    name: str
    ok: bool
    text: str = ""
