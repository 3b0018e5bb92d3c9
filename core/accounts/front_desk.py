"""The desk that every use case of the entrance gets: the store with its clock, the verifiers of
certificates, signatures and passwords, and the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.accounts.password_rules import Passwords
from core.data.enterprise import RequiredPaper
from core.locks.certificates.verifier import CertificateVerifier
from core.locks.challenge import Mac
from core.settings import setting
from core.store.store import Steps, Store
from lock_protocol.signatures import SystemSignatures


@dataclass(frozen=True)
class EntranceSettings:
    """Settings of the entrance (config.yaml, section `entrance`).

    `origin`: that of `web.base_url`, whose pages alone may ask a lock to sign. `own_addresses`: the
    desk's own mailbox and aliases, which are nobody's contact.
    """

    origin: str = ""
    session_hours: float = setting(
        8.0,
        "hours a login lasts; it ends at once when its lock is unbound or reported lost",
        example="4",
        gt=0,
        le=24,
    )
    system: str = setting(
        "综合交易系统",
        "the trading system that bindings made here belong to",
        example="政府采购交易系统",
    )
    own_addresses: frozenset[str] = frozenset()
    tries: int = setting(
        5,
        "wrong passwords in a row that lock the password login for their source, "
        "1 minute growing to 15; login by lock, other sources, and browsers that "
        "logged in before are not affected",
        example="3",
        ge=3,
        le=10,
    )
    papers: Mapping[str, RequiredPaper] = setting(
        dict,
        "what enterprises upload before they submit their information, each by a short name "
        "(docs/OPERATIONS.md, Papers of registrations). {}: nothing",
    )


@dataclass(frozen=True)
class FrontDesk(Steps):
    """Everything that a use case of the entrance needs. `mac`: by which the desk recognises its own
    challenges."""

    store: Store
    passwords: Passwords
    verifier: CertificateVerifier
    signatures: SystemSignatures
    mac: Mac
    settings: EntranceSettings
