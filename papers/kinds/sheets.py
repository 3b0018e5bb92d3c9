"""A request sheet on a page: known by its code, which tells where its own words stand.

These are no words of a card or licence.

Only lines that say what the sheet prints there are taken for its own: whatever else lies in those
places, a card put beside its frame, is read like anything on a page, so that nothing is missing
because of where it lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.cases.intake.request_sheet import HEADER, OWN_WORDS, TITLE_SIGN, on_page
from core.data.documents import Box, SheetSeen
from papers.kinds.codes import find_codes
from papers.kinds.other_papers import text_of
from papers.lines.layout import box_of, in_fractions, inside, pieces_of
from papers.lines.ocr_models import Image, Line
from papers.lines.words import fold

SIGNS = (TITLE_SIGN, "申请单位", "是否解绑", "经办人", "框内", "二维码", "彩色扫描")
"""One of these stands in each line that a sheet prints (templates/web/portal/_sheet.html)."""
_AROUND = 0.008
"""Of the page: scans are slanted."""


@dataclass(frozen=True)
class RequestSheet:
    """A request sheet: its code, the lines that it prints itself, and all others.

    `printed`: the places of code and own lines, in fractions.
    """

    seen: SheetSeen
    own: tuple[Line, ...]
    others: tuple[Line, ...]
    printed: tuple[Box, ...]

    @property
    def head(self) -> Box:
        """Where it says what is asked for."""
        return on_page(self.seen.box, HEADER)

    @property
    def text(self) -> str:
        """Its own words."""
        return text_of(pieces_of(self.own, 0.0))


def find_sheet(page: Image, lines: Sequence[Line]) -> RequestSheet | None:
    """The request sheet that the page is.

    A code is looked for only where the sheet's title was read.
    """
    if not any(TITLE_SIGN in fold(line.text) for line in lines):
        return None
    seen = next((SheetSeen(code.sheet, code.box) for code in find_codes(page, of_sheet=True)), None)
    if seen is None:
        return None
    places = [on_page(seen.box, place) for place in OWN_WORDS]
    own = tuple(line for line in lines if _is_own(line, places, page))
    boxes = (box_of([piece], page) for piece in pieces_of(own, 0.0))
    return RequestSheet(
        seen, own, tuple(line for line in lines if line not in own), (seen.box, *boxes)
    )


def _is_own(line: Line, places: Sequence[Box], page: Image) -> bool:
    text = fold(line.text)
    return any(sign in text for sign in SIGNS) and any(
        inside(place, in_fractions(line.centre, page), _AROUND) for place in places
    )
