"""Seals of which the page shows only a part: pressed across two pages (骑缝章), or cut by the edge of the scan.

Such a part is found by its arc and reported with its place, always in doubt: a sliver proves no official seal, and it is no absence either. Only coloured
ink is looked at, because the shadows of a copier run along the edges of grey pages, which prove nothing anyhow.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mail_intake.documents.seals.ink import Mask
from mail_intake.documents.seals.rings import Ring, connected

_REACH: Final = 0.09  # of the longer side: the largest half seal of a page
_LEAST, _MOST = 0.05, 0.085  # radii of official seals on a page of A4, and a little more
_AT_EDGE: Final = 0.012
_RAYS: Final = 180
_LEAST_SHOWN, _MOST_SHOWN = 0.16, 0.8  # of the ring on the page: less is a speck, more is a seal
_ARC: Final = 0.62  # of the arc on the page that must be inked
_ROUNDS: Final = (0.16, 0.09, 0.06)
_OUTSIDE: Final = 0.35
_THICK: Final = 0.75

_Circle = tuple[float, float, float]


def cut_rings(mask: Mask) -> list[Ring]:
    """Rings (mask pixels) whose centre or part lies beyond an edge of the page; the best of each place."""
    if not mask.any():
        return []
    pad = int(_REACH * max(mask.shape))
    wide: Mask = np.asarray(cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), dtype=np.uint8)
    found = [ring for guess in _guesses(mask) if (ring := _fitted(wide, pad, mask.shape, guess)) is not None]
    kept: list[Ring] = []
    for ring in sorted(found, key=lambda r: -r.coverage):
        if all(np.hypot(ring.cx - k.cx, ring.cy - k.cy) > 0.8 * k.a for k in kept):
            kept.append(ring)
    return kept


def shown_share(ring: Ring, width: float, height: float) -> float:
    """How much of a ring's circle lies on a page of this size."""
    angle = np.arange(_RAYS) * 2 * np.pi / _RAYS
    x, y = ring.cx + ring.a * np.cos(angle), ring.cy + ring.b * np.sin(angle)
    return float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())


def _guesses(mask: Mask) -> Iterator[_Circle]:
    """Circles through the ends and the depth of ink that reaches an edge."""
    longest = max(mask.shape)
    size = max(3, int(0.012 * longest)) | 1
    height, width = mask.shape
    near = _AT_EDGE * longest
    for x, y, w, h in connected(mask, np.ones((size, size), np.uint8)):
        middle_x, middle_y = x + w / 2, y + h / 2
        for at_edge, depth, chord, outward, start in (
            (x < near, x + w, h, (-1, 0), (x + w, middle_y)),
            (x + w > width - near, width - x, h, (1, 0), (x, middle_y)),
            (y < near, y + h, w, (0, -1), (middle_x, y + h)),
            (y + h > height - near, height - y, w, (0, 1), (middle_x, y)),
        ):
            radius = _radius(float(depth), float(chord))
            if at_edge and _LEAST * longest <= radius <= _MOST * longest:
                yield float(start[0] + outward[0] * radius), float(start[1] + outward[1] * radius), radius


def _radius(depth: float, chord: float) -> float:
    """The radius of a circle of which a segment shows: so deep, and so long (its chord, or its diameter when more than half shows)."""
    return chord / 2 if 2 * depth >= chord else (chord * chord / 4 + depth * depth) / (2 * max(depth, 1.0))


def _fitted(wide: Mask, pad: int, page: tuple[int, ...], guess: _Circle) -> Ring | None:
    """The circle through the outermost ink near a guess, or None where that is no arc."""
    circle = guess
    for width in _ROUNDS:
        better = _circle_through(_outermost(wide, pad, circle, width))
        if better is None or not 0.7 * guess[2] < better[2] < 1.4 * guess[2]:
            return None
        circle = better
    return _judged(wide, pad, page, circle)


def _rays(wide: Mask, pad: int, circle: _Circle, low: float, high: float, steps: int) -> NDArray[np.uint8]:
    """The ink along rays between two shares of the radius: rays × steps."""
    cx, cy, radius = circle
    angle = (np.arange(_RAYS) * 2 * np.pi / _RAYS)[:, None]
    ratio = np.linspace(low, high, steps)[None, :]
    x, y = cx + pad + radius * ratio * np.cos(angle), cy + pad + radius * ratio * np.sin(angle)
    sampled = cv2.remap(wide, x.astype(np.float32), y.astype(np.float32), cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(sampled, dtype=np.uint8)


def _outermost(wide: Mask, pad: int, circle: _Circle, width: float) -> NDArray[np.float64]:
    sampled = _rays(wide, pad, circle, 1 - width, 1 + width, 48)
    hit = sampled.any(axis=1)
    last = sampled.shape[1] - 1 - sampled[:, ::-1].argmax(axis=1)
    radius = circle[2] * (1 - width + 2 * width * last / (sampled.shape[1] - 1))
    angle = np.arange(_RAYS) * 2 * np.pi / _RAYS
    points = np.stack([circle[0] + radius * np.cos(angle), circle[1] + radius * np.sin(angle)], axis=-1)
    return np.asarray(points[hit], dtype=np.float64)


def _circle_through(points: NDArray[np.float64]) -> _Circle | None:
    """The circle of least squares (Kåsa 1976), once more without the worst quarter."""
    for _ in range(2):
        if len(points) < _RAYS * _LEAST_SHOWN / 2:
            return None
        design = np.column_stack([points, np.ones(len(points))])
        (p, q, c), *_ = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)
        cx, cy = p / 2, q / 2
        radius = float(np.sqrt(max(c + cx * cx + cy * cy, 1.0)))
        off = np.abs(np.hypot(points[:, 0] - cx, points[:, 1] - cy) - radius)
        points = points[off <= np.quantile(off, 0.75)]
    return float(cx), float(cy), radius


def _judged(wide: Mask, pad: int, page: tuple[int, ...], circle: _Circle) -> Ring | None:
    """The ring with the share of its arc on the page that is inked, or None for what is no thin arc."""
    ring = Ring(*circle, circle[2], 0.0, 0.0, 0.0)
    shown = shown_share(ring, page[1], page[0])
    if not _LEAST_SHOWN <= shown <= _MOST_SHOWN:
        return None
    coverage = float(_rays(wide, pad, circle, 0.93, 1.05, 16).any(axis=1).mean()) / shown
    outside = float(_rays(wide, pad, circle, 1.07, 1.16, 8).mean()) / shown
    thick = float(_rays(wide, pad, circle, 0.8, 1.0, 20).mean()) / shown
    if coverage < _ARC or outside > _OUTSIDE or thick > _THICK:
        return None
    return Ring(ring.cx, ring.cy, ring.a, ring.b, 0.0, min(1.0, coverage) * shown, thick)
