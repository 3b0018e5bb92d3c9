"""Traces of a card or licence in lines that were recognised as neither: evidence of its presence.

Words and numbers count by what they are, wherever they stand, also under a seal. Words with a colon
are those of forms and letters.
"""

import re
from collections.abc import Sequence

from papers.kinds import paper_kinds
from papers.kinds.licence import licence_score
from papers.kinds.numbers import code_candidate, is_code_alone
from papers.lines.layout import Piece
from papers.lines.words import find_label

_LIKE_A_LICENCE = 3  # groups of labels, of which letters have some
_LONGEST = 28  # characters of a printed line with a label; those of letters are longer
_FOOT = ("总局监制", "方可开展经营活动")  # printed on every licence, on nothing else
# Some of it may be hidden or misread.
_NUMBER = re.compile(r"[^\d证]{0,8}(?:\d[^\d.年月日-]?){11,17}[\dX]\W{0,2}")
_BACK = (
    re.compile("^中华人民共和国$"),
    re.compile("签发机关|公安.*[局处厅所]$"),
    re.compile(r"有效期限|\d{4}\W\d\d\W\d\d\W"),
)


def shows_front(pieces: Sequence[Piece]) -> bool:
    """An ID number, whole or nearly, alone or behind its label,
    or two labels of the portrait side."""
    numbered = any(_NUMBER.fullmatch(p.text) and not is_code_alone(p.text) for p in pieces)
    return numbered or _has_two(_printed(pieces), paper_kinds.FRONT_LABELS)


def shows_back(pieces: Sequence[Piece]) -> bool:
    """The title of the emblem side, also cut off, or two of state,
    office of the police and period."""
    printed = _printed(pieces)
    marks = sum(any(mark.search(p.text) for p in printed) for mark in _BACK)
    return marks > 1 or _is_titled(pieces, "居民身份证")


def shows_licence(pieces: Sequence[Piece]) -> bool:
    """The title (also cut off) or foot of a licence, a credit code,
    two labels of its own or several others."""
    printed = _printed(pieces)
    return (
        _is_titled(pieces, "营业执照")
        or any(words in p.text for p in pieces for words in _FOOT)
        or any(code_candidate(p.text) for p in printed)
        or licence_score(printed) >= _LIKE_A_LICENCE
        or _has_two(printed, paper_kinds.OTHER_LICENCE_LABELS)
    )


def _is_titled(pieces: Sequence[Piece], title: str) -> bool:
    """Whether a piece is a part of the title, or the title with a slip and a sign beside it."""
    alone = (p.text for p in pieces if 1 < len(p.text) <= len(title) + 1)
    return any(text in title or find_label(text, title) for text in alone)


def _printed(pieces: Sequence[Piece]) -> list[Piece]:
    return [p for p in pieces if len(p.text) <= _LONGEST and ":" not in p.text]


def _has_two(pieces: Sequence[Piece], labels: Sequence[str]) -> bool:
    return len({label for p in pieces for label in labels if find_label(p.text, label)}) > 1
