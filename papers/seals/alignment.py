"""A claimed name laid along a strip of a seal: where each of its characters stands, how likely it
is there, and what else could stand there.

Forced alignment on the recogniser's output (Graves et al. 2006, the Viterbi path of CTC): a
character that cannot be read costs little, while a name that is read blind is spoilt by it. Places
are shares of the strip's width.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Frames

_LEAST: Final = 1e-9
# the least probability of a rival without a name where hardly anything can be seen: by a glimpse of
# it alone no character is there
UNSEEN: Final = 0.1
# of the pitch, and frames: how far the first and the last character may stand beyond their place
_END_ZONE, _LEAST_ZONE = 0.6, 2


@dataclass(frozen=True, slots=True)
class Place:
    """One claimed character in one strip: its place, its probability there, and those of other
    Chinese characters. `dry`: the seal hardly printed there, or another one lies over it.
    """

    at: float
    claimed: float
    rivals: Mapping[str, float]
    dry: bool = False


def nameless(rivals: Mapping[str, float]) -> Mapping[str, float]:
    """The rivals of a character of which only a part is seen: what is left looks like another,
    which proves none, but does not bear it out either."""
    return {"": max((UNSEEN, *rivals.values()))}


def aligned(frames: Frames, name: Sequence[str]) -> list[Place]:
    """The places of the characters of a folded name in a strip;
    none where the strip is too short for it."""
    if not name or len(frames) < len(name) + sum(a == b for a, b in itertools.pairwise(name)):
        return []
    own = np.stack([frames.of(character) for character in name], axis=1)
    path = _path(frames, own, name)
    at = [_middle(np.flatnonzero(path == 2 * i + 1), own[:, i]) for i in range(len(name))]
    return [
        _place(frames, own[:, i], _others(name, i), at[i], _zone(at, i, len(frames)))
        for i in range(len(name))
    ]


def _path(frames: Frames, own: NDArray[np.float32], name: Sequence[str]) -> NDArray[np.intp]:
    """The state of each frame on the likeliest path: 2 i + 1 is character i,
    the even ones are blanks.

    The blanks at both ends take whatever is not Chinese, so that the number along the rim is free.
    """
    log = _emitted(frames, own)
    count, states = log.shape
    skips = np.full(states, -np.inf)
    skips[3::2] = [0.0 if a != b else -np.inf for a, b in itertools.pairwise(name)]
    best = np.full(states, -np.inf)
    best[:2] = log[0, :2]
    came = np.zeros((count, states), np.intp)
    for t in range(1, count):
        one = np.concatenate([[-np.inf], best[:-1]])
        two = np.concatenate([[-np.inf, -np.inf], best[:-2]]) + skips
        options = np.stack([best, one, two])
        came[t] = options.argmax(axis=0)
        best = options.max(axis=0) + log[t]
    path = np.zeros(count, np.intp)
    path[-1] = states - 2 + int(best[-1] >= best[-2])
    for t in range(count - 1, 0, -1):
        path[t - 1] = path[t] - came[t, path[t]]
    return path


def _emitted(frames: Frames, own: NDArray[np.float32]) -> NDArray[np.float64]:
    """The log probability of each state in each frame."""
    emitted = np.repeat(frames.blank[:, None].astype(np.float64), 2 * own.shape[1] + 1, axis=1)
    emitted[:, 1::2] = own
    emitted[:, [0, -1]] = frames.not_chinese[:, None]
    return np.log(np.maximum(emitted, _LEAST))


def _middle(mine: NDArray[np.intp], own: NDArray[np.float32]) -> int:
    """The frame in which a character is likeliest, among those that the path gives it."""
    return int(mine[own[mine].argmax()])


def _zone(at: Sequence[int], i: int, count: int) -> slice:
    """The frames in which a character may stand: those between its neighbours."""
    reach = max(_LEAST_ZONE, round(_END_ZONE * (at[-1] - at[0]) / max(1, len(at) - 1)))
    first = at[i - 1] + 1 if i else max(0, at[0] - reach)
    last = at[i + 1] - 1 if i < len(at) - 1 else min(count - 1, at[-1] + reach)
    return slice(min(first, at[i]), max(last, at[i]) + 1)


def _others(name: Sequence[str], i: int) -> set[str]:
    """The character and its neighbours, which are no rivals of it."""
    return set(name[max(0, i - 1) : i + 2])


def _place(
    frames: Frames, own: NDArray[np.float32], known: set[str], at: int, zone: slice
) -> Place:
    rivals = {c: p for c, p in frames.likeliest(zone).items() if c not in known}
    return Place((at + 0.5) / len(own), float(own[zone].max()), rivals)
