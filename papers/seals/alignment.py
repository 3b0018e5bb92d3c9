"""Aligns a claimed name with a strip of a seal: the place of each character, its probability there,
and the other characters that are possible there.

This is forced alignment on the recogniser's output: the Viterbi path of CTC (Graves et al. 2006). A
character that cannot be read costs little here, while it spoils a reading without a known name.
Places are shares of the strip's width.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Floats, Frames

_LEAST = 1e-9  # probability, so that each has a logarithm
# the probability of an unknown rival, at least, of a character of which hardly anything is visible:
# a trace of it does not prove that it is there
UNSEEN = 0.1
# the zones of the first and the last character go so far outwards: share of the distance between
# characters; frames, at least
_END_ZONE, _LEAST_ZONE = 0.6, 2


Rivals = Mapping[str, float]


@dataclass(frozen=True)
class Place:
    """One claimed character in one strip: its place, its probability there, and those of other
    Chinese characters. `dry`: the seal hardly printed there, or another one lies over it.
    """

    at: float
    claimed: float
    rivals: Rivals
    dry: bool = False


def nameless(rivals: Rivals) -> Rivals:
    """The rivals of a character that is visible in part, as one unknown rival: the part may look
    like another character, which proves neither of the two."""
    return {"": max((UNSEEN, *rivals.values()))}


def aligned(frames: Frames, name: Sequence[str]) -> list[Place]:
    """The places of the characters of a folded name. The strip has one frame at least for each,
    and for a blank between two equal ones."""
    own = np.stack([frames.of(character) for character in name], axis=1)
    path = _path(frames, own, name)
    # of the frames of each character on the path the one in which it is likeliest
    mine = [np.flatnonzero(path == 2 * i + 1) for i in range(len(name))]
    at = [int(its[own[its, i].argmax()]) for i, its in enumerate(mine)]
    zones = [_zone(at, i, len(own)) for i in range(len(name))]
    return [
        Place(
            (at[i] + 0.5) / len(own),
            float(own[zone, i].max()),
            rivals_in(frames, zone, name, i),
        )
        for i, zone in enumerate(zones)
    ]


def _path(frames: Frames, own: Floats, name: Sequence[str]) -> NDArray[np.intp]:
    """The state of each frame on the likeliest path. State 2 i + 1 is character i, even states are
    the blanks around them. A frame stays in the state of the one before, or moves by one, or by two
    from a character to a different one.

    The first and the last blank accept all that is not Chinese, so that the number along the rim
    costs nothing.
    """
    log = _emitted(frames, own)
    count, states = log.shape
    skips = np.full(states, -np.inf)
    skips[3::2] = [0.0 if a != b else -np.inf for a, b in itertools.pairwise(name)]
    best = np.full(states, -np.inf)
    best[:2] = log[0, :2]
    moves = np.zeros((count, states), np.intp)
    for t in range(1, count):
        by_one = np.concatenate([[-np.inf], best[:-1]])
        by_two = np.concatenate([[-np.inf, -np.inf], best[:-2]]) + skips
        options = np.stack([best, by_one, by_two])
        moves[t] = options.argmax(axis=0)
        best = options.max(axis=0) + log[t]
    path = np.zeros(count, np.intp)
    path[-1] = states - 2 + int(best[-1] >= best[-2])
    for t in range(count - 1, 0, -1):
        path[t - 1] = path[t] - moves[t, path[t]]
    return path


def _emitted(frames: Frames, own: Floats) -> NDArray[np.float64]:
    """The log probability of each state in each frame."""
    emitted = np.repeat(frames.blank[:, None].astype(np.float64), 2 * own.shape[1] + 1, axis=1)
    emitted[:, 1::2] = own
    emitted[:, [0, -1]] = frames.not_chinese[:, None]
    return np.log(np.maximum(emitted, _LEAST))


def _zone(at: Sequence[int], i: int, count: int) -> slice:
    """The frames that may belong to a character: those between its neighbours."""
    reach = max(_LEAST_ZONE, round(_END_ZONE * (at[-1] - at[0]) / max(1, len(at) - 1)))
    first = at[i - 1] + 1 if i else max(0, at[0] - reach)
    last = at[i + 1] - 1 if i < len(at) - 1 else min(count - 1, at[-1] + reach)
    return slice(min(first, at[i]), max(last, at[i]) + 1)


def rivals_in(frames: Frames, places: slice, name: Sequence[str], i: int) -> Rivals:
    """The rivals of a character in these frames. Its neighbours are none."""
    known = name[max(0, i - 1) : i + 2]
    return {c: p for c, p in frames.likeliest(places).items() if c not in known}
