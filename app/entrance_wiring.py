"""Makes from the settings how people come in: the entrance for enterprises, with certificates by
the configured issuers, and administrators' second factors."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.revocation import RevocationKeeper
from app.settings.certificate_settings import profile_of
from app.settings.config import Config
from core.accounts.console_desk import FactorPolicy, SecondFactors
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import Passwords
from core.cases.desk import Desk
from core.clock import Clock
from core.data.tries import TryLimits
from core.errors import ConfigError
from core.keys.one_time_codes import ClockCodes
from core.keys.passkeys import SitePasskeys, may_have_passkeys
from core.locks.certificates.profiles import certificate_of_file
from core.locks.certificates.verifier import CertificateVerifier
from core.locks.challenge import Mac
from core.locks.issuer_profiles import IssuerProfile
from lock_protocol.signatures import SystemSignatures
from web.common.page_settings import LockKind

LIST_TIMEOUT_S: Final = 60.0
"""For the fetching of one revocation list."""


def front_desk(
    config: Config, desk: Desk, passwords: Passwords, signatures: SystemSignatures, mac: Mac
) -> FrontDesk:
    """Everything a use case of the entrance needs.

    Raises ConfigError for issuer certificates that cannot be used.
    """
    settings = config.settings
    zone = settings.entrance
    origins = zone.origins or frozenset({origin_of(settings.web.base_url)})
    papers = {key: replace(paper, key=key) for key, paper in zone.papers.items()}
    entrance = replace(
        zone,
        origins=origins,
        own_addresses=frozenset(settings.mailbox.own_addresses),
        limits=TryLimits(zone.tries),
        papers=papers,
    )
    return FrontDesk(
        desk.store,
        passwords,
        verifier(config, desk.clock, signatures),
        signatures,
        mac,
        entrance,
    )


def verifier(config: Config, clock: Clock, signatures: SystemSignatures) -> CertificateVerifier:
    """The judge of certificates, by the profiles of config.yaml."""
    zone = config.settings.certificates
    roots = [authority(path) for path in zone.roots]
    return CertificateVerifier(
        profiles(config),
        signatures,
        clock,
        roots=roots,
        crl_folder=zone.crl_folder or config.folder / "crl",
    )


def profiles(config: Config) -> tuple[IssuerProfile, ...]:
    """The profiles with the certificates of their issuers. Raises ConfigError."""
    zone = config.settings.certificates
    return tuple(
        profile_of(name, one, [authority(path) for path in one.issuers])
        for name, one in zone.profiles.items()
    )


def supported_locks(config: Config) -> tuple[LockKind, ...]:
    """Whose locks are accepted: the CAs whose issuers are named, as the guide tells enterprises."""
    return tuple(
        profile for profile in config.settings.certificates.profiles.values() if profile.issuers
    )


def second_factors(config: Config) -> SecondFactors | None:
    """Codes by the clock, and passkeys where the site's address can have them; None where
    `console.second_factor` turns both off."""
    policy, base_url, name = (
        config.settings.console.second_factor,
        config.settings.web.base_url,
        config.settings.centre.desk_name,
    )
    if policy is FactorPolicy.OFF:
        return None
    return SecondFactors(
        policy,
        ClockCodes(name),
        SitePasskeys(base_url, name) if may_have_passkeys(base_url) else None,
    )


def keeper(config: Config, desk: Desk, front: FrontDesk) -> RevocationKeeper:
    """Who keeps the lists of the running pages."""
    zone = config.settings.certificates
    assert isinstance(front.verifier, CertificateVerifier)
    return RevocationKeeper(
        front.verifier, profiles(config), desk, zone.crl_interval_s, LIST_TIMEOUT_S
    )


def signature_roots(config: Config) -> tuple[bytes, ...]:
    """Who vouches for the signers of electronic signatures in PDFs: every configured CA whose file
    can be read; `doctor` reports the others."""
    zone = config.settings.certificates
    found = []
    for path in (
        *zone.roots,
        *(path for profile in zone.profiles.values() for path in profile.issuers),
    ):
        with contextlib.suppress(ConfigError):
            found.append(authority(path))
    return tuple(found)


def origin_of(url: str) -> str:
    """The origin of a page's address: https://host[:port]."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def authority(path: Path) -> bytes:
    """The certificate of a CA from its file, DER or PEM, as DER. Raises ConfigError."""
    try:
        return certificate_of_file(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"certificates：无法读取CA证书文件 {path}（{error.strerror}），请检查路径。"
        ) from error
