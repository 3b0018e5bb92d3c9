"""Coloured ink on a page: masks of red, blue and violet, and whether the page has colour at all.

Red is distinguished from gold frames, skin and brown paper by its hue: green and blue must be close
to each other. Paper tint is taken out first, because whole pages of photographs are yellow or blue.
Pale ink is looked for separately, by how it differs from the paper around it: on the axis from
green to red of CIELAB, on which neither gold nor the waves of a licence or the tints of a card
differ much and red and violet ink do, however little of it there is.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Image

Mask = NDArray[Any]
_SIDE: Final = 1400
_RED_STEP, _BLUE_STEP = 34, 40
_VIOLET_STEP: Final = 30
_PALE_REDDER, _PALE_BLUER = 2.5, 4.0  # than the paper around, on the axes of CIELAB
_AROUND_PX, _GRAIN_PX = 61, 1.2
_GREY_SPREAD: Final = 12
# of the page's pixels must differ in colour for it to count as a colour page
_COLOURED: Final = 2e-4


@dataclass(frozen=True, slots=True)
class Ink:
    """Masks at a smaller scale: a pixel of the mask is `step` pixels of the page."""

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
    small = _smaller(page, step)
    balanced = _paper_white(small)
    b, g, r = (balanced[:, :, i].astype(np.int16) for i in range(3))
    red = (r - np.maximum(g, b) > _RED_STEP) & (
        np.abs(g - b) < np.maximum(20, 0.45 * (r - np.minimum(g, b)))
    )
    blue = (b - r > _BLUE_STEP) & (b - g > _BLUE_STEP // 4)
    violet = (np.minimum(r, b) - g > _VIOLET_STEP) & ~red & ~blue
    spread = np.maximum(np.maximum(r, g), b) - np.minimum(np.minimum(r, g), b)
    # Compression and sensors tint grey pages slightly and evenly;
    # ink of a colour stands out from that.
    colour = (
        float((spread > _GREY_SPREAD + 2 * float(np.median(spread))).mean()) > _COLOURED
        and float(spread.max()) > 3 * _GREY_SPREAD
    )
    dark = cv2.cvtColor(balanced, cv2.COLOR_BGR2GRAY)
    local = cv2.blur(dark, (51, 51)).astype(np.int16) - dark > 40
    return Ink(
        _clean(red), _clean(blue), _clean(violet), local.astype(np.uint8), balanced, step, colour
    )


def pale_ink(ink: Ink) -> Mask:
    """Where a page is a little redder, more violet or bluer than around:
    nearly dry stamps, washed-out scans."""
    _, green_to_red, blue_to_yellow = cv2.split(cv2.cvtColor(ink.paper_white, cv2.COLOR_BGR2LAB))
    redder, bluer = _above_around(green_to_red), -_above_around(blue_to_yellow)
    return _clean((redder > _PALE_REDDER) | (bluer > _PALE_BLUER))


def _above_around(plane: NDArray[Any]) -> NDArray[np.float32]:
    """How far each place stands above the median around it, grain smoothed."""
    smooth = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), _GRAIN_PX)
    return smooth - cv2.medianBlur(plane, _AROUND_PX)


def _smaller(page: Image, step: float) -> Image:
    if step <= 1:
        return page
    return cv2.resize(
        page,
        (round(page.shape[1] / step), round(page.shape[0] / step)),
        interpolation=cv2.INTER_AREA,
    )


def _paper_white(image: Image) -> Image:
    """The picture with its paper (the 85th percentile of each channel) made neutral."""
    paper = np.percentile(image[::4, ::4].reshape(-1, 3), 85, axis=0)
    gain = np.clip(float(np.max(paper)) / np.maximum(paper, 1.0), 1.0, 1.35)
    shades = np.clip(np.arange(256)[:, None] * gain, 0, 255).astype(np.uint8)
    return cv2.LUT(image, shades[None])


def _clean(mask: NDArray[np.bool_]) -> Mask:
    """Without single pixels."""
    raw = mask.astype(np.uint8)
    return raw * (cv2.blur(raw * 9, (3, 3)) >= 3)
