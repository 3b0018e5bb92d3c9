"""Finding the rings of round and oval seals in a mask of ink.

Edges of connected ink vote for circles; each candidate is refined to an ellipse by least squares on
the outermost ink along rays, and judged by how much of the ring is there, how thin it is, and how
empty the space just inside it is. Emblems are solid, frames are not round, headings have no ring.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Edges, Floats
from papers.seals.ink import Mask

RAYS = 180
_ANGLES = np.arange(RAYS) * 2 * np.pi / RAYS
_RAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])  # where they meet a circle
# pixels: voting takes as long as there are edges; pages have 3,000,
# one under a coloured watermark 15,000 at half the size
_MOST_EDGES = 10_000
# a page covered by a coloured watermark has dozens, each of which would be read
_MOST_RINGS = 8
_LEAST_RADIUS, _MOST_RADIUS = 0.022, 0.30  # of the longer side of the page
_FOUND, _LIKELY = 0.62, 0.40  # share of the ring that must be there
# of a ring that the edge of the page cuts must lie on the page,
# for what is cut away not to count as missing
_LEAST_ON_PAGE = 0.6
# pixels, by how much there is to vote on; the gradient of an edge
_VOTE_SIDES, _EDGE = (700, 350, 175), 120
# bounds between which circles are voted on separately, and how many of each are tried
_VOTE_RADII, _VOTED = (0.05, 0.09, 0.14), 8
_FLATTEST = 0.5
# a flat ring must be so whole; frames, rectangles and pictures make broken ones
_WHOLE, _FLAT = 0.75, 0.8
# of the inside of a broken ring is inked, of that of a large one (of the longer side) at least
_HOLLOW, _FULLEST, _LARGE, _LEAST_INSIDE = 0.05, 0.55, 0.3, 0.15
_CERTAIN, _WITH_RIM = 0.97, 1.08  # of a ring whose ink is its own
_LEAST_INK = 6  # least radii: fewer pixels are no ring
_STEADY = 0.18  # of real rings at least 0.21, of what is none mostly below 0.17

Shape = tuple[float, float, float, float, float]
"""An ellipse: centre, half axes, turn in degrees."""


@dataclass(frozen=True)
class Ring:
    """An ellipse in mask pixels: centre, half axes, turn in degrees; `coverage` of its ring by ink,
    as far as it lies on the page, `fill` of its inside."""

    cx: float
    cy: float
    a: float
    b: float
    turn: float
    coverage: float
    fill: float

    @property
    def shape(self) -> Shape:
        """Its ellipse."""
        return self.cx, self.cy, self.a, self.b, self.turn

    @property
    def sure(self) -> bool:
        return self.coverage >= _FOUND

    @property
    def roundness(self) -> float:
        """The lesser half axis as a share of the greater."""
        return min(self.a, self.b) / max(self.a, self.b)

    def scaled(self, step: float) -> "Ring":
        """The ring where every pixel is `step` smaller ones."""
        cx, cy, a, b = (step * value for value in self.shape[:4])
        return replace(self, cx=cx, cy=cy, a=a, b=b)

    def paint(self, mask: Mask, level: int, radius: float = 1.0) -> None:
        """Gives a level to all pixels of a mask within this radius of the ring."""
        size = 2 * radius * self.a, 2 * radius * self.b
        cv2.ellipse(mask, ((self.cx, self.cy), size, self.turn), level, -1)

    def bounds(self) -> Edges:
        """The upright rectangle around it."""
        t = np.deg2rad(self.turn)
        w = float(np.hypot(self.a * np.cos(t), self.b * np.sin(t)))
        h = float(np.hypot(self.a * np.sin(t), self.b * np.cos(t)))
        return self.cx - w, self.cy - h, self.cx + w, self.cy + h


def find_rings(mask: Mask) -> list[Ring]:
    """The best rings in the mask, none inside another's middle."""
    if not mask.any():
        return []
    low, high = (share * max(mask.shape) for share in (_LEAST_RADIUS, _MOST_RADIUS))
    rings: list[Ring] = []
    for guesses in (_by_areas, _by_votes):
        if _ink_beside(mask, rings) >= _LEAST_INK * low:
            for guess in guesses(mask, low, high):
                if any(r.coverage >= _CERTAIN and _near(r.shape, guess) for r in rings):
                    continue  # it would be found again
                ring = _refined(mask, guess)
                if ring is not None and _may_be_seal(ring, mask):
                    rings.append(ring)
    return _distinct(rings)[:_MOST_RINGS]


def _ink_beside(mask: Mask, rings: Sequence[Ring]) -> int:
    """How many pixels of ink lie outside the whole ones of the rings."""
    left = mask.copy()
    for ring in rings:
        if ring.coverage >= _CERTAIN:
            ring.paint(left, 0, _WITH_RIM)
    return cv2.countNonZero(left)


def _may_be_seal(ring: Ring, mask: Mask) -> bool:
    """Whether a ring is no frame or picture, nor two things that touch: these make broken, flat or
    empty ones."""
    longest = max(mask.shape)
    is_seal_sized = min(ring.a, ring.b) >= _LEAST_RADIUS * longest
    return (
        is_seal_sized
        and ring.coverage >= _LIKELY
        and _is_whole(ring, longest)
        and _steadiness(mask, ring) >= _STEADY
    )


def _is_whole(ring: Ring, longest: int) -> bool:
    """Whether so much of a ring is there as its size and form demand."""
    if 2 * max(ring.a, ring.b) > _LARGE * longest:
        return ring.sure and ring.fill >= _LEAST_INSIDE
    return ring.coverage >= _WHOLE or (
        ring.roundness >= _FLAT and (ring.sure or _HOLLOW <= ring.fill <= _FULLEST)
    )


def _steadiness(mask: Mask, ring: Ring) -> float:
    """How far the outermost ink of a rim runs on one curve. That of frames, tables, letters and
    codes jumps about."""
    sampled = polar(mask, ring.shape, 0.9, 1.08, 37)
    inked = np.asarray(sampled.any(axis=1))
    at = 0.005 * (36 - sampled[:, ::-1].argmax(axis=1))
    on_curve = np.abs(at - np.median(at[inked])) < 0.02
    steps = np.abs(np.diff(at))[inked[1:] & inked[:-1]]
    return float(on_curve[inked].mean() * (steps < 0.011).mean()) if steps.size else 0.0


def rim_beside(mask: Mask, free: Mask, ring: Ring) -> tuple[float, float]:
    """How much of a ring's rim is free of print, and how much of that has ink."""
    is_free = polar(free, ring.shape, 0.97, 1.0, 3).all(axis=1)
    inked = np.asarray(polar(mask, ring.shape, 0.93, 1.04, 16).any(axis=1))[is_free]
    return float(is_free.mean()), float(inked.mean()) if inked.size else 0.0


def _by_areas(mask: Mask, low: float, high: float) -> Iterator[Shape]:
    """Ellipses suggested by connected ink, and by the white that ink encloses."""
    size = max(3, int(low / 3)) | 1
    closed = cv2.morphologyEx(
        mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    )
    for area, grown in ((closed, 0), (1 - closed, size)):
        contours, ranks = cv2.findContours(area, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        for contour, (*_, around) in zip(contours, ranks[0] if contours else (), strict=True):
            longer = max(cv2.boundingRect(contour)[2:])
            if around >= 0 or not 2 * low - grown < longer < 2 * high:
                continue  # a hole, or no part of a seal's size
            (cx, cy), (w, h), turn = cv2.minAreaRect(contour)
            if min(w, h) >= _FLATTEST * max(w, h):
                yield cx, cy, (w + grown) / 2, (h + grown) / 2, turn


def _by_votes(mask: Mask, low: float, high: float) -> Iterator[Shape]:
    """Circles by the Hough transform, for seals that touch other ink."""
    for side in _VOTE_SIDES:
        shrink = max(1.0, max(mask.shape) / side)
        small = cv2.resize(
            mask * 255,
            (round(mask.shape[1] / shrink), round(mask.shape[0] / shrink)),
            interpolation=cv2.INTER_AREA,
        )
        blurred = cv2.GaussianBlur(small, (5, 5), 1.2)
        if cv2.countNonZero(cv2.Canny(blurred, _EDGE / 2, _EDGE)) <= _MOST_EDGES:
            break
    edges = (low, *(e * max(mask.shape) for e in _VOTE_RADII), high)
    for near, far in itertools.pairwise(edge / shrink for edge in edges):
        found = cv2.HoughCircles(
            blurred,
            cv2.HOUGH_GRADIENT,
            dp=1.5,
            minDist=max(4, near),
            param1=_EDGE,
            param2=38,
            minRadius=int(near),
            maxRadius=int(far),
        )
        for circle in () if found is None else found[0][:_VOTED]:
            x, y, radius = (shrink * float(value) for value in circle)
            yield x, y, radius, radius, 0.0


def _refined(mask: Mask, guess: Shape) -> Ring | None:
    """The ellipse near a guess: the better of a wide and a narrow search around it."""
    wide = _searched(mask, guess, (0.22, 0.12, 0.08))
    if wide is not None and wide.coverage >= _CERTAIN:
        return wide
    found = (wide, _searched(mask, guess, (0.09, 0.06)))
    return max(filter(None, found), key=lambda ring: ring.coverage, default=None)


def _searched(mask: Mask, guess: Shape, widths: Sequence[float]) -> Ring | None:
    """The ellipse near a guess, after rounds of fitting the outermost ink
    within narrowing bands."""
    shape = guess
    for width in widths:
        points = _rim(mask, shape, width)
        if len(points) < RAYS // 4:
            return None
        ellipse = _ellipse(points)
        if ellipse is None or not _near(ellipse, guess):
            return None
        shape = ellipse
    return _judged(mask, shape)


def _near(shape: Shape, guess: Shape) -> bool:
    (x, y, a, b, _), (cx, cy) = shape, guess[:2]
    radius = (guess[2] + guess[3]) / 2
    return (
        float(np.hypot(x - cx, y - cy)) < 0.45 * radius
        and 0.6 * radius < (a + b) / 2 < 1.5 * radius
        and min(a, b) / max(a, b) >= _FLATTEST
    )


def _rim(mask: Mask, shape: Shape, width: float) -> Floats:
    """The outermost ink within `width` of the ellipse, along each ray."""
    sampled = polar(mask, shape, 1 - width, 1 + width, 64)
    hit = sampled.any(axis=1)
    last = sampled.shape[1] - 1 - sampled[:, ::-1].argmax(axis=1)
    ratio = 1 - width + 2 * width * last / (sampled.shape[1] - 1)
    return np.stack(_from_axes(shape, *(_RAYS * ratio)), axis=-1)[hit]


def pixels_of(
    shape: Shape, u: NDArray[np.floating], v: NDArray[np.floating]
) -> tuple[Floats, Floats]:
    """The pixels of points (u, v) of the circle, which are in radii from its centre."""
    turn = math.radians(shape[4])
    cos, sin = math.cos(turn), math.sin(turn)
    return _from_axes(shape, u * cos + v * sin, v * cos - u * sin)


def _from_axes(
    shape: Shape, along: NDArray[np.floating], aside: NDArray[np.floating]
) -> tuple[Floats, Floats]:
    """The pixels of points that are given along the two axes of the ellipse, in half axes."""
    cx, cy, a, b, degrees = shape
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    x = cx + along * (a * cos) - aside * (b * sin)
    y = cy + along * (a * sin) + aside * (b * cos)
    return x.astype(np.float32, copy=False), y.astype(np.float32, copy=False)


def polar(mask: Mask, shape: Shape, low: float, high: float, steps: int) -> Mask:
    """The mask along rays between two ratios of the ellipse: rays × steps."""
    points = (_RAYS[..., None] * np.linspace(low, high, steps)).astype(np.float32)
    x, y = _from_axes(shape, *points)
    return cv2.remap(mask, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)


def _ellipse(points: Floats) -> Shape | None:
    """The ellipse through the points, once more without the worst quarter.

    Nearly round ones are made without turn.
    """
    for _ in range(2):
        (cx, cy), (w, h), turn = cv2.fitEllipseDirect(points)
        if not np.isfinite([cx, cy, w, h]).all() or min(w, h) < 4:
            return None
        t = np.deg2rad(turn)
        dx, dy = points[:, 0] - cx, points[:, 1] - cy
        off = np.abs(
            np.hypot(
                (dx * np.cos(t) + dy * np.sin(t)) / (w / 2),
                (dy * np.cos(t) - dx * np.sin(t)) / (h / 2),
            )
            - 1
        )
        last = int(0.75 * (len(off) - 1))
        points = points[off <= np.partition(off, last)[last]]
    return float(cx), float(cy), float(w / 2), float(h / 2), float(turn)


def _judged(mask: Mask, shape: Shape) -> Ring | None:
    """The ring with its measures, or None for a solid shape or one with nothing inside."""
    rim = np.asarray(polar(mask, shape, 0.93, 1.04, 16).any(axis=1))
    outside = polar(mask, shape, 1.06, 1.14, 8).mean()
    inside = polar(mask, shape, 0.0, 0.9, 60)
    weights = np.linspace(0.0, 0.9, 60)
    fill = float(np.average(inside.mean(axis=0), weights=weights))
    thick = float(polar(mask, shape, 0.80, 1.0, 20).mean())
    if fill > 0.62 or thick > 0.8 or outside > 0.45:
        return None
    height, width = mask.shape
    seen = rays_on_page(shape, width, height)
    covered = rim[seen] if seen.mean() >= _LEAST_ON_PAGE else rim
    return Ring(*shape, float(covered.mean()) - 0.5 * float(outside), fill)


def rays_on_page(shape: Shape, width: float, height: float) -> NDArray[np.bool_]:
    """Which rays meet the ellipse on the page."""
    x, y = _from_axes(shape, *_RAYS)
    return np.asarray((x >= 0) & (x < width) & (y >= 0) & (y < height))


def _distinct(rings: Sequence[Ring]) -> list[Ring]:
    distinct: list[Ring] = []
    for ring in sorted(rings, key=lambda r: -(r.coverage + 0.1 * r.roundness)):
        if all(np.hypot(ring.cx - k.cx, ring.cy - k.cy) > 0.6 * max(k.a, k.b) for k in distinct):
            distinct.append(ring)
    return distinct
