"""The evidence of seals for a claimed name, character by character.

Each seal is cut open at the gap of its name and read as four strips of different ink planes. The
name is aligned with each strip, and the probabilities are averaged: a true rival is the same in
every plane, noise differs. Disputed characters are read again in narrow windows. Where a seal is
cut open, and which planes are read, does not depend on the claimed name.
"""

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from papers.seals.alignment import UNSEEN, Place, Rivals, aligned, nameless, rivals_in
from papers.seals.face import LETTERS, Face
from papers.seals.planes import EVEN, EVEN_INK, INK, PRINTED, RAW
from papers.seals.strips import TURN, Band, off

_NARROWER, _WIDER = (0.62, 0.88), (0.58, 0.93)
_WINDOWS = (  # plane, band, half width in characters
    (INK, LETTERS, 0.55),
    (EVEN, LETTERS, 0.6),
    (EVEN_INK, LETTERS, 1.0),
    (RAW, LETTERS, 1.5),
    (EVEN_INK, _NARROWER, 0.6),
    (RAW, _WIDER, 0.65),
    (EVEN, _WIDER, 1.5),
    (INK, _NARROWER, 1.5),
)
_WITH_PRINT = ((PRINTED, LETTERS, 1.5), (PRINTED, _WIDER, 0.65))
# probability of a rival that is read with the opaque print left in: the print may cover the stroke
# by which it differs
_HIDDEN = 0.8
# windows, one of each plane, after which no more are read if the score with the strips is clear
_FIRST, _CLEAR_ENOUGH = 4, 1.5
_NEAREST = 6  # neighbours of a character by which a strip is weighted
_LEAST_WEIGHT = 0.05
_DRY_WEIGHT = 0.1  # factor where a seal hardly printed
# probability of a rival that counts even where a seal hardly printed: part of a character seldom
# looks so much like another
_RIVAL_DESPITE_DRY = 0.5
# added to both sides of the ratio of a score, so that low probabilities give scores near 0, a
# little against the claim
_FOR, _AGAINST = 0.02, 0.05
_CONFIRMED, _CONFIRMED_SCORE = 0.5, 1.0  # least probability and score of a confirmed character
_FEWEST = 3  # confirmed characters, to measure distances
_MIDDLE = 0.55  # half of the middle of a window, in characters
_STRAY, _STRAY_SEEN = 0.6, 0.6  # least distance (in characters) and probability of a stray one
_MISSING = 0.7  # difference of a distance (in characters) that shows one too many or few


@dataclass(frozen=True)
class Seen:
    """The evidence at the place of a claimed character: its probability, and those of its rivals,
    the other characters that are possible there."""

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
        """The logarithm of how much likelier the character is than its strongest rival."""
        return float(np.log((self.claimed + _FOR) / (self.against + _AGAINST)))

    @property
    def is_confirmed(self) -> bool:
        return self.claimed > _CONFIRMED and self.score > _CONFIRMED_SCORE


def mixed(views: Sequence[Seen | Place], weights: Sequence[float]) -> Seen:
    """The weighted mean of several views."""
    claimed = 0.0
    rivals: dict[str, float] = defaultdict(float)
    for view, weight in zip(views, map(float, weights), strict=True):
        claimed += weight * view.claimed
        for character, probability in view.rivals.items():
            rivals[character] += weight * probability
    return Seen(claimed, rivals)


@dataclass(slots=True)
class AlignedName:
    """A claimed name, aligned with one seal.

    - `strips`: the characters in each strip.
    - `at`: their places, and `pitch`, the distance between two, in turns from the seam.
    - `alone`: the evidence of this seal on each character.
    - `dry`: disputed characters where the seal hardly printed, or where another seal lies over it.
    - `crossed`: disputed characters under print.
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
    def along(cls, face: Face, name: str) -> Self:
        """The name aligned with the strips of a seal."""
        seal = cls(face, name, [aligned(frames, name) for frames in face.strips])
        weights = weights_of(seal.strips)
        seal.alone = fused(seal.strips, weights)
        seal.at, seal.pitch = _placed(seal.strips, weights, seal.alone)
        disputed = [i for i, seen in enumerate(seal.alone) if not seen.is_confirmed]
        seal.crossed = frozenset(i for i in disputed if face.is_crossed(seal.at[i], seal.pitch / 2))
        seal._weaken_rivals_of_hidden_characters(disputed)
        return seal

    def _weaken_rivals_of_hidden_characters(self, disputed: Sequence[int]) -> None:
        """Make the rivals of dry characters unknown ones, and add an unknown rival to crossed ones.

        A character that is visible in part may look like another, which proves neither. A rival of
        high probability stays, or any red circle over a foreign character could hide it.
        """
        places = {
            i: (self.at[i], self.pitch / 2)
            for i in disputed
            if self.alone[i].against < _RIVAL_DESPITE_DRY
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
        """The rivals of a character, by how much of it is visible."""
        if i in self.dry:
            return nameless(rivals)
        # a low probability of the claimed character under print must not confirm it
        return {**rivals, "": UNSEEN} if i in self.crossed else rivals

    @property
    def middle(self) -> float:
        """The angle of the middle of the gap between the last character and the first."""
        return self.face.seam + (self.at[0] + self.at[-1] - 1) / 2 * TURN

    @property
    def arc(self) -> float:
        """The share of the turn from its first character to its last."""
        return self.at[-1] - self.at[0]

    def read_around(self, i: int) -> float:
        """The mean probability of the characters around one."""
        return float(np.mean([self.alone[j].claimed for j in _around(i, len(self.alone))]))

    def look(self, i: int) -> Seen:
        """The evidence of narrow strips at the place of a character."""
        if i not in self._looks:
            views: list[Seen] = []
            for view in self._views(i, _WINDOWS):
                views.append(view)
                score = self.alone[i].score + _mean(views).score
                if len(views) == _FIRST and score > _CLEAR_ENOUGH:
                    break
            seen = _mean(views)
            self._looks[i] = replace(seen, rivals=self._rivals(i, seen.rivals))
        return self._looks[i]

    def hidden(self) -> list[int]:
        """The characters in whose place another one is read when the opaque print over them is left
        in."""
        blotted = [i for i, at in enumerate(self.at) if self.face.is_blotted(at, self.pitch / 2)]
        return [i for i in blotted if _mean(list(self._views(i, _WITH_PRINT))).against > _HIDDEN]

    def _views(self, i: int, windows: Sequence[tuple[int, Band, float]]) -> Iterator[Seen]:
        """The evidence in the middle of narrow windows at the place of a character."""
        for plane, band, half in windows:
            cut = self.face.window(plane, band, self.at[i], half * self.pitch)
            frames = self.face.ocr.frames(cut)
            reach = _MIDDLE / (2 * half) * len(frames)
            middle = slice(
                max(0, int(len(frames) / 2 - reach)), int(np.ceil(len(frames) / 2 + reach))
            )
            claimed = float(frames.of(self.name[i])[middle].max(initial=0.0))
            yield Seen(claimed, rivals_in(frames, middle, self.name, i))

    def misplaced(self) -> tuple[str, str] | None:
        """Evidence that the seal has a character more or fewer than the claim, as (claimed,
        visible): two characters in one place, a distance that does not fit, or a character between
        places. None without evidence."""
        for seen in self.alone:
            if seen.rival and min(seen.claimed, seen.against) > _STRAY_SEEN:
                return "", seen.rival
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
        """A character that is surely on the seal between the claimed ones, or ""."""
        views = []
        for frames in self.face.strips:
            beside = [
                (c, p)
                for at, c, p in frames.peaks()
                if min(abs(off(at, place)) for place in self.at) > _STRAY * self.pitch
            ]
            views.append(Seen(0.0, dict(sorted(beside, key=lambda peak: peak[1]))))
        stray = mixed(views, list(weights_of(self.strips).mean(axis=1)))
        return stray.rival if stray.against > _STRAY_SEEN else ""


def _mean(views: Sequence[Seen]) -> Seen:
    return mixed(views, [1 / len(views)] * len(views))


def weights_of(strips: Sequence[Sequence[Place]]) -> NDArray[np.float64]:
    """The weight of each strip for each character, by how well its neighbours are read there. The
    weights for one character add up to one."""
    seen = np.array([[place.claimed for place in places] for places in strips])
    count = seen.shape[1]
    around = np.stack([seen[:, _around(i, count)].mean(axis=1) for i in range(count)], axis=1)
    dry = np.array([[place.dry for place in places] for places in strips])
    weights = (_LEAST_WEIGHT + around**2) * np.where(dry, _DRY_WEIGHT, 1.0)
    return np.asarray(weights / weights.sum(axis=0))


def _around(i: int, count: int) -> list[int]:
    """The indices nearest to one."""
    return sorted((j for j in range(count) if j != i), key=lambda j: abs(j - i))[:_NEAREST] or [i]


def fused(strips: Sequence[Sequence[Place]], weights: NDArray[np.float64]) -> list[Seen]:
    """The evidence of all strips together on each character."""
    return [
        mixed([places[i] for places in strips], list(weights[:, i]))
        for i in range(weights.shape[1])
    ]


def _placed(
    strips: Sequence[Sequence[Place]], weights: NDArray[np.float64], characters: Sequence[Seen]
) -> tuple[list[float], float]:
    """The places of the characters, and the pitch. Confirmed characters are where they are visible,
    others between and beyond those by the pitch."""
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
