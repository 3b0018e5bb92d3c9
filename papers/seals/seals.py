"""The seals of a page, and whether there is any coloured ink that could be one.

A registry's own seal stands on every licence, so the presence of a seal proves nothing: its words
do, and where they cannot be read, its place beside 登记机关 makes it doubtful. Absence is reported
only by `seal_ink`: no coherent red, blue or violet ink outside emblems, frames, portraits and the
registry's seal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from core.data.submission import Box, Part, PartKind, Seal, SealKind
from papers.lines.layout import clipped, inside, overlap
from papers.lines.ocr_models import Image, Ocr
from papers.lines.words import chinese_count
from papers.seals.face import Face
from papers.seals.ink import Ink, Mask, find_ink, pale_ink
from papers.seals.rings import Ring, find_rings, rim_coverage, share_on_page
from papers.seals.strips import around
from papers.seals.text import SealWords, display_name, is_authority, kind_of, read_seal

_GREY_RING: Final = 0.74  # a ring of dark ink must be this whole: letters and codes make arcs too
# so whole with the print that crosses it, and so much of it beside that print
_WHOLE_RING, _GREY_REST = 0.84, 0.5
_FULLEST, _ROUND = 0.42, 0.62  # the most ink inside, and the least ratio of its axes
# of the page's shorter side, where seals are 0.16 to 0.21; oval seals are 0.75
_PALE_SIZE, _PALE_ROUND = 0.1, 0.72
_AT_EDGE, _SOLID = 0.012, 0.75  # of the page, and the ink in a part of a seal that the edge cuts
# of the longer side: seals on a page of A4, and a little more
_LEAST_RADIUS, _MOST_RADIUS = 0.05, 0.085
_BLOB: Final = 0.02  # of the longer side: coherent ink this large is not a speck
_EDGE: Final = 0.07  # of a licence: its frame lies in this margin
_FRAME_PIECE: Final = 0.075  # of a licence: pieces of its frame are thinner
_EMBLEM_DEPTH: Final = 0.24  # of a licence: its emblem lies above this
_EMBLEM: Final = 0.118
_WHOLE: Final = 0.8  # of a ring must lie on the page for its words to be whole
_TOUCHES, _OVAL = 0.01, 0.85  # of the page; a ring so flat at its edge is one that the edge cuts
# of a card: what is narrower in its portrait is a part of it; seals are 0.45 wide
_FACE: Final = 0.32
_REGISTRY_LETTERS, _SOME_OF_THEM = frozenset("市场监督管理局行政审批工商"), 3
_CARDS: Final = frozenset({PartKind.ID_FRONT, PartKind.ID_BACK})
_UNREAD: Final = SealWords(None, "", 0.0)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A seal that was read: its ring in page pixels, and what was read of it."""

    seal: Seal
    ring: Ring
    face: Face | None


@dataclass(frozen=True, slots=True)
class SealsRead:
    """The seals, whether any ink could be one, whether the page has colour.

    `pressed`: those that can be asked for a name, surely seals and no authority's.
    """

    seals: tuple[Seal, ...]
    seal_ink: bool
    colour: bool
    pressed: tuple[Pressed, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """An upright page as a place where seals lie: its picture, what else is known to stand on it,
    and who reads the words.

    `registry_at`: where 登记机关 is printed; `print_at`: lines and codes that were read, no part of
    any ring; `crowded`: it is full to its edges, so that rings in it may be none, and are not read.
    """

    image: Image
    attachment: str
    number: int
    parts: Sequence[Part] = ()
    registry_at: Sequence[Box] = ()
    print_at: Sequence[Box] = ()
    ocr: Ocr | None = None
    crowded: bool = False

    def box(self, ring: Ring) -> Box:
        """The rectangle around a ring."""
        x0, y0, x1, y1 = ring.bounds()
        height, width = self.image.shape[:2]
        return clipped(x0 / width, y0 / height, x1 / width, y1 / height)


def read_seals(sheet: Sheet) -> SealsRead:
    """All seals of an upright page."""
    ink = find_ink(sheet.image)
    found: list[Seal] = []
    pressed: list[Pressed] = []
    for colour, mask in (("red", ink.red), ("blue", ink.blue), ("violet", ink.violet)):
        for ring in find_rings(mask):
            one = _seal(sheet, ring.scaled(ink.step), colour)
            if one is not None and not any(overlap(one.seal.box, s.box) > 0.6 for s in found):
                found.append(one.seal)
                if one.seal.kind is not SealKind.AUTHORITY and not one.seal.doubtful:
                    pressed.append(one)
        found += _cut_seals(sheet, mask, colour, [s.box for s in found])
    for search in (_pale_seals, _grey_seals):
        if all(s.kind is SealKind.AUTHORITY for s in found):
            found += search(sheet, ink, [s.box for s in found])
    inky = any(s.kind is not SealKind.AUTHORITY or s.doubtful for s in found if s.colour != "grey")
    return SealsRead(
        tuple(found),
        inky or _loose_ink(ink, sheet.image, sheet.parts, found),
        ink.colour,
        tuple(pressed),
    )


def _seal(sheet: Sheet, ring: Ring, colour: str, *, doubtful: bool = False) -> Pressed | None:
    """The seal of a ring (page pixels), or None for print.

    Surely the registry's own is only what says so where the registry presses it: an office that
    sends a request has such words in its name, too.
    """
    box = sheet.box(ring)
    if _is_print(ring, box, sheet.parts, sheet.image):
        return None
    at_registry = any(_beside(box, place) for place in sheet.registry_at)
    at_side = box.x0 < _TOUCHES or box.x1 > 1 - _TOUCHES  # where seals are pressed across two pages
    cut = share_on_page(ring, sheet.image.shape[1], sheet.image.shape[0]) < _WHOLE or (
        at_side and (not ring.sure or ring.roundness < _OVAL)
    )
    doubtful = doubtful or cut or not ring.sure or sheet.crowded
    words, face = _UNREAD, None
    if sheet.ocr is not None and not sheet.crowded:
        face = Face.of(sheet.ocr, *around(sheet.image, ring), colour)
        words, face = read_seal(face, at_registry=at_registry, thoroughly=doubtful)
    kind = SealKind.UNKNOWN if cut else kind_of(words)
    doubtful = doubtful or (
        kind is SealKind.AUTHORITY and not (at_registry and is_authority(words.name or ""))
    )
    nameless = (
        words.name is None or chinese_count(words.name) < 4 or _resembles_registry_name(words.name)
    )
    if kind is SealKind.UNKNOWN and nameless and at_registry:
        kind, doubtful = SealKind.AUTHORITY, True
    sure = round(min(1.0, max(ring.coverage, 0.0)), 3)
    seal = Seal(
        sheet.attachment,
        sheet.number,
        box,
        kind,
        display_name(words.name),
        colour,
        sure,
        doubtful,
        words.legible,
    )
    return Pressed(seal, ring, face)


def _resembles_registry_name(name: str) -> bool:
    """Whether a name that was read badly has letters of the registries' names and none of a
    company's (夏门市总明区市场监量)."""
    return len(_REGISTRY_LETTERS & set(name)) >= _SOME_OF_THEM and "公司" not in name


def _cut_seals(sheet: Sheet, mask: Mask, colour: str, known: Sequence[Box]) -> list[Seal]:
    """Parts of seals at the edges of the page, unread and always doubtful: pressed across two
    pages (骑缝章), or cut by the edge of the scan."""
    return [
        Seal(
            sheet.attachment,
            sheet.number,
            box,
            SealKind.UNKNOWN,
            None,
            colour,
            round(share, 3),
            doubtful=True,
        )
        for box, share in _blobs(mask)
        if share < _SOLID
        and _is_cut_circle(box, mask)
        and not any(overlap(box, other) > 0.5 for other in known)
    ]


def _is_cut_circle(box: Box, mask: Mask) -> bool:
    """Whether ink at an edge of the page is as deep and as long as a part of a seal there."""
    height, width = box.height * mask.shape[0], box.width * mask.shape[1]
    if min(box.x0, 1 - box.x1) < _AT_EDGE:
        depth, chord = width, height
    elif min(box.y0, 1 - box.y1) < _AT_EDGE:
        depth, chord = height, width
    else:
        return False
    radius = chord / 2 if 2 * depth >= chord else (chord * chord / 4 + depth * depth) / (2 * depth)
    return bool(_LEAST_RADIUS <= radius / max(mask.shape) <= _MOST_RADIUS)


def _is_print(ring: Ring, box: Box, parts: Sequence[Part], page: Image) -> bool:
    """Whether a ring is an emblem or a portrait of a card or licence:
    small, or solid, where those are printed."""
    for part in parts:
        width, height = part.box.width, part.box.height
        within = overlap(box, part.box) > 0.9
        if (
            part.kind is PartKind.ID_FRONT
            and overlap(box, _printed_red(part)) > 0.9
            and (not ring.sure or box.width < _FACE * width)
        ):
            return True
        if (
            part.kind is PartKind.ID_BACK
            and within
            and box.x1 < part.box.x0 + 0.36 * width
            and box.y1 < part.box.y0 + 0.6 * height
        ):
            return True
        if (
            part.kind is PartKind.LICENCE
            and within
            and box.y1 < part.box.y0 + _EMBLEM_DEPTH * height
            and _is_small(box, part.box, page)
        ):
            return True
    return False


def _beside(seal: Box, label: Box) -> bool:
    """Whether a seal stands where the registry presses its own: on or right of 登记机关."""
    x, y = seal.centre
    return (
        abs(y - label.centre[1]) < 0.9 * seal.height
        and label.x0 - 0.3 * seal.width < x < label.x1 + 2.2 * seal.width
    )


def _pale_seals(sheet: Sheet, ink: Ink, occupied: Sequence[Box]) -> list[Seal]:
    """Rings of hardly any ink, always doubtful: nearly dry stamps, washed-out scans.

    Faces in portraits are smaller or less round.
    """
    pale = pale_ink(ink)
    least = _PALE_SIZE * min(pale.shape)
    rings = [
        ring
        for ring in find_rings(pale)
        if ring.sure
        and ring.fill < _FULLEST
        and 2 * max(ring.a, ring.b) >= least
        and ring.roundness >= _PALE_ROUND
    ]
    return _doubtful(sheet, [ring.scaled(ink.step) for ring in rings], "red", occupied)


def _grey_seals(sheet: Sheet, ink: Ink, occupied: Sequence[Box]) -> list[Seal]:
    """Rings of dark ink, always doubtful: on copies, and black copies
    of seals on coloured pages."""
    rest = ink.dark.copy()
    for box in sheet.print_at:
        _erase(rest, box, 0.0)
    found = _doubtful(
        sheet,
        [
            r.scaled(ink.step)
            for r in find_rings(rest)
            if r.coverage >= _GREY_RING and _is_hollow(r)
        ],
        "grey",
        occupied,
    )
    if all(s.kind is SealKind.AUTHORITY for s in found):
        # Print that was erased leaves holes in a ring that it crosses:
        # such a ring must be all the more whole with the print.
        whole = [
            r
            for r in find_rings(ink.dark)
            if r.coverage >= _WHOLE_RING and _is_hollow(r) and rim_coverage(rest, r) >= _GREY_REST
        ]
        found += _doubtful(
            sheet, [r.scaled(ink.step) for r in whole], "grey", [*occupied, *(s.box for s in found)]
        )
    return found


def _is_hollow(ring: Ring) -> bool:
    return ring.fill <= _FULLEST and ring.roundness >= _ROUND


def _doubtful(
    sheet: Sheet, rings: Sequence[Ring], colour: str, occupied: Sequence[Box]
) -> list[Seal]:
    """The seals of rings (page pixels) that are none of those known already, each in doubt."""
    seals: list[Seal] = []
    for ring in rings:
        if not any(
            overlap(sheet.box(ring), box) > 0.5 for box in (*occupied, *(s.box for s in seals))
        ):
            one = _seal(sheet, ring, colour, doubtful=True)
            seals += [one.seal] if one is not None else []
    return seals


def _loose_ink(ink: Ink, page: Image, parts: Sequence[Part], seals: Sequence[Seal]) -> bool:
    """Whether coherent coloured ink is left when print and the registry's seal are taken away."""
    red, other = ink.red.copy(), cv2.bitwise_or(ink.blue, ink.violet)
    for part in parts:
        # blue is the colour of a card's own print; red stands only in its portrait and emblem
        if part.kind in _CARDS:
            _erase(other, part.box, 0.01)
            _erase(red, _printed_red(part), 0.0)
    mask: Mask = cv2.bitwise_or(red, other)
    for seal in seals:
        if seal.kind is SealKind.AUTHORITY:
            _erase(mask, seal.box, 0.015)
    return any(_could_be_seal(blob, parts, page) for blob in _blobs(mask))


def _printed_red(card: Part) -> Box:
    """Where a card has red of its own: the portrait at the right of the front,
    the emblem at the left of the back."""
    box, w, h = card.box, card.box.width, card.box.height
    if card.kind is PartKind.ID_FRONT:
        return Box(box.x0 + 0.58 * w, box.y0, box.x1 + 0.02 * w, box.y0 + 0.84 * h)
    return Box(box.x0 - 0.02 * w, box.y0 - 0.02 * h, box.x0 + 0.34 * w, box.y0 + 0.6 * h)


def _erase(mask: Mask, box: Box, margin: float) -> None:
    h, w = mask.shape
    mask[
        max(0, int((box.y0 - margin) * h)) : int((box.y1 + margin) * h),
        max(0, int((box.x0 - margin) * w)) : int((box.x1 + margin) * w),
    ] = 0


def _blobs(mask: Mask) -> list[tuple[Box, float]]:
    """Boxes of coherent ink and the share of each that is inked."""
    size = max(3, int(max(mask.shape) * 0.008)) | 1
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    h, w = mask.shape
    least = _BLOB * max(mask.shape)
    out = []
    for x, y, bw, bh, area in stats[1:]:
        if min(bw, bh) >= least / 2 and max(bw, bh) >= least and area > 0.5 * least * least / 4:
            out.append((Box(x / w, y / h, (x + bw) / w, (y + bh) / h), area / (bw * bh)))
    return out


def _could_be_seal(blob: tuple[Box, float], parts: Sequence[Part], page: Image) -> bool:
    """Whether a blob of ink may be (part of) a seal: not a frame,
    not where a licence has its emblem or border."""
    box, share = blob
    if max(box.width, box.height) > 0.5 and share < 0.1:
        return False
    return not any(
        part.kind is PartKind.LICENCE and _is_licence_print(box, part.box, page) for part in parts
    )


def _is_small(box: Box, licence: Box, page: Image) -> bool:
    """Whether a box is no larger than a licence's emblem:
    8 to 9 % of its mean side, where seals are 12 to 18 %."""
    h, w = page.shape[:2]
    side = (licence.width * w * licence.height * h) ** 0.5
    return bool(max(box.width * w, box.height * h) < _EMBLEM * side)


def _reaches_in(box: Box, licence: Box) -> bool:
    """Whether a blob at the frame of a licence is too broad for a piece of frame:
    it may be half a seal."""
    return min(box.width / licence.width, box.height / licence.height) > _FRAME_PIECE


def _is_licence_print(box: Box, licence: Box, page: Image) -> bool:
    w, h, centre = licence.width, licence.height, box.centre
    if not inside(licence, centre, 0.04):
        return False
    core = Box(
        licence.x0 + _EDGE * w,
        licence.y0 + _EDGE * h,
        licence.x1 - _EDGE * w,
        licence.y1 - _EDGE * h,
    )
    if not inside(core, centre) and _reaches_in(box, licence):
        return False
    emblem = Box(
        licence.x0 + 0.36 * w, licence.y0, licence.x1 - 0.36 * w, licence.y0 + _EMBLEM_DEPTH * h
    )
    return not inside(core, centre) or (inside(emblem, centre) and _is_small(box, licence, page))
