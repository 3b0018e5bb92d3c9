"""Lines of a page as pieces on rows: geometry with the page's slant taken out.

Coordinates are pixels of the page turned about its origin by the slant, so that pieces of one
printed row share y. `Piece.line` keeps the place on the real page.
"""

import cmath
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.data.documents import Box
from papers.lines.ocr_models import Image, Line, Point, Quad
from papers.lines.words import fold, has_watermark_words, may_be_watermark

_LONG_LINE = 4.0  # lines this many times as wide as high show the slant
_DIRECTED = 1.8  # lines this many times as wide as high have a direction
_ACROSS = 0.17  # radians from the page's slant: a watermark
_STEEP = 0.14  # radians: scans lie flatter than this
_GROUP = 3  # lines that make up a direction of their own
_ALIKE = 4  # first characters by which the lines of a watermark are alike
_SAME_ROW = 0.55  # of the lesser height
EDGE = 2  # pixels of a picture in which its neighbours show


@dataclass(frozen=True)
class Piece:
    """A line, or a part of one, with its folded text and its rectangle in straightened pixels."""

    text: str
    line: Line
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def cx(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def cy(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        return self.y1 - self.y0


def slant(lines: Sequence[Line]) -> float:
    """The direction of the page's print in radians: the median slope of the long lines, of those
    that nearly lie where there are any.

    Watermarks run steeply across a page and can be more and longer than its own lines: lines with a
    watermark's words are not counted.
    """
    printed = [line for line in lines if line.text and not has_watermark_words(line.text)]
    for shape, candidates in ((_LONG_LINE, printed), (_DIRECTED, printed), (_LONG_LINE, lines)):
        slopes = [
            slope(line) for line in candidates if line.width > shape * line.height and line.text
        ]
        if slopes:
            break
    lying = [s for s in slopes if abs(s) < _STEEP]
    chosen = lying if len(lying) >= _GROUP or len(lying) * 3 >= len(slopes) else slopes
    return statistics.median(chosen) if chosen else 0.0


def turned(point: Point, angle: float) -> Point:
    """A point turned about the origin, from the right towards the foot."""
    z = complex(*point) * cmath.rect(1.0, angle)
    return z.real, z.imag


def pieces_of(lines: Sequence[Line], angle: float | None = None) -> list[Piece]:
    """The lines as pieces, top to bottom, without those that run across the others (watermarks)."""
    turn = slant(lines) if angle is None else angle
    return sorted(
        (_piece(line, turn) for line in lines if line.text.strip() and not is_across(line, turn)),
        key=lambda p: (p.cy, p.x0),
    )


def loose_pieces(lines: Sequence[Line], angle: float) -> list[Piece]:
    """Lines of which the reader could make nothing, and those that run across the page's print and
    are no watermark, as pieces that were not read: cards that stand on end or lie askew."""
    across = [line for line in lines if line.text.strip() and is_across(line, angle)]
    begins = Counter(fold(line.text)[:_ALIKE] for line in across)
    askew = [
        line
        for line in across
        if begins[fold(line.text)[:_ALIKE]] == 1 and not may_be_watermark(line.text)
    ]
    silent = [line for line in lines if not line.text.strip()]
    return [_piece(replace(line, confidence=0.0), angle) for line in (*silent, *askew)]


def slope(line: Line) -> float:
    """The direction of a line in radians."""
    (ax, ay), (bx, by), _, _ = line.quad
    return math.atan2(by - ay, bx - ax)


def is_across(line: Line, angle: float) -> bool:
    """Whether a line is long enough to have a direction, and that is not the page's."""
    if line.width < _DIRECTED * line.height:
        return False
    return abs(slope(line) - angle) > _ACROSS


def _piece(line: Line, angle: float) -> Piece:
    tl, tr, br, bl = (turned(p, -angle) for p in line.quad)
    x0, x1 = (tl[0] + bl[0]) / 2, (tr[0] + br[0]) / 2
    cy = (tl[1] + tr[1] + br[1] + bl[1]) / 4
    half = max(2.0, (math.dist(tl, bl) + math.dist(tr, br)) / 4)
    return Piece(fold(line.text), line, min(x0, x1), cy - half, max(x0, x1), cy + half)


def run_on(lines: Iterable[Piece | Line]) -> str:
    """The texts of pieces or lines as one, without anything between them."""
    return "".join(line.text for line in lines)


def same_row(a: Piece, b: Piece) -> bool:
    """Whether two pieces stand on one printed row."""
    low, high = sorted((a.height, b.height))
    return abs(a.cy - b.cy) < _SAME_ROW * low + 0.1 * high


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces by printed row, from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.cy):
        if not rows or abs(rows[-1][-1].cy - piece.cy) >= 0.5 * piece.height:
            rows.append([])
        rows[-1].append(piece)
    return [sorted(row, key=lambda p: p.x0) for row in rows]


def cut_piece(piece: Piece, start: int, end: int) -> Piece:
    """The part of a piece that holds the folded characters [start, end),
    placed by where the reader saw them."""
    count = max(1, len(piece.text))
    width = piece.x1 - piece.x0
    return Piece(
        piece.text[start:end],
        piece.line,
        piece.x0 + width * start / count,
        piece.y0,
        piece.x0 + width * end / count,
        piece.y1,
    )


def box_of(pieces: Sequence[Piece], page: Image) -> Box:
    """The rectangle around the real places of the pieces, in fractions of the page."""
    return around([line_box(piece.line, page) for piece in pieces])


def line_box(line: Line, page: Image, grow: float = 0.0) -> Box:
    """The rectangle around a line and so much of its height more on each side, in fractions."""
    x0, y0, x1, y1 = line.bounds
    more = grow * min(line.height, line.width)
    return clipped(
        *in_fractions((x0 - more, y0 - more), page), *in_fractions((x1 + more, y1 + more), page)
    )


def in_fractions(point: Point, page: Image) -> Point:
    """A point in pixels of the page, in fractions of it."""
    return point[0] / page.shape[1], point[1] / page.shape[0]


def corners(x0: float, y0: float, x1: float, y1: float) -> Quad:
    """The corners of a rectangle that is parallel to the page's sides."""
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def clipped(x0: float, y0: float, x1: float, y1: float) -> Box:
    """The rectangle inside the page."""
    return Box(*(min(max(edge, 0.0), 1.0) for edge in (x0, y0, x1, y1)))


def box_around(points: Sequence[Point]) -> Box:
    """The rectangle around points in fractions, inside the page."""
    xs, ys = zip(*points, strict=True)
    return clipped(min(xs), min(ys), max(xs), max(ys))


def enlarged(box: Box, share: float) -> Box:
    """The box with so much of its size more on each side, inside the page."""
    x, y = share * box.width, share * box.height
    return clipped(box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y)


def around(boxes: Sequence[Box]) -> Box:
    """The rectangle around boxes."""
    return box_around([point for b in boxes for point in ((b.x0, b.y0), (b.x1, b.y1))])


def pixels(box: Box, page: Image) -> tuple[slice, slice]:
    """The rows and columns of a page on which a box lies, whole or in part."""
    height, width = page.shape[:2]
    rows, columns = (
        slice(max(0, int(a * side)), max(0, math.ceil(b * side)))
        for a, b, side in ((box.y0, box.y1, height), (box.x0, box.x1, width))
    )
    return rows, columns


def well_inside(page: Image, picture: Box) -> Image:
    """The pixels of a picture that lies on the page, without its edges."""
    return page[pixels(picture, page)][EDGE:-EDGE, EDGE:-EDGE]


def inside(box: Box, point: Point, margin: float = 0.0) -> bool:
    """Whether a point in fractions lies in the box."""
    return (
        box.x0 - margin <= point[0] <= box.x1 + margin
        and box.y0 - margin <= point[1] <= box.y1 + margin
    )


def overlap(a: Box, b: Box) -> float:
    """The shared area as a share of the smaller box."""
    w, h = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    smaller = min(a.size, b.size)
    return w * h / smaller if w > 0 and h > 0 and smaller > 0 else 0.0
