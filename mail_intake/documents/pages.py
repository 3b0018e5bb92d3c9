"""Runs in a bounded child only: a PDF or image as page pictures and text layers.

Every page is sent as it is ready, pictures first and text layers after, so that a file which kills its reader still gives what came before. pdfium
opens and draws; what it refuses is mended by pypdf (not strict) and tried again. A user password makes a file ENCRYPTED, an owner password alone does
not. Text is taken by pdfplumber only where pdfium counts at least 20 Chinese characters.
"""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pdfplumber
import pypdf
import pypdfium2
from PIL import Image, ImageOps

from core.cases.submission import Unopened
from mail_intake.documents.words import chinese_count

_POINTS: Final = 72.0
_ENOUGH_CHINESE: Final = 20
_LEAST_SIDE, _MOST_SIDE = 1600, 3200  # pixels of the longer side
_LARGE_PICTURE: Final = 0.02  # of the page: a picture this large may carry text of its own
_QUALITY: Final = 92
_MOST_IMAGE_PIXELS: Final = 120_000_000
_MOST_OBJECTS: Final = 4000
_CATALOGUE: Final = re.compile(rb"(\d{1,9})\s+(\d{1,5})\s+obj\s*<<[^>]{0,200}/Type\s*/Catalog\b")
Sent = tuple[dict[str, Any], bytes]


class Refused(Exception):
    """The file cannot be read."""

    def __init__(self, reason: Unopened) -> None:
        super().__init__(reason)
        self.reason = reason


def read_file(data: bytes, settings: Mapping[str, Any]) -> Iterator[Sent]:
    """Messages about one file: pages, then text layers, then the end; or why it was not opened."""
    try:
        if settings["image"]:
            yield _image_page(data, settings)
        else:
            yield from _pdf(data, settings)
        yield {"end": True}, b""
    except Refused as refused:
        yield {"unopened": refused.reason.value}, b""
    except MemoryError:
        yield {"unopened": Unopened.LIMIT.value}, b""


def _pdf(data: bytes, settings: Mapping[str, Any]) -> Iterator[Sent]:
    document, data = _opened(data)
    count = len(document)
    if count == 0:
        raise Refused(Unopened.EMPTY)
    if count > settings["max_pages"]:
        raise Refused(Unopened.TOO_MANY_PAGES)
    yield {"pages": count}, b""
    wordy = []
    for index in range(count):
        head, picture = _page(document, index, settings)
        yield head, picture
        if head.get("chinese", 0) >= _ENOUGH_CHINESE:
            wordy.append(index)
    yield {"drawn": True}, b""
    for index in wordy:
        yield {"text": index, "words": _words(data, index)}, b""


def _opened(data: bytes) -> tuple[Any, bytes]:
    """The document by pdfium, mended first if need be, and the bytes it was opened from."""
    try:
        return pypdfium2.PdfDocument(data), data
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused(Unopened.ENCRYPTED) from None
    for mend in (_with_trailer, _mended):
        mended = mend(data)
        with contextlib.suppress(pypdfium2.PdfiumError):
            document = pypdfium2.PdfDocument(mended)
            if len(document):
                return document, mended
    raise Refused(Unopened.DAMAGED)


def _with_trailer(data: bytes) -> bytes:
    """The file with a trailer that names its catalogue, for files cut off behind their last page: pdfium then finds the objects itself."""
    root = _CATALOGUE.search(data)
    return data if root is None else data + b"\ntrailer\n<</Root %s %s R/Size 9999>>\nstartxref\n0\n%%%%EOF\n" % root.groups()


def _mended(data: bytes) -> bytes:
    """The file written anew by pypdf. Raises Refused when that fails too."""
    out = io.BytesIO()
    locked = count = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
        writer = pypdf.PdfWriter()
        for page in () if locked else reader.pages:
            writer.add_page(page)
            count += 1
        writer.write(out)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  pypdf raises almost anything on hostile files: all of it means "cannot be mended"
        raise Refused(Unopened.DAMAGED) from None
    if locked or not count:
        raise Refused(Unopened.ENCRYPTED if locked else Unopened.DAMAGED)
    return out.getvalue()


def _page(document: Any, index: int, settings: Mapping[str, Any]) -> Sent:
    """One page drawn; an error of this page alone is told and the others go on."""
    try:
        page = document[index]
        width, height = page.get_size()
        scale = _scale(width, height, settings)
        picture = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True).to_pil().convert("RGB")
        text_page = page.get_textpage()
        text = text_page.get_text_range() if text_page.count_chars() else ""
        head = {"page": index, "chinese": chinese_count(text), "pictures": _pictures(page, width, height), "width": width, "height": height}
    except (pypdfium2.PdfiumError, ValueError, OverflowError, ZeroDivisionError):
        return {"page": index, "error": True}, b""
    return head, _jpeg(picture)


def _scale(width: float, height: float, settings: Mapping[str, Any]) -> float:
    """Pixels per point: the wished dpi, more on small pages, less on large ones, never beyond the pixel limit."""
    longest = max(width, height)
    if not 1 <= min(width, height) <= longest <= 1e6:
        raise ValueError("page box")
    scale = min(max(settings["dpi"] / _POINTS, _LEAST_SIDE / longest), _MOST_SIDE / longest)
    return float(min(scale, (settings["max_pixels"] / (width * height)) ** 0.5))


def _pictures(page: Any, width: float, height: float) -> list[list[float]]:
    """Boxes of the larger images on the page, in fractions, origin top left."""
    boxes = []
    for number, item in enumerate(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
        if number > _MOST_OBJECTS:
            break
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) >= _LARGE_PICTURE * width * height:
            boxes.append([left / width, 1 - top / height, right / width, 1 - bottom / height])
    return boxes


def _words(data: bytes, index: int) -> list[list[Any]]:
    """Words of a page with their boxes in fractions: [text, x0, y0, x1, y1]. Empty where pdfplumber cannot read it."""
    with contextlib.suppress(MemoryError, Exception), pdfplumber.open(io.BytesIO(data), pages=[index + 1]) as document:
        page = document.pages[0]
        width, height = float(page.width), float(page.height)
        found = page.extract_words(x_tolerance=1.5, keep_blank_chars=False, use_text_flow=False)
        return [[w["text"], w["x0"] / width, w["top"] / height, w["x1"] / width, w["bottom"] / height] for w in found[:5000]]
    return []


def _image_page(data: bytes, settings: Mapping[str, Any]) -> Sent:
    """A picture file as one page, no larger than the pixel limit."""
    try:
        picture = _shrunk(Image.open(io.BytesIO(data)), settings["max_pixels"])
    except (MemoryError, Image.DecompressionBombError):
        raise Refused(Unopened.LIMIT) from None
    except Exception:  # noqa: BLE001  Pillow's readers raise many kinds on broken files: all mean "cannot be opened"
        raise Refused(Unopened.DAMAGED) from None
    return {"page": 0, "chinese": 0, "pictures": [[0.0, 0.0, 1.0, 1.0]], "width": picture.width, "height": picture.height}, _jpeg(picture)


def _shrunk(opened: Image.Image, max_pixels: int) -> Image.Image:
    """The picture in colour, turned as its camera says, within the limits. Raises DecompressionBombError beyond 120 megapixels."""
    width, height = opened.size
    if width * height > _MOST_IMAGE_PIXELS:
        raise Image.DecompressionBombError
    shrink = max(1.0, max(width, height) / _MOST_SIDE, (width * height / max_pixels) ** 0.5)
    longest = int(max(width, height) / shrink)
    opened.draft("RGB", (int(width / shrink), int(height / shrink)))
    picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((longest, longest))
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
