"""The record of a stored mail. Every mail that arrived has one."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Disposition(StrEnum):
    """The result of taking in a mail."""

    RECEIVED = "received"  # stored, not yet judged
    CASE = "case"  # opened or continued a case
    # concerns a case, but its sender is not authenticated: a person decides what it counts as
    UNPROVED = "unproved"
    CONVERSATION = "conversation"  # thanks, a question, a progress query in a case's thread
    OTHER = "other"  # written by a person, requests nothing: stored for people
    IGNORED = "ignored"  # bounces, automatic answers, lists, our own
    DUPLICATE = "duplicate"  # the same bytes as an earlier mail
    QUARANTINED = "quarantined"  # reading it failed; a person must look at it


class AuthResult(StrEnum):
    """Whether the mail comes from the address in its From, the weakest result first."""

    FAIL = "fail"
    NONE = "none"  # the trusted server checked, and nothing proves the sender
    UNKNOWN = "unknown"  # no server checked, or the check had no result
    PASS = "pass"  # noqa: S105 - no password


SETTLED = frozenset(
    {
        Disposition.CASE,
        Disposition.UNPROVED,
        Disposition.CONVERSATION,
        Disposition.OTHER,
        Disposition.IGNORED,
    }
)
"""Dispositions of a mail that was read and judged. A copy of its bytes is not read again."""


BLOCKED = "发件人已被屏蔽，未作处理"
"""The note of a mail that was put aside for its sender alone."""


class CountsAs(StrEnum):
    """How a person classifies an unproved sender's mail. TALK: it was read, and has no effect."""

    SUPPLEMENT = "supplement"
    WITHDRAWAL = "withdrawal"
    OBJECTION = "objection"
    NEW_CASE = "new_case"
    TALK = "talk"


@dataclass(frozen=True)
class MailRecord:
    """The record of a mail, without its bytes.

    (mailbox, uidvalidity, uid) is its key in the mailbox, `sha256` the digest of its bytes.

    - `arrived`: the server's INTERNALDATE.
    - `note`: the reason for the disposition, for people.
    - `attempts`: how often the process that judged the mail ended unexpectedly.
    - `vouched`: as in NewMail.
    - `authentication`: as in Message; "" before the mail is read.
    - `unread`: a person is to read the mail, and nobody has marked it as read.
    - `urgent`: its sender has little time before a bid; it is to be read first.
    - `purged_at`: when its bytes and words were removed, at the end of retention.
    """

    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    sha256: str
    arrived: datetime
    size_bytes: int
    disposition: Disposition
    headers_only: bool = False
    message_id: str = ""
    sender: str = ""
    subject: str = ""
    case_id: int | None = None
    note: str = ""
    attempts: int = 0
    settled: bool = False
    authentication: str = ""
    unread: bool = False
    urgent: bool = False
    purged_at: datetime | None = None
    vouched: bool = False

    @property
    def proved(self) -> bool:
        """Whether the mail comes from the sender that its From names."""
        return self.authentication == AuthResult.PASS

    @property
    def was_blocked(self) -> bool:
        """Whether it was put aside for its sender alone, so that it may be read again."""
        return self.disposition is Disposition.IGNORED and self.note == BLOCKED


@dataclass(frozen=True)
class MailPosition:
    """A mail, and its place among the others.

    `twin`: id of the first mail with the same bytes whose disposition is in SETTLED, and which no
    block put aside.
    `has_its_turn`: no earlier mail of the same sender is still waiting.
    """

    record: MailRecord
    twin: int | None
    has_its_turn: bool


@dataclass(frozen=True)
class CaseMails:
    """Counts of a case's mails.

    `unread`: mails that a person is still to read. `unproved`: mails of unproved senders that the
    case was built from. `unread_unproved`: unread mails of unproved senders.
    """

    unread: int = 0
    unproved: int = 0
    unread_unproved: int = 0


@dataclass(frozen=True)
class BlockedSender:
    """An address whose mails open nothing until then; `actor` blocked it. `proved`: the mail that
    it was blocked for was proved; else only mails that nobody vouches for are blocked.
    """

    id: int
    sender: str
    at: datetime
    until: datetime
    actor: str
    proved: bool = False


@dataclass(frozen=True)
class NewMail:
    """A mail as a mailbox gives it, to be stored.

    `arrived`: the server's INTERNALDATE in UTC, never the Date header. `size_bytes`: what the box
    says the whole mail has. `headers_only`: the mail is over the limit and `raw` holds no more than
    its headers; where `raw` is empty, the box lists the mail but will not hand it out, so that a
    person must look.

    `sender`: the address in From, "" if it is unread. `vouched`: by the mail's headers alone, the
    receiving server authenticated the sender. Both only decide the mail's turn, and that a window
    waits for it; they prove nothing.

    The bytes are hashed here and not by the store, so that no transaction waits for it.
    """

    mailbox: str
    uidvalidity: int
    uid: int
    arrived: datetime
    size_bytes: int
    raw: bytes
    headers_only: bool = False
    sender: str = ""
    vouched: bool = False
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.raw).hexdigest())
