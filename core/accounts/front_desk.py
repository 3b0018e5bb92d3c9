"""What every use case of the entrance is handed: the store, the clock, the judges of certificates,
signatures and passwords, the settings."""

from dataclasses import dataclass

from core.accounts.password_rules import Passwords
from core.clock import Clock
from core.data.enterprise import RequiredPaper
from core.data.tries import TryLimits
from core.locks.certificates.verifier import CertificateVerifier
from core.locks.challenge import Mac
from core.store.store import Store
from lock_protocol.signatures import SystemSignatures


@dataclass(frozen=True, slots=True)
class EntranceSettings:
    """Settings of the entrance (config.yaml, section `entrance`).

    `origins`: the exact origins (https://host) whose pages may ask a lock to sign. `limits`: how
    often a password may be tried. `system`: the trading system that bindings made here belong to.
    `own_addresses`: the desk's own mailbox and aliases, which are nobody's contact. `papers`: what
    is uploaded with the information.
    """

    origins: frozenset[str]
    challenge_s: int = 60
    session_hours: float = 8.0
    system: str = "综合交易系统"
    own_addresses: frozenset[str] = frozenset()
    limits: TryLimits = TryLimits()  # noqa: RUF009  a frozen value
    papers: tuple[RequiredPaper, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """Everything a use case of the entrance needs.

    `mac`: the keyed MAC by which the desk knows its own challenges.
    """

    store: Store
    clock: Clock
    passwords: Passwords
    verifier: CertificateVerifier
    signatures: SystemSignatures
    mac: Mac
    settings: EntranceSettings
