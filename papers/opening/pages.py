"""Runs in a bounded child only: a PDF or image as page pictures and text layers.

Every page is sent as it is ready, pictures first and text layers after, so that a file which kills
its reader still gives what came before. pdfium opens and draws; what it refuses is repaired by
pypdf (not strict) and tried again, and is doubt: pages or pictures may be lost. A user password
makes a file ENCRYPTED, an owner password alone does not. Fields and annotations are drawn as
viewers draw them: seals are put on as stamps and as the face of a signature field. Text is taken by
pdfplumber only where it says something that a picture could contradict, or where pdfium counts at
least 20 Chinese characters.
"""

import contextlib
import io
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pdfplumber
import pypdf
import pypdfium2

from core.data.documents import Box, Unopened
from papers.lines.words import chinese_count
from papers.opening.drawn_over import drawn_over, placed_images
from papers.opening.hidden_content import (
    Pixels,
    breaks_off,
    encloses_papers,
    flatten_fields,
    is_dynamic_form,
    lost_content,
    unseen_words,
)
from papers.opening.image_pages import MOST_SIDE, Refused, image_pages, jpeg
from papers.opening.socket_frames import Limits, Sent
from papers.signatures.signed import is_signed

_POINTS = 72.0
_ENOUGH_CHINESE = 20
_ENOUGH_OVER_A_PICTURE = 6  # characters
_LEAST_SIDE = 1600  # pixels of the longer side
_LARGE_PICTURE = 0.02  # of the page: a picture this large may carry text of its own
_SCAN = 0.4  # of the page
_LARGEST_SHEET = 2600  # points of the longer side: on a larger page print is drawn too small
_SLANT = 0.1  # tangent
_SPACED = 0.45  # of a letter's size: letters this far apart are one word
_MOST_OBJECTS = 4000
_CATALOGUE = re.compile(rb"(\d{1,9})\s+(\d{1,5})\s+obj\s*<<[^>]{0,200}/Type\s*/Catalog\b")


def read_file(data: bytes, limits: Limits) -> Iterator[Sent]:
    """Messages about one file: pages, what it encloses, text layers, signatures, the end; or why it
    was not opened."""
    try:
        if limits["image"]:
            yield from image_pages(data, limits)
        else:
            yield from _pdf(data, limits)
            yield from _signatures(data, limits)
        yield {"end": True}, b""
    except Refused as refused:
        yield {"unopened": refused.reason.value}, b""
    except MemoryError:
        yield {"unopened": Unopened.LIMIT.value}, b""


def _pdf(data: bytes, limits: Limits) -> Iterator[Sent]:
    document, data, repaired = _opened(data)
    with contextlib.suppress(pypdfium2.PdfiumError):
        document.init_forms()
    count, lies = _page_count(document, limits["max_pages"])
    with_text, in_doubt = [], repaired or is_dynamic_form(document)
    for number in range(1, count + 1):
        head, picture = _page(document, data, number, limits)
        yield head | {"doubtful": head.get("doubtful", False) or in_doubt}, picture
        if head.get("has_text"):
            with_text.append(number)
    if lies:
        yield {"page": count + 1}, b""
    yield {"enclosed": encloses_papers(document)}, b""
    if with_text:
        yield from _texts(data, with_text)


def _signatures(data: bytes, limits: Limits) -> Iterator[Sent]:
    """The verdicts on the file's electronic signatures, by the bytes as they were sent."""
    if is_signed(data):
        # it takes 0.4 s to load, and few files are signed
        from papers.signatures.check import reported_signatures

        roots = [bytes.fromhex(root) for root in limits.get("signature_roots", ())]
        with contextlib.suppress(MemoryError):
            yield {"signatures": list(map(asdict, reported_signatures(data, roots)))}, b""


def _page_count(document: Any, most: int) -> tuple[int, bool]:
    """How many pages there are, and whether the file speaks of more than can be found: such pages
    may be lost, which is doubt."""
    count = len(document)
    if count > most and _is_there(document, most + 1):
        raise Refused(Unopened.TOO_MANY_PAGES)
    there = (
        count
        if count <= most
        else next((number for number in range(most, 0, -1) if _is_there(document, number)), 0)
    )
    if there == 0:
        raise Refused(Unopened.EMPTY)
    return there, count > most


def _is_there(document: Any, number: int) -> bool:
    try:
        document[number - 1].close()
    except pypdfium2.PdfiumError:
        return False
    return True


def _opened(data: bytes) -> tuple[Any, bytes, bool]:
    """The document by pdfium, repaired first if need be, the bytes it was opened from,
    and whether they were repaired."""
    try:
        return pypdfium2.PdfDocument(data), data, False
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused(Unopened.ENCRYPTED) from None
    for repair in (_without_junk, _with_trailer, _repaired):
        repaired = repair(data)
        with contextlib.suppress(pypdfium2.PdfiumError):
            document = pypdfium2.PdfDocument(repaired)
            if len(document):
                return document, repaired, repair is not _without_junk
    raise Refused(Unopened.DAMAGED)


def _without_junk(data: bytes) -> bytes:
    """The file from its mark on: viewers look for it in the first 1,024 bytes only."""
    return data[max(0, data.find(b"%PDF-")) :]


def _with_trailer(data: bytes) -> bytes:
    """The file with a trailer that names its catalogue, for files cut off after their last page:
    pdfium then finds the objects itself."""
    root = _CATALOGUE.search(data)
    if root is None:
        return data
    trailer = b"\ntrailer\n<</Root %s %s R/Size 9999>>\nstartxref\n0\n%%%%EOF\n"
    return data + trailer % root.groups()


def _repaired(data: bytes) -> bytes:
    """The file rewritten by pypdf. Raises Refused when that fails too."""
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
    except Exception:  # noqa: BLE001
        # pypdf raises almost anything on hostile files: all of it means "cannot be repaired"
        raise Refused(Unopened.DAMAGED) from None
    if locked or not count:
        raise Refused(Unopened.ENCRYPTED if locked else Unopened.DAMAGED)
    return out.getvalue()


def _page(document: Any, data: bytes, number: int, limits: Limits) -> Sent:
    """One page drawn; an error of this page alone is reported and the others go on."""
    try:
        page = document[number - 1]
        if flatten_fields(document, page):
            page = document[number - 1]
        width, height = page.get_size()
        scale = _scale(width, height, limits)
        drawn = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
        image = drawn.to_numpy()
        head = {"page": number, **_text_facts(page, image)}
        head["doubtful"] = head["doubtful"] or lost_content(data, number, image)
    except (pypdfium2.PdfiumError, ValueError, OverflowError, ZeroDivisionError):
        return {"page": number}, b""
    return head, jpeg(drawn.to_pil())


def _text_facts(page: Any, image: Pixels) -> dict[str, Any]:
    """The child's report on a page, beside its picture.

    `doubtful`: more may be on it than the picture shows.
    """
    text_page = page.get_textpage()
    text = text_page.get_text_range() if text_page.count_chars() else ""
    chinese, (pictures, grain) = chinese_count(text), _pictures(page, image.shape)
    has_text = chinese >= _ENOUGH_CHINESE or (
        bool(pictures) and len(text.strip()) >= _ENOUGH_OVER_A_PICTURE
    )
    over = drawn_over(page) if pictures else ([], [])
    doubtful = (
        over is None
        or breaks_off(image, pictures)
        or _too_small(page, pictures)
        or (chinese > 0 and unseen_words(page, text_page, image))
    )
    return {
        "pictures": list(map(asdict, pictures)),
        "grain": grain,
        "inked": list(map(asdict, over[0] if over else ())),
        "erased": list(map(asdict, over[1] if over else ())),
        "has_text": has_text,
        "doubtful": doubtful,
    }


def _scale(width: float, height: float, limits: Limits) -> float:
    """Pixels per point: the wished dpi, more on small pages, less on large ones,
    never beyond the pixel limit."""
    longest = max(width, height)
    if not 1 <= min(width, height) <= longest <= 1e6:
        raise ValueError("page box")
    scale = min(max(limits["dpi"] / _POINTS, _LEAST_SIDE / longest), MOST_SIDE / longest)
    return float(min(scale, (limits["max_pixels"] / (width * height)) ** 0.5))


def _pictures(page: Any, drawn: Sequence[int]) -> tuple[list[Box], float]:
    """Boxes of the larger images on the page; and how wide and high a pixel of a scan, an image of
    most of the page, is as drawn, where it is larger than one."""
    boxes, grain = list[Box](), 1.0
    for item, box in itertools.islice(placed_images(page), _MOST_OBJECTS):
        if box.size >= _LARGE_PICTURE:
            boxes.append(box)
        if box.size > _SCAN:
            pixels = math.prod(item.get_px_size())
            grain = max(grain, (box.size * drawn[0] * drawn[1] / max(pixels, 1)) ** 0.5)
    return boxes, grain


def _too_small(page: Any, pictures: Sequence[Box]) -> bool:
    """Whether a sheet may be lost on a page of metres, which no scans fill as they fill a page that
    has as many points as they have pixels."""
    filled = sum(box.size for box in pictures)
    return max(page.get_size()) > _LARGEST_SHEET and filled < _SCAN


def _is_straight(item: Mapping[str, Any]) -> bool:
    """Whether a character stands upright: those of a slanted watermark would mix
    with the words under it."""
    a, b, c, d, *_ = item.get("matrix", (1, 0, 0, 1))
    return bool(abs(b) + abs(c) <= _SLANT * (abs(a) + abs(d)))


def _texts(data: bytes, with_text: Sequence[int]) -> Iterator[Sent]:
    """The words of the pages with these numbers; what pdfplumber cannot read has none."""
    with (
        contextlib.suppress(MemoryError, Exception),
        pdfplumber.open(io.BytesIO(data), pages=list(with_text)) as document,
    ):
        for page in document.pages:
            yield {"text": page.page_number, "words": _words(page)}, b""
            page.close()


def _words(page: Any) -> list[list[Any]]:
    """The words of a page with their boxes in fractions: [text, x0, y0, x1, y1];
    none where pdfplumber cannot read it."""
    with contextlib.suppress(MemoryError, Exception):
        width, height = float(page.width), float(page.height)
        found = page.filter(_is_straight).extract_words(x_tolerance_ratio=_SPACED)
        return [
            [w["text"], w["x0"] / width, w["top"] / height, w["x1"] / width, w["bottom"] / height]
            for w in found[:5000]
        ]
    return []
