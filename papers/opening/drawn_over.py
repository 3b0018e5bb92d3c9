"""What a page draws over a picture on it, as a program does that puts a seal on a scan; and where
a page draws what.

Runs only in the bounded child process.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2

from core.data.documents import Box
from papers.lines.layout import inside

_raw: Any = pypdfium2.raw
IMAGE = _raw.FPDF_PAGEOBJ_IMAGE

_MOST_OBJECTS = 20_000  # looked at on a page
_DEPTH = 4  # of forms within forms
_LEAST = 0.002  # of the page: a smaller object is a sign, or a line
_UNDER = 4.0  # times as large as what is drawn over it is a picture of paper
_ASPECT = 1.8  # of an oval seal at most
_UNITS = 10_000  # of a page that pdfium counts in whole units


def drawn_over(page: Any) -> list[Box] | None:
    """The boxes of pictures and shapes, about as wide as high, whose centre lies on a larger
    picture that is drawn before them; None where a page has too many to look at. Text is left out:
    a scanner puts words over its scan."""
    papers, found = list[Box](), list[Box]()
    kinds = IMAGE, _raw.FPDF_PAGEOBJ_PATH, _raw.FPDF_PAGEOBJ_SHADING
    for number, (item, box) in enumerate(placed_objects(page, *kinds)):
        if number >= _MOST_OBJECTS:
            return None
        if box.size < _LEAST:
            continue
        larger = (paper for paper in papers if paper.size >= _UNDER * box.size)
        if _is_compact(page, box) and any(inside(paper, box.centre) for paper in larger):
            found.append(box)
        if item.type == IMAGE:
            papers.append(box)
    return found


def placed_objects(page: Any, *kinds: int) -> Iterator[tuple[Any, Box]]:
    """Each object of these kinds, in the order in which they are drawn, and its place on the page
    as it is displayed."""
    forms: list[Any] = []  # the matrices of the forms around an object
    for item in page.get_objects(max_depth=_DEPTH):
        del forms[item.level :]
        if item.type == _raw.FPDF_PAGEOBJ_FORM:
            forms.append(item.get_matrix())
        elif item.type in kinds:
            left, bottom, right, top = item.get_bounds()
            for matrix in reversed(forms):
                left, bottom, right, top = matrix.on_rect(left, bottom, right, top)
            yield item, _on_page(page, (left, bottom, right, top))


def _on_page(page: Any, bounds: Sequence[float]) -> Box:
    """Bounds (left, bottom, right, top in points) on the page as it is displayed."""
    points = [_displayed(page, x, y) for x in bounds[::2] for y in bounds[1::2]]
    across, down = zip(*points, strict=True)
    return Box(min(across), min(down), max(across), max(down))


def _displayed(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point in points, with the page's rotation and crop box, in fractions of the page."""
    across, down = ctypes.c_int(), ctypes.c_int()
    _raw.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value / _UNITS, down.value / _UNITS


def _is_compact(page: Any, box: Box) -> bool:
    """Whether an object is about as wide as it is high."""
    width, height = page.get_size()
    sides = sorted((box.width * width, box.height * height))
    return bool(0 < sides[1] <= _ASPECT * sides[0])
