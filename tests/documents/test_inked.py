"""What of a page a detector looks at: all that stands on it, little of the empty paper; and what rings are voted on is bounded."""

import cv2
import numpy as np
import pytest

from mail_intake.documents.lines.inked import inked_areas
from mail_intake.documents.seals import rings

WHOLE = [(slice(0, 960), slice(0, 672))]


def page(*boxes: tuple[int, int, int, int], ink: int = 0) -> np.ndarray:
    """Paper with rows of strokes in these boxes (left, top, right, bottom)."""
    paper = np.full((960, 672), 255, np.uint8)
    for x0, y0, x1, y1 in boxes:
        paper[y0:y1, x0:x1:4] = ink
        paper[y0:y1, x0 + 1 : x1 : 4] = ink
    return paper


def holds(areas, box) -> bool:
    x0, y0, x1, y1 = box
    return any(rows.start <= y0 and y1 <= rows.stop and columns.start <= x0 and x1 <= columns.stop for rows, columns in areas)


@pytest.mark.parametrize("ink", [0, 225])  # the palest print
def test_only_what_stands_on_the_paper_is_looked_at(ink):
    boxes = [(100, 120, 300, 240), (200, 700, 420, 760)]
    areas = inked_areas(page(*boxes, ink=ink))
    assert len(areas) == 2
    assert all(holds(areas, (x0 - 30, y0 - 30, x1 + 30, y1 + 30)) for x0, y0, x1, y1 in boxes)
    assert sum((r.stop - r.start) * (c.stop - c.start) for r, c in areas) < 0.3 * 960 * 672
    assert all((side.stop - side.start) % 32 == 0 for area in areas for side in area)


def test_what_stands_at_the_edges_is_in():
    boxes = [(0, 0, 60, 20), (600, 940, 672, 960)]
    assert all(holds(inked_areas(page(*boxes)), box) for box in boxes)


@pytest.mark.parametrize("paper", [
    page(), page((20, 20, 650, 900)), np.random.default_rng(1).normal(200, 12, (960, 672)).clip(0, 255).astype(np.uint8),
], ids=["empty", "full", "grain"])  # fmt: skip
def test_a_page_that_is_empty_full_or_grainy_is_looked_at_as_a_whole(paper):
    assert inked_areas(paper) == WHOLE


def test_scanned_paper_is_empty_though_it_has_a_little_grain():
    grain = np.random.default_rng(1).normal(0, 1.5, (960, 672))
    assert len(inked_areas((page((100, 120, 300, 240)) + grain).clip(0, 255).astype(np.uint8))) == 1
    assert inked_areas((page((100, 120, 300, 240)) + grain).clip(0, 255).astype(np.uint8)) != WHOLE


@pytest.mark.parametrize(("share", "side"), [(0.0, 700), (0.035, 175)])
def test_the_more_there_is_to_vote_on_the_coarser_rings_are_voted_on(monkeypatch, share, side):
    mask = (np.random.default_rng(3).random((1400, 990)) < share).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    cv2.circle(mask, (500, 700), 120, 1, 5)
    seen = []
    monkeypatch.setattr(cv2, "HoughCircles", lambda picture, *_, **__: seen.append(max(picture.shape)))
    rings._by_votes(mask, 30.0, 400.0)
    assert set(seen) == {side}
