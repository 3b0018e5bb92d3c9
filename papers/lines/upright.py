"""Turning a page upright by quarters: as the orientation model proposes, if its lines then read
well, else as its lines read best.

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
    reading. Some of them, from all parts of it, tell whether it lies another way than proposed."""
    proposed = ocr.quarter_turns(image)
    tries: list[tuple[float, Image, int, Sequence[Quad], Sequence[Line]]] = []
    for further in (0, 2, 1, 3):  # as proposed, upside down from there, on either side
        quarters = (proposed + further) % 4
        page = cv2.rotate(image, _TURNS[quarters]) if quarters else image
        quads = ocr.detect(page)
        lines = ocr.lines(page, quads[:: len(quads) // _ENOUGH + 1] if further else quads)
        score = _score(lines)
        tries.append((score, page, quarters, quads, lines))
        if score >= _GOOD or not lines:  # a page without lines has none in any position
            break
    _, page, quarters, quads, lines = max(tries, key=lambda one: one[0])
    if quarters != proposed and len(lines) < len(quads):
        lines = ocr.lines(page, quads)
    return page, quarters, lines


def _score(lines: Sequence[Line]) -> float:
    """How well the lines read: their mean confidence, weighted by length, less where they are
    vertical."""
    characters = sum(len(line.text) for line in lines)
    if not characters:
        return 0.0
    confidence = sum(line.confidence * len(line.text) for line in lines) / characters
    horizontal = sum(line.width >= line.height for line in lines) / len(lines)
    return confidence * (_VERTICAL + (1 - _VERTICAL) * horizontal)
