"""Runs in a bounded child only: what a page or file may hold that its picture does not show.

Each is doubt, so that it never proves an absence.

A picture that breaks off leaves a band of one grey or black, or of one tint where the rest has
grain; one that is lost leaves a white page; words whose font is neither in the file nor on this
machine leave nothing at all; a dynamic form (XFA) shows a placeholder; a portfolio shows a cover,
and its papers are files inside the file. Layers that their author switched off and annotations
marked hidden are not shown by any viewer, and are no doubt.
"""

import contextlib
import ctypes
import io
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import pypdf
import pypdfium2
from numpy.typing import NDArray

from papers.lines.layout import EDGE, well_inside
from papers.lines.words import chinese_count

_raw: Final[Any] = pypdfium2.raw
Pixels = NDArray[np.uint8]

_BAND: Final = 0.025  # of a picture's side: where a narrow band ends it is a frame
_TINTED_BAND: Final = 0.1
_ONE_COLOUR: Final = 1
# looked at together: most pictures show in their first rows that they do not break off
_ROWS: Final = 16
# what a decoder puts in the place of lost pixels is black or grey; a coloured bar is print
_NEUTRAL: Final = 4
_CARD: Final = 0.05  # of the page: a letterhead's picture is smaller than a card
_WHITE, _PURE_WHITE = 240, 254
# of neighbouring pixels: more are equal where a program drew, fewer where a scanner saw paper
_EQUAL: Final = 0.5
_WHOLE: Final = 0.1  # of the page: a picture of one colour this large shows nothing
_LOOKED_AT: Final = 300
_LEAST_UNSEEN, _UNSEEN_SHARE = 3, 0.3
_MOST_ENCLOSED: Final = 64
_ENCLOSED_PAPERS: Final = (
    b"%PDF-",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"PK\x03\x04",
    b"II*\x00",
    b"MM\x00*",
)
_LEAVING_NOTHING: Final = frozenset(
    b"q Q cm w J j M d ri i gs m l c v y h re W W* n f F f* S s B B* b b* g G rg RG k K cs CS sc "
    b"SC scn SCN BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* "
    b"Tj TJ ' \" BMC BDC EMC MP DP BX EX".split()
)
"""Commands that may leave a page white: the empty sheet of an office program has them.

Its text would be found by its characters.
"""


def breaks_off(image: Pixels, pictures: Iterable[Sequence[float]]) -> bool:
    """Whether a picture as large as a card (boxes in fractions of the page) ends in a band of one
    grey or black, or is nothing else."""
    for picture in pictures:
        region = well_inside(image, picture)
        if region.size >= _CARD * image.size and (
            _is_cut(region) or _is_cut(region.swapaxes(0, 1)) or _is_empty(region, image)
        ):
            return True
    return False


def _is_cut(region: Pixels) -> bool:
    """Whether the picture begins or ends, but not both,
    in a band of what a decoder leaves where pixels are lost."""
    (first, before), (last, behind) = _band(region), _band(region[::-1])
    if min(first, last) >= EDGE or max(first, last) in {0, len(region)}:
        return False
    return (
        first >= _least(region[first:], before)
        if first > last
        else last >= _least(region[: len(region) - last], behind)
    )


def _least(rest: Pixels, tint: int) -> float:
    """How high a band of this tint must be to show lost pixels, beside the rest of its picture."""
    height = len(rest)
    if tint < _WHITE:
        return max(8, _BAND * height)
    seen = rest[:: max(1, height // 200)]
    equal = float((seen[:, 1:] == seen[:, :-1]).all(axis=2).mean())
    return _TINTED_BAND * height if equal < _EQUAL else np.inf


def _band(region: Pixels) -> tuple[int, int]:
    """How many rows from the first on have one colour that lost pixels may have, and how light it
    is. Pure white is paper, a colour is print."""
    colour = region[0, 0].astype(np.int16)
    tint = int(colour.min())
    if tint >= _PURE_WHITE or int(colour.max()) - tint > _NEUTRAL:
        return 0, tint
    for start in range(0, len(region), _ROWS):
        same = (np.abs(region[start : start + _ROWS].astype(np.int16) - colour) <= _ONE_COLOUR).all(
            axis=(1, 2)
        )
        if not same.all():
            return start + int(same.argmin()), tint
    return len(region), tint


def _is_empty(region: Pixels, image: Pixels) -> bool:
    length, tint = _band(region)
    return region.size >= _WHOLE * image.size and length == len(region) and tint < _WHITE


class Objects:
    """The objects of a PDF by pypdf, which opens it when first asked for a page."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _reader(self) -> pypdf.PdfReader:
        reader = pypdf.PdfReader(io.BytesIO(self._data), strict=False)
        if reader.is_encrypted:
            reader.decrypt("")
        return reader

    def page(self, number: int) -> pypdf.PageObject:
        """The page `number`. Raises almost anything on broken files."""
        return self._reader.pages[number - 1]


def lost_content(objects: Objects, number: int, image: Pixels) -> bool:
    """Whether a white page was meant to show something:
    its commands draw a picture or a form, or cannot be read."""
    if int(np.min(image)) < _PURE_WHITE:
        return False
    try:
        page = objects.page(number)
        contents = page.get_contents()
        wiped = contents is not None and b"\x00" in contents.get_data()
        operators = (
            {operator for _, operator in contents.operations} if contents is not None else set()
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # pypdf raises almost anything on broken files: all of it means "not known"
        return True
    return (
        bool(operators - _LEAVING_NOTHING)
        or wiped
        or (contents is None and "/Contents" in page)
        or "/MediaBox" not in page
    )


def unseen_words(page: Any, text_page: Any, image: Pixels) -> bool:
    """Whether Chinese words of the page that are meant to be seen left no ink:
    their font is missing here."""
    count = text_page.count_chars()
    looked = unseen = 0
    for index in range(0, count, max(1, count // _LOOKED_AT)):
        if chinese_count(chr(_raw.FPDFText_GetUnicode(text_page, index))) and _is_visible_text(
            text_page, index
        ):
            region = _around(page, text_page, index, image)
            looked += region.size > 0
            unseen += bool(
                region.size > 0 and int(np.max(region)) - int(np.min(region)) <= _ONE_COLOUR
            )
    return unseen >= _LEAST_UNSEEN and unseen > _UNSEEN_SHARE * looked


def _is_visible_text(text_page: Any, index: int) -> bool:
    """Invisible text (the reading that a scanner program lays under its scan) has its own mode."""
    written = _raw.FPDFText_GetTextObject(text_page, index)
    return bool(written) and _raw.FPDFTextObj_GetTextRenderMode(written) not in {
        _raw.FPDF_TEXTRENDERMODE_INVISIBLE,
        _raw.FPDF_TEXTRENDERMODE_CLIP,
    }


def _around(page: Any, text_page: Any, index: int, image: Pixels) -> Pixels:
    """The pixels of a character; empty where it lies outside the page."""
    height, width = image.shape[:2]
    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    corners = [_pixel(page, width, height, *corner) for corner in ((left, bottom), (right, top))]
    (x0, x1), (y0, y1) = (sorted(max(0, corner[axis]) for corner in corners) for axis in (0, 1))
    return image[y0:y1, x0:x1]


def _pixel(page: Any, width: int, height: int, x: float, y: float) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    _raw.FPDF_PageToDevice(
        page, 0, 0, width, height, 0, x, y, ctypes.byref(across), ctypes.byref(down)
    )
    return across.value, down.value


def is_dynamic_form(document: Any) -> bool:
    """Whether the file is an XFA form, whose pages are a placeholder in most viewers."""
    return bool(document.get_formtype() == _raw.FORMTYPE_XFA_FULL)


def encloses_papers(document: Any) -> bool:
    """Whether files lie inside the file that may be papers (PDF, picture, archive):
    a portfolio, or an attachment to the PDF."""
    for number in range(min(document.count_attachments(), _MOST_ENCLOSED)):
        with contextlib.suppress(pypdfium2.PdfiumError):
            if bytes(document.get_attachment(number).get_data()[:1024]).startswith(
                _ENCLOSED_PAPERS
            ):
                return True
    return False


def shows_fields(document: Any, page: Any) -> bool:
    """Makes the fields of a page without a form part of its picture: a merged file keeps the seal
    of a signature field but not the form.

    Returns whether the page changed and must be loaded again.
    """
    if document.formenv is not None:
        return False
    kinds = (_kind(page, number) for number in range(min(_raw.FPDFPage_GetAnnotCount(page), 200)))
    return _raw.FPDF_ANNOT_WIDGET in kinds and _raw.FPDFPage_Flatten(page, 0) == 1


def _kind(page: Any, number: int) -> int:
    annotation = _raw.FPDFPage_GetAnnot(page, number)
    try:
        return int(_raw.FPDFAnnot_GetSubtype(annotation))
    finally:
        _raw.FPDFPage_CloseAnnot(annotation)
