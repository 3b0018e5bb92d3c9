"""What is left of a page when all that was read is taken away: a portrait is, a border is not."""

import numpy as np
import pytest

from core.data.documents import Box
from papers.page.trust import picture_left

WIDTH, HEIGHT = 500, 700
BELOW = Box(0.03, 0.14, 0.97, 1.0)  # what a licence covers, without the border above it


def bordered() -> np.ndarray:
    """An engraved band around the page."""
    content = np.zeros((HEIGHT, WIDTH), np.uint8)
    content[20:-20, 20:-20] = 1
    content[36:-36, 36:-36] = 0
    return content


def test_a_border_whose_lower_part_is_covered_is_no_picture():
    assert not picture_left(bordered(), [])
    assert not picture_left(bordered(), [BELOW])


def edges(length: int) -> np.ndarray:
    """The table above a photographed sheet and on its left, so far down."""
    content = np.zeros((HEIGHT, WIDTH), np.uint8)
    content[:16] = content[:length, :20] = 1
    return content


def test_two_edges_of_a_table_are_no_picture():
    assert not picture_left(edges(240), [])
    with_portrait = edges(240)
    with_portrait[:100, 300:380] = 1
    assert picture_left(with_portrait, [])


@pytest.mark.parametrize(
    ("y0", "covered"), [(200, []), (45, [Box(0.03, 0.3, 0.97, 1.0)])], ids=["inside", "touching"]
)
def test_a_portrait_beside_a_border_is_a_picture(y0, covered):
    content = bordered()
    content[y0 : y0 + 130, 200:300] = 1
    assert picture_left(content, covered)
