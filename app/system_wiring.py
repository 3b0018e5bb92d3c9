"""Makes from the settings what speaks to others: the door for the trading systems with their
secrets, and the robots that administrators get alerts by."""

import base64
import binascii
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from app.credentials import robot_variable, secret, secrets
from app.settings.config import Config
from app.settings.config_file import KeyPath
from app.settings.config_problems import Problem, refuse
from app.settings.desk_settings import SystemZone
from app.settings.setting_kinds import is_secure
from app.wiring import Wiring
from core.accounts.systems import Door
from core.cases.accounts.notify_systems import receivers_of, tell_systems
from core.cases.desk import Desk
from core.cases.upkeep.announce import Announcing
from core.data.trading_systems import System, SystemsSettings
from core.keys.jws import Rs256, public_keys
from core.outgoing.couriers import HttpCourier
from core.outgoing.robots import MESSENGERS, Robot

SHORTEST: Final = 24
"""Characters of a system's secret: what `openssl rand -hex 16` prints is longer."""
EVENTS_PREFIX: Final = "whsec_"
EVENTS_BYTES: Final = 24


def door(wiring: Wiring) -> Door | None:
    """The desk for trading systems; None where config.yaml names none.

    Raises ConfigError for secrets that are missing.
    """
    if not wiring.config.settings.systems:
        return None
    return Door(systems_settings(wiring.config, wiring.environ), Rs256())


def telling(wiring: Wiring, desk: Desk) -> Callable[[], int]:
    """See tell_systems. Raises ConfigError for secrets that are missing."""
    if not wiring.config.settings.systems:
        return lambda: 0
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
    """The same for the secret that signs its events."""
    return f"UNBIND_SYSTEM_{system_id.upper()}_EVENTS"


def systems_settings(config: Config, environ: Mapping[str, str]) -> SystemsSettings:
    """The systems with their secrets.

    Raises ConfigError with every secret that is missing or too weak.
    """
    problems: list[Problem] = []
    systems: dict[str, System] = {}
    for name, zone in config.settings.systems.items():
        own = secrets(secret_name(name), zone.secret_file, environ)
        events = secrets(events_name(name), zone.events_secret_file, environ)
        keys = public_keys(zone.keys_file) if zone.keys_file else ""
        problems += _problems(name, zone, own, events, keys)
        systems[name] = replace(zone, id=name, secrets=own, events_secrets=events, keys=keys)
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
        yield _no_key(("systems", system_id, "events_secret_file"), events_name(system_id))


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


def announcing(wiring: Wiring) -> Announcing:
    """The settings of announcements: to administrators by mail, and by robots."""
    return replace(wiring.config.settings.announce, ways=tuple(robots(wiring)))


def robots(wiring: Wiring) -> Mapping[str, Robot]:
    """The robots of `announce.robots`, by name.

    Raises ConfigError for addresses and secrets that cannot be used.
    """
    problems: list[Problem] = []
    found: dict[str, Robot] = {}
    for name, zone in wiring.config.settings.announce.robots.items():
        messenger, where = MESSENGERS[zone.kind], ("announce", "robots", name)
        url = secret(robot_variable(name, "URL"), zone.url_file, wiring.environ)
        key = secret(robot_variable(name, "SECRET"), zone.secret_file, wiring.environ)
        if not is_secure(url):
            variable = robot_variable(name, "URL")
            zh = f"应是 https 网址（本机可用 http）：{variable} 或该文件的第一行"
            problems.append(
                Problem((*where, "url_file"), zh, f"an https address is wanted: {variable}")
            )
        if messenger.needs_secret and not signs(key):
            problems.append(_no_key((*where, "secret_file"), robot_variable(name, "SECRET")))
        found[name] = Robot(messenger, url, key, wiring.clock)
    refuse(problems, wiring.config.name)
    return found


def _no_key(where: KeyPath, name: str) -> Problem:
    return Problem(
        where,
        f"没有签名密钥，或不是 {EVENTS_PREFIX} 加至少 {EVENTS_BYTES} 字节的 base64："
        f"请设置 {name}，或让本设置指向其文件",
        f"nothing to sign with, or not {EVENTS_PREFIX} and the base64 of {EVENTS_BYTES} bytes: "
        f"set {name}, or let this name a file of it",
    )
