"""A mail as the desk keeps it: every mail that arrived has one record, whatever became of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple


class Disposition(StrEnum):
    """What became of a mail."""

    RECEIVED = "received"  # stored, not yet judged
    CASE = "case"  # opened or continued a case
    # concerns a case, but its sender is not authenticated: a person decides what it counts as
    UNPROVED = "unproved"
    CONVERSATION = "conversation"  # thanks, a question, a progress query in a case's thread
    OTHER = "other"  # human mail that asks nothing of the desk: kept for people
    IGNORED = "ignored"  # bounces, automatic answers, lists, our own
    DUPLICATE = "duplicate"  # the same bytes as an earlier mail
    QUARANTINED = "quarantined"  # it broke the reading; a person must look


class AuthResult(StrEnum):
    """Whether the sender is who From says, the weakest first."""

    FAIL = "fail"
    NONE = "none"  # the trusted server looked, and nothing vouches for the sender
    UNKNOWN = "unknown"  # nobody looked, or got an answer
    PASS = "pass"  # noqa: S105 - no password


SETTLED: Final = frozenset(
    {
        Disposition.CASE,
        Disposition.UNPROVED,
        Disposition.CONVERSATION,
        Disposition.OTHER,
        Disposition.IGNORED,
    }
)
"""What a mail became that was read and judged: the same bytes need no second reading."""


class CountsAs(StrEnum):
    """What a mail is taken for. TALK: it was read, and nothing follows."""

    SUPPLEMENT = "supplement"
    WITHDRAWAL = "withdrawal"
    OBJECTION = "objection"
    NEW_CASE = "new_case"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class MailRecord:
    """The record of a mail, without its bytes.

    (mailbox, uidvalidity, uid) is its key in the mailbox, `sha256` that of its bytes.

    `arrived` is the server's INTERNALDATE. `note` says why for people. `attempts`: how often it
    ended the process that judged it. `vouched`: as in NewMail. `sender_key`: the same for all mails
    of one sender who is vouched for alike, "" where none is named. `authentication`: as in Message,
    "" before it was read. `unread`: its words are for a person, and nobody has marked them as read.
    `purged_at`: its bytes and words were removed then, for their time was over.
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
    purged_at: datetime | None = None
    vouched: bool = False
    sender_key: str = ""


class InBox(NamedTuple):
    """A stored mail, and its key in its mailbox."""

    id: int
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class MailPosition:
    """A mail, and where it stands among the others.

    `twin`: the first mail of the same bytes that is SETTLED.
    `has_its_turn`: no earlier mail of its sender waits still.
    """

    record: MailRecord
    twin: int | None
    has_its_turn: bool


@dataclass(frozen=True, slots=True)
class CaseMails:
    """How many mails of a case wait for a person to read them, how many of those it was made of
    come from unproved senders, and how many of those that wait nobody vouches for."""

    unread: int = 0
    unproved: int = 0
    unread_unproved: int = 0


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be stored: where it lay, when the server took it, and its bytes.

    `sender`: what its From says, for fairness only; "" if unread. `vouched`: the receiving server
    vouches for it, by the mail's head alone: for its place among those that wait, it proves
    nothing.

    Its bytes are hashed here and not by the store, so that no transaction lasts longer for it.
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
