"""What a page draws besides its pictures of paper, as a program does that puts a seal on a scan or
covers words of it; and where a page draws its images.

The page is drawn again with those pictures alone, and both drawings are compared, so that it does
not matter by what an editor put it there: an annotation, an image, a shape, a letter of a font.
Runs only in the bounded child process.
"""

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from core.data.documents import Box
from papers.lines.layout import inside

_raw: Any = pypdfium2.raw

_MOST_OBJECTS = 20_000  # looked at on a page
_DEPTH = 4  # of forms within forms
_PAPER = 0.06  # of the page: an image larger than a seal is a picture of paper
_UNDER = 4.0  # times as large as an image that lies on it is a picture of paper
_SIDE = 1024  # pixels of the longer side of a drawing
_CELL = 16  # of these: the side of a cell
_SHARE = 0.04  # of a cell's pixels
_TINT = 40  # levels by which ink has more colour than what lies under it
_DARK, _LIGHT = 120, 190  # levels of print, and of what covers it
_UNITS = 10_000  # of a page that pdfium counts in whole units


def drawn_over(page: Any) -> tuple[list[Box], list[Box]] | None:
    """The cells of a grid where coloured ink is none of the pictures', and those where their print
    is covered; None where a page has too many objects to look at."""
    over = _besides_papers(page)
    if over is None:
        return None
    if not over and not _raw.FPDFPage_GetAnnotCount(page):
        return [], []
    whole = _drawing(page, annotations=True)
    for item in over:
        _raw.FPDFPageObj_SetIsActive(item, 0)
    papers = _drawing(page, annotations=False)
    inked = _tint(whole) - _tint(papers) > _TINT
    erased = (papers.max(axis=2) < _DARK) & (whole.min(axis=2) > _LIGHT)
    return list(_cells(inked)), list(_cells(erased))


def placed_images(page: Any) -> Iterator[tuple[Any, Box]]:
    """Each image, and its place on the page as it is displayed."""
    for item in page.get_objects(max_depth=_DEPTH):
        if item.type == _raw.FPDF_PAGEOBJ_IMAGE:
            yield item, _place(page, item)


def _besides_papers(page: Any) -> list[Any] | None:
    """The objects of a page that are no pictures of paper: an image is one that is large, or lies
    on no larger one, whichever is drawn first."""
    over, images = list[Any](), list[tuple[Any, Box]]()
    for number, item in enumerate(page.get_objects(max_depth=_DEPTH)):
        if number >= _MOST_OBJECTS:
            return None
        if item.type == _raw.FPDF_PAGEOBJ_IMAGE:
            images.append((item, _place(page, item)))
        elif item.type != _raw.FPDF_PAGEOBJ_FORM and not _is_unseen(item):
            over.append(item)
    papers = [box for _, box in images if box.size >= _PAPER]
    return over + [
        item
        for item, box in images
        if box.size < _PAPER
        and any(paper.size >= _UNDER * box.size and inside(paper, box.centre) for paper in papers)
    ]


def _is_unseen(item: Any) -> bool:
    """Whether it is text that a scanner puts over its scan for searching."""
    invisible = _raw.FPDF_TEXTRENDERMODE_INVISIBLE
    text = item.type == _raw.FPDF_PAGEOBJ_TEXT
    return bool(text and _raw.FPDFTextObj_GetTextRenderMode(item) == invisible)


def _place(page: Any, item: Any) -> Box:
    """Where an object lies on the page as it is displayed."""
    bounds, form = item.get_bounds(), item.container
    while form is not None:
        bounds, form = form.get_matrix().on_rect(*bounds), form.container
    corners = _displayed(page, *bounds[:2]), _displayed(page, *bounds[2:])
    across, down = zip(*corners, strict=True)
    return Box(min(across), min(down), max(across), max(down))


def _displayed(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point in points, with the page's rotation and crop box, in fractions of the page."""
    across, down = ctypes.c_int(), ctypes.c_int()
    _raw.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value / _UNITS, down.value / _UNITS


def _drawing(page: Any, *, annotations: bool) -> NDArray[np.uint8]:
    scale = _SIDE / max(page.get_size())
    drawn = page.render(scale=scale, draw_annots=annotations, may_draw_forms=annotations)
    pixels: NDArray[np.uint8] = drawn.to_numpy()[..., :3]
    return pixels


def _tint(image: NDArray[np.uint8]) -> NDArray[np.int16]:
    """How much colour each pixel has."""
    tint: NDArray[np.int16] = image.max(axis=2).astype(np.int16) - image.min(axis=2)
    return tint


def _cells(marked: NDArray[np.bool_]) -> Iterator[Box]:
    """The cells of which a share is marked."""
    rows, columns = (side // _CELL for side in marked.shape)
    cells = marked[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    height, width = (_CELL / side for side in marked.shape)
    for y, x in np.argwhere(cells.mean(axis=(1, 3)) >= _SHARE).tolist():
        yield Box(x * width, y * height, (x + 1) * width, (y + 1) * height)
