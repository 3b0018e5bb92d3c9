"""Turns a page upright by quarters: as the orientation model proposes, if its lines are then read
well, else as they are read best.

The lines of an upright page are horizontal and read with confidence. Upside down they are
horizontal, too, but read as nonsense.
"""

from collections.abc import Sequence

import cv2

from papers.lines.ocr_models import Image, Line, Ocr, Quad

_GOOD = 0.80  # score of a page that needs no other try
_ENOUGH = 40  # lines that tell which way a page lies
_VERTICAL = 0.3  # factor for a page whose lines are all vertical
_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


def upright(ocr: Ocr, image: Image) -> tuple[Image, int, Sequence[Line]]:
    """The page turned upright, the number of clockwise quarter turns, and its lines by the fast
    reading. Where they read badly, some of them, from all parts of the page, are read in the other
    directions; only a page that lies another way than proposed is turned and searched anew."""
    proposed, further = ocr.quarter_turns(image), 0
    page = _turned(image, proposed)
    quads = ocr.detect(page)
    lines = ocr.lines(page, quads)
    best, some = _score(lines), quads[:: len(quads) // _ENOUGH + 1]
    for turns in (2, 1, 3):  # upside down, on either side
        if best >= _GOOD or not lines:  # a page without lines has none in any position
            break
        score = _score(ocr.lines(page, [_read_from(quad, turns) for quad in some]))
        if score > best:
            best, further = score, turns
    if further:
        page = _turned(page, further)
        lines = ocr.lines(page, ocr.detect(page))
    return page, (proposed + further) % 4, lines


def _read_from(quad: Quad, quarters: int) -> Quad:
    """The quadrilateral as it is read where the page is turned by so many quarters more."""
    return quad[-quarters:] + quad[:-quarters]


def _turned(image: Image, quarters: int) -> Image:
    return cv2.rotate(image, _TURNS[quarters]) if quarters else image


def _score(lines: Sequence[Line]) -> float:
    """How well the lines read: their mean confidence, weighted by length, less where they are
    vertical."""
    characters = sum(len(line.text) for line in lines)
    if not characters:
        return 0.0
    confidence = sum(line.confidence * len(line.text) for line in lines) / characters
    horizontal = sum(line.width >= line.height for line in lines) / len(lines)
    return confidence * (_VERTICAL + (1 - _VERTICAL) * horizontal)
