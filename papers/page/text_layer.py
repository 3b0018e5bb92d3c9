"""The text layer of a PDF page: as lines, whether it is what the page shows,
and where it contradicts the picture.

A text layer is what a program wrote, not what a person sees: it may lie under a scan, be invisible,
or map its glyphs to other characters. So it is believed alone only on pages without larger pictures
whose ink lies where the text says and reads so in some places, and never for the fields of a card
or licence.
"""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from core.data.documents import Box, Part
from papers.lines.layout import corners, inside, pixels, run_on
from papers.lines.ocr_models import Image, Line, Ocr
from papers.lines.words import chinese_count, fold, may_be_watermark
from papers.opening.sandbox import Word
from papers.page.trust import content_of, picture_left

_ENOUGH_CHINESE = 20
_TRIED, _ALIKE = 10, 0.9  # lines, and how many of their characters agree
_AS_HIGH = (0.35, 2.2)
_COMPARED = ("name", "id_number", "enterprise_name", "uscc", "legal_representative")


def lines_of(words: Sequence[Word], image: Image) -> list[Line]:
    """The words as lines of the page, in pixels."""
    h, w = image.shape[:2]
    return [
        Line(corners(x0 * w, y0 * h, x1 * w, y1 * h), text, 1.0)
        for text, x0, y0, x1, y1 in words
        if text.strip()
    ]


def matches_the_page(words: Sequence[Word], pictures: Sequence[Box], image: Image) -> bool:
    """Whether the text layer alone says all that the page shows: enough of it, no larger picture,
    little ink beside its words."""
    if pictures or chinese_count("".join(word[0] for word in words)) < _ENOUGH_CHINESE:
        return False
    content = content_of(image)
    boxes = [Box(x0 - 0.004, y0 - 0.004, x1 + 0.004, y1 + 0.004) for _, x0, y0, x1, y1 in words]
    outside = content.copy()
    for box in boxes:
        outside[pixels(box, content)] = 0
    return not picture_left(content, boxes) and float(outside.sum()) < 0.5 * float(content.sum())


def reads_so(lines: Sequence[Line], ocr: Ocr, image: Image) -> bool:
    """Whether the picture says the same in some lines, from all over the page."""
    tried = lines[:: 1 + len(lines) // _TRIED]
    seen = ocr.lines(image, [line.quad for line in tried])
    texts = (fold(run_on(read)) for read in (tried, seen))
    return Levenshtein.normalized_similarity(*texts) > _ALIKE


def contradicted(part: Part, words: Sequence[Word]) -> Part:
    """The part with those fields in doubt for which the text layer,
    at the same place, says something else."""
    other = [
        name
        for name in _COMPARED
        if name in part.fields
        and name in part.field_boxes
        and _differs(part.fields[name], part.field_boxes[name], words)
    ]
    return replace(part, doubts=tuple(dict.fromkeys((*part.doubts, *other)))) if other else part


def _differs(value: str, box: Box, words: Sequence[Word]) -> bool:
    there = fold("".join(word[0] for word in words if _is_on(box, word)))
    return bool(there) and len(there) * 2 > len(value) and fold(value) not in there


def _is_on(box: Box, word: Word) -> bool:
    """Whether a word says what the line of a field says: on it and as high as it.

    A watermark across a card is larger, askew or says what it is for.
    """
    text, x0, y0, x1, y1 = word
    height = (y1 - y0) / max(box.height, 1e-6)
    return (
        inside(box, ((x0 + x1) / 2, (y0 + y1) / 2))
        and _AS_HIGH[0] < height < _AS_HIGH[1]
        and not may_be_watermark(text)
    )
