"""Where on a page there is anything: bands of it without the empty paper around them, because a detector costs by the area that it looks at.

Empty is what has no contrast at all; a tint, a pattern or the grain of a photograph is not, so that such a page is one area.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mail_intake.documents.lines.ocr_models import Image

_FAINTEST: Final = 9  # grey levels between neighbours: the palest print has 25
_MARGIN, _BETWEEN = 32, 128  # pixels: kept around what is there, and empty rows that divide two bands
_STEP: Final = 32  # pixels: the detector takes multiples
_NEARLY_ALL: Final = 0.85  # of the page: then it is looked at as a whole

Area = tuple[slice, slice]


def inked_areas(grey: Image) -> list[Area]:
    """Rows and columns of the areas of a picture of one plane, whose sides are multiples of 32; the whole picture where little of it is empty."""
    height, width = grey.shape
    contrast = cv2.morphologyEx(cv2.GaussianBlur(grey, (3, 3), 0), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    inked = cv2.erode((contrast > _FAINTEST).astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    areas = [(rows, _around(np.flatnonzero(inked[rows].any(axis=0)), width)) for rows in _bands(np.flatnonzero(inked.any(axis=1)), height)]
    covered = sum((rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in areas)
    return areas if 0 < covered < _NEARLY_ALL * height * width else [(slice(0, height), slice(0, width))]


def _bands(rows: NDArray[np.intp], height: int) -> Iterator[slice]:
    """Runs of rows in which something is, divided where many are empty."""
    if len(rows):
        for run in np.split(rows, np.flatnonzero(np.diff(rows) > _BETWEEN) + 1):
            yield _around(run, height)


def _around(places: Sequence[int] | NDArray[np.intp], size: int) -> slice:
    """From the first of the places to the last, with a margin, in steps."""
    first, last = int(places[0]) - _MARGIN, int(places[-1]) + 1 + _MARGIN
    return slice(max(0, first // _STEP * _STEP), min(size, -(-last // _STEP) * _STEP))
