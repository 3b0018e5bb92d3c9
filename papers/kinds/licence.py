"""Finding a business licence (营业执照) among the lines of a page.

A licence is its title with at least three printed labels of the registry's form, or at least five
labels, 经营范围 among them, with a credit code. The printed report of the public register
(企业信用信息公示报告) has the same labels and is none.
"""

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from papers.kinds import paper_kinds
from papers.kinds.labels import Labelled, find_labels, split_at_labels
from papers.kinds.numbers import code_candidate
from papers.lines.certainty import mean_confidence
from papers.lines.layout import Piece
from papers.lines.words import find_label

_TITLED, _UNTITLED = 3, 5
_SEVERAL, _MOST_SEEDS = 2, 4  # licences of one page
_AS_LARGE = 0.4  # of the largest title: another one
# first characters of spread labels whose second was not read
_SPLIT = {"名": "名称", "类": "类型", "住": "住所"}
_TAILS = {"称": "名称", "型": "类型", "所": "住所"}  # and second ones whose first was not
_LABELS = (
    paper_kinds.CODE_LABELS,
    paper_kinds.NAME_LABELS,
    paper_kinds.REPRESENTATIVE_LABELS,
    paper_kinds.PERIOD_LABELS,
    paper_kinds.TYPE_LABELS,
    paper_kinds.ADDRESS_LABELS,
)
_GROUPS = {label: group[0] for group in _LABELS for label in group}


@dataclass(frozen=True)
class Licence:
    """A licence on the page: all its pieces, its labels, whether its title was read."""

    pieces: tuple[Piece, ...]
    labelled: tuple[Labelled, ...]
    titled: bool

    def first(self, labels: Sequence[str]) -> Labelled | None:
        """The topmost label among these that has a value; a word of one or two characters behind
        the third of them only where no other has."""
        found = [lab for lab in self.labelled if lab.label in labels and lab.value]
        return min(
            found,
            key=lambda lab: (labels.index(lab.label) > 2 and len(lab.label) < 3, lab.cy),
            default=None,
        )


def group_of(label: str) -> str:
    """One word for all forms of a label, so that they count once."""
    return _GROUPS.get(label, label)


def licence_labels(pieces: Sequence[Piece]) -> list[Labelled]:
    """The labels of the registry's form, spread single characters completed by their column."""
    parts = split_at_labels(pieces, paper_kinds.LICENCE_LABELS)
    labels = find_labels(parts, paper_kinds.LICENCE_LABELS)
    completed = _completed(parts, labels)
    if not completed:
        return labels
    return find_labels([completed.get(id(p), p) for p in parts], paper_kinds.LICENCE_LABELS)


def _completed(pieces: Sequence[Piece], labels: Sequence[Labelled]) -> dict[int, Piece]:
    """名, 类, 住 standing alone in the column of the other labels, or 称, 型, 所 where it ends: the
    other character was not found by the detector. Each piece (by id) with its whole label."""
    known = {id(p) for lab in labels for p in lab.head}
    found = {group_of(lab.label) for lab in labels}
    long = [lab for lab in labels if len(lab.label) > 2]
    edges = [x for lab in long if (x := _end_of(lab)) is not None]
    out: dict[int, Piece] = {}
    for p in pieces:
        word = _SPLIT.get(p.text) or _TAILS.get(p.text[:1])
        is_there = (
            any(abs(p.x0 - lab.x0) < 1.5 * p.height for lab in long)
            if p.text in _SPLIT
            else any(abs(p.x0 + p.height * 0.9 - x) < 0.8 * p.height for x in edges)
        )
        if word and is_there and id(p) not in known and group_of(word) not in found:
            out[id(p)] = replace(p, text=word + p.text[1:])
    return out


def _end_of(label: Labelled) -> float | None:
    """Where a printed label ends: its last piece's end,
    or where its value begins if both were read as one line."""
    last = label.head[-1]
    if len(last.text) <= len(label.label):
        return last.x1
    return label.value[0].x0 if label.value else None


def is_title(piece: Piece, body_height: float) -> bool:
    """Whether the piece is the large printed title, also with the (副本) or words before it, or
    without its first or last character."""
    hit = find_label(piece.text, "营业执照")
    return (
        (piece.text in {"营业执", "业执照"} or (hit is not None and hit.slips <= 1))
        and len(piece.text) <= 16
        and (piece.height > 1.15 * body_height or len(piece.text) <= 6)
    )


def find_licences(pieces: Sequence[Piece]) -> list[Licence]:
    """All licences on the page, from the top left: where a part of it beside a title is a licence
    by itself, and so is the rest, they are two."""
    for one, other in _divided(pieces):
        if (first := find_licence(one)) is not None and (others := find_licences(other)):
            return [first, *others]
    found = find_licence(pieces)
    return [found] if found is not None else []


def _divided(pieces: Sequence[Piece]) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """The pieces above a title and the others, then those on its left and the others: of titles
    that stand beside each other, not of a heading over one. Where the titles are not read, codes
    stand for them. The same words in small print (电子营业执照) are no title beside a large one."""
    titles = _titles(pieces)
    largest = max((title.height for title in titles), default=0.0)
    seeds = [title for title in titles if title.height >= _AS_LARGE * largest]
    if len(seeds) < _SEVERAL:
        seeds = [p for p in pieces if find_label(p.text, paper_kinds.CODE_LABELS[0])]
    for seed in sorted(seeds, key=lambda p: p.y0)[1:_MOST_SEEDS]:
        top = seed.y0 - seed.height
        yield [p for p in pieces if p.cy < top], [p for p in pieces if p.cy >= top]
    across = sorted(seeds, key=lambda p: p.cx)[:_MOST_SEEDS]
    for left, right in itertools.pairwise(across):
        if left.x1 > right.x0:
            continue
        middle = (left.cx + right.cx) / 2
        yield [p for p in pieces if p.cx < middle], [p for p in pieces if p.cx >= middle]


def _titles(pieces: Sequence[Piece]) -> list[Piece]:
    body_height = statistics.median(p.height for p in pieces) if pieces else 0.0
    return [p for p in pieces if is_title(p, body_height)]


def find_licence(pieces: Sequence[Piece]) -> Licence | None:
    """The one licence that the pieces are, or None."""
    if any(word in p.text for p in pieces for word in paper_kinds.REGISTER_WORDS):
        return None
    labels = licence_labels(pieces)
    titles = _titles(pieces)
    groups = _group_count(
        [lab for lab in labels if lab.value or lab.label in paper_kinds.CODE_LABELS]
    )
    coded = any(code_candidate(p.text) for p in pieces)
    without_title = coded and "经营范围" in {lab.label for lab in labels}
    if groups < (_TITLED if titles else _UNTITLED) or not (titles or without_title):
        return None
    return Licence(_own_pieces(pieces, labels, titles), tuple(labels), bool(titles))


def _own_pieces(
    pieces: Sequence[Piece], labels: Sequence[Labelled], titles: Sequence[Piece]
) -> tuple[Piece, ...]:
    """Everything between the title and the last label's text, and the printed foot line below."""
    anchors = [*titles, *(p for lab in labels for p in (*lab.head, *lab.value, *lab.below))]
    anchors += [
        p for p in pieces if any(w in p.text for w in ("公示系统", "GSXT", "总局监制", "登记机关"))
    ]
    x0, x1 = min(p.x0 for p in anchors), max(p.x1 for p in anchors)
    y0, y1 = min(p.y0 for p in anchors), max(p.y1 for p in anchors)
    return tuple(
        p
        for p in pieces
        if x0 - p.height <= p.cx <= x1 + p.height and y0 - p.height <= p.cy <= y1 + p.height
    )


def has_two_columns(licence: Licence) -> bool:
    """Whether labels stand beside each other, as on the landscape form."""
    heads = [lab for lab in licence.labelled if lab.label not in paper_kinds.CODE_LABELS]
    left = min((p.x0 for p in licence.pieces), default=0.0)
    right = max((p.x1 for p in licence.pieces), default=0.0)
    return sum(lab.x0 > left + 0.4 * (right - left) for lab in heads) >= 2


def licence_score(pieces: Sequence[Piece]) -> int:
    """How many groups of a licence's labels are on the page:
    some of them on an unclassified page are a reason for doubt."""
    return _group_count(licence_labels(pieces))


def _group_count(labels: Sequence[Labelled]) -> int:
    return len({group_of(label.label) for label in labels})


def confidence(licence: Licence, values: Mapping[str, str]) -> float:
    """How sure the licence is: its labels, its title, its code."""
    labels = _group_count(licence.labelled)
    by_labels = min(1.0, 0.5 + 0.05 * labels + 0.1 * licence.titled + 0.1 * ("uscc" in values))
    return by_labels * mean_confidence(licence.pieces)
