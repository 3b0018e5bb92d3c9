"""The evidence of a mail's seals for a claimed name, character by character.

Each seal is cut open at the gap of its name and read as four strips of different ink planes. The
claim is laid along each, and the probabilities are averaged. A true rival is the same in every
plane, garbage differs. Characters in dispute are looked at again alone. The claim chooses neither
seam nor plane.
"""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Frames
from papers.seals.alignment import UNSEEN, Place, aligned, nameless
from papers.seals.face import Face
from papers.seals.planes import EVEN, EVEN_INK, INK, PRINTED, RAW
from papers.seals.strips import TURN, Band

_WINDOWS: Final[tuple[tuple[int, Band, float], ...]] = (  # plane, band, half width in characters
    (INK, (0.60, 0.90), 0.55),
    (EVEN, (0.60, 0.90), 0.6),
    (EVEN_INK, (0.60, 0.90), 1.0),
    (RAW, (0.60, 0.90), 1.5),
    (EVEN_INK, (0.62, 0.88), 0.6),
    (RAW, (0.58, 0.93), 0.65),
    (EVEN, (0.58, 0.93), 1.5),
    (INK, (0.62, 0.88), 1.5),
)
_WITH_PRINT: Final[tuple[tuple[int, Band, float], ...]] = (
    (PRINTED, (0.60, 0.90), 1.5),
    (PRINTED, (0.58, 0.93), 0.65),
)
# the probability of a rival that is read where opaque print is not taken out:
# a stroke of it may lie under the print
_HIDDEN: Final = 0.8
# windows, of every plane one, after which a character that is seen clearly needs no more
_FIRST: Final = 4
_SEEN_CLEARLY: Final = 1.5  # with the strips
_NEAREST: Final = 6  # characters around one by which a strip is weighed
# the latter where a seal hardly printed, beside others that did
_LEAST_WEIGHT, _DRY_WEIGHT = 0.05, 0.1
# the probability of a rival that counts even there:
# what is left of a character hardly looks so much like another
_SEEN_ALL_THE_SAME: Final = 0.5
# added to both sides of a ratio: what is hardly seen says little,
# and nothing seen at all speaks rather against a claim
_FOR, _AGAINST = 0.02, 0.05
# the probability, score and number of characters by which distances are measured
_CONFIRMED, _CLEARLY, _FEWEST = 0.5, 1.0, 3
_MIDDLE: Final = 0.55  # characters off the middle of a window
# characters between places, the probability of a stray one, characters too many or too few
_STRAY, _STRAY_SEEN, _MISSING = 0.6, 0.6, 0.7

Rivals = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """The evidence at the place of a claimed character: its probability and those of others."""

    claimed: float
    rivals: Rivals

    @property
    def rival(self) -> str:
        return max(self.rivals, key=lambda c: self.rivals[c], default="")

    @property
    def against(self) -> float:
        return max(self.rivals.values(), default=0.0)

    @property
    def score(self) -> float:
        """The logarithm of how much likelier the claimed character is than its strongest rival."""
        return float(np.log((self.claimed + _FOR) / (self.against + _AGAINST)))

    @property
    def is_confirmed(self) -> bool:
        return self.claimed > _CONFIRMED and self.score > _CLEARLY


def mixed(views: Sequence[Seen], weights: Sequence[float]) -> Seen:
    """The weighted mean of several views."""
    rivals: dict[str, float] = defaultdict(float)
    for view, weight in zip(views, weights, strict=True):
        for c, p in view.rivals.items():
            rivals[c] += float(weight) * p
    return Seen(sum(float(w) * v.claimed for v, w in zip(views, weights, strict=True)), rivals)


@dataclass(slots=True)
class AlignedName:
    """A claim laid along one seal.

    `strips`: by strip its characters; `at`: where they stand, `pitch` from one to the next, both in
    turns; `dry`: the characters in dispute where the seal hardly printed, or another lies over it;
    `crossed`: those over which print lies.
    """

    face: Face
    name: str
    strips: list[list[Place]]
    at: list[float] = field(default_factory=list)
    pitch: float = 0.0
    alone: list[Seen] = field(default_factory=list)
    dry: frozenset[int] = frozenset()
    crossed: frozenset[int] = frozenset()
    _looks: dict[int, Seen] = field(default_factory=dict)

    @classmethod
    def along(cls, face: Face, name: str) -> Self | None:
        """The claim along the strips of a seal; None where one is too short for it."""
        strips = [aligned(frames, name) for frames in face.strips]
        if not all(strips):
            return None
        seal = cls(face, name, strips)
        weights = weights_of(seal.strips)
        seal.alone = fused(seal.strips, weights)
        seal.at, seal.pitch = _placed(seal.strips, weights, seal.alone)
        disputed = [i for i, seen in enumerate(seal.alone) if not seen.is_confirmed]
        seal.crossed = frozenset(i for i in disputed if face.is_crossed(seal.at[i], seal.pitch / 2))
        seal._weaken_what_is_half_seen(disputed)
        return seal

    def _weaken_what_is_half_seen(self, disputed: Sequence[int]) -> None:
        """Lets no rival have a name where the seal hardly printed, or another one lies over it,
        unless it is seen all the same: any red circle could hide it. Adds one without a name where
        print lies over.
        """
        places = {
            i: (self.at[i], self.pitch / 2)
            for i in disputed
            if self.alone[i].against < _SEEN_ALL_THE_SAME
        }
        self.dry = frozenset(
            i
            for i, place in places.items()
            if self.face.is_dry(*place) or self.face.is_under_another(*place)
        )
        if self.dry | self.crossed:
            self.strips = [
                [
                    replace(place, rivals=self._rivals(i, place.rivals), dry=i in self.dry)
                    for i, place in enumerate(places)
                ]
                for places in self.strips
            ]
            self.alone = fused(self.strips, weights_of(self.strips))

    def _rivals(self, i: int, rivals: Rivals) -> Rivals:
        """The rivals of a character, as far as it is seen."""
        if i in self.dry:
            return nameless(rivals)
        # a glimpse of it under print does not bear it out
        return {**rivals, "": UNSEEN} if i in self.crossed else rivals

    @property
    def middle(self) -> float:
        """The angle of the middle between its last character and its first."""
        return self.face.seam + (self.at[0] + self.at[-1] - 1) / 2 * TURN

    @property
    def arc(self) -> float:
        """The share of the turn from its first character to its last."""
        return self.at[-1] - self.at[0]

    def read_around(self, i: int) -> float:
        """How well the characters around one are read, in the mean."""
        return float(np.mean([self.alone[j].claimed for j in _around(i, len(self.alone))]))

    def look(self, i: int) -> Seen:
        """The evidence of narrow strips at the place of a character."""
        if i not in self._looks:
            views: list[Seen] = []
            for view in self._views(i, _WINDOWS):
                views.append(view)
                if (
                    len(views) == _FIRST
                    and self.alone[i].score + _mean(views).score > _SEEN_CLEARLY
                ):
                    break
            seen = _mean(views)
            self._looks[i] = replace(seen, rivals=self._rivals(i, seen.rivals))
        return self._looks[i]

    def hidden(self) -> list[int]:
        """The characters in whose place another is read as soon as the opaque print
        over it is not taken out."""
        blotted = [i for i, at in enumerate(self.at) if self.face.is_blotted(at, self.pitch / 2)]
        return [i for i in blotted if _mean(list(self._views(i, _WITH_PRINT))).against > _HIDDEN]

    def _views(self, i: int, windows: Sequence[tuple[int, Band, float]]) -> Iterator[Seen]:
        """Narrow looks at the place of a character: what stands in the middle of each."""
        known = set(self.name[max(0, i - 1) : i + 2])
        for plane, band, half in windows:
            frames = self.face.window(plane, band, self.at[i], half * self.pitch)
            reach = _MIDDLE / (2 * half) * len(frames)
            middle = slice(
                max(0, int(len(frames) / 2 - reach)), int(np.ceil(len(frames) / 2 + reach))
            )
            yield _seen(frames, middle, self.name[i], known)

    def misplaced(self) -> tuple[str, str] | None:
        """The evidence that the seal has a character more than the claim, or fewer: (claimed,
        seen); None without any."""
        crowded = next(
            (
                seen
                for seen in self.alone
                if seen.rival and min(seen.claimed, seen.against) > _STRAY_SEEN
            ),
            None,
        )
        if crowded is not None:
            return "", crowded.rival
        sure = [i for i, seen in enumerate(self.alone) if seen.is_confirmed]
        if len(sure) < _FEWEST or self.pitch <= 0:
            return None
        for a, b in itertools.pairwise(sure):
            found = (self.at[b] - self.at[a]) / self.pitch
            if abs(found - (b - a)) > _MISSING:
                return (self.name[a + 1 : b], "") if found < b - a else ("", "□")
        stray = self._stray()
        return ("", stray) if stray else None

    def _stray(self) -> str:
        """A character that surely stands on the seal where none is claimed, or ""."""
        views = []
        for frames in self.face.strips:
            beside = [
                (c, p)
                for at, c, p in frames.peaks()
                if min(_apart(at, place) for place in self.at) > _STRAY * self.pitch
            ]
            views.append(Seen(0.0, dict(sorted(beside, key=lambda peak: peak[1]))))
        stray = mixed(views, list(weights_of(self.strips).mean(axis=1)))
        return stray.rival if stray.against > _STRAY_SEEN else ""


def _apart(a: float, b: float) -> float:
    """How far two places of a ring are apart, in turns:
    a place may be counted beyond the seam where that cuts a name."""
    return abs((a - b + 0.5) % 1 - 0.5)


def _mean(views: Sequence[Seen]) -> Seen:
    return mixed(views, [1 / len(views)] * len(views))


def _seen(frames: Frames, places: slice, character: str, known: set[str]) -> Seen:
    rivals = {c: p for c, p in frames.likeliest(places).items() if c not in known}
    return Seen(float(frames.of(character)[places].max(initial=0.0)), rivals)


def weights_of(strips: Sequence[Sequence[Place]]) -> NDArray[np.float64]:
    """How much each strip says of each character: by how well the characters around it are read
    there. Columns add up to one."""
    seen = np.array([[place.claimed for place in places] for places in strips])
    count = seen.shape[1]
    around = np.zeros_like(seen)
    for i in range(count):
        around[:, i] = seen[:, _around(i, count)].mean(axis=1)
    dry = np.array([[place.dry for place in places] for places in strips])
    weights = (_LEAST_WEIGHT + around**2) * np.where(dry, _DRY_WEIGHT, 1.0)
    return np.asarray(weights / weights.sum(axis=0))


def _around(i: int, count: int) -> list[int]:
    """The places nearest to one."""
    return sorted((j for j in range(count) if j != i), key=lambda j: abs(j - i))[:_NEAREST] or [i]


def fused(strips: Sequence[Sequence[Place]], weights: NDArray[np.float64]) -> list[Seen]:
    """The evidence of all strips together on each character."""
    return [
        mixed([Seen(places[i].claimed, places[i].rivals) for places in strips], list(weights[:, i]))
        for i in range(weights.shape[1])
    ]


def _placed(
    strips: Sequence[Sequence[Place]], weights: NDArray[np.float64], characters: Sequence[Seen]
) -> tuple[list[float], float]:
    """Where the characters stand, and the pitch: as seen where they are confirmed,
    between and beyond those by the pitch."""
    at, claimed = (
        np.array([[getattr(place, what) for place in places] for places in strips])
        for what in ("at", "claimed")
    )
    weighed = weights * (claimed + 1e-3)
    seen = (weighed * at).sum(axis=0) / weighed.sum(axis=0)
    sure = [i for i, c in enumerate(characters) if c.is_confirmed]
    steps = [float(seen[b] - seen[a]) for a, b in itertools.pairwise(sure) if b == a + 1]
    pitch = statistics.median(steps) if steps else float(seen[-1] - seen[0]) / max(1, len(seen) - 1)
    if not sure:
        return [float(x) for x in seen], pitch
    beyond = [min(0, i - sure[0]) + max(0, i - sure[-1]) for i in range(len(seen))]
    return [
        float(np.interp(i, sure, seen[sure])) + far * pitch for i, far in enumerate(beyond)
    ], pitch
