"""Finding printed labels on a page and the values that follow them.

Labels are found by their words, wherever they stand: printed tight or spaced (名 称), split into
several lines by the detector, or read as one with their value. A value is what follows on the row
up to the next label, and the lines below it that keep its left edge.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Hamming

from papers.lines.layout import Piece, cut_piece, run_on, same_row
from papers.lines.ocr_models import Point
from papers.lines.words import allowed_slips

_SPLITTABLE = 4  # a label of this many characters is believed in the middle of a line
_ROW_GAP = 14.0  # heights between pieces of one row
_DRIFT = 3.0  # heights: no row rises or falls more
_VALUE_GAP = 2.2  # heights between the pieces of one value
_LABEL_GAP = 9.0  # heights between the characters of one spread label
_EDGE = 1.6  # heights by which a continuation's left edge may differ
_COLUMN = 12.0  # heights from a column of labels to its values
_COLONS = ":;.,·"
_LEADING = 2.3  # heights from line to line of one value


@dataclass(frozen=True)
class Labelled:
    """A label on the page: its printed word, its pieces,
    and its value's pieces (first row, then lines below)."""

    label: str
    head: tuple[Piece, ...]
    value: tuple[Piece, ...]
    below: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """The value's folded text, without a colon before it."""
        return run_on((*self.value, *self.below)).lstrip(_COLONS)

    @property
    def first_row(self) -> str:
        return run_on(self.value).lstrip(_COLONS)

    @property
    def x0(self) -> float:
        return self.head[0].x0

    @property
    def cy(self) -> float:
        return self.head[0].cy

    @property
    def left(self) -> Point:
        """Where it begins."""
        return self.x0, self.cy


def split_at_labels(pieces: Sequence[Piece], labels: Sequence[str]) -> list[Piece]:
    """The pieces, cut before each long label that stands in the middle of one."""
    out: list[Piece] = []
    for piece in pieces:
        cuts = {0, len(piece.text)}
        for label in labels:
            at = piece.text.find(label, 1)
            if (
                len(label) >= _SPLITTABLE
                and at > 0
                and not any(
                    other != label and label in other and other in piece.text for other in labels
                )
            ):
                cuts.add(at)
        edges = sorted(cuts)
        out += (
            [piece]
            if len(edges) == 2
            else [cut_piece(piece, a, b) for a, b in itertools.pairwise(edges)]
        )
    return out


def row_from(start: Piece, pieces: Sequence[Piece]) -> list[Piece]:
    """The piece and those to its right on the same row, each next to the one before."""
    row, last = [start], start
    beside = [p for p in pieces if p.x0 > start.x0 and abs(p.cy - start.cy) < _DRIFT * start.height]
    while True:
        right = [
            p
            for p in beside
            if p.x0 > last.x0
            and p.cx > last.x1 - 0.3 * last.height
            and same_row(last, p)
            and p.x0 - last.x1 < _ROW_GAP * max(last.height, p.height)
        ]
        if not right:
            return row
        last = min(right, key=lambda p: p.x0)
        row.append(last)


@dataclass(frozen=True)
class _Head:
    label: str
    pieces: tuple[Piece, ...]
    rest: Piece | None
    row: tuple[Piece, ...]


def _head(row: Sequence[Piece], labels: Sequence[str]) -> _Head | None:
    """The label with which a row begins, over as many pieces as it takes."""
    for count in range(1, min(len(row), 5) + 1):
        if count > 1 and row[count - 1].x0 - row[count - 2].x1 > _LABEL_GAP * row[0].height:
            return None
        last, text = row[count - 1], run_on(row[:count])
        before = len(text) - len(last.text)
        found = [
            label
            for label in labels
            if before < len(label) <= len(text) and _slips(text, label) <= allowed_slips(label)
        ]
        if found:
            label = min(found, key=lambda label: (_slips(text, label), -len(label)))
            used = len(label) - before
            rest = cut_piece(last, used, len(last.text)) if used < len(last.text) else None
            return _Head(label, tuple(row[:count]), rest, tuple(row[count:]))
    return None


def _slips(text: str, label: str) -> int:
    """How many characters of a label differ at the start of a text, as far as both go."""
    return Hamming.distance(text[: len(label)], label[: len(text)])


def find_labels(pieces: Sequence[Piece], labels: Sequence[str]) -> list[Labelled]:
    """Every label found, with its value. Pieces should have been split at labels before."""
    heads = [
        h
        for p in pieces
        if _may_begin(p.text, labels) and (h := _head(row_from(p, pieces), labels)) is not None
    ]
    inner = {id(p) for h in heads for p in h.pieces[1:]}
    heads = [h for h in heads if id(h.pieces[0]) not in inner]  # without the 称 of 名称
    starts = {id(h.pieces[0]) for h in heads}
    used = {id(p) for h in heads for p in h.pieces}
    return [_labelled(h, heads, pieces, starts, used) for h in heads]


def _may_begin(text: str, labels: Sequence[str]) -> bool:
    """Whether a label may begin with this text, or this text with a label.

    Rows are looked for only then: on a page full of words that took seconds.
    """
    return any(_slips(text, label) <= allowed_slips(label) for label in labels)


def _labelled(
    head: _Head, heads: Sequence[_Head], pieces: Sequence[Piece], starts: set[int], used: set[int]
) -> Labelled:
    value = [head.rest] if head.rest and head.rest.text.strip(_COLONS) else []
    for piece in head.row:
        if id(piece) in starts or (value and piece.x0 - value[-1].x1 > _VALUE_GAP * piece.height):
            break
        value.append(piece)
    return Labelled(
        head.label, head.pieces, tuple(value), tuple(_below(head, value, heads, pieces, used))
    )


def _below(
    head: _Head,
    value: Sequence[Piece],
    heads: Sequence[_Head],
    pieces: Sequence[Piece],
    used: set[int],
) -> list[Piece]:
    """The lines under a value that keep its left edge, down to the next label of the column."""
    if not value:
        return []
    first = value[0]
    floor = min(
        (
            h.pieces[0].cy
            for h in heads
            if h is not head
            and h.pieces[0].cy > first.cy + 0.5 * first.height
            and first.x0 - _COLUMN * first.height < h.pieces[0].x0 < first.x0 + first.height
        ),
        default=float("inf"),
    )
    found: list[Piece] = []
    last = first
    for piece in pieces:
        step = piece.cy - last.cy
        if (
            0.5 * last.height < step < _LEADING * last.height
            and piece.cy < floor - 0.35 * piece.height
            and id(piece) not in used
            and abs(piece.x0 - first.x0) < _EDGE * first.height
            and 0.6 < piece.height / first.height < 1.7
        ):
            found.append(piece)
            last = piece
    return found
