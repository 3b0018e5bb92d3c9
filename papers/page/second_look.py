"""A second look at what the first left unexplained: a card that lies the other way round, or is
small on a large page, read as a page of its own.

People lay both sides of a card on the glass any way they like, and photograph pages from afar.
Patches with content that no read line and no part explains are cut out, turned upright by
themselves and read; what is recognised there is carried back to the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from core.data.documents import Box, Part
from papers.lines.layout import (
    Piece,
    around,
    box_around,
    box_of,
    clipped,
    enlarged,
    line_box,
    overlap,
    pixels,
)
from papers.lines.ocr_models import Image, Point
from papers.page.trust import READ_WELL, RECOGNISED, beside, lies_in

_MOST_LOOKS = 3
# of the page: nothing smaller is a card, and the whole page has been seen
_LEAST, _MOST = 0.008, 0.8
_LEAST_LINES = 3
_REACH = 2.6  # line heights between the lines of one group
_ON_END = 1.8
_SIDE = 700
_MARGIN = 0.3
_SMALLEST_CUT = 60  # pixels
_FEWEST_SMALL_LINES = 2  # of a small card only its two titles may be found
_DISTANT = 0.45  # of the page: lines that keep within this
_SMALL_LINE = 0.016  # of the longer side: such lines are small

Look = Callable[[Image], tuple[Sequence[Part], int]]
"""Reads a cut-out as a page: its parts in fractions of the upright cut-out, and by how many
quarters clockwise it was turned."""


def unexplained(page: Image, pieces: Sequence[Piece], parts: Sequence[Part]) -> list[Box]:
    """Groups of lines outside all recognised parts, some of them read badly or standing on end;
    the largest first."""
    mine = beside(pieces, [part.box for part in parts if part.kind in RECOGNISED], page)
    if not any(is_unread(p) for p in mine):
        return []
    shrink = max(page.shape[:2]) / _SIDE
    h, w = (round(side / shrink) + 1 for side in page.shape[:2])
    map_ = np.zeros((h, w), np.uint8)
    for piece in mine:
        map_[pixels(line_box(piece.line, page, _REACH), map_)] = 1
    _, _, stats, _ = cv2.connectedComponentsWithStats(map_)
    boxes = [clipped(x / w, y / h, (x + bw) / w, (y + bh) / h) for x, y, bw, bh, _ in stats[1:]]
    candidates = [b for b in boxes if _is_candidate(b, mine, page)]
    return sorted(candidates, key=lambda b: -b.size)[:_MOST_LOOKS]


def distant(page: Image, pieces: Sequence[Piece]) -> list[Box]:
    """The part of the page that has all its lines, where that is small: a sheet photographed from
    afar is read again by itself."""
    if len(pieces) < _FEWEST_SMALL_LINES:
        return []
    box = box_of(pieces, page)
    small = sorted(p.line.height for p in pieces)[len(pieces) // 2] < _SMALL_LINE * max(
        page.shape[:2]
    )
    return [box] if small and max(box.width, box.height) < _DISTANT else []


def is_unread(piece: Piece) -> bool:
    """Whether a line was read badly, or stands on end."""
    return piece.line.confidence < READ_WELL or piece.line.height > _ON_END * piece.line.width


def _is_candidate(box: Box, pieces: Sequence[Piece], page: Image) -> bool:
    """Whether a group can be a card the other way round:
    several lines, of which a good part is unread, not the whole page."""
    mine = [p for p in pieces if lies_in(p, box, page)]
    return (
        len(mine) >= _LEAST_LINES
        and 3 * sum(is_unread(p) for p in mine) >= len(mine)
        and _LEAST < box.size < _MOST
    )


def look_again(
    page: Image, patches: Sequence[Box], known: Sequence[Part], look: Look
) -> list[Part]:
    """The cards, licences and certificates in the patches, in fractions of the page."""
    found: list[Part] = []
    for patch in patches:
        area = enlarged(patch, _MARGIN)
        parts = _parts_in(page, area, look)
        beyond = [
            p.box
            for p in parts
            if p.box.x0 <= area.x0
            or p.box.y0 <= area.y0
            or p.box.x1 >= area.x1
            or p.box.y1 >= area.y1
        ]
        if beyond:  # the group was only a part of the card: once more with the whole of it
            parts = _parts_in(page, enlarged(around([area, *beyond]), 0.1), look) or parts
        found += [
            part
            for part in parts
            if not any(overlap(part.box, other.box) > 0.5 for other in (*known, *found))
        ]
    return found


def _parts_in(page: Image, area: Box, look: Look) -> list[Part]:
    """The parts in one area, in fractions of the page.

    Cards seen there reach as far as they do, also beyond the area.
    """
    cut = page[pixels(area, page)]
    if min(cut.shape[:2]) < _SMALLEST_CUT:
        return []
    parts, quarters = look(np.ascontiguousarray(cut))
    return [_mapped_back(part, area, quarters) for part in parts if part.kind in RECOGNISED]


def _mapped_back(part: Part, area: Box, quarters: int) -> Part:
    """A part of the turned cut-out, on the page."""

    def point_back(point: Point) -> Point:
        """Turned back, then scaled into the area."""
        x, y = point
        for _ in range(quarters):
            x, y = y, 1 - x
        return area.x0 + x * area.width, area.y0 + y * area.height

    def back(box: Box) -> Box:
        return box_around([point_back((box.x0, box.y0)), point_back((box.x1, box.y1))])

    return replace(
        part,
        box=back(part.box),
        field_boxes={name: back(box) for name, box in part.field_boxes.items()},
        private_boxes=tuple(map(back, part.private_boxes)),
        corners=tuple(map(point_back, part.corners)),
    )
