"""The registry's data: an enterprise, its account, the bindings of its locks
(RULES.md sections 6 and 7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from core.settings import setting

TAIL_CHARACTERS: Final = 6


def digits_of(phone: str) -> str:
    """A telephone number for comparing: its digits alone."""
    return "".join(filter(str.isdecimal, phone))


@dataclass(frozen=True, slots=True)
class ContactProposal:
    """A registered contact that an administrator entered from papers, for a second one to confirm.

    `reason`: which papers, and how they were verified.
    """

    name: str
    email: str
    phone: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A registered enterprise and its account. The account name is `name`.

    `contact_email` is the registered contact; only it may receive links. `contact_since`: since
    when, None where that was not written down (it is old then). `password_open`: login by account
    and password is allowed. `information_accepted_at`: an administrator looked at the submitted
    information and papers; `information_returned`: why one sent them back. `frozen_at`: an
    objection froze the account. `unfrozen_at`: when an administrator opened it again the last time.
    `contact_proposal`: a contact that waits for a second administrator.
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
    password_open: bool = False
    frozen_at: datetime | None = None
    contact_since: datetime | None = None
    unfrozen_at: datetime | None = None
    information_accepted_at: datetime | None = None
    information_returned: str = ""
    contact_proposal: ContactProposal | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A lock bound to an enterprise. Bindings are ended, never deleted.

    `serial`: the certificate's serial number as text; `label`: what people call the lock (CA and
    kind). `system`: the trading system it was made in. `ended_by_case`: the case that ended it, or
    None. `ca_unique_id`: how the CA names the holder, "" where it is not known. `lost_at`: it was
    reported lost and not found since, whether the binding has ended or not. `issuer_profile`: the
    CA profile that its certificate was read by, "" where that is not known (imported, or bound long
    ago). `valid_until`: when its certificate ends, None where the lock has not been seen.
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
        """The last characters of the serial, by which people tell locks apart."""
        return self.serial[-TAIL_CHARACTERS:]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The registry's facts on the enterprise that a submission names.

    The matched enterprise is by USCC, else by name. `binding_ids`: its active ones.
    """

    by_uscc: Enterprise | None = None
    by_name: Enterprise | None = None
    binding_ids: tuple[int, ...] = ()

    @property
    def bound(self) -> int:
        """How many locks are bound to the matched enterprise."""
        return len(self.binding_ids)

    @property
    def matched(self) -> Enterprise | None:
        """The enterprise to act on; None while the registry knows none,
        or name and USCC point to different ones."""
        if self.by_uscc and self.by_name and self.by_uscc.id != self.by_name.id:
            return None
        return self.by_uscc or self.by_name

    @property
    def registered_contact(self) -> str | None:
        """The matched enterprise's contact address."""
        return self.matched.contact_email if self.matched else None


@dataclass(frozen=True, slots=True)
class RequiredPaper:
    """One thing to be uploaded (config.yaml, `entrance.papers`, by its key)."""

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


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was uploaded for a registration.

    `differences`: in words, between it and the account; `was_read`: it was looked at when it came.
    `pictured`: there is a picture of it with all that identifies a person painted over.
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
