"""The ink of a seal's picture, apart from paper and print: its planes, each with other faults, so
that what one shows wrongly the others do not show alike.

Ink is taken from the channel in which it is darkest (green for red ink; JPEG keeps it sharp, while
colour is stored at half size). Print is dark in every channel, ink only in its own. Where print
crosses the name, its strokes are taken out in two ways: ink that lies under them still makes its
own channel darker than the other (absorbances add up, so the ratio of the channels shows the ink
alone), and ink beside them is carried on across them.
"""

import functools
from collections.abc import Mapping
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
_RIM, _NAME = (0.93, 1.03), (0.5, 0.92)  # of the radius
# print, than the rim in the channel in which ink is light;
# so far it is blurred, and carried on across
_DARKER, _EDGE_PX, _BESIDE_PX = 0.75, 3, 3
_GRAIN_LEVELS: Final = 8  # added to both channels of a ratio: below them is only grain
_CROSSED: Final = 0.01  # of the name's band under print
# of the paper's level, in both channels: what lies under such print is not seen
_OPAQUE: Final = 0.4

Levels = NDArray[Any]


class Planes:
    """The ink planes of a seal's picture: INK is made when it is needed,
    the others together when one of them is."""

    def __init__(self, picture: Image, ring: Ring, colour: str) -> None:
        self._picture, self._ring, self._colour = picture, ring, colour

    def __getitem__(self, plane: int) -> Image:
        return self._ink if plane == INK else self._others[0][plane]

    @property
    def print_over(self) -> Mask | None:
        """Where strokes of print lie over the name; None where hardly any do,
        or none can be told from the ink."""
        return self._others[1]

    @functools.cached_property
    def opaque(self) -> Mask | None:
        """Where print is so dark that no ink is seen under it;
        None where none can be told from the ink."""
        if self._colour not in _CHANNELS:
            return None
        levels = [_even(channel, _paper(channel, self._ring)) for channel in self._channels()]
        return (np.maximum(*levels) < _OPAQUE * 255).astype(np.uint8)

    @functools.cached_property
    def _ink(self) -> Image:
        """The ink alone: the channel in which it is darkest, made lighter where black print lies
        (dark in its own channel too)."""
        if self._colour not in _CHANNELS:
            return np.asarray(self._picture.min(axis=2))
        dark, light = (channel.astype(np.int16) for channel in self._channels())
        paper = int(np.percentile(light, 90))
        return np.clip(dark + np.maximum(0, paper - light - _GRAIN), 0, 255).astype(np.uint8)

    @functools.cached_property
    def _others(self) -> tuple[Mapping[int, Image], Mask | None]:
        """The other planes, and where strokes of print lie over the name."""
        if self._colour not in _CHANNELS:
            return _grey(self._picture, self._ring), None
        return _coloured(*self._channels(), self._ring)

    def _channels(self) -> tuple[Mask, Mask]:
        dark, light = _CHANNELS[self._colour]
        return (
            np.ascontiguousarray(self._picture[:, :, dark]),
            np.ascontiguousarray(self._picture[:, :, light]),
        )


def _grey(picture: Image, ring: Ring) -> Mapping[int, Image]:
    """Grey ink cannot be told from print: all are with it."""
    darkest = picture.min(axis=2)
    even = _stretched(_even(darkest, _paper(darkest, ring)))
    return {RAW: darkest, PRINTED: darkest, EVEN_INK: even, EVEN: even}


def _coloured(dark: Mask, light: Mask, ring: Ring) -> tuple[Mapping[int, Image], Mask | None]:
    """RAW: the channel in which the ink is darkest, as it is. On even paper, from the darkest ink
    to white: EVEN_INK without black print, EVEN with it.

    Where print lies over the name all are without it, and PRINTED is the first with it.
    """
    paper = _paper(dark, ring)
    even, other = _even(dark, paper), _even(light, _paper(light, ring))
    strokes = _print(even, other, ring)
    if strokes is None:
        print_ink = 255 - cv2.erode(other, np.ones((3, 3), np.uint8))
        without = even + 1.5 * np.maximum(0.0, print_ink - _FAINT_PRINT)
        planes = {RAW: dark, EVEN_INK: _stretched(without), EVEN: _stretched(even)}
        return planes | {PRINTED: dark}, None
    carried_on = cv2.inpaint(dark, strokes, _BESIDE_PX, cv2.INPAINT_NS)
    left = _even(even + np.float32(_GRAIN_LEVELS), other + np.float32(_GRAIN_LEVELS))
    under = np.where(strokes > 0, left, even)
    both = np.where(strokes > 0, (left + _even(carried_on, paper)) / 2, even)
    planes = {RAW: carried_on, EVEN_INK: _stretched(under), EVEN: _stretched(both)}
    return planes | {PRINTED: dark}, strokes


def _print(even: Levels, other: Levels, ring: Ring) -> Mask | None:
    """Where strokes of print lie in the name's band; None where hardly any do."""
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
    for share, value in ((_NAME[1], 1), (_NAME[0], 0)):
        cv2.ellipse(
            band,
            ((ring.cx, ring.cy), (2 * share * ring.a, 2 * share * ring.b), ring.turn),
            value,
            -1,
        )
    crossed: Mask = strokes * band
    return crossed if int(crossed.sum()) > _CROSSED * int(band.sum()) else None


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
