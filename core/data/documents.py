"""What is on the pages of a mail's attachments, as plain data: papers and their fields, seals,
electronic signatures.

Nothing here judges. Absent and unread are distinguished everywhere,
because only proven absence may reject (RULES.md section 4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

LONG_TERM = "long-term"


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
    OTHER_CERTIFICATE certificate (its Chinese title); REQUEST_LETTER text (its words); cards and
    licences mark, the word laid over them that speaks against them; LICENCE patched, what stands on
    other paper than all around; both overlaid, where the file draws a seal over the scan, and
    erased, where it covers words of it. Dates are ISO, or LONG_TERM. A field that could not be read
    is absent. `doubts`: names of fields that were read but not to be relied on. `private_boxes`:
    where the paper shows number, birth and address, read or not. `corners`: those of the area that
    is cut out for people, from the paper's top left clockwise, in fractions of the page; none where
    that area is `box`. `crop_sha256`: the picture cut out, with all covered that the covered page
    hides; or "".
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

    def only(self, keep: Callable[[Page | OnPage], bool]) -> "Documents":
        """Its pages that are kept, with the parts and seals on them."""
        return replace(
            self,
            pages=tuple(filter(keep, self.pages)),
            parts=tuple(filter(keep, self.parts)),
            seals=tuple(filter(keep, self.seals)),
        )

    @property
    def files(self) -> list[str]:
        """The attachments of which pages were read, in order."""
        return list(dict.fromkeys(page.attachment for page in self.pages))

    @property
    def poor(self) -> set[tuple[str, int]]:
        """The pages that could not be read with confidence."""
        return {page.spot for page in self.pages if not page.confident}

    @property
    def licences(self) -> tuple[Part, ...]:
        """All business licences, in page order."""
        return self.of(PartKind.LICENCE)

    @property
    def show_papers(self) -> bool:
        """Whether a page shows papers, or could not be read well enough to tell."""
        papers = any(part.kind is not PartKind.OTHER for part in self.parts)
        return papers or any(page.traces or not page.confident for page in self.pages)
