"""Makes from the settings how people come in: the entrance for enterprises, with certificates by
the configured issuers, and administrators' second factors."""

import contextlib
from pathlib import Path
from urllib.parse import urlsplit

from app.revocation import RevocationKeeper
from app.settings.certificate_settings import profile_of
from app.settings.config import Config
from core.accounts.console_desk import FactorPolicy, SecondFactors
from core.accounts.front_desk import EntranceSettings, FrontDesk
from core.accounts.password_rules import Passwords
from core.cases.desk import Desk
from core.clock import Clock
from core.data.enterprise import RequiredPaper
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


def front_desk(
    config: Config, desk: Desk, passwords: Passwords, signatures: SystemSignatures, mac: Mac
) -> FrontDesk:
    """Everything a use case of the entrance needs.

    Raises ConfigError for issuer certificates that cannot be used.
    """
    zone = config.settings.entrance
    origins = frozenset(zone.origins or (origin_of(config.settings.web.base_url),))
    web = config.settings.web
    limits = TryLimits(zone.tries, web.account_tries_per_hour, web.source_tries_per_hour)
    own_addresses = frozenset(config.settings.mailbox.own_addresses)
    settings = EntranceSettings(
        origins,
        zone.challenge_s,
        zone.session_hours,
        zone.system,
        own_addresses,
        limits,
        required_papers(config),
    )
    return FrontDesk(
        desk.store,
        desk.clock,
        passwords,
        verifier(config, desk.clock, signatures),
        signatures,
        mac,
        settings,
    )


def verifier(config: Config, clock: Clock, signatures: SystemSignatures) -> CertificateVerifier:
    """The judge of certificates, by the profiles of config.yaml."""
    zone = config.settings.certificates
    roots = [authority(config, path) for path in zone.roots]
    return CertificateVerifier(
        profiles(config),
        signatures,
        clock,
        roots=roots,
        crl_folder=config.path(zone.crl_folder, "crl"),
    )


def profiles(config: Config) -> tuple[IssuerProfile, ...]:
    """The profiles with the certificates of their issuers. Raises ConfigError."""
    zone = config.settings.certificates
    return tuple(
        profile_of(name, one, [authority(config, path) for path in one.issuers])
        for name, one in zone.profiles.items()
    )


def required_papers(config: Config) -> tuple[RequiredPaper, ...]:
    return tuple(
        RequiredPaper(
            key,
            one.title,
            tuple(one.kinds),
            one.max_mib * 2**20,
            one.most,
            one.required,
            one.licence,
        )
        for key, one in config.settings.entrance.papers.items()
    )


def supported_locks(config: Config) -> tuple[LockKind, ...]:
    """Whose locks are accepted: the CAs whose issuers are named, as the guide tells enterprises."""
    return tuple(
        LockKind.model_validate(one, from_attributes=True)
        for one in config.settings.certificates.profiles.values()
        if one.issuers
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
        front.verifier, profiles(config), desk, zone.crl_interval_s, zone.crl_timeout_s
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
            found.append(authority(config, path))
    return tuple(found)


def origin_of(url: str) -> str:
    """The origin of a page's address: https://host[:port]."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def authority(config: Config, path: Path) -> bytes:
    """The certificate of a CA from its file, DER or PEM, as DER. Raises ConfigError."""
    try:
        return certificate_of_file((config.base / path).read_bytes())
    except OSError as error:
        raise ConfigError(
            f"certificates：无法读取CA证书文件 {path}（{error.strerror}），请检查路径。"
        ) from error
