"""Turning a page upright by quarters: the orientation model's word,
checked by how well the lines read.

Lines of an upright page lie, and read with confidence;
upside down they lie too but read as nonsense.
"""

from collections.abc import Sequence
from typing import Final

import cv2

from papers.lines.ocr_models import Image, Line, Ocr

_GOOD: Final = 0.80
_TURNS: Final = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(image: Image, quarters_clockwise: int) -> Image:
    """The image turned clockwise."""
    turn = _TURNS.get(quarters_clockwise % 4)
    return image if turn is None else cv2.rotate(image, turn)


def quality(lines: Sequence[Line]) -> float:
    """The mean confidence of the lines, long ones weighing more; 0 without any."""
    weight = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / weight if weight else 0.0


def lying(lines: Sequence[Line]) -> float:
    """The share of lines that are wider than high."""
    return sum(line.width >= line.height for line in lines) / len(lines) if lines else 1.0


def upright(ocr: Ocr, image: Image) -> tuple[Image, int, Sequence[Line]]:
    """The page turned upright, by how many quarters clockwise,
    and its lines by the fast reading."""
    first, sure = ocr.quarter_turns(image)
    tried: list[tuple[float, Image, int, Sequence[Line]]] = []
    for quarters in (first, (first + 2) % 4, (first + 1) % 4, (first + 3) % 4):
        page = turned(image, quarters)
        lines = ocr.lines(page)
        score = quality(lines) * (0.3 + 0.7 * lying(lines)) if lines else 0.0
        tried.append((score, page, quarters, lines))
        if score >= _GOOD or (not lines and sure > 0):
            break
    _, page, quarters, lines = max(tried, key=lambda t: t[0])
    return page, quarters, lines
