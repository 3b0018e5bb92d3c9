"""Reads one page from its picture: turns it upright, then finds lines, parts, fields and seals, and
judges how far the reading can be trusted.

A fast OCR model reads all lines, a better one those with fields. Coordinates here are pixels of the
upright page; those of the result are fractions of it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, repeat

from core.data.documents import Box, Page, Part, PartKind, Seal
from papers.kinds.codes import Code, find_codes
from papers.kinds.other_papers import text_of
from papers.kinds.sheets import RequestSheet, find_sheet
from papers.lines.layout import (
    Piece,
    loose_pieces,
)
from papers.lines.ocr_models import Image, Line, Ocr
from papers.lines.pictures import encode
from papers.lines.upright import upright
from papers.opening.sandbox import RawPage, Word
from papers.page.bounded import MOST_LINES, BoundedOcr
from papers.page.crops import crops
from papers.page.marks import with_marks
from papers.page.overlays import with_overlays
from papers.page.page_parts import (
    Found,
    as_drawn,
    described,
    found_in,
    has_needed_doubt,
    lines_with_fields,
    print_places,
    reading_order,
    registry_places,
)
from papers.page.patches import with_patches
from papers.page.redaction import redacted
from papers.page.second_look import distant, look_again, unexplained
from papers.page.text_layer import contradicted, lines_of, matches_the_page, reads_so
from papers.page.trust import (
    RECOGNISED,
    Trust,
    beside,
    content_of,
    is_full,
    judge,
    traces_of,
)
from papers.page.upright_page import UprightPage
from papers.page.watermark import read_under_watermark
from papers.seals.cuts import SealCut, cut_seals
from papers.seals.ink import Mask
from papers.seals.seals import SealPage, SealsRead, read_seals

_FIRST_NEEDS = RECOGNISED - {PartKind.ID_BACK}
_AROUND = 0.15  # of a place in doubt: what is seen around it
_NO_TRUST = Trust(confident=False, blank=False)


@dataclass(slots=True)
class PageReading:
    """A page as it was read. Pictures are JPEG and may be empty.

    - `image`: the upright page.
    - `covered`: the same with personal data painted over; pages display this one.
    - `timing_ms`: milliseconds by stage.
    - `cuts`: the seals that can be compared with a name.
    - `crops`: cut out of the covered picture, first each part, then each seal; or none at all.
    """

    page: Page
    parts: tuple[Part, ...] = ()
    seals: tuple[Seal, ...] = ()
    image: bytes = b""
    covered: bytes = b""
    timing_ms: dict[str, float] = field(default_factory=dict)
    cuts: tuple[SealCut, ...] = ()
    crops: tuple[bytes, ...] = ()


@dataclass
class _View:
    """A page turned upright by `quarters` of a turn, and what was found in its lines.

    `words`: of its text layer. `by_text`: its lines come from there, none from the picture. `form`:
    the request sheet, if the page is one; its printed words belong to no paper.
    """

    quarters: int
    page: UprightPage
    found: Found
    words: Sequence[Word] = ()
    codes: list[Code] = field(default_factory=list)
    by_text: bool = False
    form: RequestSheet | None = None

    @property
    def image(self) -> Image:
        return self.page.image

    @property
    def pieces(self) -> list[Piece]:
        """All pieces that were read, and lines that could not be read or lie askew."""
        return [*self.found.pieces, *loose_pieces(self.found.lines, self.page.angle)]

    @property
    def printed(self) -> list[Box]:
        """Places of codes and of a request sheet's own words."""
        return [*(code.box for code in self.codes), *(self.form.printed if self.form else ())]

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of the page in reading order, also those that only a second reading of
        unexplained places finds."""
        parts = described(self.found, self.page, self.codes)
        if self.form:
            parts.append(
                Part(
                    *self.page.spot,
                    PartKind.REQUEST_LETTER,
                    self.form.head,
                    1.0,
                    {"text": self.form.text},
                )
            )
        if self.words and not self.quarters:
            parts = [contradicted(part, self.words) for part in parts]
        if not self.by_text:
            places = unexplained(self.image, self.pieces, parts) or self.far
            parts += look_again(self.image, places, parts, partial(_second_look, self.page))
        return sorted(parts, key=reading_order)

    @cached_property
    def far(self) -> list[Box]:
        """Where all lines of the page are, if they are small and far from its edges."""
        return [] if self.by_text else distant(self.image, self.found.pieces)

    @property
    def may_have_more(self) -> bool:
        """Whether it may have papers that are too small to be read."""
        return bool(self.far) and not any(part.kind in _FIRST_NEEDS for part in self.parts)

    @cached_property
    def left(self) -> list[Box]:
        """Places with content that belongs to no part."""
        return [] if self.by_text else unexplained(self.image, self.pieces, self.parts)

    @cached_property
    def content(self) -> Mask:
        return content_of(self.image)

    @cached_property
    def seals(self) -> SealsRead:
        """Finds and reads the seals. Printed text is not taken for one."""
        return read_seals(
            SealPage(
                self.image,
                self.page.spot,
                self.page.ocr,
                [as_drawn(part) for part in self.parts],
                registry_places(self.found, self.image),
                [*print_places(self.found, self.image), *self.printed],
                crowded=is_full(self.content),
            )
        )

    @cached_property
    def trust(self) -> Trust:
        """How far the reading can be trusted: whether a part that was not found is absent."""
        pressed = [seal.box for seal in self.seals.seals if not seal.doubtful]
        # Letters around a seal look like a group of unread lines, but are no upside-down card.
        left = self.left and unexplained(
            self.image, beside(self.pieces, pressed, self.image), self.parts
        )
        return judge(
            self.image,
            self.content,
            self.pieces,
            self.parts,
            pressed,
            self.printed,
            unresolved=bool(self.may_have_more or left),
            grain=self.page.grain,
        )


def read_page(ocr: Ocr, image: Image, attachment: str, raw: RawPage) -> PageReading:
    """Reads one page. The caller fills in the page's image_sha256.

    `image`: its picture. Words and pictures of `raw` are in fractions of the page before it is
    turned.
    """
    began, spot, bounded = time.perf_counter(), (attachment, raw.number), BoundedOcr(ocr)
    by_sight = partial(_by_sight, bounded, image, spot, raw.grain, raw.words)
    view = _by_text(bounded, image, spot, raw) or by_sight()
    if _is_in_doubt(view) and bounded.look_closely():
        view = by_sight()
    read = time.perf_counter()
    trust = view.trust
    seals_ended = time.perf_counter()
    parts = with_marks(view.parts, view.found.lines, view.page)
    parts = with_patches(parts, view.seals.seals, view.image)
    parts = with_overlays(parts, view.seals.seals, raw, view.quarters)
    reading = _pictured(view, parts, _NO_TRUST if bounded.left_unread else trust)
    reading.timing_ms = {
        "ocr": (read - began) * 1000,
        "seals": (seals_ended - read) * 1000,
        "pages": (time.perf_counter() - seals_ended) * 1000,
    }
    return reading


def _by_text(ocr: Ocr, image: Image, spot: tuple[str, int], raw: RawPage) -> _View | None:
    """The page read by its text layer alone. None where that does not match the picture, or
    contains a card or a licence."""
    if not raw.words or not matches_the_page(raw.words, raw.pictures, image):
        return None
    lines = lines_of(raw.words, image)[:MOST_LINES]
    page = UprightPage(ocr, image, spot, lines, 1.0)
    found = found_in(lines, page.angle)
    if found.cards or found.licences or not reads_so(lines, ocr, image):
        return None
    return _View(0, page, found, raw.words, by_text=True)


def _by_sight(
    ocr: Ocr, image: Image, spot: tuple[str, int], grain: float, words: Sequence[Word] = ()
) -> _View:
    """The page read by OCR: all lines with the fast model, then those with fields with the better
    one."""
    turned, quarters, lines = upright(ocr, image)
    form = find_sheet(turned, lines)
    lines = form.others if form else lines
    page = UprightPage(ocr, turned, spot, lines, grain)
    page.clean, lines = read_under_watermark(ocr, turned, lines, page.angle)
    found = _found(page, lines)
    codes = find_codes(turned) if found.licences else []
    return _View(quarters, page, found, words, codes, form=form)


def _found(page: UprightPage, lines: Sequence[Line]) -> Found:
    """The parts in lines of which those with fields are read by the better model."""
    found = found_in(lines, page.angle)
    wanted = lines_with_fields(found)
    if wanted:
        better = [page.better(line) if id(line) in wanted else line for line in lines]
        found = found_in(better, page.angle)
    found.read_first = lines
    return found


def _is_in_doubt(view: _View) -> bool:
    """Whether a reading by the fast detector leaves doubt that the better one may take away."""
    if view.by_text:
        return False
    return bool(
        view.may_have_more
        or view.left
        or not view.pieces
        or traces_of(view.image, view.pieces, view.parts)
        or any(has_needed_doubt(part) for part in view.parts)
    )


def _second_look(page: UprightPage, cut: Image) -> tuple[Sequence[Part], int]:
    """The parts on a piece of the page, which is read like a page, and by how many quarters it was
    turned."""
    view = _by_sight(page.ocr, cut, page.spot, page.grain)
    return described(view.found, view.page, view.codes), view.quarters


def _pictured(view: _View, parts: Sequence[Part], trust: Trust) -> PageReading:
    """The reading, with the page's picture as it is and with personal data covered."""
    seals = view.seals
    form, lines, text = view.form, [*view.found.lines], text_of(view.found.pieces)
    if form:
        lines, text = [*lines, *form.own], f"{form.text}\n{text}".strip()
    page = Page(
        *view.page.spot,
        trust.confident,
        seals.colour,
        seals.seal_ink,
        trust.blank,
        text,
        sheet=form.seen if form else None,
        traces=trust.traces,
    )
    picture = encode(view.image)
    redacted_image = redacted(
        view.image,
        parts,
        lines,
        view.found.read_first,
        confident=trust.confident and not trust.traces,
    )
    covered = picture if redacted_image is view.image else encode(redacted_image)
    cuts = cut_seals(seals.seals, seals.pressed, view.image, redacted_image)
    return PageReading(
        page,
        tuple(parts),
        seals.seals,
        picture,
        covered,
        cuts=cuts,
        crops=crops(redacted_image, parts, seals.seals),
    )


def with_images(reading: PageReading, store: Callable[[bytes], str]) -> PageReading:
    """The reading, whose page, parts and seals now name their stored pictures.

    `store`: stores a picture and returns its name.
    """
    names = chain(map(store, reading.crops), repeat(""))
    return replace(
        reading,
        page=replace(
            reading.page, image_sha256=store(reading.image), covered_sha256=store(reading.covered)
        ),
        parts=tuple(replace(part, crop_sha256=next(names)) for part in reading.parts),
        seals=tuple(replace(seal, crop_sha256=next(names)) for seal in reading.seals),
    )
