"""What the use cases of accounts need from outside."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from core.data.administrator import Administrator, AdministratorSession
from core.data.authenticator import SecondFactorRepository
from core.data.contact import ContactChange
from core.data.enterprise import Binding, Enterprise
from core.data.tries import TriesTransaction
from core.data.uploaded_paper import Paper
from core.locks.challenge import EnterpriseSession
from core.locks.lock_certificate import Inspection, LockCertificate


class LinkPurpose(StrEnum):
    """What a link in a letter lets its holder do."""

    RESET = "reset"  # set a new password
    OBJECTION = "objection"  # object to a case
    CONTACT = "contact"  # confirm a new contact address
    CONTACT_OBJECTION = "contact_undo"  # take a change of the contact address back
    # object to an act on the account (a lock reported lost, a new password)
    ACCOUNT_OBJECTION = "account_undo"
    LOSS = "loss"  # report locks lost: by a letter
    LOSS_PASSWORD = "loss_password"  # noqa: S105  the same, by the password that was typed just now


REPORTING_LOSS: Final = frozenset({LinkPurpose.LOSS, LinkPurpose.LOSS_PASSWORD})
OPENING: Final = frozenset({LinkPurpose.RESET, LinkPurpose.CONTACT})
"""Links that open an account or move it: void on any change of bindings or contact,
and on a freeze."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a letter.

    Only the SHA-256 of its token is stored; `voided_at`: bindings or contact changed
    since (RULES.md section 6).
    """

    id: int
    purpose: LinkPurpose
    token_sha256: str
    enterprise_id: int
    case_id: int | None
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefusedCertificate:
    """A certificate that was refused at registration or binding, for administrators to see.

    `times`: how often it came.
    """

    sha256: str
    reason: str
    subject: str
    at: datetime
    times: int


class AccountRepository(Protocol):
    """Enterprises and the hashes of their passwords."""

    def add(self, enterprise: Enterprise) -> int: ...
    def get(self, enterprise_id: int) -> Enterprise: ...
    def by_ids(self, enterprise_ids: Collection[int]) -> Mapping[int, Enterprise]:
        """These enterprises by their ids."""

    def by_uscc(self, uscc: str) -> Enterprise | None: ...
    def by_name(self, name: str) -> Enterprise | None:
        """By name, folded (core.enterprise_names)."""

    def names_of_contact(self, address: str) -> list[str]:
        """The names of the enterprises whose registered contact has this address, newest first; of
        a contact of many the newest."""

    def find(self, search: str = "", limit: int = 200, after: int = 0) -> list[Enterprise]:
        """By a part of the name or the whole USCC, in order of ids, from behind the id `after`."""

    def save(self, enterprise: Enterprise) -> None: ...
    def set_password_hash(self, enterprise_id: int, password_hash: str | None) -> None:
        """None: no password is good any more."""

    def password_hash(self, enterprise_id: int) -> str | None: ...


class BindingRepository(Protocol):
    """Bindings, and the keys by which a lock stays with one enterprise."""

    def add(self, binding: Binding) -> int:
        """Raises Conflict when the lock is bound, or a primary lock is there, already."""

    def get(self, binding_id: int) -> Binding: ...
    def of_enterprise(self, enterprise_id: int, *, ended: bool = False) -> list[Binding]:
        """Active bindings, primary first; with `ended` the ended ones too."""

    def active_ids(self, enterprise_ids: Collection[int]) -> Mapping[int, Collection[int]]:
        """The ids of the active bindings of each of these enterprises;
        one that has none is left out."""

    def by_serial(self, serial: str) -> Binding | None:
        """The active binding of the lock with that serial."""

    def end(
        self, binding_ids: Collection[int], at: datetime, case_id: int | None = None
    ) -> list[Binding]:
        """End active bindings with the sessions of their locks, and give the locks free.

        Returns those that were active.
        """

    def serials(self, after: int, limit: int) -> list[tuple[int, int, str]]:
        """Id, enterprise and serial of the next bindings behind the id `after`, ended or not."""

    def last_ended(self, enterprise_ids: Collection[int]) -> Mapping[int, datetime]:
        """When a binding of each of these enterprises ended the last time;
        one of which none ever ended is left out."""

    def restore(self, binding_id: int, at: datetime) -> bool:
        """Make an ended binding active again; False when its lock or the place of the primary
        lock is taken meanwhile."""

    def mark_lost(self, binding_id: int, at: datetime) -> None:
        """The lock was reported lost, and its sessions end."""

    def mark_found(self, binding_id: int, at: datetime) -> None: ...
    def note_certificate(self, binding_id: int, issuer_profile: str, valid_until: datetime) -> None:
        """Write down what the lock's certificate shows:
        the CA profile where it is not known yet, and when it ends."""

    def due_for_warning(self, now: datetime, stages: Collection[int], limit: int) -> list[Binding]:
        """Active bindings, not lost, whose certificates end within the days of a stage that was not
        noted as told; the nearest end first."""

    def note_warned(self, binding_id: int, days: int) -> None:
        """The stage was told; a certificate with another end begins anew."""

    def claim_lock(self, binding: Binding, keys: Collection[str]) -> bool:
        """Give a binding its lock: the keys' SPKI digests and the CA's unique id.

        False when another enterprise has one of them.
        """

    def by_key(self, spki_sha256: str) -> Binding | None:
        """The active binding that holds this key."""

    def announce_keys(self, binding_id: int, keys: Collection[str]) -> None:
        """Note keys that a lock said to hold beside its own.

        They hold nothing until they sign themselves.
        """

    def announced_keys(self, binding_id: int) -> frozenset[str]:
        """SPKI digests that were announced with a binding, signed since or not."""

    def by_announced_key(self, spki_sha256: str) -> Binding | None:
        """The active binding with which this key was announced,
        the newest where there are several."""

    def was_lost(self, spki_sha256: str, serial: str) -> bool:
        """Whether a lock was reported lost, and not found since, that held or announced this key,
        or that is known by this serial only."""

    def keyless_by_serial(self, serial: str) -> Binding | None:
        """The active binding of this serial that holds no key yet (imported from a table)."""

    def of_unique_id(self, ca_unique_id: str) -> list[Binding]:
        """All bindings ever made for this CA unique id, newest first."""


class LinkRepository(Protocol):
    """Links of letters."""

    def add(
        self,
        purpose: LinkPurpose,
        enterprise_id: int,
        case_id: int | None,
        made_at: datetime,
        expires_at: datetime,
    ) -> Link:
        """Make a link; its token can be had from `token` only."""

    def token(self, link_id: int) -> str:
        """The token of a link, derived by the vault's key;
        stored, sealed, only where that key was changed since."""

    def get(self, link_id: int) -> Link: ...
    def by_token(self, token: str) -> Link | None: ...
    def use(self, link_id: int, at: datetime) -> bool:
        """Mark used; False when it already was (one use, also under a race)."""

    def void(
        self,
        enterprise_id: int,
        at: datetime,
        purposes: Collection[LinkPurpose] = tuple(LinkPurpose),
    ) -> None: ...
    def made_since(self, enterprise_id: int, purpose: LinkPurpose, since: datetime) -> bool:
        """Whether the enterprise got such a link at that time or later."""


class ContactChangeRepository(Protocol):
    """Changes of contact addresses."""

    def add(self, change: ContactChange) -> int: ...
    def by_link(self, link_id: int) -> ContactChange | None:
        """The change that one of its two links belongs to."""

    def of_enterprise(self, enterprise_id: int) -> list[ContactChange]:
        """The latest changes that were asked for, newest first."""

    def save(self, change: ContactChange) -> None: ...
    def drop_closed(self, closed_before: datetime) -> None:
        """Forget changes whose links all ran out before then."""


class PaperRepository(Protocol):
    """Papers that enterprises uploaded with their registration."""

    def add(self, paper: Paper, content: bytes, picture: bytes) -> int: ...
    def of_enterprise(self, enterprise_id: int) -> list[Paper]:
        """In the order in which they came."""

    def content(self, paper_id: int) -> bytes: ...
    def picture(self, paper_id: int) -> bytes:
        """Its picture as it may be shown, or nothing."""

    def keep(self, enterprise_id: int) -> None:
        """The enterprise submitted its papers: they stay as long as the account."""

    def drop(self, paper_ids: Collection[int]) -> None: ...
    def drop_unkept(self, before: datetime) -> int:
        """Remove those that came before then and were never submitted."""


class LoginRepository(Protocol):
    """Challenges and sessions of enterprises."""

    def use_challenge(self, nonce_sha256: str, expires_at: datetime) -> bool:
        """Note a challenge as used; False when it already was (one use, also under a race)."""

    def drop_challenges(self, expired_before: datetime) -> None:
        """Forget used challenges that have expired: they are refused by their time now."""

    def add_session(self, session: EnterpriseSession) -> None: ...
    def session(self, token_sha256: str) -> EnterpriseSession | None:
        """A session; None also when the binding of its lock has ended."""

    def end_sessions(self, enterprise_id: int, token_sha256: str | None = None) -> None: ...


class RefusedCertificateRepository(Protocol):
    """Certificates that were refused, for administrators to see."""

    def add(self, at: datetime, sha256: str, reason: str, subject: str) -> None: ...
    def newest(self, limit: int = 100) -> list[RefusedCertificate]: ...
    def drop(self, shown_before: datetime | None, keep: int) -> None:
        """Forget those that were last shown before then, and all but the `keep` newest."""


class AdministratorRepository(Protocol):
    """Administrators and their sessions."""

    def add(self, administrator: Administrator) -> int: ...
    def by_name(self, name: str) -> Administrator | None: ...
    def get(self, administrator_id: int) -> Administrator: ...
    def all(self) -> list[Administrator]: ...
    def save(self, administrator: Administrator) -> None: ...
    def add_session(self, session: AdministratorSession) -> None: ...
    def session(self, token_sha256: str) -> AdministratorSession | None: ...
    def sessions(self, now: datetime) -> list[AdministratorSession]:
        """Those that have not run out, the last used first."""

    def see_session(self, token_sha256: str, at: datetime) -> None:
        """A session was used at that time."""

    def set_challenge(self, token_sha256: str, challenge: str) -> None:
        """Note what a passkey has to sign in this session; "" for nothing any more."""

    def end_sessions(self, administrator_id: int, token_sha256: str | None = None) -> None:
        """End one session, or all of an administrator."""


class AuditLog(Protocol):
    """Who did what, when."""

    def write(self, at: datetime, actor: str, action: str, /, **detail: str) -> None:
        """A row about an account; `detail` holds ids and codes only."""


class AlertLog(Protocol):
    """What a person should look at."""

    def add(self, at: datetime, kind: str, text: str) -> None:
        """Raise an alert, or renew the one of this kind.

        Beyond a number of alerts of one family further ones become one, with a count.
        """


class AccountsTransaction(TriesTransaction, Protocol):
    """One transaction, in groups.

    In every group `get` raises LookupError for what is not there, and `by_…` gives None.
    """

    accounts: AccountRepository
    bindings: BindingRepository
    links: LinkRepository
    contact_changes: ContactChangeRepository
    papers: PaperRepository
    logins: LoginRepository
    refused_certificates: RefusedCertificateRepository
    administrators: AdministratorRepository
    second_factors: SecondFactorRepository
    audit: AuditLog
    alerts: AlertLog


class AccountsStore(Protocol):
    """Where accounts are kept (every store of cases is one)."""

    def transaction(self) -> AbstractContextManager[AccountsTransaction]: ...
    def view(self) -> AbstractContextManager[AccountsTransaction]:
        """To look at alone (see core.data.case_ports.Store)."""


class Passwords(Protocol):
    """Hashes passwords (argon2id), and knows those that are guessed first."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash; None is nobody's.

        Exactly one hash is computed in either case.
        """

    def guessable(self, password: str, known: Collection[str] = ()) -> bool:
        """Whether guessers come to the password early: common ones, rows of keys, dates, and what
        is made of the `known` words."""


class Verifier(Protocol):
    """Judges the certificates of locks."""

    def inspect(self, der: bytes) -> Inspection:
        """Explain a certificate, good or bad, as of now. Never raises for what the bytes hold."""

    def verify(self, der: bytes, now: datetime, purpose: str) -> LockCertificate:
        """The certificate, when it may be used for `purpose` (lock_protocol.PURPOSES
        or "sign_bids") at `now`.

        Raises CertificateRefused with a code of core.locks.certificate_reasons.
        """


class Signatures(Protocol):
    """Verifies what a lock signed: RSA (PKCS #1 v1.5) or P-256 with SHA-256,
    SM2 with SM3 and the id 1234567812345678."""

    def verify(self, key_spki_der: bytes, signature: bytes, message: bytes) -> bool:
        """Whether the signature is the key's over the message. r‖s and DER are both taken;
        anything malformed is False.

        Raises CertificateRefused (engine.sm2_unavailable) where this machine cannot judge SM2.
        """
