"""Known names and their short forms in a text.

A known name is found over spaces, brackets and line ends, with one wrong character.
"""

import re
from collections.abc import Collection, Iterator
from itertools import product

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mail_intake.request.classes import Word
from mail_intake.request.tokens import Folded, Token, codes_of, fold_character

_SHORTEST_KNOWN = 4  # characters of a known name that is looked for,
_SHORTEST_FUZZY = 8  # of one that is looked for with a wrong character,
_SHORTEST_SHORT = 2  # and of a short form
_MOST_KNOWN = 40
_ALIKE_PERCENT = 80.0


def name_key(name: str) -> str:
    """The key of all spellings of a name: folded, without spaces, brackets, dots, line ends."""
    return "".join([one for one in map(fold_character, name) if one.isalnum()])


def known_spans(text: Folded, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known names stand in the folded text, the longest first where two overlap."""
    places = [place for place, character in enumerate(text.text) if character.isalnum()]
    squeezed = "".join(text.text[place] for place in places)
    keys = set(map(name_key, list(known)[:_MOST_KNOWN]))
    spans: list[tuple[int, int]] = []
    long_enough = (key for key in keys if len(key) >= _SHORTEST_KNOWN)
    for key in sorted(long_enough, key=len, reverse=True):
        found = [match.span() for match in re.finditer(re.escape(key), squeezed)]
        for start, end in found or _alike(squeezed, key):
            first, last = places[start], places[end - 1] + 1
            opened = text.text.count("(", first, last) > text.text.count(")", first, last)
            last += opened and text.text.startswith(")", last)
            if all(last <= begin or first >= stop for begin, stop in spans):
                spans.append((first, last))
    return spans


def _alike(text: str, key: str) -> list[tuple[int, int]]:
    """One place where the name stands with one wrong, missing or needless character inside."""
    if len(key) < _SHORTEST_FUZZY:
        return []
    found = fuzz.partial_ratio_alignment(key, text, score_cutoff=_ALIKE_PERCENT)
    if not found:
        return []
    for left, right in product((0, -1, 1), repeat=2):
        start, end = found.dest_start + left, found.dest_end + right
        if start < 0 or end > len(text):
            continue
        same_edges = text[start : start + 1] == key[0] and text[end - 1 : end] == key[-1]
        if same_edges and Levenshtein.distance(key, text[start:end]) <= 1:
            return [(start, end)]
    return []


def short_spans(found: list[Token], whole: str) -> Iterator[tuple[int, int]]:
    """Where runs of tokens stand that are a part of one of the names in `whole` (their keys) and
    hold a word of no other meaning."""
    end = 0
    for at in range(len(found)):
        if at < end:
            continue
        end, text = at, ""
        while end < len(found) and found[end].text.isalnum() and text + found[end].text in whole:
            text += found[end].text
            end += 1
        if len(text) >= _SHORTEST_SHORT and Word.UNKNOWN in codes_of(found[at:end]):
            yield found[at].start, found[end - 1].end
