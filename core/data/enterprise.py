"""The data of the registry: enterprises with their accounts, bindings of locks, and papers of
registrations (RULES.md sections 6 and 7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.settings import setting

TAIL_CHARACTERS = 6


def digits_of(phone: str) -> str:
    """The digits of a telephone number, to compare two spellings of it."""
    return "".join(filter(str.isdecimal, phone))


@dataclass(frozen=True)
class Contact:
    """The registered contact: links and notices go to `email`."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class ContactProposal(Contact):
    """A new registered contact that an administrator took from papers, and that a second
    administrator must confirm.

    `reason`: which papers, and how the administrator verified them.
    """

    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Enterprise:
    """A registered enterprise and its account. The account name is `name`.

    - `contact_email`: the address of the registered contact; only it may receive links.
    - `contact_since`: when this contact was registered; None if not recorded, which counts as old.
    - `information_accepted_at`: when an administrator accepted the information and papers.
    - `information_returned`: why an administrator returned them, "" if none did.
    - `frozen_at`: when an objection froze the account; `unfrozen_at`: when an administrator last
      unfroze it.
    - `contact_proposal`: the contact that a second administrator must confirm.
    """

    id: int
    name: str
    uscc: str
    contact_name: str
    contact_email: str
    contact_phone: str
    registered_at: datetime
    information_submitted: bool
    password_set: bool = False
    frozen_at: datetime | None = None
    contact_since: datetime | None = None
    unfrozen_at: datetime | None = None
    information_accepted_at: datetime | None = None
    information_returned: str = ""
    contact_proposal: ContactProposal | None = None

    def is_contact_address(self, address: str) -> bool:
        """Whether the registered contact has this address, proved or not. Lower case, never
        casefold: fass.de is not faß.de."""
        return bool(address) and address.lower() == self.contact_email.lower()


@dataclass(frozen=True)
class Binding:
    """A lock bound to an enterprise. Bindings are ended, never deleted.

    - `serial`: the serial number of the certificate, as text.
    - `label`: the common name of the lock: its CA and kind.
    - `system`: the trading system in which the enterprise bound it.
    - `ended_by_case`: the id of the case that ended the binding.
    - `ca_unique_id`: the CA's id of the holder, "" if unknown.
    - `lost_at`: when the lock was reported lost, None if it was found again. It does not depend on
      whether the binding has ended.
    - `issuer_profile`: the CA profile by which the certificate was read, "" if unknown (imported,
      or bound long ago).
    - `valid_until`: when the certificate expires, None if the desk has never read it.
    """

    id: int
    enterprise_id: int
    serial: str
    label: str
    primary: bool
    system: str
    bound_at: datetime
    ended_at: datetime | None = None
    ended_by_case: int | None = None
    ca_unique_id: str = ""
    lost_at: datetime | None = None
    issuer_profile: str = ""
    valid_until: datetime | None = None

    @property
    def tail(self) -> str:
        """The last characters of the serial number, by which people distinguish locks."""
        return self.serial[-TAIL_CHARACTERS:]


@dataclass(frozen=True)
class AccountFacts:
    """The registry's entries for the enterprise that a submission names.

    `binding_ids`: the active bindings of the matched enterprise.
    """

    by_uscc: Enterprise | None = None
    by_name: Enterprise | None = None
    binding_ids: tuple[int, ...] = ()

    @property
    def bound(self) -> int:
        """How many locks are bound to the matched enterprise."""
        return len(self.binding_ids)

    @property
    def differ(self) -> bool:
        """Whether name and USCC belong to different enterprises."""
        return bool(self.by_uscc and self.by_name) and self.by_uscc != self.by_name

    @property
    def matched(self) -> Enterprise | None:
        """The enterprise to act on; None if the registry has none, or if name and USCC belong to
        different ones."""
        return None if self.differ else self.by_uscc or self.by_name


@dataclass(frozen=True)
class RequiredPaper:
    """A paper that enterprises upload for a registration (config.yaml, `entrance.papers`, by its
    key)."""

    key: str = ""
    title: str = setting("", "what it is, as enterprises read it")
    kinds: tuple[Literal["pdf", "jpeg", "png"], ...] = setting(
        ("pdf", "jpeg", "png"), "which files it may be, by their content"
    )
    max_bytes: int = setting(10 * 2**20, "bytes of one file at most", ge=2**20, le=25 * 2**20)
    most: int = setting(1, "number of files of it at most", ge=1, le=10)
    required: bool = setting(True, "false: it may be left out")
    is_licence: bool = setting(
        False, "true: name and credit code on it are read and compared with the certificate"
    )


@dataclass(frozen=True)
class Paper:
    """A file that an enterprise uploaded for a registration.

    `differences`: where it differs from the account, in Chinese. `was_read`: the document reader
    read it at the upload. `pictured`: a picture of it is stored, with personal data painted over.
    """

    id: int
    enterprise_id: int
    key: str
    kind: str
    size_bytes: int
    at: datetime
    differences: tuple[str, ...] = ()
    was_read: bool = False
    pictured: bool = False
