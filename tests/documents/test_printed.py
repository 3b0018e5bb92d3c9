"""Print in the colours of ink that is no seal: the emblem over a licence, titles, codes, frames."""

import cv2
import numpy as np
import pytest

from core.data.documents import Box, Part, PartKind
from papers.seals.printed import (
    find_codes,
    find_emblems,
    is_at_head,
    is_print,
    large_print,
    loose_ink,
)
from papers.seals.rings import Ring, find_rings

HEIGHT, WIDTH = 990, 1400
LICENCE = Part("a.pdf", 1, PartKind.LICENCE, Box(0.0, 0.15, 0.95, 1.0), 0.9)
BLANK = np.zeros((HEIGHT, WIDTH), np.uint8)


def mask(draw=None):
    picture = BLANK.copy()
    if draw:
        draw(picture)
    return picture


def emblem(picture, at=(665, 140), radius=75):
    """A red disc with gold stars and a gold rim below."""
    cv2.circle(picture, at, radius, 1, -1)
    for turn in range(5):
        angle = 2 * np.pi * turn / 5
        star = (
            int(at[0] + 0.5 * radius * np.cos(angle)),
            int(at[1] + 0.5 * radius * np.sin(angle)),
        )
        cv2.circle(picture, star, radius // 8, 0, -1)


def seal(picture, at=(665, 140), radius=80):
    """A ring, a star, letters along the ring."""
    cv2.circle(picture, at, radius, 1, 3)
    cv2.circle(picture, at, radius // 4, 1, -1)
    for turn in np.arange(0.0, 5.0, 0.35):
        letter = (at[0] + 0.72 * radius * np.cos(turn), at[1] + 0.72 * radius * np.sin(turn))
        x, y = (int(v) for v in letter)
        cv2.rectangle(picture, (x - 7, y - 7), (x + 7, y + 7), 1, 2)


def square(picture):
    """A personal seal with its letters cut out."""
    cv2.rectangle(picture, (600, 80), (730, 210), 1, -1)


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (emblem, 1),
        (lambda p: emblem(p, radius=95), 1),
        (lambda p: emblem(p, at=(665, 700)), 0),
        (lambda p: emblem(p, at=(300, 140)), 0),
        (seal, 0),
        (square, 0),
        (lambda p: (emblem(p), seal(p, at=(700, 200))), 0),
    ],
)
def test_the_emblem_is_a_disc_in_the_middle_over_its_paper(draw, found):
    assert len(find_emblems(mask(draw), [LICENCE])) == found


@pytest.mark.parametrize(
    ("draw", "left"),
    [
        (emblem, False),
        (None, False),
        (seal, True),
        (square, True),
        (lambda p: (emblem(p), seal(p, at=(700, 200))), True),
        (lambda p: (emblem(p), seal(p, at=(1000, 700))), True),
        (lambda p: emblem(p, at=(665, 700)), True),
    ],
)
def test_only_the_emblem_is_taken_away_and_what_touches_it_is_ink(draw, left):
    red = mask(draw)
    emblems = find_emblems(red, [LICENCE])
    assert loose_ink(red, BLANK, [LICENCE], emblems, (), ()) is left


def test_letters_of_a_large_title_are_print_and_a_seal_over_it_is_none():
    page, title, line = np.zeros((990, 1400, 3)), Box(0.3, 0.5, 0.7, 0.6), Box(0.3, 0.7, 0.7, 0.72)
    code = Box(0.8, 0.2, 0.9, 0.34)
    assert large_print([title, line, code], page) == [title]
    letter = mask(lambda p: cv2.rectangle(p, (500, 510), (570, 580), 1, 8))
    assert not loose_ink(letter, BLANK, [LICENCE], (), [title], ())
    assert loose_ink(mask(lambda p: seal(p, at=(600, 545))), BLANK, [LICENCE], (), [title], ())


def test_the_head_of_a_paper_is_over_its_middle():
    paper = LICENCE.box
    assert is_at_head(Box(0.42, 0.07, 0.52, 0.22), paper)
    assert not is_at_head(Box(0.42, 0.3, 0.52, 0.45), paper)
    assert not is_at_head(Box(0.7, 0.07, 0.8, 0.22), paper)


@pytest.mark.parametrize(("width", "printed"), [(0.13, True), (0.24, False)])
def test_a_seal_over_the_emblem_of_a_card_is_none_of_its_print(width, printed):
    card = Part("a.pdf", 1, PartKind.ID_BACK, Box(0.17, 0.44, 0.79, 0.71), 0.9)
    place = Box(0.17, 0.45, 0.17 + width, 0.45 + 0.7 * width)
    assert is_print(Ring(0, 0, 80, 80, 0.0, 0.99, 0.3), place, [card], ()) is printed


def test_a_code_is_a_square_full_of_ink_whether_it_can_be_read_or_not():
    grains = np.random.default_rng(7).random((30, 30)) < 0.6
    for rows, columns in ((0, 0), (0, 23), (23, 0)):
        grains[rows : rows + 7, columns : columns + 7] = True
    dark = BLANK.copy()
    dark[600:780, 200:380] = np.kron(grains, np.ones((6, 6), np.uint8))
    seal(dark, at=(900, 600))
    [code] = find_codes(dark)
    assert (code.x0 * WIDTH, code.y0 * HEIGHT) == pytest.approx((200, 600), abs=12)


@pytest.mark.parametrize(
    ("draw", "found"),
    [
        (lambda p: seal(p, at=(700, 500)), 1),
        (lambda p: cv2.rectangle(p, (20, 20), (1380, 970), 1, 4), 0),
        (lambda p: cv2.rectangle(p, (500, 450), (830, 590), 1, 4), 0),
        (lambda p: cv2.ellipse(p, (700, 500), (80, 60), 0, 0, 360, 1, 3), 1),
    ],
)
def test_frames_and_rectangles_are_no_rings(draw, found):
    assert len(find_rings(mask(draw))) == found
