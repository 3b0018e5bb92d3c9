"""Square seals of persons (法人章): frames in the ink of a page, and the names within.

A frame is the edge of what ink encloses, or of red ink that letters are cut out of. Codes, cells of
tables and large letters have such edges too; only what reads as a name of two to four characters is
a seal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Edges, Floats, Image, Ocr
from papers.lines.words import chinese_count
from papers.seals.ink import Mask
from papers.seals.planes import ink_alone

Corners = Floats
"""Of a frame, clockwise from the upper left."""
# sides, of the longer side of the page; how many times as long as wide
_LEAST, _MOST, _LONGEST = 0.022, 0.12, 3.5
_HULL = 0.72  # of its rectangle: letters that touch the frame cut its corners
# of the least side that is inked, and of all sides in one ink
_FRAMED, _IN_INK = 0.85, 0.6
# pixels: a side as it is looked at, how far beyond and within it the frame may be
_SIDE, _OUT, _IN = 80, 10, 8
_MOST_FRAMES = 40  # a page full of them is a table or a form
_CELL = 64  # pixels
_LETTERS, _READABLE = range(2, 5), 0.75


@dataclass(frozen=True)
class Square:
    """A frame in pixels of the page. `colour`: of its ink; `coverage`: how much of it is there."""

    corners: Corners
    colour: str
    coverage: float

    def bounds(self) -> Edges:
        """The upright rectangle around it."""
        (x0, y0), (x1, y1) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    def name(self, ocr: Ocr, page: Image) -> str:
        """The name in it as its ink shows it, or "". Two by two letters stand
        in columns, the right one first."""
        along, down = (np.hypot(*(self.corners[i] - self.corners[0])) for i in (1, 3))
        columns, rows = round(along / min(along, down)), round(down / min(along, down))
        if columns == rows:
            columns = rows = 2
        cut = _flat(page, self.corners, columns * _CELL, rows * _CELL, 0)
        flat = ink_alone(cut, self.colour)
        if np.median(flat) < np.mean([flat.min(), flat.max()]):
            flat = 255 - flat  # letters cut out of the ink
        stacked = np.concatenate(np.hsplit(flat, columns)[::-1]) if rows > 1 else flat
        read = ocr.strip(np.hstack(np.vsplit(stacked, len(stacked) // _CELL)))
        is_name = len(read.text) == chinese_count(read.text) and len(read.text) in _LETTERS
        return read.text if is_name and read.confidence >= _READABLE else ""


def find_squares(masks: Mapping[str, Mask], step: float) -> Iterator[Square]:
    """The frames on a page of which a pixel of the masks is `step` pixels."""
    every = np.maximum.reduce(list(masks.values()))
    frames = (*_frames(masks["red"], enclosed=False), *_frames(every, enclosed=True))
    for corners in frames[:_MOST_FRAMES]:
        if _sides(every, corners).min() >= _FRAMED:
            for colour, mask in masks.items():
                coverage = float(_sides(mask, corners).mean())
                if coverage >= _IN_INK:
                    yield Square(corners * np.float32(step), colour, coverage)
                    break


def _frames(ink: Mask, *, enclosed: bool) -> Iterator[Corners]:
    """The rectangles around connected parts of ink, or of what it encloses, that are as large as a
    seal."""
    least, most = (share * max(ink.shape) for share in (_LEAST, _MOST))
    whole = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))  # without cracks
    contours, ranks = cv2.findContours(whole, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    # the contour of a hole runs on the ink around it
    beyond = 2 if enclosed else 0
    for contour, (*_, around) in zip(contours, ranks[0] if contours else (), strict=True):
        longer = max(cv2.boundingRect(contour)[2:]) - beyond
        if (around >= 0) != enclosed or not least < longer < 1.5 * most:
            continue
        hull = cv2.convexHull(contour)
        centre, (w, h), turn = cv2.minAreaRect(hull)
        box = centre, (w - beyond, h - beyond), turn
        low, high = sorted(box[1])
        is_framed = low > least and high < min(most, _LONGEST * low)
        if is_framed and cv2.contourArea(hull) > _HULL * w * h:
            corners = cv2.boxPoints(box)
            yield np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def _sides(mask: Mask, corners: Corners) -> NDArray[np.float64]:
    """How much of each side of a frame has ink on it or near it."""
    flat = _flat(mask, corners, _SIDE, _SIDE, _OUT)
    turned = (flat, flat[::-1], flat.T, flat.T[::-1])
    return np.array([one[: _OUT + _IN, _OUT:-_OUT].any(axis=0).mean() for one in turned])


def _flat(plane: Image, corners: Corners, width: int, height: int, margin: int) -> Image:
    """What lies within four corners, and a margin around it, as a picture of this size."""
    to = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + margin
    return cv2.warpPerspective(
        plane,
        cv2.getPerspectiveTransform(corners, to),
        (width + 2 * margin, height + 2 * margin),
        flags=cv2.INTER_AREA,
    )
