"""Seals of which the page shows only a part: pressed across two pages (骑缝章),
or cut by the edge of the scan.

Such a part is found by its arc and reported with its place, always in doubt: a sliver proves no
official seal, and it is no absence either. Only coloured ink is looked at, because the shadows of a
copier run along the edges of grey pages, which prove nothing anyhow.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.seals.ink import Mask
from papers.seals.rings import RAYS, Ring, Shape, connected, polar, rim

_REACH: Final = 0.09  # of the longer side: the largest half seal of a page
_LEAST, _MOST = 0.05, 0.085  # radii of official seals on a page of A4, and a little more
_AT_EDGE: Final = 0.012
_LEAST_SHOWN, _MOST_SHOWN = 0.16, 0.8  # of the ring on the page: less is a speck, more is a seal
_ARC: Final = 0.62  # of the arc on the page that must be inked
_ROUNDS: Final = (0.16, 0.09, 0.06)
_OUTSIDE: Final = 0.35
_THICK: Final = 0.75


def cut_rings(mask: Mask) -> list[Ring]:
    """Rings (mask pixels) whose centre or part lies beyond an edge of the page;
    the best of each place."""
    if not mask.any():
        return []
    pad = int(_REACH * max(mask.shape))
    wide: Mask = np.asarray(
        cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), dtype=np.uint8
    )
    found = [
        ring
        for x, y, radius in _guesses(mask)
        if (ring := _fitted(wide, pad, (x + pad, y + pad, radius, radius, 0.0))) is not None
    ]
    kept: list[Ring] = []
    for ring in sorted(found, key=lambda r: -r.coverage):
        if all(np.hypot(ring.cx - k.cx, ring.cy - k.cy) > 0.8 * k.a for k in kept):
            kept.append(ring)
    return kept


def shown_share(ring: Ring, width: float, height: float) -> float:
    """How much of a ring's circle lies on a page of this size."""
    angle = np.arange(RAYS) * 2 * np.pi / RAYS
    x, y = ring.cx + ring.a * np.cos(angle), ring.cy + ring.b * np.sin(angle)
    return float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())


def _guesses(mask: Mask) -> Iterator[tuple[float, float, float]]:
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
                yield (
                    float(start[0] + outward[0] * radius),
                    float(start[1] + outward[1] * radius),
                    radius,
                )


def _radius(depth: float, chord: float) -> float:
    """The radius of a circle of which a segment shows: so deep, and so long (its chord, or its
    diameter when more than half shows)."""
    return (
        chord / 2
        if 2 * depth >= chord
        else (chord * chord / 4 + depth * depth) / (2 * max(depth, 1.0))
    )


def _fitted(wide: Mask, pad: int, guess: Shape) -> Ring | None:
    """The circle through the outermost ink near a guess, or None where that is no arc.

    `wide`: the page with so much empty paper around it.
    """
    circle = guess
    for width in _ROUNDS:
        better = _circle_through(rim(wide, circle, width, 48))
        if better is None or not 0.7 * guess[2] < better[2] < 1.4 * guess[2]:
            return None
        circle = better
    return _judged(wide, pad, circle)


def _circle_through(points: NDArray[np.float64]) -> Shape | None:
    """The circle of least squares (Kåsa 1976), once more without the worst quarter."""
    for _ in range(2):
        if len(points) < RAYS * _LEAST_SHOWN / 2:
            return None
        design = np.column_stack([points, np.ones(len(points))])
        (p, q, c), *_ = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)
        cx, cy = p / 2, q / 2
        radius = float(np.sqrt(max(c + cx * cx + cy * cy, 1.0)))
        off = np.abs(np.hypot(points[:, 0] - cx, points[:, 1] - cy) - radius)
        points = points[off <= np.quantile(off, 0.75)]
    return float(cx), float(cy), radius, radius, 0.0


def _judged(wide: Mask, pad: int, circle: Shape) -> Ring | None:
    """The ring with the share of its arc on the page that is inked,
    or None for what is no thin arc."""
    cx, cy, radius, *_ = circle
    ring = Ring(cx - pad, cy - pad, radius, radius, 0.0, 0.0, 0.0)
    shown = shown_share(ring, wide.shape[1] - 2 * pad, wide.shape[0] - 2 * pad)
    if not _LEAST_SHOWN <= shown <= _MOST_SHOWN:
        return None
    coverage = float(polar(wide, circle, 0.93, 1.05, 16).any(axis=1).mean()) / shown
    outside = float(polar(wide, circle, 1.07, 1.16, 8).mean()) / shown
    thick = float(polar(wide, circle, 0.8, 1.0, 20).mean()) / shown
    if coverage < _ARC or outside > _OUTSIDE or thick > _THICK:
        return None
    return replace(ring, coverage=min(1.0, coverage) * shown, fill=thick)
