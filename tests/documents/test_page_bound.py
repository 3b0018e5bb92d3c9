"""A page takes so much reading and no more, and says that it was not read whole;
and no line is read twice without need."""

from collections.abc import Sequence

import cv2
import numpy as np

from core.data.documents import Box
from papers.lines.layout import pieces_of
from papers.lines.ocr_models import Image, Line, Quad, Strip
from papers.opening.sandbox import RawPage
from papers.page.bounded import MOST_LINES, BoundedOcr
from papers.page.page_reading import read_page
from papers.page.trust import content_of, judge

PAGE = np.full((2000, 1400, 3), 255, np.uint8)


def quad(x: float, y: float, width: float, height: float = 30) -> Quad:
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


class Endless:
    """Sees as many lines as it is told, of noise, whichever way up the page is."""

    def __init__(self, count: int, width: float = 400) -> None:
        self.quads = [quad(50, 10 + 4 * n, width) for n in range(count)]
        self.detected = self.lines_read = self.strips_read = 0

    def quarter_turns(self, image: Image) -> int:
        return 0

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        self.detected += 1
        return self.quads

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        self.lines_read += len(quads)
        return [Line(q, "噪声乱字", 0.3) for q in quads]

    def strip(self, cut: Image) -> Strip:
        self.strips_read += 1
        return Strip()


def lines_of(bounded: BoundedOcr) -> Sequence[Line]:
    return bounded.lines(PAGE, bounded.detect(PAGE))


def test_a_page_of_noise_is_read_in_part_and_proves_nothing() -> None:
    ocr = Endless(2000)
    reading = read_page(ocr, PAGE, "a.pdf", RawPage(1))
    assert not reading.page.confident
    assert not reading.page.blank
    assert 10 < ocr.lines_read <= MOST_LINES
    assert ocr.detected < 4


def test_what_was_not_read_is_given_back_as_lines_without_words() -> None:
    bounded = BoundedOcr(Endless(300, width=1300))
    lines = lines_of(bounded)
    assert len(lines) == 300
    assert lines[0].text
    assert not lines[-1].text
    assert bounded.left_unread


def test_large_print_is_read_before_small() -> None:
    ocr = Endless(200, width=1300)
    ocr.quads.append(quad(50, 1900, 400, height=60))
    lines = lines_of(BoundedOcr(ocr))
    assert lines[-1].text
    assert not lines[-2].text


def test_strips_beyond_the_share_are_not_read() -> None:
    ocr = Endless(0)
    bounded = BoundedOcr(ocr)
    wide = np.zeros((48, 3200, 3), np.uint8)
    for _ in range(50):
        bounded.strip(wide)
    assert ocr.strips_read < 10
    assert bounded.left_unread


def test_a_page_of_the_usual_size_has_all_it_wants() -> None:
    bounded = BoundedOcr(Endless(60))
    assert all(line.text for line in lines_of(bounded))
    assert not bounded.left_unread


def test_more_lines_than_anybody_prints_are_no_whole_page() -> None:
    bounded = BoundedOcr(Endless(MOST_LINES + 1, width=1))
    assert len(lines_of(bounded)) == MOST_LINES
    assert bounded.left_unread


def noise() -> Image:
    specks = np.random.default_rng(1).integers(0, 256, (660, 460, 3), dtype=np.uint8)
    return np.asarray(
        cv2.resize(specks, (1400, 2000), interpolation=cv2.INTER_CUBIC), dtype=np.uint8
    )


def test_a_sheet_that_is_full_to_its_edges_proves_nothing() -> None:
    """A picture that was decoded wrongly: a ring in its noise would explain all that is on it."""
    line = pieces_of([Line(quad(50, 300, 900), "关于召开年度工作会议的通知", 0.99)], 0.0)
    for page, confident in ((PAGE, True), (noise(), False)):
        seals, known = [Box(0, 0, 1, 1)], {"unresolved": False, "grain": 1.0}
        trust = judge(page, content_of(page), line, [], seals, [], **known)
        assert trust.confident is confident


def test_noise_proves_nothing_and_has_no_sure_seal() -> None:
    reading = read_page(Endless(3), noise(), "a.pdf", RawPage(1))
    assert not reading.page.confident
    assert all(seal.doubtful for seal in reading.seals)
    assert not reading.cuts
