"""Letters (回执): the content of each kind, the row in the outbox, and the way out.

RULES.md section 3: one recipient, no ID number, and of the sender's attachments nothing but by a
person; reject findings and `document.unreadable` only; no letter discloses whether an account
exists. Section 6: a link is a letter of its own. The text holds LINK_PLACE where the link belongs;
the token is put in only when the letter is handed to the transport, so that neither the database
nor an administrator's screen ever holds it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.data.case import State
from core.data.workday import DAILY, Window, hours_text
from core.settings import setting

LINK_PLACE = "[[link]]"
STATUS_PLACE = "[[status]]"
"""Where the link of the case itself belongs, in letters that answer its sender."""
CASE_WORD = "工单号"
LETTER_MARK_END = "—— 以上由解绑办理台自动发出 ——"
FORM_HEADING = "参考格式"
LOOP_HEADER = "X-Unbind-Desk"
"""How the desk recognises its own letters (RULES.md section 3, RFC 3834): a letter begins with a
line that has CASE_WORD, ends with LETTER_MARK_END and has the header LOOP_HEADER. Below
FORM_HEADING is a form that is always sent unfilled. What a reply quotes of these never counts as a
request."""
UNSETTLED = "（待核实）"
"""The text of a letter in place of a value that could not be read with certainty."""
WRITTEN = "已写明"
"""The text of a letter in place of a mail's words, because a forger of the sender could choose
them."""


@dataclass(frozen=True)
class Centre:
    """Who writes: the centre's particulars as letters give them (config.yaml, section `centre`).

    An empty phone or qq is left out.
    """

    name: str = setting(
        "公共资源交易中心",
        "the centre's name in letters and pages",
        example="某某市公共资源交易中心",
    )
    desk_name: str = setting(
        "CA锁解绑办理台", "who signs the letters", example="某某市CA锁解绑办理台"
    )
    phone: str = setting(
        "", 'shown in letters where people may ask; "" = left out', example="010-00000000"
    )
    qq: str = setting("", "likewise (QQ群 or QQ号)", example='"100000000"')
    portal_url: str = setting(
        "http://127.0.0.1:8321/portal",
        "where enterprises log in, named in every letter. The pages of the desk: "
        "web.base_url and /portal",
        example="https://ca.ggzy.example.cn/portal",
        kind="url",
        min_length=1,
    )
    mailbox: str = "support@example.org"
    window: str = hours_text(DAILY)
    tries: int = 5


class LetterKind(StrEnum):
    """The letters of the desk; each is a folder in templates/mail."""

    RECEIVED = "received"  # complete: case number, window date, what was understood
    RETURNED = "returned"  # numbered reasons, what is fine, the reference format
    SUPPLEMENT_RECEIVED = "supplement_received"  # a supplement to a case that is complete
    POSTPONED = "postponed"  # moved to the next window; notified once
    COMPLETED = "completed"
    RESET_LINK = "reset_link"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"  # what was carried out is taken back
    PROGRESS = "progress"  # the answer to 进度
    POINTER = "pointer"  # to an urgent question: telephone, loss report, guide
    ANSWER = "answer"  # a person's, to any mail
    FORWARD = "forward"  # a mail's words, to a colleague
    CONTACT_NOTICE = "contact_notice"  # to the registered contact, with the objection link
    CONTACT_CONFIRM = "contact_confirm"  # to a new contact address, with the link that confirms it
    CONTACT_CHANGED = "contact_changed"  # to the contact address of before, with the objection link
    # to the registered contact: what was done to the account in the portal, with the objection link
    ACCOUNT_NOTICE = "account_notice"
    LOSS_LINK = "loss_link"  # to the registered contact, with the link that reports locks lost
    # to the registered contact: the certificate of a bound lock ends soon
    CERTIFICATE_ENDS = "certificate_ends"
    DIGEST = "digest"  # to administrators, before a window: what waits
    ALERT = "alert"  # to administrators: what a person should look at
    # to the registered contact: information and papers of the registration are right
    INFORMATION_ACCEPTED = "information_accepted"
    # to the registered contact: they are not, and why
    INFORMATION_RETURNED = "information_returned"
    # to the registered contact: wrong passwords locked the login for their source
    LOGIN_LOCKED = "login_locked"


BY_PERSON = frozenset({LetterKind.ANSWER, LetterKind.FORWARD})
"""Letters whose words a person wrote."""
WITH_STATUS = frozenset(
    {
        LetterKind.RECEIVED,
        LetterKind.RETURNED,
        LetterKind.SUPPLEMENT_RECEIVED,
        LetterKind.POSTPONED,
        LetterKind.REVERSED,
        LetterKind.PROGRESS,
        LetterKind.ANSWER,
    }
)
"""The letters that answer a sender while the case is open:
an ended one has nothing left to take back."""


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"  # for its lane's limit; leaves by itself
    PENDING = "pending"
    SENT = "sent"
    # refused for good, or one of too many for its recipient: shown to administrators
    PARKED = "parked"
    CANCELLED = "cancelled"


UNSENT = (LetterState.WAITING, LetterState.PENDING)
"""States of a letter that leaves by itself."""


class Lane(StrEnum):
    """A group of letters with a common limit (core.cases.letters.outbox.limits)."""

    PROVED = "proved"  # answers to senders who are who From says
    UNPROVED = "unproved"  # answers to all others
    NOTICE = "notice"  # notices to registered contacts, of cases of proved senders
    NOTICE_UNPROVED = "notice_unproved"


@dataclass(frozen=True)
class Limit:
    """The limit of a lane. `per_origin_hour`: for one domain of senders. `leaves_a_share`: of a
    recipient's day one domain takes no more than it leaves to others."""

    per_hour: int
    per_recipient_day: int
    per_origin_hour: int
    leaves_a_share: bool = False


@dataclass(frozen=True)
class LetterFacts:
    """All that a template may name. What a kind does not need stays empty.

    `enterprise_name`: as a licence or the register has it, never in the words of a mail. `reasons`:
    what is missing, in order. `fine`: what is already in order. `done`: what was carried out, or
    taken back. `sender_masked`/`handler_masked`: for the notice to the registered contact, as
    `others`: that somebody else asks, too; `address_masked`: a new contact address. `link`:
    LINK_PLACE, or "". `status`: STATUS_PLACE, or "". `reply_by`: the last day for a supplement,
    "2026年12月25日"; `until`: when a certificate ends, likewise. `understood`: pairs (label, value)
    of the request as read. Of a person's letter: `subject`, of the mail; `enclosed`, the names of
    its files; `copies`, the addresses of its copies; `copied`, the lines of a forwarded mail.
    `form`: the letter shows how a request is written. `says_more`: the mail asks more than how far
    its request is.
    """

    case_number: str = ""
    enterprise_name: str = ""
    understood: tuple[tuple[str, str], ...] = ()
    window: Window | None = None
    reasons: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    reason: str = ""
    done: tuple[str, ...] = ()
    unbound: bool = False
    reset: bool = False
    state: State | None = None
    others: str = ""
    sender_masked: str = ""
    handler_masked: str = ""
    address_masked: str = ""
    link: str = ""
    link_hours: int = 24
    reply_days: int = 30
    reply_by: str = ""
    until: str = ""
    status: str = ""
    form: bool = True
    says_more: bool = False
    subject: str = ""
    enclosed: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()


class LetterFile(NamedTuple):
    """A file that goes with a letter."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """A letter's words: subject, plain text, and the same as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Letter:
    """A row of the outbox. `message_id` is fixed with the row, so that every try sends the same
    letter.

    `link_id`: the link whose token replaces LINK_PLACE. `next_try_at`: not before this instant.
    `bounced`: "permanent" or "temporary" when a receiving server sent it back (`error` has the
    reason), else "". `lane`: whose limit it shares, None for one without a limit. `origin`: in
    whose name it counts (core.mail_domains.domain_share). `admitted_at`: when its lane let it go.
    """

    id: int
    kind: LetterKind
    recipient: str
    rendered: Rendered
    message_id: str
    created_at: datetime
    case_id: int | None = None
    mail_id: int | None = None
    in_reply_to: str = ""
    link_id: int | None = None
    state: LetterState = LetterState.PENDING
    attempts: int = 0
    next_try_at: datetime | None = None
    error: str = ""
    sent_at: datetime | None = None
    bounced: str = ""
    lane: Lane | None = None
    origin: str = ""
    admitted_at: datetime | None = None

    @property
    def is_untried(self) -> bool:
        """Whether nothing was tried with it yet, so that it can be taken back."""
        return self.state is LetterState.PENDING and not self.attempts

    @property
    def waits_until(self) -> datetime | None:
        """When the next attempt to send it begins; None if it does not wait."""
        return (self.next_try_at or self.created_at) if self.state in UNSENT else None

    @property
    def accepted_at(self) -> datetime | None:
        """When a mail server accepted it; None if it came back."""
        is_accepted = self.state is LetterState.SENT and not self.bounced
        return self.sent_at if is_accepted else None

    @property
    def is_refused(self) -> bool:
        """Whether it could not be delivered, or sending was given up."""
        given_up = self.state in {LetterState.PARKED, LetterState.CANCELLED}
        return given_up or bool(self.bounced)

    def cancelled(self, why: str) -> "Letter":
        return replace(self, state=LetterState.CANCELLED, error=why)


@dataclass(frozen=True)
class OutgoingLetter:
    """A letter ready to go: the same words as text and as HTML.

    `message_id` and `in_reply_to` have their angle brackets; the latter may be empty. `date` is
    aware.
    """

    sender: str
    sender_name: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str
    date: datetime
    files: tuple[LetterFile, ...] = ()


class Transport(Protocol):
    """Sends letters, one call a letter, outside every transaction."""

    def send(self, letter: OutgoingLetter) -> None:
        """Hand the letter over; returns when it was accepted. Raises TemporaryFailure (4xx,
        connection trouble) or PermanentFailure (5xx, an address that no mail can go to).
        """

    def forget(self, now: datetime) -> None:
        """Delete what this transport itself keeps of letters for long enough."""

    def close(self) -> None:
        """Give the connection back; a later `send` makes a new one."""
