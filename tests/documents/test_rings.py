"""Rings of seals in masks of ink."""

import cv2
import numpy as np
import pytest

from papers.seals.rings import find_rings


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
