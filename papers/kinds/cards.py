"""Finding the two sides of ID cards on a page by their printed words, and how each card lies.

The layout of GA 448 gives where each printed label stands on a card (in card widths from its top
left corner). Labels found on the page are fitted to it by a similarity, which distinguishes the
card from a form with the same words (a letter, a register), gives its outline, and where a row that
was not read must be. A picture may be stretched. A number beside two labels that fit loosely is a
card too, but in doubt: a form can have them as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data.documents import PartKind
from papers.kinds.labels import Labelled, find_labels, row_from, split_at_labels
from papers.kinds.numbers import LENGTH, looks_like_id
from papers.kinds.paper_kinds import BACK_LABELS, FRONT_LABELS
from papers.lines.layout import Piece, corners, run_on
from papers.lines.ocr_models import Point, Quad
from papers.lines.words import find_label

Points = Mapping[str, Point]
"""Places of printed words, on a page or on a card."""
HEIGHT = 0.631  # of the width: 54.0 / 85.6 mm
_FRONT = {
    "姓名": (0.061, 0.096),
    "性别": (0.061, 0.172),
    "民族": (0.287, 0.172),
    "出生": (0.061, 0.249),
    "住址": (0.061, 0.326),
    "公民身份号码": (0.061, 0.551),
    "number_left": (0.336, 0.551),
    "number_right": (0.915, 0.551),
}
_BACK = {
    "中华人民共和国": (0.565, 0.125),
    "居民身份证": (0.578, 0.236),
    "签发机关": (0.215, 0.468),
    "有效期限": (0.215, 0.552),
}
_TITLE = _BACK["居民身份证"]
_PRIVATE = ((0.15, 0.195, 0.64, 0.515), (0.3, 0.5, 1.0, HEIGHT))  # birth and address; number
_LARGEST_RESIDUAL = 0.07  # card widths between a label and its place
_LOOSEST = 0.2  # of a card in doubt
_STEEPEST = 0.35  # radians
_STRETCHES = (1.0, 0.85, 1.2)  # of the height: pictures of other proportions
_LEAST_STRETCHED = 5  # anchors
_LABEL_HEIGHTS = 20.0  # of a label: about as wide is a card
# characters of the line 中华人民共和国; digits of a period
_LONGEST_STATE, _DATED = 9, 8


@dataclass(frozen=True)
class Fit:
    """Where a card lies.

    `scale` (complex: width and turn) and `shift` carry card units, their heights stretched, to
    straightened pixels. `anchors`: how many labels carry it; `residual`: the worst distance between
    a label and its place, in card widths.
    """

    scale: complex
    shift: complex
    stretch: float
    anchors: int
    residual: float

    @property
    def is_good(self) -> bool:
        """Whether the labels stand where they are drawn; of a stretched picture so many must."""
        return self.residual <= _LARGEST_RESIDUAL and (
            self.stretch == 1.0 or self.anchors >= _LEAST_STRETCHED
        )

    def at(self, u: float, v: float) -> complex:
        """Where a point of the card lies on the straightened page."""
        return self.scale * complex(u, v * self.stretch) + self.shift


@dataclass(frozen=True)
class Card:
    """A card side found on the page."""

    kind: PartKind
    fit: Fit
    pieces: tuple[Piece, ...]
    labelled: Mapping[str, Labelled]
    number: tuple[Piece, ...] = ()

    @property
    def width(self) -> float:
        """In pixels."""
        return abs(self.fit.scale)

    def at(self, u: float, v: float) -> Point:
        """Where a point of the card lies on the straightened page."""
        z = self.fit.at(u, v)
        return z.real, z.imag

    def area(self, *edges: float) -> Quad:
        """The corners of a part of the card (x0, y0, x1, y1), on the straightened page."""
        return tuple(self.at(*corner) for corner in corners(*edges))

    @property
    def outline(self) -> Quad:
        return self.area(0, 0, 1, HEIGHT)

    def contains(self, point: Point, margin: float = 0.03) -> bool:
        """Whether a point of the straightened page lies on the card."""
        z = self.place_of(point)
        return (
            -margin <= z.real <= 1 + margin
            and -margin <= z.imag <= HEIGHT * self.fit.stretch + margin
        )

    def place_of(self, point: Point) -> complex:
        """A point of the straightened page in widths of the card, from its upper left corner."""
        return (complex(*point) - self.fit.shift) / self.fit.scale


def _fit(anchors: Points, layout: Points, stretch: float) -> Fit | None:
    """The similarity that carries the layout's points to the anchors, by least squares."""
    if len(anchors) < 2:
        return None
    source = np.array([complex(u, v * stretch) for u, v in (layout[n] for n in anchors)])
    goal = np.array([complex(*point) for point in anchors.values()])
    scale, shift = map(complex, np.polyfit(source, goal, 1))
    if abs(scale) < 1 or abs(np.angle(scale)) > _STEEPEST:
        return None
    residual = float(np.abs(scale * source + shift - goal).max() / abs(scale))
    return Fit(scale, shift, stretch, len(anchors), residual)


def _robust_fit(anchors: Points, layout: Points) -> Fit | None:
    """The fit at the stretch that most labels fit."""
    fits = (_stretched_fit(anchors, layout, stretch) for stretch in _STRETCHES)
    return max(filter(None, fits), key=lambda fit: fit.anchors, default=None)


def _stretched_fit(anchors: Points, layout: Points, stretch: float) -> Fit | None:
    """The fit without the one or two labels that do not belong."""
    belonging = dict(anchors)
    for _ in range(3):
        fit = _fit(belonging, layout, stretch)
        if fit is None or fit.is_good:
            return fit
        astray = {n: abs(fit.at(*layout[n]) - complex(*p)) for n, p in belonging.items()}
        del belonging[max(astray, key=astray.__getitem__)]
    return None


def find_fronts(pieces: Sequence[Piece]) -> list[Card]:
    """Every portrait side on the page, by its number, or where that was not read by its labels.

    Those have no colon; labels of forms and letters do.
    """
    found = find_labels(split_at_labels(pieces, FRONT_LABELS), FRONT_LABELS)
    labels = [label for label in found if ":" not in label.head[-1].text]
    cards: list[Card] = []
    for row in _number_rows(pieces, labels):
        width = (row[-1].x1 - row[0].x0) / 0.58
        cards += _fronts_at((row[0].x0, row[0].cy), "number_left", width, pieces, labels, row)
    for label in labels:
        if not any(c.contains(label.left) for c in cards):
            width = _LABEL_HEIGHTS * label.head[0].height
            cards += _fronts_at(label.left, label.label, width, pieces, labels)
    return _distinct(cards)


def _number_rows(pieces: Sequence[Piece], labels: Sequence[Labelled]) -> list[tuple[Piece, ...]]:
    """Rows that can be the number of a card: after the label, or digits alone."""
    behind = [number_of(lab.value) for lab in labels if lab.label == "公民身份号码"]
    rows = [row for row in behind if looks_like_id(run_on(row))]
    used = {id(p.line) for row in rows for p in row}
    rows += [
        (p,)
        for p in pieces
        if id(p.line) not in used and looks_like_id(p.text) and len(p.text) <= 20
    ]
    return rows


def number_of(row: Sequence[Piece]) -> tuple[Piece, ...]:
    """The first pieces of a row that make up a number,
    without what stands on the same row of a neighbouring card."""
    number: list[Piece] = []
    for piece in row:
        if number and (
            sum(len(p.text) for p in number) >= LENGTH
            or piece.x0 - number[-1].x1 > 2.5 * piece.height
        ):
            break
        number.append(piece)
    return tuple(number)


def _fronts_at(
    place: Point,
    word: str,
    width: float,
    pieces: Sequence[Piece],
    labels: Sequence[Labelled],
    number: tuple[Piece, ...] = (),
) -> list[Card]:
    """The card, of about this width, with a word of its layout at a place."""
    (x, y), (u, v) = place, _FRONT[word]
    left, top = x - u * width, y - v * width
    near = [
        lab
        for lab in labels
        if left - 0.15 * width < lab.x0 < left + 0.5 * width
        and top - 0.15 * width < lab.cy < top + HEIGHT * width
    ]
    anchors = {lab.label: lab.left for lab in near}
    if number:
        anchors |= {"number_left": place, "number_right": (number[-1].x1, number[-1].cy)}
    fit = _robust_fit(anchors, _FRONT)
    if number and (fit is None or fit.anchors < 4):
        fit = _fit(anchors, _FRONT, 1.0)
    if fit is None or fit.anchors < 4 or fit.residual > _LOOSEST:
        return []
    return [_card(PartKind.ID_FRONT, fit, pieces, near, number)]


def _card(
    kind: PartKind,
    fit: Fit,
    pieces: Sequence[Piece],
    near: Sequence[Labelled],
    number: tuple[Piece, ...] = (),
) -> Card:
    """The card with what lies on it: its values are looked for among its own pieces only, since
    another card may lie beside it."""
    card = Card(kind, fit, (), {}, number)
    words = FRONT_LABELS if kind is PartKind.ID_FRONT else BACK_LABELS
    mine = [p for p in pieces if card.contains((p.cx, p.cy))]
    inside = {lab.label: lab for lab in near if card.contains(lab.left, 0.08)}
    inside |= {lab.label: lab for lab in find_labels(split_at_labels(mine, words), words)}
    return replace(card, pieces=tuple(mine), labelled=inside)


def find_backs(pieces: Sequence[Piece]) -> list[Card]:
    """Every emblem side on the page, by its title, or where that was not read by its labels."""
    labels = find_labels(split_at_labels(pieces, BACK_LABELS), BACK_LABELS)
    cards: list[Card] = []
    for title in pieces:
        hit = find_label(title.text, "居民身份证")
        if hit and hit.start <= 2 and len(title.text) <= 8 and "居留" not in title.text:
            width = (title.x1 - title.x0) / 0.38 * (5 / max(5, len(title.text)))
            cards += _backs_at((title.cx, title.cy), width, pieces, labels, titled=True)
    for label in labels:
        if label.label == "签发机关" and not any(c.contains(label.left, 0.08) for c in cards):
            width = _LABEL_HEIGHTS * label.head[0].height
            (x, y), (u, v) = label.left, _BACK["签发机关"]
            above = x + (_TITLE[0] - u) * width, y + (_TITLE[1] - v) * width
            cards += _backs_at(above, width, pieces, labels, titled=False)
    return _distinct(cards)


def _backs_at(
    title: Point, width: float, pieces: Sequence[Piece], labels: Sequence[Labelled], *, titled: bool
) -> list[Card]:
    """The card, of about this width, with its title at a place; without one, the card must show
    both labels, and a period after the second or the state's name."""
    x, y = title
    near = [
        lab
        for lab in labels
        if abs(lab.head[0].cx - x) < 0.75 * width and 0 < lab.cy - y < 0.75 * width
    ]
    anchors = {lab.label: lab.left for lab in near} | ({"居民身份证": title} if titled else {})
    states = [
        (p.cx, p.cy)
        for p in pieces
        if abs(p.cx - x) < 0.5 * width
        and 0 < y - p.cy < 0.3 * width
        and len(p.text) <= _LONGEST_STATE
        and find_label(p.text, "中华人民共和国")
    ]
    if states:
        anchors["中华人民共和国"] = states[-1]
    fit = _robust_fit(anchors, _BACK)
    dated = any(sum(c.isdigit() for c in lab.first_row) >= _DATED for lab in near)
    is_back = titled or (set(BACK_LABELS) <= anchors.keys() and (dated or bool(states)))
    return [_card(PartKind.ID_BACK, fit, pieces, near)] if fit is not None and is_back else []


def _distinct(cards: Sequence[Card]) -> list[Card]:
    """Without cards found twice: the one with more anchors stays."""
    distinct: list[Card] = []
    for card in sorted(cards, key=lambda c: (not c.fit.is_good, -c.fit.anchors)):
        centre = card.at(0.5, HEIGHT / 2)
        if not any(other.contains(centre, 0.0) for other in distinct):
            distinct.append(card)
    return distinct


def private_areas(card: Card) -> list[Quad]:
    """The corners of the areas of a portrait side that show birth, address and number,
    on the straightened page."""
    areas = _PRIVATE if card.kind is PartKind.ID_FRONT else ()
    return [card.area(*edges) for edges in areas]


def digits_on_row(card: Card, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces with digits on the row where the number must be,
    for a number that was read in parts."""
    if card.number:
        return number_of(row_from(card.number[0], pieces))
    u, v = _FRONT["number_left"]
    x, y = card.at(u, v)
    reach = card.width
    return tuple(
        p
        for p in pieces
        if abs(p.cy - y) < 0.06 * reach
        and x - 0.05 * reach < p.cx < x + 0.65 * reach
        and any(c.isdigit() for c in p.text)
    )
