"""Cuts strips out of a seal: unrolled along its ring, or straight across it.

A ring is an ellipse in the picture and a circle on paper. Angles (radians, clockwise from the
right) and radii (1 is the ring) are those of the circle.
"""

from dataclasses import replace

import cv2
import numpy as np

from papers.lines.ocr_models import Floats, Image
from papers.seals.rings import Ring, pixels_of

TURN = 2 * np.pi
Band = tuple[float, float]
_STRIP_PX, _HALF_WIDTH = 48, 0.68
_MOST_RADIUS = 320  # pixels: strips are no finer
_NAME_BAND = (0.6, 0.85)
_EMPTY = 0.45
_RIM = (0.92, 1.03)


def off(a: float, b: float) -> float:
    """The distance from place b of a ring to place a, in turns; negative if counter-clockwise is
    shorter. A place may be 1 or more, if the seam cuts a name."""
    return (a - b + 0.5) % 1 - 0.5


def unrolled(
    plane: Image, ring: Ring, band: Band, start: float, sweep: float = TURN, *, stretch: float = 1.0
) -> Image:
    """The band between two radii as a strip: clockwise from `start`, outer edge up. `stretch`: how
    many times its real width it gets."""
    low, high = band
    height = int(np.clip((high - low) * (ring.a + ring.b) / 2, 24, 96))
    width = max(height // 3, int(sweep * (low + high) / 2 / (high - low) * height * stretch))
    angle = start + np.linspace(0, sweep, width, dtype=np.float32)[None, :]
    ratio = np.linspace(high, low, height, dtype=np.float32)[:, None]
    return _sample(plane, ring, np.cos(angle) * ratio, np.sin(angle) * ratio)


def across(plane: Image, ring: Ring, middle: float, low: float, high: float) -> Image:
    """A strip straight across the seal, which is turned so that the name's gap (at the angle
    `middle`) is at the bottom. `low` and `high`: distances below the centre, in radii."""
    down = np.array([np.cos(middle), np.sin(middle)], dtype=np.float32)
    right = np.array([down[1], -down[0]], dtype=np.float32)
    width = int(_STRIP_PX * 2 * _HALF_WIDTH / (high - low))
    along = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, width, dtype=np.float32)[None, :]
    depth = np.linspace(low, high, _STRIP_PX, dtype=np.float32)[:, None]
    return _sample(
        plane, ring, along * right[0] + depth * down[0], along * right[1] + depth * down[1]
    )


def _sample(plane: Image, ring: Ring, u: Floats, v: Floats) -> Image:
    """The plane's values at points (u, v) of the circle."""
    x, y = pixels_of(ring.shape, u, v)
    return cv2.remap(plane, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def ink_along(plane: Image, ring: Ring, start: float = 0.0) -> Floats:
    """How much ink the name's band has at each angle from `start`, smoothed over a third of a
    letter."""
    strip = unrolled(plane, ring, _NAME_BAND, start).astype(np.float32)
    return _smoothed((np.percentile(strip, 80) - strip).clip(0).mean(axis=0), 40)


def rim_along(plane: Image, ring: Ring, start: float) -> Floats:
    """How much ink the rim has at each angle from `start`, in shares of its median."""
    strip = unrolled(plane, ring, _RIM, start).astype(np.float32)
    smooth = _smoothed((np.percentile(strip, 90) - strip).clip(0).max(axis=0), 180)
    return smooth / max(1.0, float(np.median(smooth)))


def _smoothed(ink: Floats, part: int) -> Floats:
    """The ink around the ring, each place as the mean of such a part of the ring around it."""
    span = max(3, len(ink) // part)
    around = np.convolve(np.tile(ink, 3), np.ones(span) / span, mode="same")
    return around[len(ink) : 2 * len(ink)].astype(np.float32)


def widest_gap(plane: Image, ring: Ring) -> float:
    """The angle in the middle of the widest gap in the name."""
    ink = ink_along(plane, ring)
    # twice around, because the gap may lie across the start
    inked = np.flatnonzero(np.tile(ink >= _EMPTY * np.median(ink), 2))
    before = np.diff(inked).argmax()
    return float((inked[before] + inked[before + 1] - 1) / 2 / len(ink) * TURN)


def around(page: Image, ring: Ring) -> tuple[Image, Ring]:
    """The part of the page around a ring, and the ring in it. Both are scaled down where the ring's
    radius is more than _MOST_RADIUS."""
    reach = 1.25 * max(ring.a, ring.b)
    x0, y0 = int(max(0, ring.cx - reach)), int(max(0, ring.cy - reach))
    cut = page[y0 : int(ring.cy + reach) + 1, x0 : int(ring.cx + reach) + 1]
    mine = replace(ring, cx=ring.cx - x0, cy=ring.cy - y0)
    step = max(ring.a, ring.b) / _MOST_RADIUS
    if step <= 1:
        return cut, mine
    size = (max(1, round(cut.shape[1] / step)), max(1, round(cut.shape[0] / step)))
    return cv2.resize(cut, size, interpolation=cv2.INTER_AREA), mine.scaled(1 / step)
