"""The seals of a page, and whether there is any coloured ink that could be one.

A registry's own seal stands on every licence, so the presence of a seal proves nothing: its words
do, and where they cannot be read, its place beside 登记机关 makes it doubtful. Absence is reported
only by `seal_ink`: no coherent red, blue or violet ink outside emblems, frames, portraits and the
registry's seal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.data.documents import Box, Part, Seal, SealKind
from papers.lines.layout import clipped, overlap
from papers.lines.ocr_models import Image, Ocr
from papers.lines.words import bracketed, chinese_count
from papers.seals.face import Face
from papers.seals.ink import Ink, Mask, find_ink, pale_ink
from papers.seals.name import SealWords
from papers.seals.printed import (
    blobs,
    erase,
    find_codes,
    find_emblems,
    is_at_head,
    is_print,
    large_print,
    loose_ink,
)
from papers.seals.rings import Ring, find_rings, rays_on_page, rim_beside
from papers.seals.second_rim import has_second_rim
from papers.seals.strips import around
from papers.seals.text import kind_of, read_seal

_GREY_RING = 0.74  # a ring of dark ink must be this whole: letters and codes make arcs too
# the least share of its rim beside the print that crosses it, and how whole that must be
_LEAST_FREE, _WHOLE_BESIDE = 0.4, 0.9
_FULLEST, _ROUND = 0.42, 0.7  # the most ink inside, and the least ratio of its axes
# of the page's shorter side, where seals are 0.16 to 0.21; oval seals are 0.75
_PALE_SIZE, _PALE_ROUND = 0.1, 0.72
_AT_EDGE, _SOLID = 0.012, 0.75  # of the page, and the ink in a part of a seal that the edge cuts
# of the longer side: seals on a page of A4, and a little more
_LEAST_RADIUS, _MOST_RADIUS = 0.05, 0.085
_WHOLE = 0.8  # of a ring must lie on the page for its words to be whole
_TOUCHES, _OVAL = 0.01, 0.85  # of the page; a ring so flat at its edge is one that the edge cuts
_ROUNDS_IN_DOUBT = 3  # of reading a seal that is not asked for names later
_NAME = 4  # Chinese characters: of fewer nobody can tell whose name they are
_SAME = 0.5  # of the smaller one: so far overlap two findings of one seal


@dataclass(frozen=True)
class Pressed:
    """A seal, its ring in page pixels, and the angle at which it is cut open to be read."""

    seal: Seal
    ring: Ring
    seam: float


@dataclass(frozen=True)
class SealsRead:
    """The seals, whether any ink could be one, whether the page has colour.

    `pressed`: those that can be asked for a name, surely seals and no authority's.
    """

    seals: tuple[Seal, ...]
    seal_ink: bool
    colour: bool
    pressed: tuple[Pressed, ...] = ()


@dataclass(frozen=True)
class SealPage:
    """An upright page in which seals are looked for, and what else is known of it.

    `spot`: as in Page; `registry_at`: where 登记机关 is printed; `print_at`: lines and codes that
    were read, no part of any ring; `crowded`: it is full to its edges, so that rings in it may be
    none, and are not read; `emblems`: national emblems, by their red.
    """

    image: Image
    spot: tuple[str, int]
    ocr: Ocr
    parts: Sequence[Part] = ()
    registry_at: Sequence[Box] = ()
    print_at: Sequence[Box] = ()
    crowded: bool = False
    emblems: Sequence[Box] = ()

    def box(self, ring: Ring) -> Box:
        """The rectangle around a ring."""
        x0, y0, x1, y1 = ring.bounds()
        height, width = self.image.shape[:2]
        return clipped(x0 / width, y0 / height, x1 / width, y1 / height)


def read_seals(page: SealPage) -> SealsRead:
    """All seals of an upright page."""
    ink = find_ink(page.image)
    page = replace(page, emblems=find_emblems(ink.red, page.parts))
    found: list[Seal] = []
    pressed: list[Pressed] = []
    for colour, mask in (("red", ink.red), ("blue", ink.blue), ("violet", ink.violet)):
        rings = [ring.scaled(ink.step) for ring in find_rings(mask)]
        of_colour = [
            _sealed_over(one, mask, ink.step) for one in _pressed(page, rings, colour, found)
        ]
        pressed += of_colour
        found += [one.seal for one in of_colour]
        found += _cut_seals(page, mask, colour, found)
    for search in (_pale_seals, _grey_seals):
        if all(s.kind is SealKind.AUTHORITY for s in found):
            found += search(page, ink, found)
    registry = [s for s in found if s.kind is SealKind.AUTHORITY]
    inky = any(s not in registry or s.doubtful for s in found if s.colour != "grey")
    seal_ink = inky or loose_ink(
        ink.red,
        cv2.bitwise_or(ink.blue, ink.violet),
        page.parts,
        page.emblems,
        large_print(page.print_at, page.image),
        [s.box for s in registry],
    )
    sure = tuple(p for p in pressed if p.seal not in registry and not p.seal.doubtful)
    return SealsRead(tuple(found), seal_ink, ink.colour, sure)


def _pressed(
    page: SealPage,
    rings: Sequence[Ring],
    colour: str,
    known: Sequence[Seal],
    *,
    doubtful: bool = False,
) -> list[Pressed]:
    """The seals of rings (page pixels) that are none of those known already."""
    found: list[Pressed] = []
    for ring in rings:
        if _is_new(page.box(ring), [*known, *(one.seal for one in found)]):
            one = _seal(page, ring, colour, doubtful=doubtful)
            if one is not None:
                found.append(one)
    return found


def _is_new(box: Box, known: Sequence[Seal]) -> bool:
    """Whether a finding is none of these seals."""
    return all(overlap(box, seal.box) <= _SAME for seal in known)


def _seal(page: SealPage, ring: Ring, colour: str, *, doubtful: bool = False) -> Pressed | None:
    """The seal of a ring (page pixels), or None for print.

    A seal with the words of a registry is surely its own only where a registry presses it: an
    office that sends a request has such words in its name, too. Any other seal there that is no
    company's may be the registry's, unless it turns out to bear the sender's name.
    """
    box = page.box(ring)
    if is_print(ring, box, page.parts, page.emblems):
        return None
    at_registry = any(_beside(box, place) for place in page.registry_at)
    at_side = box.x0 < _TOUCHES or box.x1 > 1 - _TOUCHES  # where seals are pressed across two pages
    height, width = page.image.shape[:2]
    cut = rays_on_page(ring.shape, width, height).mean() < _WHOLE or (
        at_side and (not ring.sure or ring.roundness < _OVAL)
    )
    doubtful = doubtful or cut or not ring.sure or page.crowded
    words, seam = SealWords(), 0.0
    if not page.crowded:
        face = Face.of(page.ocr, *around(page.image, ring), colour)
        rounds = _ROUNDS_IN_DOUBT if doubtful else 1
        words, face = read_seal(face, at_registry=at_registry, rounds=rounds)
        seam = face.seam
    kind = SealKind.UNKNOWN if cut else kind_of(words)
    nameless = words.name is None or chinese_count(words.name) < _NAME
    if nameless and colour == "grey" and any(is_at_head(box, p.box) for p in page.parts):
        return None  # an emblem without its colours
    if kind is SealKind.AUTHORITY:
        doubtful = not at_registry or colour == "grey"
    elif at_registry and nameless:
        kind, doubtful = SealKind.AUTHORITY, True
    elif at_registry and kind is SealKind.OFFICIAL and "公司" not in (words.name or ""):
        kind = SealKind.UNKNOWN
    seal = Seal(
        *page.spot,
        box,
        kind,
        words.name and bracketed(words.name),
        colour,
        round(ring.coverage, 3),
        doubtful,
        words.legible,
    )
    return Pressed(seal, ring, seam)


def _sealed_over(one: Pressed, mask: Mask, step: float) -> Pressed:
    """The seal, a registry's own in doubt where another seal was pressed onto it."""
    surely_registry = one.seal.kind is SealKind.AUTHORITY and not one.seal.doubtful
    if not surely_registry or not has_second_rim(mask, one.ring.scaled(1 / step)):
        return one
    return replace(one, seal=replace(one.seal, doubtful=True))


def _cut_seals(page: SealPage, mask: Mask, colour: str, known: Sequence[Seal]) -> list[Seal]:
    """Parts of seals at the edges of the page, unread and always doubtful: pressed across two
    pages (骑缝章), or cut by the edge of the scan."""
    return [
        Seal(*page.spot, box, SealKind.UNKNOWN, None, colour, round(share, 3), doubtful=True)
        for box, share in blobs(mask)
        if share < _SOLID and _is_cut_circle(box, mask) and _is_new(box, known)
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


def _beside(seal: Box, label: Box) -> bool:
    """Whether a seal stands where the registry presses its own: on or right of 登记机关."""
    x, y = seal.centre
    return (
        abs(y - label.centre[1]) < 0.9 * seal.height
        and label.x0 - 0.3 * seal.width < x < label.x1 + 2.2 * seal.width
    )


def _pale_seals(page: SealPage, ink: Ink, known: Sequence[Seal]) -> list[Seal]:
    """Rings of hardly any ink, always doubtful: nearly dry stamps, washed-out scans.

    Faces in portraits are smaller or less round.
    """
    pale = pale_ink(ink)
    least = _PALE_SIZE * min(pale.shape)
    rings = [
        ring.scaled(ink.step)
        for ring in find_rings(pale)
        if ring.sure
        and ring.fill < _FULLEST
        and 2 * max(ring.a, ring.b) >= least
        and ring.roundness >= _PALE_ROUND
    ]
    return [one.seal for one in _pressed(page, rings, "red", known, doubtful=True)]


def _grey_seals(page: SealPage, ink: Ink, known: Sequence[Seal]) -> list[Seal]:
    """Rings of dark ink, always doubtful: on copies, and black copies
    of seals on coloured pages."""
    dark, free = ink.dark.copy(), np.ones_like(ink.dark)
    for code in find_codes(dark):
        erase(dark, code, 0.0)
    for box in page.print_at:
        erase(free, box, 0.0)
    rings = _hollow(dark * free, ink.step)
    found = [one.seal for one in _pressed(page, rings, "grey", known, doubtful=True)]
    if all(s.kind is SealKind.AUTHORITY for s in found):
        # Where print was erased, a ring that it crosses has holes. With the print it has none, and
        # must be whole beside it.
        whole = []
        for ring in _hollow(dark, ink.step):
            beside, inked = rim_beside(dark, free, ring.scaled(1 / ink.step))
            if beside >= _LEAST_FREE and inked >= _WHOLE_BESIDE:
                whole.append(ring)
        more = _pressed(page, whole, "grey", [*known, *found], doubtful=True)
        found += [one.seal for one in more]
    return found


def _hollow(dark: Mask, step: float) -> list[Ring]:
    """The rings of dark ink that may be seals, in page pixels."""
    return [
        ring.scaled(step)
        for ring in find_rings(dark)
        if ring.coverage >= _GREY_RING and ring.fill <= _FULLEST and ring.roundness >= _ROUND
    ]
