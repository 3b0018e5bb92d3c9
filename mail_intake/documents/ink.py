"""Coloured ink on a page: masks of red and blue, and whether the page has colour at all.

Red is told from gold frames, skin and brown paper by its hue: green and blue must be close to each other. Paper tint is taken out first, because
whole pages of photographs are yellow or blue.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mail_intake.documents.ocr_models import Image

Mask = NDArray[np.uint8]
_SIDE: Final = 1400
_RED_STEP, _BLUE_STEP = 34, 40
_PALE_STEP: Final = 9  # redder or bluer than the paper around
_GREY_SPREAD: Final = 12
_COLOURED: Final = 2e-4  # of the page's pixels must differ in colour for it to count as a colour page


@dataclass(frozen=True, slots=True)
class Ink:
    """Masks at a smaller scale: a pixel of the mask is `step` pixels of the page."""

    red: Mask
    blue: Mask
    dark: Mask
    pale: Mask
    step: float
    colour: bool


def find_ink(page: Image) -> Ink:
    """The coloured ink of an upright page."""
    step = max(1.0, max(page.shape[:2]) / _SIDE)
    small = _smaller(page, step)
    balanced = _paper_white(small)
    b, g, r = (balanced[:, :, i].astype(np.int16) for i in range(3))
    red = (r - np.maximum(g, b) > _RED_STEP) & (np.abs(g - b) < np.maximum(20, 0.45 * (r - np.minimum(g, b))))
    blue = (b - r > _BLUE_STEP) & (b - g > _BLUE_STEP // 4)
    spread = np.maximum(np.maximum(r, g), b) - np.minimum(np.minimum(r, g), b)
    # Compression and sensors tint grey pages slightly and evenly; ink of a colour stands out from that.
    colour = float((spread > _GREY_SPREAD + 2 * float(np.median(spread))).mean()) > _COLOURED and float(spread.max()) > 3 * _GREY_SPREAD
    dark = cv2.cvtColor(balanced, cv2.COLOR_BGR2GRAY)
    local = cv2.blur(dark, (51, 51)).astype(np.int16) - dark > 40
    tinge = np.maximum(r - np.maximum(g, b), b - r).astype(np.int16)
    pale = tinge - cv2.blur(tinge, (51, 51)) > _PALE_STEP
    return Ink(_clean(red), _clean(blue), local.astype(np.uint8), _clean(pale), step, colour)


def _smaller(page: Image, step: float) -> Image:
    if step <= 1:
        return page
    return np.asarray(
        cv2.resize(page, (round(page.shape[1] / step), round(page.shape[0] / step)), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


def _paper_white(image: Image) -> Image:
    """The picture with its paper (the 85th percentile of each channel) made neutral."""
    paper = np.percentile(image[::4, ::4].reshape(-1, 3), 85, axis=0)
    gain = np.clip(float(np.max(paper)) / np.maximum(paper, 1.0), 1.0, 1.35)
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def _clean(mask: NDArray[np.bool_]) -> Mask:
    """Without single pixels."""
    raw = mask.astype(np.uint8)
    return np.asarray(raw * (cv2.blur(raw * 9, (3, 3)) >= 3), dtype=np.uint8)
