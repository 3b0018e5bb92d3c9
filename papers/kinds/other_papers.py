"""Recognises other papers by their titles and words: certificates in place of a licence or an ID
card, request letters, and any other paper."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.documents import PartKind
from papers.kinds import paper_kinds
from papers.lines.layout import Piece, rows_of
from papers.lines.words import chinese_count, find_label

_MACHINE_READABLE = re.compile(r"P[A-Z<«][A-Z]{3}.*<{3}")
_FOREIGN_WORDS = 2
# a paper with fewer Chinese characters is a note, a stamp or a watermark
_LETTER_CHARACTERS = 30
# running text has a line this long; a paper with only shorter lines is the rest of a card
_RUNNING_CHARACTERS = 16


@dataclass(frozen=True)
class Paper:
    """A paper that is neither card nor licence. `title`: of certificates, else ""."""

    kind: PartKind
    pieces: tuple[Piece, ...]
    title: str = ""


def _certificate_title(pieces: Sequence[Piece]) -> str:
    """The title of a certificate, or "". Without one on a line of its own, recognises passports and
    foreign papers by their words."""
    for title in (*paper_kinds.ORGANISATION_CERTIFICATES, *paper_kinds.PERSON_CERTIFICATES):
        for piece in pieces:
            hit = find_label(piece.text, title)
            if (
                hit is not None
                and len(piece.text) <= len(title) + 8
                and hit.slips * 6 <= len(title)
            ):
                return paper_kinds.PASSPORT_TITLE if title.startswith("PASSPORT") else title
    return _foreign_title(pieces)


def _foreign_title(pieces: Sequence[Piece]) -> str:
    """Recognises a passport by its machine-readable line (ICAO 9303), another foreign paper by two
    of FOREIGN_WORDS."""
    if any(_MACHINE_READABLE.match(p.text) for p in pieces):
        return paper_kinds.PASSPORT_TITLE
    letters = ["".join(filter(str.isalpha, p.text)) for p in pieces]
    words = sum(any(word in line for line in letters) for word in paper_kinds.FOREIGN_WORDS)
    return paper_kinds.FOREIGN_TITLE if words >= _FOREIGN_WORDS else ""


def is_plain(pieces: Sequence[Piece]) -> bool:
    """Whether a line is the title of an ordinary document (PLAIN_TITLES)."""
    return _is_titled(pieces, paper_kinds.PLAIN_TITLES, 14)


def _is_titled(pieces: Sequence[Piece], titles: Sequence[str], beside: int) -> bool:
    """Whether a line is one of these titles, with so many characters beside it."""
    return any(t in p.text and len(p.text) <= len(t) + beside for p in pieces for t in titles)


def text_of(pieces: Sequence[Piece]) -> str:
    """The text in reading order, a line for each row of pieces."""
    return "\n".join("  ".join(p.line.text.strip() for p in row) for row in rows_of(pieces))


def find_paper(pieces: Sequence[Piece]) -> Paper | None:
    """The paper that the lines outside cards and licence are, or None where they are too few, or
    neither a title, a request nor running text."""
    title = _certificate_title(pieces)
    if title:
        return Paper(PartKind.OTHER_CERTIFICATE, tuple(pieces), title)
    if sum(chinese_count(p.text) for p in pieces) < _LETTER_CHARACTERS:
        return None
    titled = _is_titled(pieces, paper_kinds.TITLES_WITHOUT_REQUEST, 10)
    is_request = not titled and any(
        word in p.text for p in pieces for word in paper_kinds.REQUEST_WORDS
    )
    running = max(chinese_count(p.text) for p in pieces) >= _RUNNING_CHARACTERS
    if not (titled or is_request or running):
        return None
    return Paper(PartKind.REQUEST_LETTER if is_request else PartKind.OTHER, tuple(pieces))
