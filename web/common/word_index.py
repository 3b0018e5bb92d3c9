"""Texts kept in memory by their ids, and which of them hold some words, answered from pairs of
characters and not by looking through all.

For each pair of neighbouring characters it is known which texts have it. Of all pairs of what is
sought, the rarest leaves few texts to look at; they are looked at from the newest on, until enough
are found. So a rare word costs what it finds, and a common one ends early.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

FIELDS: Final = "\n"
"""Between the fields of a text: nothing that is sought goes over it,
so that no pair with it is kept."""


class HeldWords:
    """Texts by their ids, which grow. Not for several threads at once."""

    def __init__(self) -> None:
        self._texts: dict[int, bytes] = {}
        self._holding: dict[str, array[int]] = {}

    def put(self, text_id: int, text: str) -> None:
        """Keep a text, in place of the one that had the id."""
        encoded = text.encode()
        former = self._texts.get(text_id)
        if former == encoded:
            return
        before, after = _pairs(former.decode()) if former is not None else frozenset(), _pairs(text)
        for pair in before - after:
            held = self._holding[pair]
            del held[bisect_left(held, text_id)]
        for pair in after - before:
            held = self._holding.setdefault(pair, array("I"))
            if held and held[-1] > text_id:
                held.insert(bisect_left(held, text_id), text_id)
            else:
                held.append(text_id)
        self._texts[text_id] = encoded

    def find(self, words: Sequence[str]) -> Iterator[int]:
        """Ids of the texts that hold each of the words, the newest first.

        Each word has two characters at least.
        """
        held = [self._holding.get(pair) for word in words for pair in _pairs(word)]
        if not held or not all(held):
            return
        sought = [word.encode() for word in words]
        for text_id in reversed(min((ids for ids in held if ids), key=len)):
            text = self._texts[text_id]
            if all(word in text for word in sought):
                yield text_id


def _pairs(text: str) -> frozenset[str]:
    return frozenset(
        first + second for first, second in pairwise(text) if FIELDS not in {first, second}
    )
