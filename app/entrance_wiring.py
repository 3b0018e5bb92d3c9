"""Builds the logins from the settings: the entrance for enterprises with the verifier of
certificates, and administrators' second factors."""

import contextlib
from dataclasses import replace
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from app.settings.config import Config
from core.accounts.console_desk import FactorPolicy, PasskeySite, SecondFactors
from core.accounts.front_desk import FrontDesk
from core.cases.desk import Desk
from core.clock import Clock
from core.errors import ConfigError
from core.keys.one_time_codes import ClockCodes
from core.keys.passwords import Argon2Passwords
from core.locks.certificates.parsing import der_of_file
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from core.locks.challenge import Mac
from core.locks.issuer_profiles import LockKind


def front_desk(config: Config, desk: Desk, mac: Mac) -> FrontDesk | None:
    """The desk for the use cases of the entrance; None if config.yaml closes it.

    Raises ConfigError for unusable issuer certificates.
    """
    settings = config.settings
    section = settings.entrance
    if not section.open:
        return None
    own = urlsplit(settings.web.base_url)
    entrance = replace(
        section,
        origin=f"{own.scheme}://{own.netloc}",
        own_addresses=frozenset(settings.mailbox.own_addresses),
        papers={key: replace(paper, key=key) for key, paper in section.papers.items()},
    )
    certificates = verifier(config, desk.clock)
    # a pool of its own, so that logins of enterprises do not delay those of administrators
    passwords = Argon2Passwords()
    return FrontDesk(desk.store, passwords, certificates, certificates.signatures, mac, entrance)


def verifier(config: Config, clock: Clock) -> CertificateVerifier:
    """The verifier of certificates, by the profiles of config.yaml. Raises ConfigError."""
    section = config.settings.certificates
    return CertificateVerifier(
        [
            replace(one, id=name, authorities=tuple(map(authority, one.issuers)))
            for name, one in section.profiles.items()
        ],
        desk_signatures(),
        clock,
        roots=map(authority, section.roots),
        crl_folder=config.crl_folder,
    )


def supported_locks(config: Config) -> tuple[LockKind, ...]:
    """The CAs whose locks are accepted, for the guide: those whose issuers are configured."""
    return tuple(
        profile for profile in config.settings.certificates.profiles.values() if profile.issuers
    )


def second_factors(config: Config) -> SecondFactors | None:
    """One-time codes, and passkeys if browsers create them for the site's address; None if
    `console.second_factor` turns both off."""
    settings = config.settings
    if settings.console.second_factor is FactorPolicy.OFF:
        return None
    site = PasskeySite(settings.web.base_url, settings.centre.desk_name)
    return SecondFactors(settings.console.second_factor, ClockCodes(site.name), site)


def signature_roots(config: Config) -> tuple[bytes, ...]:
    """The CAs that electronic signatures in PDFs are verified by: all configured ones whose file
    can be read. `doctor` reports the others."""
    section = config.settings.certificates
    found = []
    issuers = chain.from_iterable(profile.issuers for profile in section.profiles.values())
    for path in (*section.roots, *issuers):
        with contextlib.suppress(ConfigError):
            found.append(authority(path))
    return tuple(found)


def authority(path: Path) -> bytes:
    """The certificate of a CA from its file, DER or PEM, as DER. Raises ConfigError."""
    try:
        return der_of_file(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"certificates：无法读取CA证书文件 {path}（{error.strerror}），请检查路径。"
        ) from error
