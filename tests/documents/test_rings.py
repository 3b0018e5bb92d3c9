"""Rings of seals in masks of ink."""

import cv2
import numpy as np
import pytest

from papers.seals.planes import INK, PRINTED, Planes
from papers.seals.rings import Ring, find_rings


@pytest.mark.parametrize(
    ("off_the_page", "sure"), [(0.0, True), (0.25, True), (0.35, True), (0.65, False)]
)
def test_a_ring_is_judged_by_what_of_it_lies_on_the_page(off_the_page, sure):
    """`off_the_page`: share of its width.

    Of one that is mostly cut away, what is missing counts.
    """
    mask = np.zeros((400, 600), np.uint8)
    cv2.circle(mask, (600 - round(120 * (0.5 - off_the_page)), 200), 60, 1, 3)
    assert any(ring.coverage > 0.8 for ring in find_rings(mask)) is sure


def test_half_a_ring_on_the_page_is_none():
    mask = np.zeros((400, 600), np.uint8)
    cv2.ellipse(mask, (300, 200), (60, 60), 0, 0, 180, 1, 3)
    assert not any(ring.sure for ring in find_rings(mask))


@pytest.mark.parametrize(("ink", "parted"), [(130, True), (20, False)])
def test_print_darker_than_a_grey_seal_is_taken_out_of_it(ink, parted):
    """Names of grey seals were not read where print crossed them; print as dark as the seal, as on
    a facsimile, cannot be told from it."""
    picture = np.full((400, 400, 3), 250, np.uint8)
    cv2.circle(picture, (200, 200), 150, (ink,) * 3, 6)
    cv2.line(picture, (40, 90), (360, 90), (20,) * 3, 8)
    planes = Planes.of(picture, Ring(200, 200, 150, 150, 0.0, 1.0, 0.1), "grey")
    assert bool(planes.print_over[90, 200]) is parted
    assert bool(planes[INK][90, 200] > 180) is parted
    assert planes[PRINTED][90, 200] < 30


def test_frames_and_letters_around_a_place_are_no_ring():
    """Two rings were seen in a rectangular stamp, three in letters of a title. The outermost ink of
    a ring runs on one curve."""
    mask = np.zeros((800, 1200), np.uint8)
    cv2.rectangle(mask, (300, 300), (620, 460), 1, 4)
    for y in (350, 400, 450):
        cv2.putText(mask, "COPY ONLY FOR USE", (310, y), 0, 1.0, 1, 3)
    cv2.circle(mask, (900, 400), 70, 1, 4)
    [ring] = find_rings(mask)
    assert abs(ring.cx - 900) < 3


def test_a_ring_is_looked_for_around_the_white_that_it_encloses():
    """An oval ring that touches other ink is no connected ink of its own, and no circle."""
    mask = np.zeros((800, 1200), np.uint8)
    cv2.ellipse(mask, (600, 420), (95, 68), 0, 0, 360, 1, 3)
    cv2.ellipse(mask, (650, 310), (90, 60), 0, 0, 360, 1, -1)
    cv2.rectangle(mask, (560, 420), (575, 520), 1, -1)
    cv2.line(mask, (200, 520), (1000, 520), 1, 14)
    assert any(
        ring.sure and abs(ring.cx - 600) < 5 and abs(ring.cy - 420) < 5 for ring in find_rings(mask)
    )
