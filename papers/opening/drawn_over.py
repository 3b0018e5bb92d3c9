"""What a page draws over a picture on it, as a program does that puts a seal on a scan.

Runs only in the bounded child process.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2

_raw: Any = pypdfium2.raw
Corners = tuple[float, float, float, float]  # left, top, right, bottom in fractions of the page

_MOST_OBJECTS = 20_000  # looked at on a page
_DEPTH = 4  # of forms within forms
_LEAST = 0.002  # of the page: a smaller object is a sign, or a line
_UNDER = 4.0  # times as large as what is drawn over it is a picture of paper
_ASPECT = 1.8  # of an oval seal at most
_UNITS = 10_000  # of a page that pdfium counts in whole units


def drawn_over(page: Any) -> list[Corners] | None:
    """The boxes of pictures and shapes, about as wide as high, whose centre lies on a larger
    picture that is drawn before them; None where a page has too many to look at. Text is left out:
    a scanner puts words over its scan."""
    papers, found = list[Corners](), list[Corners]()
    for number, (kind, box) in enumerate(_objects(page)):
        if number >= _MOST_OBJECTS:
            return None
        size = _size(box)
        if size < _LEAST:
            continue
        centre = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        on_paper = any(
            _size(paper) >= _UNDER * size and _contains(paper, centre) for paper in papers
        )
        if on_paper and _is_compact(page, box):
            found.append(box)
        if kind == _raw.FPDF_PAGEOBJ_IMAGE:
            papers.append(box)
    return found


def _objects(page: Any) -> Iterator[tuple[int, Corners]]:
    """Kind and box of each picture and shape, in the order in which they are drawn."""
    kinds = (_raw.FPDF_PAGEOBJ_IMAGE, _raw.FPDF_PAGEOBJ_PATH, _raw.FPDF_PAGEOBJ_SHADING)
    forms: list[Any] = []  # the matrices of the forms around an object
    for item in page.get_objects(max_depth=_DEPTH):
        del forms[item.level :]
        if item.type == _raw.FPDF_PAGEOBJ_FORM:
            forms.append(item.get_matrix())
        elif item.type in kinds:
            left, bottom, right, top = item.get_bounds()
            for matrix in reversed(forms):
                left, bottom, right, top = matrix.on_rect(left, bottom, right, top)
            yield item.type, _on_page(page, (left, bottom, right, top))


def _on_page(page: Any, bounds: Sequence[float]) -> Corners:
    """Bounds (left, bottom, right, top in points) on the page as it is displayed."""
    points = [_displayed(page, x, y) for x in bounds[::2] for y in bounds[1::2]]
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def _displayed(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point in points, with the page's rotation and crop box, in fractions of the page."""
    across, down = ctypes.c_int(), ctypes.c_int()
    _raw.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value / _UNITS, down.value / _UNITS


def _size(box: Corners) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _contains(box: Corners, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _is_compact(page: Any, box: Corners) -> bool:
    """Whether an object is about as wide as it is high."""
    width, height = page.get_size()
    sides = sorted(((box[2] - box[0]) * width, (box[3] - box[1]) * height))
    return bool(0 < sides[1] <= _ASPECT * sides[0])
