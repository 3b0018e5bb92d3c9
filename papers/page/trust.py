"""Whether a page was read so well that a part that was not found is truly absent.

Only such pages prove that a part is missing (RULES.md section 4), so every doubt counts against it:
lines that read badly, tiny print, pictures or cards that nothing explains. Words of a card or
licence that was not recognised as one are noted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.documents import Box, Part, PartKind
from papers.kinds.other_papers import is_plain
from papers.kinds.traces import shows_back, shows_front, shows_licence
from papers.lines.layout import (
    Piece,
    enlarged,
    in_fractions,
    inside,
    line_box,
    pixels,
)
from papers.lines.ocr_models import Image
from papers.lines.pictures import contrast, halved, resized, square
from papers.seals.ink import Mask

_SIDE = 700
READ_WELL = 0.72
# of the text's area may be read badly (signatures, specks taken for letters)
_BADLY_READ = 0.15
_PICTURE = 0.015  # of the page: a portrait on a card of real size
# they explain the pictures inside their box; letters do not
DRAWN = frozenset({PartKind.ID_FRONT, PartKind.ID_BACK, PartKind.LICENCE})
RECOGNISED = DRAWN | {PartKind.OTHER_CERTIFICATE}
_AROUND, _HOLLOW, _NARROW = 0.6, 0.35, 0.12
_THIN = 0.05  # of the longer side: a strip along an edge shows no card
# of the page: less than this is dust, more is noise or print that nobody reads
# (papers have 0.05 to 0.31)
_CONTENT, _FULLEST = 0.0008, 0.85
_RIM = 0.02
_SMALLEST_PRINT = 11.0  # pixels
_LEFT_OVER = 4
# a border that is taken for a line: so many times as long as thick, over so much of the page, its
# middle so near the edge, read as so few different characters
_DRAWN_OUT, _FAR, _BORDER, _FEW = 20, 0.35, 0.1, 3
_LIGHT = 150


@dataclass(frozen=True)
class Trust:
    """All as in Page."""

    confident: bool
    blank: bool
    traces: tuple[PartKind, ...] = ()


def judge(
    page: Image,
    content: Mask,
    pieces: Sequence[Piece],
    parts: Sequence[Part],
    seals: Sequence[Box],
    printed: Sequence[Box],
    *,
    unresolved: bool,
    grain: float,
) -> Trust:
    """How far the page can be trusted.

    `content`: where anything is drawn; `pieces`: all lines read; `printed`: places of codes and the
    like; `unresolved`: groups of lines that even a second look did not explain; `grain`: as in
    RawPage.
    """
    if not pieces and not seals and float(_within(content).mean()) < _CONTENT:
        return Trust(confident=float(page[::8, ::8].mean()) > _LIGHT, blank=True)
    drawn = [part.box for part in parts if part.kind in DRAWN]
    covered = [
        *(line_box(p.line, page, 0.4) for p in pieces),
        *printed,
        *(enlarged(box, 0.09) for box in drawn),
        *seals,
    ]
    alone = [
        p
        for p in pieces
        if p.line.confidence >= READ_WELL or not any(lies_in(p, box, page) for box in drawn)
    ]
    doubts = (
        unresolved,
        _badly_read(alone, page, seals, grain),
        picture_left(content, covered),
        not pieces,
        is_full(content),
        _left_over(beside(pieces, [*seals, *(part.box for part in parts)], page)),
    )
    return Trust(not any(doubts), blank=False, traces=traces_of(page, pieces, parts))


def _within(content: Mask) -> Mask:
    """Without the rim, where scanners leave shadows of a sheet's edges."""
    down, across = (int(_RIM * side) for side in content.shape)
    return content[down : content.shape[0] - down, across : content.shape[1] - across]


def is_full(content: Mask) -> bool:
    """Whether a page is full to its edges: noise, or print that nobody reads."""
    return float(content.mean()) > _FULLEST


def lies_in(piece: Piece, box: Box, page: Image, margin: float = 0.0) -> bool:
    """Whether a piece's middle lies in a box of the page."""
    return inside(box, in_fractions(piece.line.centre, page), margin)


def beside(pieces: Sequence[Piece], boxes: Sequence[Box], page: Image) -> list[Piece]:
    """The pieces that lie in none of the boxes."""
    return [p for p in pieces if not any(lies_in(p, box, page) for box in boxes)]


def content_of(page: Image) -> Mask:
    """Where anything is drawn: local contrast, at a small scale."""
    shrink = max(1.0, max(page.shape[:2]) / _SIDE)
    height, width = (max(1, round(side / shrink)) for side in page.shape[:2])
    grey = cv2.cvtColor(halved(page, width, height), cv2.COLOR_BGR2GRAY)
    return (contrast(resized(grey, width, height)) > 26).astype(np.uint8)


def picture_left(content: Mask, covered: Sequence[Box]) -> bool:
    """Whether a patch of content as large as a portrait is left when all
    that was read is taken away."""
    left = content.copy()
    h, w = left.shape
    for box in covered:
        left[pixels(box, left)] = 0
    joined = cv2.morphologyEx(left, cv2.MORPH_CLOSE, square(11))
    solid = cv2.morphologyEx(joined, cv2.MORPH_OPEN, square(13))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    return any(
        area > _PICTURE * h * w
        and min(bw, bh) > _THIN * max(h, w)
        and not _is_frame(labels == number, bw / w, bh / h)
        for number, (_, _, bw, bh, area) in enumerate(stats[1:], 1)
    )


def _is_frame(patch: NDArray[np.bool_], width: float, height: float) -> bool:
    """Whether a patch runs around the page, or along its width, and is hollow: the ornamental
    border of a certificate, or what of it lies outside the licence's words, the rim of a
    photographed sheet; or what is as narrow everywhere, such as two edges of a table."""
    if width <= _AROUND or patch.mean() >= _HOLLOW * width * height:
        return False
    inside_page = np.pad(patch.astype(np.uint8), 1)
    broadest = 2 * float(cv2.distanceTransform(inside_page, cv2.DIST_L2, 3).max())
    return height > _AROUND or height < _NARROW or broadest < _THIN * max(patch.shape)


def _badly_read(pieces: Sequence[Piece], page: Image, seals: Sequence[Box], grain: float) -> bool:
    """Whether too much of the text was read badly, or it is too small to be read well."""
    mine = [
        p
        for p in pieces
        if not any(lies_in(p, box, page, 0.01) for box in seals) and not _is_border(p, page)
    ]
    area = sum(p.line.width * p.line.height for p in mine)
    bad = sum(p.line.width * p.line.height for p in mine if p.line.confidence < READ_WELL)
    heights = sorted(p.line.height for p in mine)
    return bool(mine) and (
        bad > _BADLY_READ * area or heights[len(heights) // 2] < _SMALLEST_PRINT * grain
    )


def _is_border(piece: Piece, page: Image) -> bool:
    """Whether a line is the border of a certificate, engraved with rings or loops: it runs along an
    edge of the page, and was read as nothing, or as one character again and again."""
    box, (x, y) = line_box(piece.line, page), in_fractions(piece.line.centre, page)
    sides = sorted((piece.line.width, piece.line.height))
    upright = box.height * page.shape[0] > box.width * page.shape[1]
    length, beside_edge = (box.height, min(x, 1 - x)) if upright else (box.width, min(y, 1 - y))
    return (
        sides[1] > _DRAWN_OUT * sides[0]
        and length > _FAR
        and beside_edge < _BORDER
        and len(set(piece.text)) <= _FEW
    )


def _left_over(pieces: Sequence[Piece]) -> bool:
    """Whether several lines are left that no part has and that are too few for a letter: what is
    left of a card that was cut off."""
    return len([p for p in pieces if len(p.text) > 1]) >= _LEFT_OVER and not is_plain(pieces)


def traces_of(page: Image, pieces: Sequence[Piece], parts: Sequence[Part]) -> tuple[PartKind, ...]:
    """The papers of which the page shows words or numbers though it was recognised as none.

    A card may lie on an enterprise's paper.
    """
    known = [part for part in parts if part.kind in RECOGNISED]
    beside_cards = beside(pieces, [part.box for part in known if "uscc" not in part.fields], page)
    traces = {
        PartKind.ID_FRONT: shows_front(beside_cards),
        PartKind.ID_BACK: shows_back(beside_cards),
        PartKind.LICENCE: shows_licence(beside(pieces, [part.box for part in known], page)),
    }
    return tuple(
        kind
        for kind, there in traces.items()
        if there and kind not in {part.kind for part in known}
    )
