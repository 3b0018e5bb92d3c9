"""Content that a page or file may have although its picture does not show it. All of it is doubt,
so the page proves no absence. Runs only in the bounded child process.

- A picture that breaks off ends in a band of black, of one grey, or of one tint where the rest has
  grain.
- A lost picture leaves a white page.
- Words leave no ink if their font is neither in the file nor on this machine.
- A dynamic form (XFA) shows a placeholder.
- A portfolio shows a cover; its papers are files inside the file.

Layers that their author switched off and annotations marked hidden are no doubt: no viewer shows
them.
"""

import contextlib
import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pypdf
import pypdfium2
from numpy.typing import NDArray

from core.data.documents import Box
from papers.content_kind import is_image, is_pdf
from papers.lines.layout import EDGE, well_inside
from papers.lines.words import chinese_count
from papers.zip_directory import is_zip

_raw: Any = pypdfium2.raw
Pixels = NDArray[np.uint8]

_BAND = 0.025  # least height of a band, as a share of what is beside it: a lower one is a frame
_TINTED_BAND = 0.1  # the same for a band nearly as light as paper
_ONE_COLOUR = 1  # difference of levels within one colour
_ROWS = 16  # compared at a time: most pictures differ within the first rows
_NEUTRAL = 4  # difference of channels in a grey: decoders fill with grey, print has colour
_CARD = 0.05  # share of the page: the picture of a letterhead is smaller than a card
_WHITE, _PURE_WHITE = 240, 254
# share of equal neighbouring pixels: higher in drawings of a program, lower in scans of paper
_EQUAL = 0.5
_WHOLE = 0.1  # share of the page: a picture of one colour this large is a lost one
_MOST_CHARACTERS = 300  # examined on one page, evenly spread; less than twice as many
_LEAST_UNSEEN, _UNSEEN_SHARE = 3, 0.3  # of them without ink: fewer are spaces and thin strokes
_MOST_ENCLOSED = 64
_WITHOUT_PICTURE = frozenset(
    b"q Q cm w J j M d ri i gs m l c v y h re W W* n f F f* S s B B* b b* g G rg RG k K cs CS sc "
    b"SC scn SCN BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* "
    b"Tj TJ ' \" BMC BDC EMC MP DP BX EX".split()
)
"""Operators that a page without pictures may have, as the empty sheets of office programs do. Its
text is found by its characters."""


def breaks_off(image: Pixels, pictures: Iterable[Box]) -> bool:
    """Whether a picture is nothing but pure white (a scan of an empty sheet has the grain of its
    paper), or whether one at least as large as a card breaks off or is all of one colour."""
    for picture in pictures:
        region = well_inside(image, picture)
        if region.size and int(np.min(region)) >= _PURE_WHITE:
            return True
        if region.size >= _CARD * image.size and (
            _is_cut(region) or _is_cut(region.swapaxes(0, 1)) or _is_empty(region, image)
        ):
            return True
    return False


def _is_cut(region: Pixels) -> bool:
    """Whether the picture has a band of lost pixels at one of its two ends. Bands at both are a
    frame."""
    (top, top_tint), (bottom, bottom_tint) = _band(region), _band(region[::-1])
    if min(top, bottom) >= EDGE or max(top, bottom) in {0, len(region)}:
        return False
    if top > bottom:
        return top >= _least_height(region[top:], top_tint)
    return bottom >= _least_height(region[: len(region) - bottom], bottom_tint)


def _least_height(rest: Pixels, tint: int) -> float:
    """The height from which a band of this tint is lost pixels, by the `rest` of its picture."""
    height = len(rest)
    if tint < _WHITE:
        return max(8, _BAND * height)
    seen = rest[:: max(1, height // 200)]
    equal = float((seen[:, 1:] == seen[:, :-1]).all(axis=2).mean())
    return _TINTED_BAND * height if equal < _EQUAL else np.inf


def _band(region: Pixels) -> tuple[int, int]:
    """How many rows at the top have one colour, and its tint (the darkest channel); 0 rows for a
    colour that no lost pixels have: pure white is paper, a bright colour is print."""
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


def lost_content(data: bytes, number: int, image: Pixels) -> bool:
    """Whether a white page has lost its content: its operators draw a picture or a form, or cannot
    be read."""
    if int(np.min(image)) < _PURE_WHITE:
        return False
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            reader.decrypt("")
        page = reader.pages[number - 1]
        contents = page.get_contents()
        if contents is None:
            return "/Contents" in page or "/MediaBox" not in page
        overwritten = b"\x00" in contents.get_data()
        operators = {operator for _, operator in contents.operations}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        # pypdf raises almost anything on broken files: all of it means "not known"
        return True
    return bool(operators - _WITHOUT_PICTURE) or overwritten or "/MediaBox" not in page


def unseen_words(page: Any, text_page: Any, image: Pixels) -> bool:
    """Whether visible Chinese words of the page left no ink, because their font is missing here."""
    count = text_page.count_chars()
    regions = [
        region
        for index in range(0, count, max(1, count // _MOST_CHARACTERS))
        if chinese_count(chr(_raw.FPDFText_GetUnicode(text_page, index)))
        and _is_visible_text(text_page, index)
        and (region := _region_of(page, text_page, index, image)).size
    ]
    unseen = sum(int(np.max(one)) - int(np.min(one)) <= _ONE_COLOUR for one in regions)
    return unseen >= _LEAST_UNSEEN and unseen > _UNSEEN_SHARE * len(regions)


def _is_visible_text(text_page: Any, index: int) -> bool:
    """Whether a character is drawn. Scanner programs put the text that they read under the scan, in
    an invisible mode."""
    written = _raw.FPDFText_GetTextObject(text_page, index)
    return bool(written) and _raw.FPDFTextObj_GetTextRenderMode(written) not in {
        _raw.FPDF_TEXTRENDERMODE_INVISIBLE,
        _raw.FPDF_TEXTRENDERMODE_CLIP,
    }


def _region_of(page: Any, text_page: Any, index: int, image: Pixels) -> Pixels:
    """The pixels of a character; empty outside the page."""
    height, width = image.shape[:2]
    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    pixel_of = pypdfium2.PdfPosConv(page, (0, 0, width, height, 0)).to_bitmap
    corners = pixel_of(left, bottom), pixel_of(right, top)
    (x0, x1), (y0, y1) = (sorted(max(0, corner[axis]) for corner in corners) for axis in (0, 1))
    return image[y0:y1, x0:x1]


def is_dynamic_form(document: Any) -> bool:
    """Whether the file is an XFA form, whose pages are a placeholder in most viewers."""
    return bool(document.get_formtype() == _raw.FORMTYPE_XFA_FULL)


def encloses_papers(document: Any) -> bool:
    """Whether the PDF has enclosed files that may be papers (PDF, picture, archive)."""
    for number in range(min(document.count_attachments(), _MOST_ENCLOSED)):
        with contextlib.suppress(pypdfium2.PdfiumError):
            head = bytes(document.get_attachment(number).get_data()[:1024])
            if is_image(head) or is_pdf(head) or is_zip(head):
                return True
    return False


def flatten_fields(document: Any, page: Any) -> bool:
    """Make form fields part of the page if the file has no form: a merged file has lost the form,
    but still has the seal of a signature field.

    Returns whether the page changed, so that it must be loaded again.
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
