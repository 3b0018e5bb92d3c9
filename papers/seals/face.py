"""A seal as it is read: its ink planes, its ring, the seam at which the ring is cut,
and strips of it, each read once.

The blind reading (`name`) takes windows of it; strips, cut
open at the gap of its name, serve the question whether it bears a name (`seal_evidence`).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from papers.lines.ocr_models import Frames, Image, Ocr
from papers.seals.ink import Mask
from papers.seals.planes import EVEN, EVEN_INK, INK, RAW, Planes
from papers.seals.rings import Ring
from papers.seals.strips import TURN, Band, rim_along, unrolled, widest_gap

_STRIPS = ((INK, 1.0), (EVEN, 1.3), (RAW, 1.15), (EVEN_INK, 1.0))  # plane, stretch
_DRY, _DRY_SHARE = 0.35, 0.12  # of the rim's usual ink, and of the places on it
# of the radius; of a letter under print, and under opaque print
LETTERS, _CROSSED, _BLOTTED = (0.60, 0.90), 0.25, 0.02
_MIDST = 0.7  # of a letter: what another seal lies over


@dataclass(frozen=True)
class Face:
    """A seal as it is read.

    `seam`: the angle at which it is cut open; `across`: other seals that lie over it.
    """

    ocr: Ocr
    planes: Planes
    ring: Ring
    seam: float
    across: tuple[Ring, ...] = ()

    @classmethod
    def of(cls, ocr: Ocr, picture: Image, ring: Ring, colour: str) -> Self:
        """The face of a seal in a picture, cut open at its widest gap."""
        planes = Planes.of(picture, ring, colour)
        return cls(ocr, planes, ring, widest_gap(planes[INK], ring))

    def cut_at(self, seam: float) -> Self:
        """The same seal cut open elsewhere."""
        return replace(self, seam=seam)

    @functools.cached_property
    def strips(self) -> Sequence[Frames]:
        """The whole ring as it is read on several planes."""
        return [
            self.ocr.frames(
                unrolled(self.planes[plane], self.ring, LETTERS, self.seam, stretch=stretch)
            )
            for plane, stretch in _STRIPS
        ]

    def is_dry(self, at: float, half: float) -> bool:
        """Whether the seal hardly touched the paper within `half` of a place, both in turns: its
        rim, print aside, is not there."""
        rim = rim_along(self.planes[RAW], self.ring, self.seam)
        there = rim[max(0, int((at - half) * len(rim))) : int((at + half) * len(rim)) + 1]
        return bool(there.size) and float((there < _DRY).mean()) > _DRY_SHARE

    def is_under_another(self, at: float, half: float) -> bool:
        """Whether another seal lies over part of what stands within `half` of a place,
        both in turns."""
        others = np.zeros_like(self.planes.print_over)
        for ring in self.across:
            ring.paint(others, 1)
        return self._share(others, at, _MIDST * half) > 0

    def is_crossed(self, at: float, half: float) -> bool:
        """Whether print lies over much of what stands within `half` of a place, both in turns."""
        return self._share(self.planes.print_over, at, half) > _CROSSED

    def is_blotted(self, at: float, half: float) -> bool:
        """Whether opaque print lies over a stroke of what stands within `half` of a place, both in
        turns, but not over much of it: what is read with that is the print.
        """
        return _BLOTTED < self._share(self.planes.opaque, at, half) < _CROSSED

    def _share(self, mask: Mask, at: float, half: float) -> float:
        """How much of what stands within `half` of a place a mask covers."""
        return float((self._cut(mask, LETTERS, at, half) > 0).mean())

    def window(self, plane: int, band: Band, at: float, half: float) -> Image:
        """The part within `half` of a place, both in turns, as a strip."""
        return self._cut(self.planes[plane], band, at, half)

    def _cut(self, picture: Image, band: Band, at: float, half: float) -> Image:
        return unrolled(picture, self.ring, band, self.seam + (at - half) * TURN, 2 * half * TURN)
