"""Makes from the settings what tells administrators by mail and webhook."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from app.config_problems import Problem, refuse
from app.credentials import secret
from app.settings_systems import is_secure
from app.systems import EVENTS_BYTES, EVENTS_PREFIX, signs
from app.wiring import Wiring
from core.cases.announce import Announcing, announce
from core.cases.desk import Desk
from core.cases.transport_port import Transport

URL: Final = "UNBIND_ANNOUNCE_URL"
SECRET: Final = "UNBIND_ANNOUNCE_SECRET"  # noqa: S105  a name, no secret


def announcing(wiring: Wiring, desk: Desk) -> Callable[[], object]:
    """Tells administrators what is due."""
    zone = wiring.config.settings.announce
    settings = Announcing(zone.mail_to, bool(_given(wiring)[0]), zone.digest_before_min, zone.alerts)
    return partial(announce, desk, settings)


def with_webhook(wiring: Wiring, mail: Transport) -> Transport:
    """The transport of letters, with the webhook beside it. Raises ConfigError for an address or a secret that cannot be used."""
    from core.adapters.webhook_transport import Webhook, WithWebhook

    url, key = _given(wiring)
    refuse([*_problems(url, key)], wiring.config.name)
    return WithWebhook(mail, Webhook(url, key) if url else None, wiring.clock)


def _given(wiring: Wiring) -> tuple[str, str]:
    config, zone = wiring.config, wiring.config.settings.announce
    url = secret(URL, config.optional_path(zone.webhook_url_file), wiring.environ)
    return url, secret(SECRET, config.optional_path(zone.webhook_secret_file), wiring.environ)


def _problems(url: str, key: str) -> Iterator[Problem]:
    if url and not is_secure(url):
        yield Problem(("announce", "webhook_url_file"), f"应是 https 网址（本机可用 http）：{URL} 或该文件的第一行", f"an https address is wanted: {URL}")
    if url and not signs(key):
        said = f"没有签名密钥，或不是 {EVENTS_PREFIX} 加至少 {EVENTS_BYTES} 字节的 base64：请设置 {SECRET}，或让本设置指向其文件"
        yield Problem(("announce", "webhook_secret_file"), said, f"nothing to sign with: set {SECRET}, or let this name a file of it")
