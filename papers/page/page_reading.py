"""Reads one page from its picture: turns it upright, then finds lines, parts, fields and seals, and
judges how far the reading can be trusted.

A fast OCR model reads all lines, a better one those with fields. Coordinates here are pixels of the
upright page; those of the result are fractions of it.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from core.data.documents import Box, Page, Part, PartKind, Seal
from papers.kinds.codes import Code, find_codes
from papers.kinds.other_papers import text_of
from papers.kinds.sheets import RequestSheet, find_sheet
from papers.lines.layout import (
    Piece,
    enlarged,
    in_fractions,
    inside,
    line_box,
    loose_pieces,
    overlap,
    pixels,
)
from papers.lines.ocr_models import Image, Line, Ocr
from papers.lines.onnx_ocr import red_channel
from papers.lines.pictures import encode
from papers.lines.upright import upright
from papers.page.bounded import MOST_LINES, BoundedOcr
from papers.page.crops import crops
from papers.page.page_parts import (
    WHOLE,
    Found,
    as_drawn,
    described,
    found_in,
    lines_with_fields,
    places_in_doubt,
    print_places,
    reading_order,
    registry_places,
)
from papers.page.redaction import redacted
from papers.page.second_look import distant, look_again, unexplained
from papers.page.text_layer import Word, contradicted, lines_of, matches_the_page, reads_so
from papers.page.trust import (
    RECOGNISED,
    Trust,
    beside,
    content_of,
    is_full,
    judge,
    traces_of,
)
from papers.page.upright_page import Source, UprightPage
from papers.page.watermark import read_under_watermark
from papers.seals.cuts import SealCut, cut_seals
from papers.seals.ink import Mask
from papers.seals.seals import SealsRead, Sheet, read_seals

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


@dataclass(slots=True)
class _PageParts:
    """The parts of a page.

    `unexplained`: places with content that belongs to no part. `afar`: the page may have papers
    that are too small to be read.
    """

    parts: list[Part]
    unexplained: list[Box] = field(default_factory=list)
    afar: bool = False


@dataclass
class _View:
    """A page turned upright by `quarters` of a turn, and what was found in its lines.

    `words`: of its text layer. `by_text`: its lines come from there, none from the picture. `form`:
    the request sheet, if the page is one; its printed words belong to no paper.
    """

    quarters: int
    sheet: UprightPage
    found: Found
    words: Sequence[Word] = ()
    codes: list[Code] = field(default_factory=list)
    by_text: bool = False
    form: RequestSheet | None = None

    @property
    def image(self) -> Image:
        return self.sheet.image

    @property
    def pieces(self) -> list[Piece]:
        """All pieces that were read, and lines that could not be read or lie askew."""
        return [*self.found.pieces, *loose_pieces(self.found.lines, self.sheet.angle)]

    @property
    def printed(self) -> list[Box]:
        """Places of codes and of a request sheet's own words."""
        return [*(code.box for code in self.codes), *(self.form.printed if self.form else ())]

    @cached_property
    def page_parts(self) -> _PageParts:
        """The parts of the page in reading order, and its unexplained places."""
        parts = described(self.found, self.sheet, self.codes)
        if self.form:
            parts.append(
                Part(
                    *self.sheet.source,
                    PartKind.REQUEST_LETTER,
                    self.form.head,
                    1.0,
                    {"text": self.form.text},
                )
            )
        if self.words and not self.quarters:
            parts = [contradicted(part, self.words) for part in parts]
        page_parts = _PageParts(parts) if self.by_text else _parts_of_second_look(self, parts)
        page_parts.parts.sort(key=reading_order)
        return page_parts

    @cached_property
    def content(self) -> Mask:
        return content_of(self.image)

    @cached_property
    def seals(self) -> SealsRead:
        """Finds and reads the seals. Printed text is not taken for one."""
        return read_seals(
            Sheet(
                self.image,
                *self.sheet.source,
                self.sheet.ocr,
                [as_drawn(part) for part in self.page_parts.parts],
                registry_places(self.found, self.image),
                [*print_places(self.found, self.image), *self.printed],
                crowded=is_full(self.content),
            )
        )

    @cached_property
    def trust(self) -> Trust:
        """How far the reading can be trusted: whether a part that was not found is absent."""
        found = self.page_parts
        pressed = [seal.box for seal in self.seals.seals if not seal.doubtful]
        # Letters around a seal look like a group of unread lines, but are no upside-down card.
        left = found.unexplained and unexplained(
            self.image, beside(self.pieces, pressed, self.image), found.parts
        )
        return judge(
            self.image,
            self.content,
            self.pieces,
            found.parts,
            pressed,
            self.printed,
            unresolved=bool(found.afar or left),
            grain=self.sheet.grain,
        )


def read_page(
    ocr: Ocr,
    image: Image,
    attachment: str,
    number: int,
    words: Sequence[Word] = (),
    pictures: Sequence[Sequence[float]] = (),
    grain: float = 1.0,
) -> PageReading:
    """Reads one page. `number` counts from 1. The caller fills in the page's image_sha256.

    `words` and `pictures`: the page's text layer and the boxes of its larger images, in fractions
    of the page before it is turned. `grain`: how large a pixel of the scan is drawn.
    """
    began, source, bounded = time.perf_counter(), Source(attachment, number), BoundedOcr(ocr)
    by_sight = partial(_by_sight, bounded, image, source, grain, words)
    view = _by_text(bounded, image, source, words, pictures) or by_sight()
    places = _doubtful_places(view)
    if places and bounded.look_closely():
        view = by_sight() if WHOLE in places else _seen_closely(view, places)
    read = time.perf_counter()
    if bounded.closely and WHOLE not in places and not view.trust.confident:
        view = by_sight()
    trust = view.trust
    seals_ended = time.perf_counter()
    reading = _pictured(view, _NO_TRUST if bounded.left_unread else trust)
    reading.timing_ms = {
        "ocr": (read - began) * 1000,
        "seals": (seals_ended - read) * 1000,
        "pages": (time.perf_counter() - seals_ended) * 1000,
    }
    return reading


def _by_text(
    ocr: Ocr,
    image: Image,
    source: Source,
    words: Sequence[Word],
    pictures: Sequence[Sequence[float]],
) -> _View | None:
    """The page read by its text layer alone. None where that does not match the picture, or
    contains a card or a licence."""
    if not words or not matches_the_page(words, pictures, image):
        return None
    lines = lines_of(words, image)[:MOST_LINES]
    sheet = UprightPage(ocr, image, source, lines, 1.0)
    found = found_in(lines, sheet.angle)
    if found.cards or found.licences or not reads_so(lines, ocr, image):
        return None
    return _View(0, sheet, found, words, by_text=True)


def _by_sight(
    ocr: Ocr, image: Image, source: Source, grain: float, words: Sequence[Word] = ()
) -> _View:
    """The page read by OCR: all lines with the fast model, then those with fields with the better
    one."""
    page, quarters, lines = upright(ocr, image)
    form = find_sheet(page, lines)
    lines = form.others if form else lines
    sheet = UprightPage(ocr, page, source, lines, grain)
    clean, lines = read_under_watermark(ocr, page, lines, sheet.angle)
    if clean is not page:
        sheet.clean, sheet.red = clean, red_channel(clean)
    found = _found(sheet, lines)
    codes = find_codes(page) if found.licences else []
    return _View(quarters, sheet, found, words, codes, form=form)


def _found(sheet: UprightPage, lines: Sequence[Line], read: Collection[int] = ()) -> Found:
    """The parts in lines of which those with fields are read by the better model, but for those
    (by id) that were."""
    found = found_in(lines, sheet.angle)
    wanted = lines_with_fields(found).difference(read)
    if wanted:
        better = [sheet.better(line) if id(line) in wanted else line for line in lines]
        found = found_in(better, sheet.angle)
    found.read_first = lines
    return found


def _doubtful_places(view: _View) -> list[Box]:
    """Where a reading by the fast detector leaves doubt that the better one may take away."""
    if view.by_text:
        return []
    found = view.page_parts
    if (
        found.afar
        or found.unexplained
        or not view.pieces
        or traces_of(view.image, view.pieces, found.parts)
    ):
        return [WHOLE]
    places = [place for part in found.parts for place in places_in_doubt(part)]
    return [WHOLE] if places and view.form else places


def _seen_closely(view: _View, places: Sequence[Box]) -> _View:
    """The view with its lines in these places found anew by the better detector."""
    sheet, old = view.sheet, view.found
    seen = np.full_like(sheet.clean, 255)
    for place in places:
        area = pixels(enlarged(place, _AROUND), *seen.shape[:2])
        seen[area] = sheet.clean[area]
    quads = [
        quad
        for quad in sheet.ocr.detect(seen)
        if any(inside(place, in_fractions(Line(quad).centre, seen)) for place in places)
    ]
    new = sheet.ocr.lines(sheet.clean, quads)
    boxes = [line_box(line, seen) for line in new]
    others = [
        line
        for line in old.lines
        if not any(overlap(line_box(line, seen), box) > 0.5 for box in boxes)
    ]
    read = {*map(id, others)}.difference(map(id, old.read_first))
    found = _found(sheet, [*others, *new], read)
    found.read_first = [*old.read_first, *new]
    return replace(view, found=found)


def _parts_of_second_look(view: _View, parts: list[Part]) -> _PageParts:
    """Adds parts that only a second reading of unexplained places finds."""
    far = distant(view.image, view.found.pieces)
    unexplained_first = unexplained(view.image, view.pieces, parts) or far
    parts += look_again(
        view.image, unexplained_first, parts, lambda cut: _second_look(view.sheet, cut)
    )
    still = unexplained(view.image, view.pieces, parts) if unexplained_first else []
    return _PageParts(
        parts, still, afar=bool(far) and not any(p.kind in _FIRST_NEEDS for p in parts)
    )


def _second_look(sheet: UprightPage, cut: Image) -> tuple[Sequence[Part], int]:
    """The parts on a piece of the page, which is read like a page, and by how many quarters it was
    turned."""
    view = _by_sight(sheet.ocr, cut, sheet.source, sheet.grain)
    return described(view.found, view.sheet, view.codes), view.quarters


def _pictured(view: _View, trust: Trust) -> PageReading:
    """The reading, with the page's picture as it is and with personal data covered."""
    parts, seals = view.page_parts.parts, view.seals
    form, text = view.form, text_of(view.found.pieces)
    page = Page(
        *view.sheet.source,
        trust.confident,
        seals.colour,
        seals.seal_ink,
        trust.blank,
        text,
        traces=trust.traces,
    )
    page = replace(page, sheet=form.seen, text=f"{form.text}\n{text}".strip()) if form else page
    picture = encode(view.image)
    lines = [*view.found.lines, *(form.own if form else ())]
    open_to_all = redacted(
        view.image,
        parts,
        lines,
        view.found.read_first,
        confident=trust.confident and not trust.traces,
    )
    covered = picture if open_to_all is view.image else encode(open_to_all)
    cuts = cut_seals(seals.seals, seals.pressed, view.image, open_to_all)
    return PageReading(
        page,
        tuple(parts),
        seals.seals,
        picture,
        covered,
        cuts=cuts,
        crops=crops(open_to_all, parts, seals.seals),
    )


def with_images(reading: PageReading, store: Callable[[bytes], str]) -> PageReading:
    """The reading, whose page, parts and seals now name their stored pictures.

    `store`: stores a picture and returns its name.
    """
    names = iter(
        [store(crop) for crop in reading.crops] or [""] * len(reading.parts + reading.seals)
    )
    return replace(
        reading,
        page=replace(
            reading.page, image_sha256=store(reading.image), covered_sha256=store(reading.covered)
        ),
        parts=tuple(replace(part, crop_sha256=next(names)) for part in reading.parts),
        seals=tuple(replace(seal, crop_sha256=next(names)) for seal in reading.seals),
    )
