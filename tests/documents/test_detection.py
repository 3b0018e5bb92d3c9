"""Lines are found by the fast detector, and by the better one where that leaves doubt."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from papers.lines.ocr_models import Image, Line, Quad, Strip
from papers.lines.onnx_ocr import SIDE, OnnxOcr
from papers.lines.pictures import resized
from papers.opening.sandbox import RawPage
from papers.page.bounded import BoundedOcr
from papers.page.page_reading import read_page
from tests.drawing.generate import letter_page

PAGE = np.full((1400, 1000, 3), 255, np.uint8)
CARD = {
    "姓名李珉": (0.061, 0.096, 0.2),
    "性别女": (0.061, 0.172, 0.15),
    "民族汉": (0.287, 0.172, 0.15),
    "出生1990年1月1日": (0.061, 0.249, 0.4),
    "住址北京市海淀区": (0.061, 0.326, 0.45),
    "公民身份号码": (0.061, 0.551, 0.24),
    "119999199001011234": (0.336, 0.551, 0.579),
}


def quad(x: float, y: float, width: float) -> Quad:
    return (x, y - 20), (x + width, y - 20), (x + width, y + 20), (x, y + 20)


class TwoDetectors:
    """Reads a card of which the fast detector finds some lines only."""

    def __init__(self, found_fast: int) -> None:
        self.words = {quad(x * 900, 100 + y * 900, w * 900): t for t, (x, y, w) in CARD.items()}
        self.found_fast = found_fast
        self.looks: list[bool] = []

    def quarter_turns(self, image: Image) -> int:
        return 0

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        if max(image.shape[:2]) == SIDE:  # the look for large words
            return ()
        self.looks.append(closely)
        return list(self.words)[: None if closely else self.found_fast]

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        return [Line(q, self.words[q], 0.99) for q in quads]

    def strip(self, cut: Image) -> Strip:
        return Strip()


@pytest.mark.parametrize(
    ("found_fast", "looks"),
    [(len(CARD), [False]), (len(CARD) - 1, [False, True]), (2, [False, True]), (0, [False, True])],
)
def test_a_page_is_looked_at_closely_only_where_doubt_stays(
    found_fast: int, looks: list[bool]
) -> None:
    ocr = TwoDetectors(found_fast)
    reading = read_page(ocr, PAGE, "a.pdf", RawPage(1))
    [card] = reading.parts
    assert (card.fields["id_number"], card.fields["name"]) == ("119999199001011234", "李珉")
    assert ocr.looks == looks


def test_a_name_in_doubt_is_found_closely() -> None:
    class UnsureOfTheName(TwoDetectors):
        """Reads the name badly until it is found closely."""

        def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
            sure = 0.99 if self.looks[-1] else 0.7
            return [
                replace(line, confidence=sure) if line.text == "姓名李珉" else line
                for line in super().lines(image, quads)
            ]

    ocr = UnsureOfTheName(len(CARD))
    reading = read_page(ocr, PAGE, "a.pdf", RawPage(1))
    [card] = reading.parts
    assert card.fields["name"] == "李珉"
    assert card.doubts == ()
    assert ocr.looks == [False, True]


def test_a_page_that_took_half_of_its_share_is_not_read_twice() -> None:
    bounded = BoundedOcr(TwoDetectors(0))
    assert bounded.look_closely()
    for _ in range(5):
        bounded.detect(PAGE)
    assert not bounded.look_closely()


def test_what_is_not_scaled_down_is_seen_closely_by_the_fast_detector() -> None:
    ocr = TwoDetectors(0)
    bounded = BoundedOcr(ocr)
    assert bounded.look_closely()
    bounded.detect(PAGE)
    bounded.detect(PAGE[:900, :900])
    assert ocr.looks == [True, False]


@pytest.mark.parametrize("closely", [False, True])
def test_the_detectors_find_lines_wherever_they_stand_on_an_empty_page(*, closely: bool) -> None:
    letter = np.array(letter_page("解绑申请", ["申请解绑并重置密码。"]).image)
    rows, columns = np.nonzero(letter.min(axis=2) < 128)
    letter = letter[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = letter.shape[:2]
    ocr = OnnxOcr()
    for left, top in ((0, 0), (1654 - width, 2339 - height), (300, 1500)):
        page = np.full((2339, 1654, 3), 255, np.uint8)
        page[top : top + height, left : left + width] = letter
        quads = ocr.detect(page, closely=closely)
        assert len(quads) == 2
        for corners in quads:
            x, y = np.mean(corners, axis=0)
            assert left < x < left + width
            assert top < y < top + height


def test_nothing_is_found_on_an_empty_page() -> None:
    assert OnnxOcr().detect(np.full((2339, 1654, 3), 250, np.uint8)) == []


@pytest.mark.parametrize("size", [(700, 495), (350, 247), (2000, 1200), (2339, 1655), (4000, 3000)])
def test_a_resized_picture_keeps_its_shades_in_their_places(size: tuple[int, int]) -> None:
    across = np.linspace(0, 255, 1655, dtype=np.uint8)
    page = np.repeat(np.repeat(across[None, :, None], 2339, axis=0), 3, axis=2)
    small = resized(page, size[1], size[0])
    assert small.shape == (*size, 3)
    assert np.abs(small[7, :, 0] - np.linspace(0, 255, size[1])).max() < 2
