"""Coloured ink on a page: masks of red, blue and violet, and whether the page has colour at all.

Red ink differs from gold frames, skin and brown paper by hue: its green and blue must be close to
each other. The tint of the paper is removed first, because photographs may be yellow or blue all
over. Pale ink has a mask of its own (`pale_ink`), by the difference from the paper around it in
CIELAB. On its axis from green to red, even pale red and violet ink differ, while gold, the waves of
a licence and the tints of a card hardly do.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Floats, Image

Mask = NDArray[Any]
_SIDE = 1400  # pixels: the longer side of a mask
# grey levels by which the channels of an ink exceed the others
_RED_STEP, _BLUE_STEP = 34, 40
_VIOLET_STEP, _DARKER = 30, 40
# how far green and blue may differ in a red pixel, by how far red exceeds the lesser of them
_MOST_TINT = (np.ceil(np.maximum(20, 0.45 * np.arange(256))) - 1).astype(np.uint8)
_PALE_REDDER, _PALE_BLUER = 2.5, 4.0  # than the paper around, on the axes of CIELAB
_AROUND_PX = 31  # the width of "around", at half the size
_GRAIN_PX = 1.2  # the smoothing of grain (sigma)
_GREY_SPREAD = 12  # grey levels between the channels of a pixel that is still grey
_COLOURED = 2e-4  # least share of coloured pixels on a colour page


@dataclass(frozen=True)
class Ink:
    """Masks of the ink, and the page without its tint (`paper_white`), all at a smaller scale: one
    of their pixels is `step` pixels of the page. `dark`: darker than around, in any colour;
    `colour`: whether the page has colour."""

    red: Mask
    blue: Mask
    violet: Mask
    dark: Mask
    paper_white: Image
    step: float
    colour: bool


def find_ink(page: Image) -> Ink:
    """The coloured ink of an upright page."""
    step = max(1.0, max(page.shape[:2]) / _SIDE)
    height, width = (round(side / step) for side in page.shape[:2])
    paper_white = _paper_white(cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA))
    b, g, r = cv2.split(paper_white)
    most, least = cv2.max(cv2.max(r, g), b), cv2.min(cv2.min(r, g), b)
    # cv2.subtract gives 0 for a negative difference
    redder = cv2.subtract(r, cv2.max(g, b)) > _RED_STEP
    red = redder & (cv2.absdiff(g, b) <= cv2.LUT(cv2.subtract(r, least), _MOST_TINT))
    blue = (cv2.subtract(b, r) > _BLUE_STEP) & (cv2.subtract(b, g) > _BLUE_STEP // 4)
    violet = (cv2.subtract(cv2.min(r, b), g) > _VIOLET_STEP) & ~red & ~blue
    spread = cv2.subtract(most, least)
    # compression and sensors give grey pages a slight, even tint; coloured ink exceeds it
    tint = float(np.median(spread[::4, ::4]))
    colour = (
        float((spread > _GREY_SPREAD + 2 * tint).mean()) > _COLOURED
        and float(spread.max()) > 3 * _GREY_SPREAD
    )
    grey = cv2.cvtColor(paper_white, cv2.COLOR_BGR2GRAY)
    dark = cv2.subtract(cv2.blur(grey, (51, 51)), grey) > _DARKER
    return Ink(
        _clean(red), _clean(blue), _clean(violet), dark.astype(np.uint8), paper_white, step, colour
    )


def pale_ink(ink: Ink) -> Mask:
    """Where a page is a little redder, more violet or bluer than around: ink of nearly dry stamps
    and of washed-out scans."""
    _, green_to_red, blue_to_yellow = cv2.split(cv2.cvtColor(ink.paper_white, cv2.COLOR_BGR2LAB))
    redder, bluer = _above_around(green_to_red), -_above_around(blue_to_yellow)
    return _clean((redder > _PALE_REDDER) | (bluer > _PALE_BLUER))


def _above_around(plane: NDArray[Any]) -> Floats:
    """By how much each pixel, with grain smoothed, exceeds the median around it, which is computed
    at half the size."""
    smooth = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), _GRAIN_PX)
    around = cv2.medianBlur(np.ascontiguousarray(plane[::2, ::2]), _AROUND_PX)
    return smooth - cv2.resize(around, plane.shape[::-1])


def _paper_white(image: Image) -> Image:
    """The picture without the tint of its paper, whose colour is the 85th percentile of each
    channel."""
    paper = np.percentile(image[::8, ::8].reshape(-1, 3), 85, axis=0)
    gain = np.clip(float(np.max(paper)) / np.maximum(paper, 1.0), 1.0, 1.35)
    shades = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
    return cv2.LUT(image, shades[None])


def _clean(mask: NDArray[np.bool_]) -> Mask:
    """The mask without single pixels: at least 3 of the 9 around a pixel are set."""
    raw = mask.astype(np.uint8)
    return raw * (cv2.blur(raw * 9, (3, 3)) >= 3)
