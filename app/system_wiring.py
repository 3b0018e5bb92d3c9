"""Builds from the settings the connections to others: the trading systems with their secrets (the
door), and the robots by which administrators get digests and alerts."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain

from app.credentials import found, secret, variable
from app.settings.config import Installation
from app.settings.config_file import KeyPath
from app.settings.config_problems import Problem, refuse
from app.settings.desk_settings import SystemZone
from app.settings.setting_kinds import is_secure
from core.cases.accounts.notify_systems import receivers_of, tell_systems
from core.cases.desk import Desk
from core.cases.upkeep.announce import Announcing
from core.data.trading_systems import SystemsSettings
from core.keys.jws import public_keys
from core.outgoing.couriers import HttpCourier
from core.outgoing.robots import MESSENGERS, Robot

SHORTEST = 24
"""Characters of a system's secret: what `openssl rand -hex 16` prints is longer."""
EVENTS_PREFIX = "whsec_"
EVENTS_BYTES = 24


def system_notifier(here: Installation, desk: Desk) -> Callable[..., int]:
    """The function that sends the events which are due to the trading systems (tell_systems).
    Raises ConfigError for secrets that are missing."""
    settings = door(here)
    if settings is None:
        return lambda **_: 0
    receivers = receivers_of([*settings.systems.values()])
    return partial(tell_systems, desk, receivers, HttpCourier(settings.issuer))


def door(here: Installation) -> SystemsSettings | None:
    """The trading systems with their secrets; None where config.yaml names none.

    Raises ConfigError with every secret that is missing or too weak.
    """
    settings, environ = here.settings, here.environ
    if not settings.systems:
        return None
    systems = {
        name: replace(
            zone,
            id=name,
            secrets=found(variable("system", name, "secret"), environ, zone.secret_file)[1],
            events_secrets=found(
                variable("system", name, "events"), environ, zone.events_secret_file
            )[1],
            keys=public_keys(zone.keys_file) if zone.keys_file else "",
        )
        for name, zone in settings.systems.items()
    }
    refuse(chain.from_iterable(map(_problems, systems.values())), here.config.written)
    profiles = settings.certificates.profiles.items()
    signing = frozenset(name for name, profile in profiles if profile.can_sign_bids)
    return SystemsSettings(settings.web.base_url, systems, signing)


def _problems(system: SystemZone) -> Iterator[Problem]:
    where = ("systems", system.id)
    if system.keys_file and not system.keys:
        yield Problem((*where, "keys_file"), "不是可读的公钥集（JWK Set，RSA 或 EC 公钥）")
    if any(len(one) < SHORTEST for one in system.secrets) or not (
        system.secrets or system.keys_file
    ):
        name = variable("system", system.id, "secret")
        yield Problem(
            (*where, "secret_file"),
            f"没有密钥，或不足 {SHORTEST} 个字符：请设置环境变量（或 systemd 凭据）{name}，"
            "或让本设置指向第一行是密钥的文件（openssl rand -hex 32 可生成）",
        )
    if system.events_url and not (system.events_secrets and all(map(signs, system.events_secrets))):
        yield _no_key((*where, "events_secret_file"), variable("system", system.id, "events"))


def signs(text: str) -> bool:
    """Whether a secret is one that Standard Webhooks sign with."""
    try:
        key = base64.b64decode(text.removeprefix(EVENTS_PREFIX), validate=True)
    except binascii.Error:
        return False
    return text.startswith(EVENTS_PREFIX) and len(key) >= EVENTS_BYTES


def announcing(here: Installation) -> Announcing:
    """The settings of announcements: to administrators by mail, and by robots."""
    return replace(here.settings.announce, ways=tuple(robots(here)))


def robots(here: Installation) -> Mapping[str, Robot]:
    """The robots of `announce.robots`, by name.

    Raises ConfigError for addresses and secrets that cannot be used.
    """
    problems: list[Problem] = []
    robots: dict[str, Robot] = {}
    for name, zone in here.settings.announce.robots.items():
        messenger, where = MESSENGERS[zone.kind], ("announce", "robots", name)
        url_name, key_name = variable("robot", name, "url"), variable("robot", name, "secret")
        url = secret(url_name, here.environ, zone.url_file)
        key = secret(key_name, here.environ, zone.secret_file)
        if not is_secure(url):
            text = f"应是 https 网址（本机可用 http）：{url_name} 或该文件的第一行"
            problems.append(Problem((*where, "url_file"), text))
        if messenger.needs_secret and not signs(key):
            problems.append(_no_key((*where, "secret_file"), key_name))
        robots[name] = Robot(messenger, url, key, here.clock)
    refuse(problems, here.config.written)
    return robots


def _no_key(where: KeyPath, name: str) -> Problem:
    return Problem(
        where,
        f"没有签名密钥，或不是 {EVENTS_PREFIX} 加至少 {EVENTS_BYTES} 字节的 base64："
        f"请设置 {name}，或让本设置指向其文件",
    )
