"""One page picture read as a whole: upright → lines → parts → fields → seals → how far it can be trusted.

Lines are read twice where it matters: the fast reader reads all, the better one those with fields. Coordinates inside are pixels of the upright
page; what leaves is in fractions of it.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from core.cases.submission import Box, Page, Part, PartKind, Seal
from mail_intake.documents.lines.layout import Piece, box_of, clipped, other_slants, overlap, pieces_of, silent_pieces, slant
from mail_intake.documents.lines.ocr_models import Image, Line, Ocr, Point, Quad, Strip
from mail_intake.documents.lines.onnx_ocr import cut_out, red_channel
from mail_intake.documents.lines.pictures import encode
from mail_intake.documents.lines.upright import upright
from mail_intake.documents.page.bounded import MOST_LINES, BoundedOcr
from mail_intake.documents.page.crops import crops, head_of
from mail_intake.documents.page.redaction import painted, redacted_boxes
from mail_intake.documents.page.second_look import beside, distant, look_again, unexplained
from mail_intake.documents.page.second_reading import read_twice
from mail_intake.documents.page.text_layer import Word, contradicted, lines_of, matches_the_page
from mail_intake.documents.page.trust import Trust, judge, stray_lines, undrawn
from mail_intake.documents.page.watermark import read_under_watermark
from mail_intake.documents.papers import card_fields, kinds, licence
from mail_intake.documents.papers.card_fields import Fields
from mail_intake.documents.papers.cards import Card, find_backs, find_fronts, private_areas
from mail_intake.documents.papers.codes import Code, find_codes
from mail_intake.documents.papers.other_papers import Paper, find_paper, text_of
from mail_intake.documents.papers.sheets import RequestSheet, find_sheet
from mail_intake.documents.seals.cuts import SealCut, cut_seals
from mail_intake.documents.seals.seals import SealsRead, Sheet, read_seals

_BETTER_BY: Final = 0.15  # the better reader is believed unless it is this much less sure than the fast one
_FIRST_NEEDS: Final = frozenset({PartKind.ID_FRONT, PartKind.LICENCE, PartKind.OTHER_CERTIFICATE})
_FREE_TEXT_KINDS: Final = frozenset({PartKind.REQUEST_LETTER, PartKind.OTHER})
_SURELY: Final = 0.85
_NO_TRUST: Final = Trust(confident=False, blank=False)


@dataclass(slots=True)
class PageReading:
    """A page read, with its upright picture as JPEG and the milliseconds by stage. `covered`: the picture as it may be shown unasked, or nothing.

    `cuts`: the seals that can be asked for a name. `crops`: a picture of each part and then of each seal, covered likewise; or none at all.
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
class _Found:
    """What the lines of a page come to. `read_first`: the lines as the fast reader had them."""

    pieces: list[Piece]
    cards: list[Card]
    licence: licence.Licence | None
    paper: Paper | None
    lines: Sequence[Line] = ()
    read_first: Sequence[Line] = ()


class _Source(NamedTuple):
    """Where a page comes from; `number` counts from 1."""

    attachment: str
    number: int


class _Sheet:
    """The upright page with its slant, for reading strips of the straightened page again."""

    def __init__(self, ocr: Ocr, image: Image, source: _Source, lines: Sequence[Line]) -> None:
        self.ocr, self.image, self.source, self.red = ocr, image, source, red_channel(image)
        self.angle = slant(lines)

    def at_angle(self, angle: float) -> "_Sheet":
        """The same page straightened by another slant."""
        other = copy.copy(self)
        other.angle = angle
        return other

    def real(self, x: float, y: float) -> Point:
        """A straightened point on the real page."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return x * c - y * s, x * s + y * c

    def reread(self, area: tuple[float, float, float, float]) -> Strip:
        """A strip of the straightened page by the better reader."""
        return self._strip(self.red, area)

    def reread_light(self, area: tuple[float, float, float, float]) -> Strip:
        """The same in the lightest channel, in which a blue seal is as pale as a red one."""
        return self._strip(self.image, area, lightest=True)

    def _strip(self, image: Image, area: tuple[float, float, float, float], *, lightest: bool = False) -> Strip:
        x0, y0, x1, y1 = area
        if x1 - x0 <= 2 or y1 - y0 <= 2:
            return Strip("", 0.0)
        quad: Quad = (self.real(x0, y0), self.real(x1, y0), self.real(x1, y1), self.real(x0, y1))
        cut = cut_out(image, quad)
        return self.ocr.strip(np.asarray(cut.max(axis=2), dtype=np.uint8) if lightest else cut)

    def better(self, line: Line) -> Line:
        """The line by the better reader, unless that is much less sure."""
        strip = self.ocr.strip(cut_out(self.red, line.quad))
        if strip.confidence < line.confidence - _BETTER_BY:
            return line
        return Line(line.quad, strip.text, strip.confidence, strip.weakest, strip.offsets, strip.scores)

    def places(self, points: Sequence[Point]) -> tuple[Point, ...]:
        """Straightened points in fractions of the real page."""
        h, w = self.image.shape[:2]
        return tuple((x / w, y / h) for x, y in (self.real(*point) for point in points))

    def box(self, corners: Sequence[Point]) -> Box:
        """The rectangle around straightened points, in fractions of the real page."""
        xs, ys = zip(*self.places(corners), strict=True)
        return clipped(min(xs), min(ys), max(xs), max(ys))


@dataclass(slots=True)
class _View:
    """A page turned upright by `quarters`, and what its lines come to. `by_text`: its text layer is the page's text, and nothing was read off the picture.
    `form`: the request sheet that it is, whose own words are those of no paper."""

    quarters: int
    sheet: _Sheet
    found: _Found
    codes: list[Code] = field(default_factory=list)
    by_text: bool = False
    form: RequestSheet | None = None

    @property
    def image(self) -> Image:
        return self.sheet.image

    @property
    def pieces(self) -> list[Piece]:
        """All that was read, and lines of which nothing could be read."""
        return [*self.found.pieces, *silent_pieces(self.found.lines, self.sheet.angle)]

    @property
    def printed(self) -> list[Box]:
        """Places of codes and of a request sheet's own words."""
        return [*(code.box for code in self.codes), *(self.form.printed if self.form else ())]


@dataclass(slots=True)
class _Looked:
    """The parts of a page. `unexplained`: places that show something which is none of them; `afar`: what may be papers is too small to be read."""

    parts: list[Part]
    unexplained: list[Box] = field(default_factory=list)
    afar: bool = False


def read_page(
    ocr: Ocr, image: Image, attachment: str, number: int, words: Sequence[Word] = (), pictures: Sequence[Sequence[float]] = ()
) -> PageReading:
    """Reads one page. `number` counts from 1; the page's image_sha256 is left for the caller.

    `words` and `pictures`: the page's text layer and the boxes of its larger images, in fractions of the page as drawn.
    """
    clock, source, bounded = _Stopwatch(), _Source(attachment, number), BoundedOcr(ocr)
    view = _by_text(bounded, image, source, words, pictures) or _by_sight(bounded, image, source)
    looked, all_read = _looked_at(view, words), not bounded.left_unread
    clock.lap("ocr")
    seals = _seals(view, looked.parts)
    clock.lap("seals")
    trust = _trust(view, looked, seals) if all_read and not undrawn(image, pictures) else _NO_TRUST
    reading = _pictured(view, looked.parts, seals, trust)
    clock.lap("pages")
    reading.timing_ms = clock.laps
    return reading


def _by_text(ocr: Ocr, image: Image, source: _Source, words: Sequence[Word], pictures: Sequence[Sequence[float]]) -> _View | None:
    """The page by its text layer alone, where that is to be believed and shows neither card nor licence."""
    if not words or not matches_the_page(words, pictures, image):
        return None
    lines = lines_of(words, image)[:MOST_LINES]
    found = _parts(pieces_of(lines, 0.0))
    return None if found.cards or found.licence is not None else _View(0, _Sheet(ocr, image, source, lines), found, by_text=True)


def _by_sight(ocr: Ocr, image: Image, source: _Source) -> _View:
    """The page as the readers see it: all lines fast, then those with fields better."""
    page, quarters, lines = upright(ocr, image)
    form = find_sheet(page, lines)
    lines = form.others if form else lines
    sheet = _Sheet(ocr, page, source, lines)
    clean, lines = read_under_watermark(ocr, page, lines, sheet.angle)
    if clean is not page:
        sheet.red = red_channel(clean)
    found = _parts(pieces_of(lines, sheet.angle), lines)
    wanted = read_twice(found.cards, found.licence)
    if wanted:
        better = [sheet.better(line) if id(line) in wanted else line for line in lines]
        found = _parts(pieces_of(better, sheet.angle), better)
    found.read_first = lines
    codes = [code for code in find_codes(page) if not code.sheet] if found.licence is not None else []
    return _View(quarters, sheet, found, codes, form=form)


def _looked_at(view: _View, words: Sequence[Word]) -> _Looked:
    """The parts of the page, in reading order, and what of it stays unexplained."""
    parts = _described(view.found, view.sheet, view.codes)
    if view.form:
        parts.append(Part(*view.sheet.source, PartKind.REQUEST_LETTER, view.form.head, 1.0, {"text": view.form.text}))
    if words and not view.quarters:
        parts = [contradicted(part, words) for part in parts]
    looked = _Looked(parts) if view.by_text else _looked_again(view, parts)
    looked.parts.sort(key=_reading_order)
    return looked


def _looked_again(view: _View, parts: list[Part]) -> _Looked:
    """The parts with those that lie askew and those that only a second look at unexplained places finds."""
    parts = [*parts, *_tilted_parts(view, parts)]
    far = distant(view.image, view.found.pieces)
    unexplained_first = unexplained(view.image, view.pieces, parts) or far
    parts += look_again(view.image, unexplained_first, parts, lambda cut: _second_look(view.sheet, cut))
    still = unexplained(view.image, view.pieces, parts) if unexplained_first else []
    return _Looked(parts, still, afar=bool(far) and not any(p.kind in _FIRST_NEEDS for p in parts))


def _tilted_parts(view: _View, known: Sequence[Part]) -> list[Part]:
    """Cards and licences whose lines run in another direction than the page's: laid askew beside others."""
    parts: list[Part] = []
    for angle, lines in other_slants(view.found.lines, view.sheet.angle):
        turned = view.sheet.at_angle(angle)
        read = [turned.better(line) if line.width > line.height else line for line in lines]
        there = _parts(pieces_of(read, angle), read)
        there.paper = None
        parts += [p for p in _described(there, turned, []) if not any(overlap(p.box, k.box) > 0.5 for k in (*known, *parts))]
    return parts


def _second_look(sheet: _Sheet, cut: Image) -> tuple[Sequence[Part], int]:
    """The parts on a piece of the page, read as a page of its own, and by how many quarters it was turned."""
    view = _by_sight(sheet.ocr, cut, sheet.source)
    return _described(view.found, view.sheet, view.codes), view.quarters


def _seals(view: _View, parts: Sequence[Part]) -> SealsRead:
    """The seals among what is printed."""
    printed = [*_print_places(view.found, view.image), *view.printed]
    drawn, registry = [_as_drawn(part) for part in parts], _registry_places(view.found, view.image)
    return read_seals(Sheet(view.image, *view.sheet.source, drawn, registry, printed, view.sheet.ocr))


def _trust(view: _View, looked: _Looked, seals: SealsRead) -> Trust:
    """How far the page was read: whether what it does not show is absent."""
    pressed = [seal.box for seal in seals.seals if not seal.doubtful]
    stray = stray_lines(view.found.lines, view.sheet.angle, [p.box for p in looked.parts if p.kind not in _FREE_TEXT_KINDS], view.image)
    left = looked.unexplained and unexplained(view.image, beside(view.pieces, pressed, view.image), looked.parts)
    return judge(view.image, view.pieces, looked.parts, pressed, view.printed, unresolved=bool(stray or looked.afar or left))


def _pictured(view: _View, parts: Sequence[Part], seals: SealsRead, trust: Trust) -> PageReading:
    """The reading with the page's picture, open and covered."""
    form, text = view.form, text_of(view.found.pieces)
    page = Page(*view.sheet.source, trust.confident, seals.colour, seals.seal_ink, trust.blank, text, rotated_degrees=90 * view.quarters)
    page = replace(page, sheet=form.seen, text=f"{form.text}\n{text}".strip()) if form else page
    picture = encode(view.image)
    lines = [*(view.found.lines or [piece.line for piece in view.found.pieces]), *(form.own if form else ())]
    hidden = redacted_boxes(view.image, parts, lines, view.found.read_first, confident=trust.confident)
    open_to_all = painted(view.image, hidden) if hidden else view.image
    covered = encode(open_to_all) if hidden else picture
    cuts = cut_seals(seals.seals, seals.pressed, view.image, open_to_all)
    return PageReading(page, tuple(parts), seals.seals, picture, covered, cuts=cuts, crops=crops(open_to_all, parts, seals.seals))


def _reading_order(part: Part) -> tuple[float, float]:
    return part.box.y0, part.box.x0


def read_page_unread(image: Image, attachment: str, number: int, pictures: Sequence[Sequence[float]] = ()) -> PageReading:
    """A page whose words nobody read (OCR off): its picture and ink; confident only when blank."""
    trust = _NO_TRUST if undrawn(image, pictures) else judge(image, [], [], [])
    seals = SealsRead((), seal_ink=not trust.blank, colour=True)
    page = Page(attachment, number, trust.blank and trust.confident, seals.colour, seals.seal_ink, trust.blank)
    picture = encode(image)
    return PageReading(page, image=picture, covered=picture if page.confident else b"")


class _Stopwatch:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = self.laps.get(name, 0.0) + (now - self._last) * 1000
        self._last = now


def _parts(pieces: list[Piece], lines: Sequence[Line] = ()) -> _Found:
    """Cards first, the licence among what is left, then the paper that remains."""
    cards = find_fronts(pieces) + find_backs(pieces)
    rest = [p for p in pieces if not any(c.holds((p.cx, p.cy)) for c in cards)]
    found = licence.find_licence(rest)
    own = {id(p) for p in found.pieces} if found else set()
    rest = [p for p in rest if id(p) not in own]
    return _Found(pieces, cards, found, find_paper(rest), lines)


def _described(found: _Found, sheet: _Sheet, codes: Sequence[Code]) -> list[Part]:
    """The parts with their fields."""
    parts = [_card_part(card, found, sheet) for card in found.cards]
    if found.licence is not None:
        parts.append(_licence_part(found.licence, sheet, codes))
    if found.paper is not None:
        parts.append(_paper_part(found.paper, sheet))
    return sorted(parts, key=_reading_order)


def _part(kind: PartKind, box: Box, sure: float, fields: Fields, sheet: _Sheet) -> Part:
    h, w = sheet.image.shape[:2]
    places = {name: box_of(pieces, w, h) for name, pieces in fields.places.items()}
    return Part(*sheet.source, kind, box, sure, dict(fields.values), places, tuple(dict.fromkeys(fields.doubts)))


def _card_part(card: Card, found: _Found, sheet: _Sheet) -> Part:
    rereads = sheet.reread, sheet.reread_light
    front = card.kind is PartKind.ID_FRONT
    fields = card_fields.front_fields(card, found.pieces, *rereads) if front else card_fields.back_fields(card, *rereads)
    title = card_fields.residence_permit(card, fields)
    if title:
        fields.put("certificate", title)
    kind = PartKind.OTHER_CERTIFICATE if title else card.kind
    part = _part(kind, sheet.box(card.corners()), card_fields.confidence(card, fields.values), fields, sheet)
    return replace(part, private_boxes=tuple(sheet.box(corners) for corners in private_areas(card)), corners=sheet.places(card.corners()))


def _as_drawn(part: Part) -> Part:
    """A residence permit as the ID card that it looks like, so that its portrait and emblem are taken for no seal."""
    if part.fields.get("certificate") not in kinds.RESIDENCE_PERMITS.values():
        return part
    return replace(part, kind=PartKind.ID_FRONT if "id_number" in part.fields else PartKind.ID_BACK)


def _licence_part(found: licence.Licence, sheet: _Sheet, codes: Sequence[Code]) -> Part:
    code = next((c.uscc for c in codes if c.uscc), None)
    fields = licence.licence_fields(found, code, sheet.reread)
    h, w = sheet.image.shape[:2]
    inner = box_of(found.pieces, w, h)
    for other in (c.box for c in codes):
        inner = Box(min(inner.x0, other.x0), min(inner.y0, other.y0), max(inner.x1, other.x1), max(inner.y1, other.y1))
    box, sure = _licence_box(inner, licence.has_two_columns(found), w, h), licence.confidence(found, fields.values)
    return replace(_part(PartKind.LICENCE, box, sure, fields, sheet), corners=sheet.places(head_of(found, fields)))


def _licence_box(inner: Box, wide: bool, w: int, h: int) -> Box:
    """The licence around its words: margins, the emblem above, and the form's height (a sheet of the A series), whose foot is often empty."""
    mx, my = 0.05 * (inner.x1 - inner.x0), 0.05 * (inner.y1 - inner.y0)
    top, width_px = inner.y0 - 2.4 * my, (inner.x1 - inner.x0 + 2 * mx) * w
    foot = top + width_px * (0.707 if wide else 1.414) / h
    return clipped(inner.x0 - mx, top, inner.x1 + mx, max(inner.y1 + my, min(foot, 1.0)))


def _paper_part(paper: Paper, sheet: _Sheet) -> Part:
    h, w = sheet.image.shape[:2]
    read = [p.line.confidence for p in paper.pieces]
    sure = round(sum(read) / len(read), 3)
    if paper.title:
        fields = licence.certificate_fields(paper.pieces, paper.title, sheet.reread)
        return _part(paper.kind, box_of(paper.pieces, w, h), sure, fields, sheet)
    values = {"text": text_of(paper.pieces)} if paper.kind is PartKind.REQUEST_LETTER else {}
    return Part(*sheet.source, paper.kind, box_of(paper.pieces, w, h), sure, values)


def _print_places(found: _Found, page: Image) -> list[Box]:
    """Lines that were surely read: print, and no part of a seal's ring."""
    h, w = page.shape[:2]
    return [box_of([p], w, h) for p in found.pieces if p.line.confidence >= _SURELY and len(p.text) > 1]


def _registry_places(found: _Found, page: Image) -> list[Box]:
    """Where 登记机关 is printed."""
    h, w = page.shape[:2]
    return [box_of([p], w, h) for p in found.pieces if "登记机关" in p.text or p.text in {"登记机", "记机关"}]


def with_images(reading: PageReading, kept: Callable[[bytes], str]) -> PageReading:
    """The reading whose page, parts and seals refer to their stored pictures. `kept`: stores one and says under which name."""
    page = replace(reading.page, image_sha256=kept(reading.image), covered_sha256=kept(reading.covered))
    names = iter([kept(crop) for crop in reading.crops] or [""] * len(reading.parts + reading.seals))
    parts = tuple(replace(part, crop_sha256=next(names)) for part in reading.parts)
    return replace(reading, page=page, parts=parts, seals=tuple(replace(seal, crop_sha256=next(names)) for seal in reading.seals))
