"""Pictures ("planes") of the ink of a seal, without paper and print. Each plane has other faults,
so that hardly an error is in all of them.

Ink is read in the channel in which it is darkest (green for red ink, which JPEG stores sharply,
while it stores colour at half size). Print is dark in every channel, ink only in some. Where print
crosses the name, its strokes are removed in two ways. By the ratio of the channels: print makes
both darker by the same factor, so the ratio has the ink alone. By inpainting: the ink beside a
stroke is continued across it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Image
from papers.lines.pictures import square
from papers.seals.ink import Mask
from papers.seals.rings import Ring
from papers.seals.strips import unrolled

INK, RAW, EVEN_INK, EVEN, PRINTED = range(5)
_GRAIN = 15  # levels below paper that are no print yet
# of (blue, green, red): in which channel the ink is dark, and in which it is light
_CHANNELS = {"red": (1, 2), "blue": (2, 0), "violet": (1, 0)}
# size of the area that gives the paper's level (of the radius); levels of print that count as none;
# the level of white paper
_PAPER_AROUND, _FAINT_PRINT, _WHITE = 0.28, 45, 245
_RIM, _NAME = (0.93, 1.03), 0.92  # of the radius: the rim; the outer edge of the name
# print is darker than this share of the rim's level, in the channel in which ink is light; width of
# a stroke's blurred edge; from how far the ink beside a stroke is taken
_DARKER, _EDGE_PX, _BESIDE_PX = 0.75, 3, 3
_GRAIN_LEVELS = 8  # added to both channels of a ratio: below them is only grain
_CROSSED = 0.01  # least share of the name's area under print
_OPAQUE = 0.4  # of the paper's level: print darker than this in both channels hides the ink

Levels = NDArray[Any]


@dataclass(frozen=True)
class Planes:
    """The ink planes of a seal's picture.

    `print_over`: where print lies within the rim; empty where hardly any does. `opaque`: where
    print is too dark for ink under it to be visible.
    """

    pictures: Mapping[int, Image]
    print_over: Mask
    opaque: Mask

    def __getitem__(self, plane: int) -> Image:
        return self.pictures[plane]

    @classmethod
    def of(cls, picture: Image, ring: Ring, colour: str) -> "Planes":
        """The planes of a seal in red, blue or violet ink, else in grey.

        PRINTED: the channel in which the ink is darkest. INK: this, lighter where print lies. RAW:
        the same as PRINTED. EVEN: this with paper evened and contrast stretched; EVEN_INK: also
        lighter where print lies. Where print crosses the name, RAW, EVEN and EVEN_INK are without
        its strokes.
        """
        if colour not in _CHANNELS:
            return _grey(np.minimum.reduce(cv2.split(picture)), ring)
        dark, light = (np.ascontiguousarray(picture[:, :, c]) for c in _CHANNELS[colour])
        paper = _paper(dark, ring)
        even, other = _even(dark, paper), _even(light, _paper(light, ring))
        strokes = _print(even, other, ring)
        crossed = strokes.any()
        carried_on = cv2.inpaint(dark, strokes, _BESIDE_PX, cv2.INPAINT_NS)
        ratio = _even(even + np.float32(_GRAIN_LEVELS), other + np.float32(_GRAIN_LEVELS))
        print_ink = 255 - cv2.erode(other, square(3))
        lightened = even + 1.5 * np.maximum(0.0, print_ink - _FAINT_PRINT)
        mean = (ratio + _even(carried_on, paper)) / 2
        pictures = {
            INK: _without_print(dark, light),
            RAW: _stretched(np.where(strokes > 0, ratio, lightened)) if crossed else dark,
            EVEN_INK: _stretched(np.where(strokes > 0, ratio, even) if crossed else lightened),
            EVEN: _stretched(np.where(strokes > 0, mean, even)),
            PRINTED: dark,
        }
        return cls(pictures, strokes, (np.maximum(even, other) < _OPAQUE * 255).astype(np.uint8))


def _grey(dark: Mask, ring: Ring) -> Planes:
    """The planes of grey ink: print differs from it only where it is darker than the rim."""
    paper = _paper(dark, ring)
    even = _even(dark, paper)
    strokes = _print(even, even, ring)
    carried_on = cv2.inpaint(dark, strokes, _BESIDE_PX, cv2.INPAINT_NS)
    pictures = {
        INK: carried_on,
        RAW: dark,
        EVEN_INK: _stretched(_even(carried_on, paper)),
        EVEN: _stretched(np.where(strokes > 0, _WHITE, even)),
        PRINTED: dark,
    }
    return Planes(pictures, strokes, np.zeros_like(dark))


def _without_print(dark: Mask, light: Mask) -> Image:
    """The channel in which the ink is dark, lighter where black print lies, which is dark in the
    other channel too."""
    paper = int(np.percentile(light[::2, ::2], 90))
    print_ink = np.maximum(0, paper - light.astype(np.int16) - _GRAIN)
    return np.asarray(np.clip(dark + print_ink, 0, 255), np.uint8)


def _print(even: Levels, other: Levels, ring: Ring) -> Mask:
    """Where strokes of print lie within the rim; empty where hardly any do."""
    rims = [
        unrolled(np.clip(channel, 0, 255).astype(np.uint8), ring, _RIM, 0.0)
        for channel in (even, other)
    ]
    # of the rim in the other channel, at the darkest place of each angle
    level = float(np.median(np.take_along_axis(rims[1], rims[0].argmin(axis=0)[None], axis=0)))
    strokes = cv2.dilate(
        (other < _DARKER * min(level, _WHITE)).astype(np.uint8),
        square(_EDGE_PX),
    )
    band = np.zeros(strokes.shape, np.uint8)
    ring.paint(band, 1, _NAME)
    crossed: Mask = strokes * band
    return crossed if int(crossed.sum()) > _CROSSED * int(band.sum()) else np.zeros_like(crossed)


def _paper(channel: Mask, ring: Ring) -> Levels:
    """The level of the paper around each pixel."""
    size = max(9, int(_PAPER_AROUND * (ring.a + ring.b) / 2)) | 1
    smooth = cv2.GaussianBlur(channel, (0, 0), 1.0)
    without_ink = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, square(size))
    paper = cv2.blur(without_ink, (size, size)).astype(np.float32)
    return np.maximum(paper, 1.0)


def _even(channel: Levels, paper: Levels) -> Levels:
    """A channel as on paper of one level, 255."""
    return channel / paper * 255


def _stretched(even: Levels) -> Mask:
    """The levels from the darkest ink to white paper, spread from 0 to 255."""
    darkest = min(200.0, float(np.percentile(even[::2, ::2], 3)))
    return np.clip((even - darkest) / (_WHITE - darkest) * 255, 0, 255).astype(np.uint8)
