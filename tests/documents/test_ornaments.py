"""A border that is read as lines of nothing: it is no text that was read badly."""

import numpy as np
import pytest

from core.data.documents import Box, Part, PartKind
from papers.lines.layout import corners, loose_pieces, pieces_of
from papers.lines.ocr_models import Line
from papers.page.trust import content_of, judge

HEIGHT, WIDTH = 1400, 1000
PAGE = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
WORDS = [
    Line(corners(200, y, 800, y + 30), "本单位因锁丢失申请解绑请予办理为盼", 0.98)
    for y in range(300, 1000, 80)
]
LEFT, TOP = corners(40, 60, 70, 1340), corners(60, 40, 940, 70)
LETTER = Part("a.pdf", 1, PartKind.REQUEST_LETTER, Box(0.15, 0.2, 0.85, 0.8), 1.0)
CARD = corners(60, 500, 90, 860)  # the number of a card on end is not as long


def confident(*lines: Line) -> bool:
    pieces = [*pieces_of(WORDS, 0.0), *loose_pieces(lines, 0.0)]
    pieces += [p for p in pieces_of(lines, 0.0) if p.line not in {q.line for q in pieces}]
    content = content_of(PAGE)
    trust = judge(PAGE, content, pieces, [LETTER], [], [], unresolved=False, grain=1.0)
    return trust.confident


@pytest.mark.parametrize("place", [LEFT, TOP], ids=["left", "top"])
@pytest.mark.parametrize("text", ["", "0000000000060000000000900000000000"])
def test_a_border_that_is_read_as_a_line_of_nothing_is_no_doubt(place, text):
    assert confident(Line(place, text), Line(corners(930, 60, 960, 1340), text))


@pytest.mark.parametrize(
    "unread",
    [
        Line(corners(485, 60, 515, 1340)),
        Line(LEFT, "本单位因锁丢失申请解绑请予办理为盼谢谢领导"),
        Line(CARD),
    ],
    ids=["in the midst", "words", "short"],
)
def test_unread_lines_elsewhere_are_doubt(unread):
    assert not confident(*[unread] * 4)


def test_a_page_of_words_is_no_doubt():
    assert confident()
