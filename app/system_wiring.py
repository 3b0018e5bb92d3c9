"""Makes from the settings what speaks to others: the door for the trading systems with their
secrets, and what tells administrators by mail and webhook."""

import base64
import binascii
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Final

from app.settings.config import Config
from app.settings.config_problems import Problem, refuse
from app.settings.credentials import secret, secrets
from app.settings.entrance_settings import SystemZone, is_secure
from app.wiring import Wiring
from core.accounts.systems import Door
from core.cases.accounts.notify_systems import receivers_of, tell_systems
from core.cases.desk import Desk
from core.cases.upkeep.announce import Announcing, announce
from core.data.letter import Transport
from core.data.trading_systems import System, SystemsSettings
from core.keys.jws import Rs256, public_keys
from core.outgoing.couriers import HttpCourier
from core.outgoing.webhook_transport import Webhook, WithWebhook

SHORTEST: Final = 24
"""Characters of a system's secret: what `openssl rand -hex 16` prints is longer."""
EVENTS_PREFIX: Final = "whsec_"
EVENTS_BYTES: Final = 24
URL: Final = "UNBIND_ANNOUNCE_URL"
SECRET: Final = "UNBIND_ANNOUNCE_SECRET"  # noqa: S105  a name, no secret


def door(wiring: Wiring) -> Door | None:
    """What the trading systems ask; None where config.yaml names none.

    Raises ConfigError for secrets that are missing.
    """
    if not wiring.config.settings.systems:
        return None
    return Door(systems_settings(wiring.config, wiring.environ), Rs256())


def telling(wiring: Wiring, desk: Desk) -> Callable[..., int]:
    """See tell_systems. Raises ConfigError for secrets that are missing."""
    if not wiring.config.settings.systems:
        return lambda **_: 0
    settings = systems_settings(wiring.config, wiring.environ)
    return partial(
        tell_systems,
        desk,
        receivers_of([*settings.systems.values()]),
        HttpCourier(settings.issuer, Rs256()),
    )


def secret_name(system_id: str) -> str:
    """The environment variable or credential of a system's secret."""
    return f"UNBIND_SYSTEM_{system_id.upper()}_SECRET"


def events_name(system_id: str) -> str:
    """The same of what its events are signed with."""
    return f"UNBIND_SYSTEM_{system_id.upper()}_EVENTS"


def systems_settings(config: Config, environ: Mapping[str, str]) -> SystemsSettings:
    """The systems with their secrets.

    Raises ConfigError with every secret that is missing or too weak.
    """
    problems: list[Problem] = []
    systems: dict[str, System] = {}
    for name, zone in config.settings.systems.items():
        own = secrets(secret_name(name), config.optional_path(zone.secret_file), environ)
        events = secrets(events_name(name), config.optional_path(zone.events_secret_file), environ)
        file = config.optional_path(zone.keys_file)
        keys = public_keys(file) if file else ""
        problems += _problems(name, zone, own, events, keys)
        systems[name] = System(
            name,
            zone.title,
            own,
            zone.redirect_uris,
            zone.post_logout_uris,
            frozenset(zone.scopes),
            zone.logout_url or "",
            zone.events_url or "",
            events,
            keys,
        )
    refuse(problems, config.name)
    signing = frozenset(
        name
        for name, profile in config.settings.certificates.profiles.items()
        if profile.can_sign_bids
    )
    return SystemsSettings(config.settings.web.base_url, systems, signing)


def _problems(
    system_id: str,
    zone: SystemZone,
    own: Collection[str],
    events: Collection[str],
    keys: str,
) -> Iterator[Problem]:
    if zone.keys_file and not keys:
        yield Problem(
            ("systems", system_id, "keys_file"),
            "不是可读的公钥集（JWK Set，RSA 或 EC 公钥）",
            "no readable JWK Set of public RSA or EC keys",
        )
    if any(len(one) < SHORTEST for one in own) or not (own or zone.keys_file):
        name = secret_name(system_id)
        yield Problem(
            ("systems", system_id, "secret_file"),
            f"没有密钥，或不足 {SHORTEST} 个字符：请设置环境变量（或 systemd 凭据）{name}，"
            "或让本设置指向第一行是密钥的文件（openssl rand -hex 32 可生成）",
            f"no secret, or one of fewer than {SHORTEST} characters: set {name}, or let this name "
            "a file of it",
        )
    if zone.events_url and not (events and all(map(signs, events))):
        name = events_name(system_id)
        yield Problem(
            ("systems", system_id, "events_secret_file"),
            f"没有事件签名密钥，或不是 {EVENTS_PREFIX} 加至少 {EVENTS_BYTES} 字节的 base64："
            f"请设置 {name}，或让本设置指向其文件",
            f"nothing to sign events with, or not {EVENTS_PREFIX} and the base64 of "
            f"{EVENTS_BYTES} bytes: set {name}, or let this name a file of it",
        )


def signs(text: str) -> bool:
    """Whether a secret is one that Standard Webhooks sign with."""
    try:
        return (
            text.startswith(EVENTS_PREFIX)
            and len(base64.b64decode(text.removeprefix(EVENTS_PREFIX), validate=True))
            >= EVENTS_BYTES
        )
    except binascii.Error:
        return False


def announcing(wiring: Wiring, desk: Desk) -> Callable[[], object]:
    """Tells administrators what is due."""
    zone = wiring.config.settings.announce
    settings = Announcing(
        zone.mail_to, bool(_given(wiring)[0]), zone.digest_before_min, zone.alerts
    )
    return partial(announce, desk, settings)


def with_webhook(wiring: Wiring, mail: Transport) -> Transport:
    """The transport of letters, with the webhook beside it.

    Raises ConfigError for an address or a secret that cannot be used.
    """
    url, key = _given(wiring)
    refuse([*_webhook_problems(url, key)], wiring.config.name)
    return WithWebhook(mail, Webhook(url, key) if url else None, wiring.clock)


def _given(wiring: Wiring) -> tuple[str, str]:
    config, zone = wiring.config, wiring.config.settings.announce
    url = secret(URL, config.optional_path(zone.webhook_url_file), wiring.environ)
    return url, secret(SECRET, config.optional_path(zone.webhook_secret_file), wiring.environ)


def _webhook_problems(url: str, key: str) -> Iterator[Problem]:
    if url and not is_secure(url):
        yield Problem(
            ("announce", "webhook_url_file"),
            f"应是 https 网址（本机可用 http）：{URL} 或该文件的第一行",
            f"an https address is wanted: {URL}",
        )
    if url and not signs(key):
        said = (
            f"没有签名密钥，或不是 {EVENTS_PREFIX} 加至少 {EVENTS_BYTES} 字节的 base64："
            f"请设置 {SECRET}，或让本设置指向其文件"
        )
        yield Problem(
            ("announce", "webhook_secret_file"),
            said,
            f"nothing to sign with: set {SECRET}, or let this name a file of it",
        )
