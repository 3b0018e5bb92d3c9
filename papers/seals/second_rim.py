"""Whether another seal was pressed onto a seal: a second rim beside its own.

People press their seal onto the registry's. Both are found as one ring, of which the registry's
words may be the more legible. The rim of the other crosses the seal's own, so it is a second
ellipse of a seal's size that has ink all along. In a single seal the best such curve runs through
its letters: at most 0.84 of it has ink on real licences, and at least 0.97 of a second rim.
"""

import itertools
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Floats
from papers.lines.pictures import square
from papers.seals.ink import Mask
from papers.seals.rings import Ring

_WHOLE = 0.9  # of a second rim has ink
# all in radii of the ring that was found: centres and radii that are tried first, how near to the
# seal's own rim a curve may be that one, and how much of a second rim is elsewhere
_CENTRES, _RADII = np.arange(-0.54, 0.55, 0.03), np.arange(0.74, 1.04, 0.03)
_NEAR, _LEAST_AWAY = 0.09, 0.35
_STEPS = (0.02, 0.01)  # by which the best are moved and stretched
_FLATTEST = 0.06  # how far a rim may be stretched
_BEST, _ROUNDS = 12, 2
_RADIUS, _REACH = 64, 2  # pixels of a radius, and how many radii are looked at
_ANGLES = np.linspace(0, 2 * np.pi, 60, endpoint=False)
_INKED = 110  # of 255, where pixels are joined

_Curves = Floats
"""A row each: centre, radius, how far it is stretched along the axes, and across them."""
_Score = Callable[[Mask, _Curves], Floats]


def has_second_rim(mask: Mask, ring: Ring) -> bool:
    """Whether the ink of a ring (pixels of the mask) has the rim of another seal in it."""
    ink = _around(mask, ring)
    broad = cv2.dilate(ink, square(3))
    x, y, radius = (axis.ravel() for axis in np.meshgrid(_CENTRES, _CENTRES, _RADII))
    guesses = np.stack([x, y, radius, np.zeros_like(x), np.zeros_like(x)], axis=1)
    own = _best(ink, broad, guesses, _share_inked)

    def share_away(ink: Mask, curves: _Curves) -> Floats:
        """The share with ink of what is not at the seal's own rim."""
        at_x, at_y = _points(curves)
        away = np.abs(_radii(at_x, at_y, own) - own[2]) > _NEAR
        inked = (_at(ink, at_x, at_y) & away).sum(axis=1) / away.sum(axis=1).clip(1)
        return np.where(away.mean(axis=1) >= _LEAST_AWAY, inked, 0.0)

    second = _best(ink, broad, guesses, share_away)
    return float(share_away(ink, second[None])[0]) >= _WHOLE


def _around(mask: Mask, ring: Ring) -> Mask:
    """The ink around a ring, of 1, its longer half axis `_RADIUS` pixels."""
    scale, side = _RADIUS / max(ring.a, ring.b), 2 * _REACH * _RADIUS
    middle = side / 2
    move = np.array([[scale, 0, middle - ring.cx * scale], [0, scale, middle - ring.cy * scale]])
    drawn = cv2.warpAffine(mask * 255, move, (side, side), flags=cv2.INTER_AREA)
    return (drawn > _INKED).astype(np.uint8)


def _best(ink: Mask, broad: Mask, guesses: _Curves, score: _Score) -> _Curves:
    """The curve of the highest score, near the guesses that are the best in broadened ink."""
    curves = guesses[np.argsort(-score(broad, guesses))[:_BEST]]
    for step in _STEPS:
        moves = np.array(list(itertools.product((-step, 0.0, step), repeat=guesses.shape[1])))
        for _ in range(_ROUNDS):
            tried = (curves[:, None] + moves).reshape(-1, guesses.shape[1])
            tried[:, 3:] = tried[:, 3:].clip(-_FLATTEST, _FLATTEST)
            scores = score(ink, tried).reshape(len(curves), -1)
            tried = tried.reshape(*scores.shape, -1)
            curves = tried[np.arange(len(curves)), scores.argmax(axis=1)]
    return np.asarray(curves[score(ink, curves).argmax()])


def _share_inked(ink: Mask, curves: _Curves) -> Floats:
    return np.asarray(_at(ink, *_points(curves)).mean(axis=1))


def _points(curves: _Curves) -> tuple[Floats, Floats]:
    """Points all along each curve, in radii from the ring's centre."""
    x, y, radius, along, across = (curves[:, [column]] for column in range(5))
    u, v = radius * np.cos(_ANGLES) * (1 + along), radius * np.sin(_ANGLES) * (1 - along)
    return x + u + across * v, y + v + across * u


def _radii(x: Floats, y: Floats, curve: _Curves) -> Floats:
    """How far points lie from a curve's centre, where its stretch is undone."""
    cx, cy, _, along, across = curve
    dx, dy = x - cx, y - cy
    return np.asarray(np.hypot(dx * (1 - along) - across * dy, dy * (1 + along) - across * dx))


def _at(ink: Mask, x: Floats, y: Floats) -> NDArray[np.bool_]:
    rows, columns = (
        np.rint((axis + _REACH) * _RADIUS).astype(np.intp).clip(0, ink.shape[0] - 1)
        for axis in (y, x)
    )
    return np.asarray(ink[rows, columns] > 0)
