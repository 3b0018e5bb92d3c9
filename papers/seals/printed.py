"""What papers print in the colours of ink, and is no seal: the national emblem, portraits, frames,
titles.

The emblem is known by form and place: a solid disc that stands over the head of its paper, in the
middle, mostly astride the upper edge of the frame. Seals of its size are rings, and hollow.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from core.data.documents import Box, Part, PartKind
from papers.lines.layout import enlarged, inside, overlap, pixels
from papers.lines.ocr_models import Image
from papers.lines.pictures import square
from papers.seals.ink import Mask
from papers.seals.rings import Ring

_BLOB = 0.02  # of the longer side: coherent ink this large is not a speck
_EDGE = 0.07  # of a licence: its frame lies in this margin
_FRAME_PIECE = 0.075  # of a licence: pieces of its frame are thinner
# of a paper: its emblem ends above this, and lies so far from its sides
_HEAD, _ASIDE = 0.24, 0.36
_SMALL = 0.118  # of a licence's mean side: small enough for a piece of print at its head
# of an emblem's ellipse is inked (0.65 to 1; of seals at most 0.53), of its corners at most so much
_SOLID, _CORNERS, _ROUND = 0.6, 0.3, 0.68
_LEAST_EMBLEM = 0.075  # of a paper's mean side: the star of a seal is smaller
_AS_LARGE = 1.6  # a ring that is no larger than so many emblems is in it
# pixels that are closed, and opened; its ink, and its sides; the least of them, of the longer side
_CODE_GRAIN, _CODE_FULL, _CODE = (11, 25), 0.84, 0.07
_LARGE_PRINT, _LONG = 0.035, 1.5  # of the longer side: titles; and their length, in heights
# of a card: what is narrower in its portrait or emblem is a part of it; seals are 0.45 wide
_FACE = {PartKind.ID_FRONT: 0.32, PartKind.ID_BACK: 0.28}
CARDS = _FACE.keys()


def find_emblems(red: Mask, parts: Sequence[Part]) -> list[Box]:
    """The national emblems over the heads of papers."""
    papers = [part.box for part in parts if part.kind not in CARDS]
    return [
        box
        for box, _ in blobs(red)
        if _is_disc(red, box)
        and any(
            is_at_head(box, paper) and box.size > _LEAST_EMBLEM**2 * paper.size for paper in papers
        )
    ]


def find_codes(dark: Mask) -> list[Box]:
    """Codes, readable or not: squares full of dark ink."""
    closed, opened = map(square, _CODE_GRAIN)
    full = cv2.morphologyEx(cv2.morphologyEx(dark, cv2.MORPH_CLOSE, closed), cv2.MORPH_OPEN, opened)
    height, width = dark.shape
    codes = []
    for box, share in blobs(full):
        short, long = sorted((box.width * width, box.height * height))
        if short >= max(_CODE_FULL * long, _CODE * max(height, width)) and share >= _CODE_FULL:
            codes.append(box)
    return codes


def is_at_head(box: Box, paper: Box) -> bool:
    """Whether a box stands in the middle over a paper, or ends in the head of it."""
    aside = _ASIDE * paper.width
    return (
        paper.x0 + aside < box.centre[0] < paper.x1 - aside
        and box.y1 < paper.y0 + _HEAD * paper.height
    )


def _is_disc(red: Mask, box: Box) -> bool:
    """Whether ink is a solid, round thing: ellipse full, corners empty;
    the upper or the lower ones may be cut off."""
    cut = red[pixels(box, red)]
    h, w = cut.shape
    v, u = np.ogrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    distance = u * u + v * v
    return bool(
        min(h, w) >= _ROUND * max(h, w)
        and cut[distance <= 1].mean() >= _SOLID
        and min(
            half[far > 1.4].mean()
            for half, far in zip(np.array_split(cut, 2), np.array_split(distance, 2), strict=True)
        )
        <= _CORNERS
    )


def is_print(ring: Ring, box: Box, parts: Sequence[Part], emblems: Sequence[Box]) -> bool:
    """Whether a ring is an emblem, or the portrait or emblem of a card."""
    return any(overlap(box, e) > 0.6 and box.size < _AS_LARGE * e.size for e in emblems) or any(
        overlap(box, printed_red(part)) > 0.9
        and (box.width < _FACE[part.kind] * part.box.width or not ring.sure)
        for part in parts
        if part.kind in CARDS
    )


def printed_red(card: Part) -> Box:
    """Where a card has red of its own: the portrait at the right of the front,
    the emblem at the left of the back."""
    box, w, h = card.box, card.box.width, card.box.height
    if card.kind is PartKind.ID_FRONT:
        return Box(box.x0 + 0.58 * w, box.y0, box.x1 + 0.02 * w, box.y0 + 0.84 * h)
    return Box(box.x0 - 0.02 * w, box.y0 - 0.02 * h, box.x0 + 0.34 * w, box.y0 + 0.6 * h)


def large_print(lines: Sequence[Box], page: Image) -> list[Box]:
    """Lines so large that their letters are as coherent as ink; codes are no lines."""
    height, width = page.shape[:2]
    return [
        line
        for line in lines
        if line.height * height > _LARGE_PRINT * max(height, width)
        and line.width * width > _LONG * line.height * height
    ]


def loose_ink(
    red: Mask,
    other: Mask,
    parts: Sequence[Part],
    emblems: Sequence[Box],
    lines: Sequence[Box],
    registry: Sequence[Box],
) -> bool:
    """Whether coherent coloured ink is left when print and the registry's seals are taken away."""
    red, other = red.copy(), other.copy()
    for part in parts:
        # blue is the colour of a card's own print; red stands only in its portrait and emblem
        if part.kind in CARDS:
            erase(other, part.box, 0.01)
            erase(red, printed_red(part), 0.0)
    mask: Mask = cv2.bitwise_or(red, other)
    for box in (*emblems, *registry):
        erase(mask, box, 0.015)
    return any(
        not _is_line_or_frame(box, share, lines)
        and not any(
            part.kind is PartKind.LICENCE and _is_licence_print(box, part.box, mask)
            for part in parts
        )
        for box, share in blobs(mask)
    )


def erase(mask: Mask, box: Box, margin: float) -> None:
    """Empties a box of a mask."""
    h, w = mask.shape
    top, left = max(0, int((box.y0 - margin) * h)), max(0, int((box.x0 - margin) * w))
    mask[top : int((box.y1 + margin) * h), left : int((box.x1 + margin) * w)] = 0


def blobs(mask: Mask) -> list[tuple[Box, float]]:
    """Boxes of coherent ink and the share of each that is inked. Only where there is ink is
    looked, and only at each second pixel of what is joined."""
    size = max(3, int(max(mask.shape) * 0.008)) | 1
    x0, y0, inked_w, inked_h = cv2.boundingRect(mask)
    left, top = max(0, x0 - size), max(0, y0 - size)
    inked = mask[top : y0 + inked_h + size, left : x0 + inked_w + size]
    joined = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, square(size))
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(joined[::2, ::2]))
    h, w = mask.shape
    least = _BLOB * max(mask.shape)
    out = []
    for x, y, bw, bh, area in stats[1:] * (2, 2, 2, 2, 4) + (left, top, 0, 0, 0):
        if min(bw, bh) >= least / 2 and max(bw, bh) >= least and area > 0.5 * least * least / 4:
            out.append((Box(x / w, y / h, (x + bw) / w, (y + bh) / h), area / (bw * bh)))
    return out


def _is_line_or_frame(box: Box, share: float, lines: Sequence[Box]) -> bool:
    """Whether a blob is large print, which no official seal is small enough to be a part of, or a
    thin frame."""
    return (max(box.width, box.height) > 0.5 and share < 0.1) or any(
        overlap(box, line) > 0.9 and box.height <= line.height for line in lines
    )


def _is_licence_print(box: Box, licence: Box, mask: Mask) -> bool:
    """Whether a blob is a piece of a licence's frame, or small print at its head."""
    if not inside(licence, box.centre, 0.04):
        return False
    if not inside(enlarged(licence, -_EDGE), box.centre):
        # what is broader may be half a seal
        return min(box.width / licence.width, box.height / licence.height) <= _FRAME_PIECE
    height, width = mask.shape
    side = (licence.size * width * height) ** 0.5
    return is_at_head(box, licence) and max(box.width * width, box.height * height) < _SMALL * side
