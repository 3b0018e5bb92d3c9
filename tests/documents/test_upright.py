"""Which way a page lies is told by its lines, which are found once."""

from collections.abc import Sequence

import numpy as np
import pytest

from papers.lines.ocr_models import Image, Line, Quad, Strip
from papers.lines.upright import upright

ROW = ((20.0, 10.0), (180.0, 10.0), (180.0, 30.0), (20.0, 30.0))


class Turned:
    """Reads a line of a page well in one direction alone: that in which its row begins with the
    corner `first`, of the page as proposed."""

    def __init__(self, first: tuple[float, float], row: Quad = ROW, worst: float = 0.2) -> None:
        self.first, self.row, self.worst = first, row, worst
        self.seen: list[tuple[int, ...]] = []

    def quarter_turns(self, image: Image) -> int:
        return 0

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        self.seen.append(image.shape)
        return [self.row if len(self.seen) == 1 else (self.first, *self.row[1:])]

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        sure = {True: 0.99, False: self.worst}
        return [Line(quad, "公民身份号码", sure[quad[0] == self.first]) for quad in quads]

    def strip(self, cut: Image) -> Strip:
        return Strip()


COLUMN = ((10.0, 20.0), (30.0, 20.0), (30.0, 180.0), (10.0, 180.0))


@pytest.mark.parametrize(
    ("first", "row", "quarters", "seen"),
    [
        ((20.0, 10.0), ROW, 0, [(100, 200, 3)]),
        ((180.0, 30.0), ROW, 2, [(100, 200, 3), (100, 200, 3)]),
        ((10.0, 180.0), COLUMN, 1, [(200, 100, 3), (100, 200, 3)]),
        ((30.0, 20.0), COLUMN, 3, [(200, 100, 3), (100, 200, 3)]),
    ],
)
def test_a_page_is_turned_as_its_lines_read_best(
    first: tuple[float, float], row: Quad, quarters: int, seen: list[tuple[int, ...]]
) -> None:
    ocr = Turned(first, row)
    image = np.zeros(seen[0], np.uint8)
    image[:5, :5] = 255
    page, turns, lines = upright(ocr, image)
    assert turns == quarters
    assert (page == np.rot90(image, -quarters)).all()
    assert lines[0].confidence == 0.99
    assert ocr.seen == seen


def test_a_page_that_reads_badly_in_every_direction_is_searched_once() -> None:
    ocr = Turned((0.0, 0.0), worst=0.4)
    _, turns, lines = upright(ocr, np.zeros((100, 200, 3), np.uint8))
    assert (turns, len(lines), len(ocr.seen)) == (0, 1, 1)
