"""The places of a page picture that are redacted until the original is requested: all personal data
but the name and the portrait.

Hidden are number, birth and address of every ID card that was recognised (where GA 448 puts them,
and where they were read), every line that any reading took for an ID number, and, on a page that
was not read with confidence, everything outside the recognised parts, because a card that was not
recognised may lie there. Boxes are fractions of the upright page. They are painted into the
picture, so that no print shows what is under them.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from core.check_digits import id_number_ok
from core.data.documents import Box, Part, PartKind
from papers.kinds.numbers import id_candidate, may_hold_id
from papers.lines.layout import inside, line_box, pieces_of, pixels, rows_of, run_on
from papers.lines.ocr_models import Image, Line

PRIVATE_FIELDS = ("id_number", "birth", "address")
_LONG_FIELDS = ("uscc", "valid_from", "valid_until")
_COLOUR = (217, 208, 200)  # blue, green, red
_AROUND = 0.35  # of a line's height: letters reach beyond the box that the detector draws
_GAP = 2.5  # line heights between the groups of one number
_MOST_GROUPS = 5


def redacted(
    page: Image, parts: Sequence[Part], *readings: Sequence[Line], confident: bool
) -> Image:
    """The page with personal data painted over; the page itself where there is none. `readings`:
    the lines as each reader had them."""
    hidden = [box for part in parts for box in _private(part)]
    hidden += [box for lines in readings for box in _numbers(lines, parts, page)]
    if confident and not hidden:
        return page
    out = page.copy() if confident else np.full_like(page, _COLOUR)
    for part in () if confident else parts:
        if part.kind is not PartKind.OTHER:
            area = pixels(part.box, page)
            out[area] = page[area]
    for box in hidden:
        out[pixels(box, page)] = _COLOUR
    return out


def _private(part: Part) -> Iterable[Box]:
    """The places to hide on a card's portrait side.

    The address of a licence is public, and pages that show one say so.
    """
    named = (
        PRIVATE_FIELDS if part.kind is PartKind.ID_FRONT or part.private_boxes else ("id_number",)
    )
    return [
        *part.private_boxes,
        *(part.field_boxes[name] for name in named if name in part.field_boxes),
    ]


def _numbers(lines: Sequence[Line], parts: Sequence[Part], page: Image) -> list[Box]:
    """Where ID numbers are, whole on one line or in groups side by side.

    What was read as a code or a period is none, unless it fits as an ID number.
    """
    known = [
        part.field_boxes[name]
        for part in parts
        for name in _LONG_FIELDS
        if name in part.field_boxes
    ]
    found: list[Box] = []
    for group in _groups(lines):
        text = run_on(group)
        boxes = [line_box(line, page, _AROUND) for line in group]
        is_known = all(any(inside(place, box.centre) for place in known) for box in boxes)
        if may_hold_id(text) and (not is_known or id_number_ok(id_candidate(text) or "")):
            found += boxes
    return found


def _groups(lines: Sequence[Line]) -> Iterable[Sequence[Line]]:
    """Every line alone, and runs of lines with digits that stand side by side."""
    for line in lines:
        yield (line,)
    numbers = pieces_of([line for line in lines if any(c.isdigit() for c in line.text)])
    for row in rows_of(numbers):
        group = [piece.line for piece in row]
        for start in range(len(group)):
            for end in range(start + 2, min(start + _MOST_GROUPS, len(group)) + 1):
                if not _is_near(group[end - 2], group[end - 1]):
                    break
                yield group[start:end]


def _is_near(left: Line, right: Line) -> bool:
    """Whether a line of a row stands close after another."""
    return right.bounds[0] - left.bounds[2] < _GAP * max(left.height, right.height)
