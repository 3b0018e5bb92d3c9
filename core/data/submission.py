"""The content of a mail, as plain data: the mail, the request in its words, the documents on its
pages.

Nothing here judges. Absent and unread are distinguished everywhere,
because only proven absence may reject (RULES.md section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.data.mail_record import AuthResult

LONG_TERM = "long-term"
NOTHING_WANTED = 10_000
"""RequestForm.elsewhere of a mail that states that nothing is to be done, at least."""
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
    be sent with, which speak of something else; more in a model of a request (ELSEWHERE) and where
    nothing is to be done (NOTHING_WANTED).
    `from_letter`: the questions that only a request letter inside the PDF answers.
    `asks_progress`: it asks how far the request is (进度). `withdraws`: it takes the request back
    (撤回). `passed_on`: it stands below words that speak of something else. `repeats_subject`: it
    stands only in the subject of the mail that this one answers. `only_doubts`: nothing is plainly
    wanted, and something may be. `urgent`: it speaks of a lock, a login or a deed shortly
    before a bid.
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
    def is_neutral(self) -> bool:
        """Whether it neither asks for anything nor speaks of something else."""
        asks = self.has_request_words or self.asks_progress or self.withdraws
        return not asks and self.elsewhere < ELSEWHERE

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
class Box:
    """A rectangle in fractions of the upright page, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def size(self) -> float:
        """The area as a share of the page."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


class PartKind(StrEnum):
    """The kind of paper in a region of a page."""

    ID_FRONT = "id_front"  # the side with the portrait, name and number (人像面)
    ID_BACK = "id_back"  # the side with the national emblem and validity (国徽面)
    LICENCE = "licence"
    OTHER_CERTIFICATE = "other_certificate"
    REQUEST_LETTER = "request_letter"
    OTHER = "other"


@dataclass(frozen=True)
class OnPage:
    """What lies on a page of an attachment, which counts its pages from 1."""

    attachment: str
    page: int

    @property
    def spot(self) -> tuple[str, int]:
        """The page that it lies on, as `Page.spot` names it."""
        return self.attachment, self.page


@dataclass(frozen=True)
class Part(OnPage):
    """A region of a page and the fields read in it.

    Fields by kind: ID_FRONT name, id_number, birth, address; ID_BACK valid_from, valid_until;
    LICENCE enterprise_name, uscc, legal_representative, valid_until;
    OTHER_CERTIFICATE certificate (its Chinese title); REQUEST_LETTER text (its words). Dates are
    ISO, or LONG_TERM. A field that could not be read is absent. `doubts`: names of fields that were
    read but not to be relied on. `private_boxes`: where the paper shows number, birth and address,
    read or not. `corners`: those of the area that is cut out for people, from the paper's top
    left clockwise, in fractions of the page; none where that area is `box`. `crop_sha256`: the
    picture cut out, with all covered that the covered page hides; or "".
    """

    kind: PartKind
    box: Box
    confidence: float
    fields: Mapping[str, str] = field(default_factory=dict)
    field_boxes: Mapping[str, Box] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    private_boxes: tuple[Box, ...] = ()
    corners: tuple[tuple[float, float], ...] = ()
    crop_sha256: str = ""


class SealKind(StrEnum):
    """The kind of a seal, by its own words."""

    OFFICIAL = "official"
    CONTRACT = "contract"
    FINANCE = "finance"
    INVOICE = "invoice"
    BUSINESS = "business"
    AUTHORITY = "authority"  # the registry's or another authority's own seal
    UNKNOWN = "unknown"


class SealVerdict(StrEnum):
    """Whether a seal bears a name that it was asked for."""

    AGREES = "agrees"
    DIFFERS = "differs"  # another character is seen in the place of one
    UNSURE = "unsure"


@dataclass(frozen=True)
class SealCheck:
    """The answer of a seal to one name.

    `odd`: for each character that is not seen as claimed, the claimed one and what is seen there.
    """

    name: str
    verdict: SealVerdict
    odd: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Seal(OnPage):
    """A seal found on a page. `text` is its name as read, or None.

    `doubtful`: it may be no seal at all, or was hardly seen.

    `legible`: every letter of the name was read by more than a guess. `checks`: the names that it
    was asked for, with its answers. `unrolled_sha256`: the picture of its name as a straight line
    with the characters marked; `crop_sha256`: the seal as it lies on its page; nothing in either
    that the covered page hides; or "".
    """

    box: Box
    kind: SealKind
    text: str | None = None
    colour: str = "red"  # red, blue, violet, grey
    confidence: float = 1.0
    doubtful: bool = False
    legible: bool = True
    checks: tuple[SealCheck, ...] = ()
    unrolled_sha256: str = ""
    crop_sha256: str = ""


@dataclass(frozen=True)
class SheetSeen:
    """The code of a request sheet on a page (core.cases.intake.request_sheet), as it was read:
    whether it was made here is not known yet."""

    code: str
    box: Box


@dataclass(frozen=True)
class Page:
    """How one page was read. `number` counts from 1.

    `confident`: every region with text was read well; only such pages can prove that something is
    absent. `colour`: the page image has colour. `seal_ink`: coherent coloured ink outside printed
    emblems, frames and the registry's seal. `blank`: nothing on it. `image_sha256`: its picture as
    it is; `covered_sha256`: the picture with all that identifies a person painted over, which is
    the same one where nothing is to be hidden, and "" where nothing of the page may be shown
    unasked. `sheet`: the page is a request sheet. `traces`: papers of which it shows words or
    numbers though no part is one. Unless another page shows them, nothing is proved absent.
    """

    attachment: str
    number: int
    confident: bool
    colour: bool
    seal_ink: bool
    blank: bool = False
    text: str = ""
    image_sha256: str = ""
    covered_sha256: str = ""
    sheet: SheetSeen | None = None
    traces: tuple[PartKind, ...] = ()

    @property
    def spot(self) -> tuple[str, int]:
        """Its attachment and number."""
        return self.attachment, self.number


class Unopened(StrEnum):
    """Why an attachment could not be read."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    LIMIT = "limit"  # its child ran out of time or memory, or died: proves nothing, so it is doubt
    # the mail's share of files, pages or time was used up before it was read: doubt likewise
    UNREAD = "unread"


UNPROVED = frozenset({Unopened.LIMIT, Unopened.UNREAD})
"""Reasons that prove nothing about the file."""


class SignatureState(StrEnum):
    """The verdict on an electronic signature in a PDF, judged on this machine alone."""

    # after signing nothing was added that shows
    INTACT = "intact"
    ALTERED = "altered"  # changed after signing, or the signature does not fit the file
    # its algorithm is not known here (SM2), or it could not be judged
    NOT_VERIFIABLE = "not_verifiable"
    BROKEN = "broken"  # no readable signature is where one is announced


@dataclass(frozen=True)
class Signature:
    """An electronic signature in a PDF: data for an administrator, no finding.

    `signer`: the name in its certificate, which is its word alone unless `trusted`: then a
    configured issuer vouches for the certificate. `altered` is no suspicion by itself: who puts a
    seal on an electronic licence changes what the registry signed.
    """

    attachment: str
    signer: str
    state: SignatureState
    trusted: bool = False
    algorithm: str = ""


@dataclass(frozen=True)
class Documents:
    """Everything read from the attachments of one mail. `unopened`: attachment name → reason."""

    pages: tuple[Page, ...] = ()
    parts: tuple[Part, ...] = ()
    seals: tuple[Seal, ...] = ()
    unopened: Mapping[str, Unopened] = field(default_factory=dict)
    timing_ms: Mapping[str, float] = field(default_factory=dict)
    signatures: tuple[Signature, ...] = ()

    def of(self, kind: PartKind) -> tuple[Part, ...]:
        """All parts of one kind, in page order."""
        return tuple(p for p in self.parts if p.kind is kind)

    @property
    def licences(self) -> tuple[Part, ...]:
        """All business licences, in page order."""
        return self.of(PartKind.LICENCE)

    @property
    def show_papers(self) -> bool:
        """Whether a page shows papers, or could not be read well enough to tell."""
        papers = any(part.kind is not PartKind.OTHER for part in self.parts)
        return papers or any(page.traces or not page.confident for page in self.pages)


@dataclass(frozen=True)
class Submission:
    """One mail, or several mails of one case merged: what is judged."""

    message: Message
    request: RequestForm
    documents: Documents
