"""The ink of a seal's picture, apart from paper and print: its planes, each with other faults, so
that what one shows wrongly the others do not show alike.

Ink is taken from the channel in which it is darkest (green for red ink; JPEG keeps it sharp, while
colour is stored at half size). Print is dark in every channel, ink only in its own. Where print
crosses the name, its strokes are taken out in two ways: ink that lies under them still makes its
own channel darker than the other (absorbances add up, so the ratio of the channels shows the ink
alone), and ink beside them is carried on across them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Image
from papers.seals.ink import Mask
from papers.seals.rings import Ring
from papers.seals.strips import unrolled

INK, RAW, EVEN_INK, EVEN, PRINTED = range(5)
_GRAIN: Final = 15
# blue green red: where the ink is dark, and where it is light
_CHANNELS: Final = {"red": (1, 2), "blue": (2, 0), "violet": (1, 0)}
# of the radius; levels of print that are none; the level of white paper
_PAPER_AROUND, _FAINT_PRINT, _WHITE = 0.28, 45, 245
_RIM, _NAME = (0.93, 1.03), 0.92  # of the radius
# print, than the rim in the channel in which ink is light;
# so far it is blurred, and carried on across
_DARKER, _EDGE_PX, _BESIDE_PX = 0.75, 3, 3
_GRAIN_LEVELS: Final = 8  # added to both channels of a ratio: below them is only grain
_CROSSED: Final = 0.01  # of the name's band under print
# of the paper's level, in both channels: what lies under such print is not seen
_OPAQUE: Final = 0.4

Levels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Planes:
    """The ink planes of a seal's picture.

    `print_over`: where strokes of print lie over its name or its middle, if many do; `opaque`:
    where print is so dark that no ink is seen under it.
    """

    pictures: Mapping[int, Image]
    print_over: Mask
    opaque: Mask

    def __getitem__(self, plane: int) -> Image:
        return self.pictures[plane]

    @classmethod
    def of(cls, picture: Image, ring: Ring, colour: str) -> "Planes":
        """The planes of a seal in an ink of a colour, or grey.

        RAW: the channel in which the ink is darkest. On even paper, from the darkest ink to white:
        EVEN_INK without black print, EVEN with it. Where strokes of print lie over the name all are
        without them, and PRINTED is the channel as it is.
        """
        if colour not in _CHANNELS:
            return _grey(picture.min(axis=2), ring)
        dark, light = (np.ascontiguousarray(picture[:, :, c]) for c in _CHANNELS[colour])
        paper = _paper(dark, ring)
        even, other = _even(dark, paper), _even(light, _paper(light, ring))
        strokes = _print(even, other, ring)
        crossed = strokes.any()
        carried_on = cv2.inpaint(dark, strokes, _BESIDE_PX, cv2.INPAINT_NS)
        left = _even(even + np.float32(_GRAIN_LEVELS), other + np.float32(_GRAIN_LEVELS))
        print_ink = 255 - cv2.erode(other, np.ones((3, 3), np.uint8))
        lit = even + 1.5 * np.maximum(0.0, print_ink - _FAINT_PRINT)
        both = (left + _even(carried_on, paper)) / 2
        pictures = {
            INK: _without_print(dark, light),
            RAW: _stretched(np.where(strokes > 0, left, lit)) if crossed else dark,
            EVEN_INK: _stretched(np.where(strokes > 0, left, even) if crossed else lit),
            EVEN: _stretched(np.where(strokes > 0, both, even)),
            PRINTED: dark,
        }
        return cls(pictures, strokes, (np.maximum(even, other) < _OPAQUE * 255).astype(np.uint8))


def _grey(dark: Mask, ring: Ring) -> Planes:
    """Grey ink is known from print only where that is darker than the rim."""
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
    """The channel in which the ink is darkest, made lighter where black print lies (dark in the
    other channel too)."""
    paper = int(np.percentile(light, 90))
    print_ink = np.maximum(0, paper - light.astype(np.int16) - _GRAIN)
    return np.asarray(np.clip(dark + print_ink, 0, 255), np.uint8)


def _print(even: Levels, other: Levels, ring: Ring) -> Mask:
    """Where strokes of print lie within the rim; nowhere where hardly any do."""
    rims = [
        unrolled(np.clip(channel, 0, 255).astype(np.uint8), ring, _RIM, 0.0)
        for channel in (even, other)
    ]
    level = float(np.median(np.take_along_axis(rims[1], rims[0].argmin(axis=0)[None], axis=0)))
    strokes = cv2.dilate(
        (other < _DARKER * min(level, _WHITE)).astype(np.uint8),
        np.ones((_EDGE_PX, _EDGE_PX), np.uint8),
    )
    band = np.zeros(strokes.shape, np.uint8)
    cv2.ellipse(
        band, ((ring.cx, ring.cy), (2 * _NAME * ring.a, 2 * _NAME * ring.b), ring.turn), 1, -1
    )
    crossed: Mask = strokes * band
    return crossed if int(crossed.sum()) > _CROSSED * int(band.sum()) else np.zeros_like(crossed)


def _paper(channel: Mask, ring: Ring) -> Levels:
    """The level of the paper around each place."""
    size = max(9, int(_PAPER_AROUND * (ring.a + ring.b) / 2)) | 1
    smooth = cv2.GaussianBlur(channel, (0, 0), 1.0)
    paper = cv2.blur(
        cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)), (size, size)
    ).astype(np.float32)
    return np.maximum(paper, 1.0)


def _even(channel: Levels, paper: Levels) -> Levels:
    """A channel on even paper."""
    return channel / paper * 255


def _stretched(even: Levels) -> Mask:
    darkest = min(200.0, float(np.percentile(even, 3)))
    return np.clip((even - darkest) / (_WHITE - darkest) * 255, 0, 255).astype(np.uint8)
