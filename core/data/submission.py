"""The content of a mail, as plain data: the mail, the request in its words, and with them the
documents on its pages (`core.data.documents`).

Nothing here judges.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.data.documents import Documents
from core.data.mail_record import AuthResult

UNSEEN = frozenset({"mime.encrypted_or_opaque", "mime.too_deep", "mime.too_many_parts"})
"""Defects that leave a part of a mail unseen."""
CALENDAR = "mime.calendar"
ALTERNATIVES = "body.alternatives"
"""The defects of a mail with a calendar entry, or with words that the alternative which is read
lacks: an answer may stand there, but no request."""
PICTURE = "body.picture"
"""The defect of a mail whose HTML displays a picture, which may be no part of the mail."""
WORDS_CUT = "body.too_long"
"""The defect of a mail that has more words than are read."""
REPLY_MARKS = re.compile(
    r"(?:(?:re|fwd?|aw|回[复覆]|答[复覆]|回信|转发)[:：]|\W*(?:external|外部邮件)\W*)+",
    re.IGNORECASE,
)
"""What mail programs set before the subject, without white space, of an answer."""
ELSEWHERE = 8
"""So many letters about something else outweigh papers, and words that are only perhaps a
request."""


class AttachmentKind(StrEnum):
    """The kind of an attachment, by its content; its name and declared type are not trusted."""

    PDF = "pdf"
    IMAGE = "image"
    WORD = "word"
    OFD = "ofd"
    ARCHIVE = "archive"
    MESSAGE = "message"
    OTHER = "other"


@dataclass(frozen=True)
class Attachment:
    """An attachment.

    `name`: the sender's as one visible line, numbered where it came before, since pages,
    parts and seals name it; never a path.

    `inline_decoration`: an inline image of the body such as a logo in a signature; it does not
    count as an attachment. `inside`: the name of the archive or forwarded mail that it was taken
    from, or "".
    """

    name: str
    kind: AttachmentKind
    size_bytes: int
    sha256: str
    inline_decoration: bool = False
    inside: str = ""


class Mark(StrEnum):
    """Signs in the headers that matter for automatic answers (RULES.md section 3, RFC 3834)."""

    AUTO_REPLIED = "auto_replied"  # Auto-Submitted: auto-replied
    AUTO_GENERATED = "auto_generated"  # Auto-Submitted other than no and auto-replied
    NULL_RETURN_PATH = "null_return_path"
    REPORT = "report"  # multipart/report
    DAEMON = "daemon"  # mailer-daemon, postmaster
    NOREPLY = "noreply"
    LIST = "list"  # List-* headers
    PRECEDENCE = "precedence"  # bulk, list, junk, auto_reply
    SUPPRESS = "suppress"  # X-Auto-Response-Suppress: DR, AutoReply, All
    OWN = "own"  # from our own address, or with our loop header
    NOT_ADDRESSED = "not_addressed"  # our address is in neither To nor Cc
    NO_SENDER = "no_sender"  # no usable From address


@dataclass(frozen=True)
class Bounce:
    """A mail that says what became of one of ours (RFC 3464, or a provider's 退信 in words).

    `message_ids`: the Message-IDs it names, any of which may be our letter's. `action`: failed,
    delayed, or delivered for all that arrived. `status`: 5.1.1 …, or "". `permanent`: trying again
    will not help. `reason`: in words for people, without addresses.
    """

    message_ids: tuple[str, ...]
    action: str
    status: str = ""
    permanent: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Message:
    """A mail, decoded.

    `new_text` is what the sender wrote now; quoted text and our own template quoted
    back are in `quoted_text`.

    `thread_ids`: Message-IDs of In-Reply-To and References, newest first, with their angle
    brackets. `arrived`: the server's INTERNALDATE (RULES.md section 2). `cloud_links`: names of
    cloud-attachment services found in the body. `is_forward`: the mail speaks by what it quotes, a
    forward without a request of its own or a body that is one quote; then `new_text` is the quoted
    one, and `cover` what stands above it. `authenticated_by`: how `authentication` is known, for
    administrators. `bounce`: what a returned letter reports, or None.
    """

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    thread_ids: tuple[str, ...]
    arrived: datetime
    new_text: str
    quoted_text: str = ""
    is_forward: bool = False
    cover: str = ""
    attachments: tuple[Attachment, ...] = ()
    cloud_links: tuple[str, ...] = ()
    marks: frozenset[Mark] = frozenset()
    defects: tuple[str, ...] = ()
    authentication: AuthResult = AuthResult.UNKNOWN
    authenticated_by: str = ""
    bounce: Bounce | None = None

    @property
    def proved(self) -> bool:
        """Whether the trusted receiving server, or a signature of the sender's domain,
        authenticates the address in From."""
        return self.authentication == AuthResult.PASS

    @property
    def is_answer(self) -> bool:
        """Whether it answers or forwards another mail, whose subject it has."""
        return bool(self.thread_ids or REPLY_MARKS.match("".join(self.subject.split())))

    @property
    def words_cut(self) -> bool:
        """Whether it has more words than are read: what follows them may take back or add
        anything."""
        return WORDS_CUT in self.defects

    @property
    def shows_picture(self) -> bool:
        """Whether its text displays a picture: without words that may be the whole message."""
        return PICTURE in self.defects

    @property
    def has_unseen(self) -> bool:
        """Whether an answer may stand in a part of it that was not looked into."""
        return not {*UNSEEN, CALENDAR, ALTERNATIVES}.isdisjoint(self.defects)


class Answer(StrEnum):
    """The text's answer to a yes-or-no question of the request."""

    YES = "yes"
    NO = "no"
    AMBIGUOUS = "ambiguous"  # it says both
    UNREAD = "unread"  # it speaks of it in words that cannot be settled
    MISSING = "missing"

    @property
    def settled(self) -> bool | None:
        """Yes or no; None for anything else."""
        return {Answer.YES: True, Answer.NO: False}.get(self)


@dataclass(frozen=True)
class RequestForm:
    """The request as the subject and the new text say it (RULES.md section 1).

    `enterprise_names`: the distinct names said, as written; two make it ambiguous. `name_unread`:
    the text speaks of an enterprise in words that cannot be settled. `has_request_words`: by its
    words the text is a request, and not other mail that may hold such words, too. `perhaps`: it
    speaks of a lock or a deed, and may be one. `elsewhere`: letters in words that papers need not
    be sent with, which speak of something else; ELSEWHERE more in a model of a request.
    `needs_nothing`: it states that nothing is to be done.
    `from_letter`: the questions that only a request letter inside the PDF answers.
    `asks_progress`: it asks how far the request is (进度). `withdraws`: it takes the request back
    (撤回). `passed_on`: it stands below words that speak of something else. `repeats_subject`: it
    stands only in the subject of the mail that this one answers. `only_doubts`: nothing is plainly
    wanted, and something may be. `urgent`: it speaks of a lock, a login or a deed, or
    answers a letter of ours, shortly before a bid.
    `labelled`: by question, the distinct values said to those answered in words; none where it is
    spoken of and cannot be settled.
    """

    enterprise_names: tuple[str, ...] = ()
    name_unread: bool = False
    unbind: Answer = Answer.MISSING
    reset_password: Answer = Answer.MISSING
    has_request_words: bool = False
    from_letter: frozenset[str] = frozenset()
    asks_progress: bool = False
    withdraws: bool = False
    perhaps: bool = False
    passed_on: bool = False
    repeats_subject: bool = False
    only_doubts: bool = False
    urgent: bool = False
    elsewhere: int = 0
    needs_nothing: bool = False
    labelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def enterprise_name(self) -> str | None:
        """The one name said, or None."""
        return self.enterprise_names[0] if len(self.enterprise_names) == 1 else None

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by question."""
        return {"unbind": self.unbind, "reset_password": self.reset_password}

    @property
    def given(self) -> dict[str, Any]:
        """The answers that are not MISSING."""
        return {key: one for key, one in self.answers.items() if one is not Answer.MISSING}

    @property
    def wants(self) -> bool:
        """Whether it asks for one of the deeds."""
        return Answer.YES in self.answers.values()

    @property
    def settled(self) -> set[str]:
        """The questions that have a clear yes or no."""
        return {key for key, answer in self.answers.items() if answer.settled is not None}

    @property
    def settled_words(self) -> dict[str, str]:
        """The one value said to each question that is answered in words, where there is one."""
        return {
            question: values[0] for question, values in self.labelled.items() if len(values) == 1
        }

    @property
    def speaks_elsewhere(self) -> bool:
        """Whether it speaks more of something else than papers need."""
        return self.needs_nothing or self.elsewhere >= ELSEWHERE

    @property
    def is_neutral(self) -> bool:
        """Whether it neither asks for anything nor speaks of something else."""
        asks = self.has_request_words or self.asks_progress or self.withdraws
        return not (asks or self.speaks_elsewhere)

    @property
    def names_nobody(self) -> bool:
        """Whether no enterprise is spoken of."""
        return not (self.enterprise_names or self.name_unread)

    def filled_from(self, letter: "RequestForm") -> "RequestForm":
        """This form with what it leaves MISSING filled from a request letter;
        `from_letter` tells what was."""
        filled = letter.given.keys() - self.given.keys()
        filled |= letter.labelled.keys() - self.labelled.keys()
        names = self.enterprise_names
        if self.names_nobody and letter.enterprise_names:
            names = letter.enterprise_names
            filled.add("enterprise_name")
        asks = bool(filled) and letter.has_request_words
        return replace(
            self,
            **(letter.given | self.given),
            enterprise_names=names,
            labelled={**letter.labelled, **self.labelled},
            only_doubts=self.only_doubts and not filled,
            from_letter=self.from_letter | filled,
            has_request_words=self.has_request_words or asks,
            perhaps=letter.perhaps if asks and not self.has_request_words else self.perhaps,
        )

    def doubted_by(self, forwarded: "RequestForm") -> "RequestForm":
        """The form of a mail's own words: what they leave MISSING is doubt where the mail that they
        forward, or point to, speaks of it, for people to see."""
        doubted = dict.fromkeys(forwarded.given, Answer.UNREAD)
        return replace(
            self,
            **(doubted | self.given),
            name_unread=self.name_unread or (self.names_nobody and not forwarded.names_nobody),
            labelled={**dict.fromkeys(forwarded.labelled, ()), **self.labelled},
        )


@dataclass(frozen=True)
class Submission:
    """One mail, or several mails of one case merged: what is judged."""

    message: Message
    request: RequestForm
    documents: Documents
