"""The parts in the lines of a page: cards, licence, another paper, each with its fields and its
place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.check_digits import id_number_ok
from core.data.documents import Box, Part, PartKind
from papers.kinds import card_fields, licence, licence_fields, paper_kinds
from papers.kinds.card_fields import Fields
from papers.kinds.cards import Card, find_backs, find_fronts, private_areas
from papers.kinds.codes import Code
from papers.kinds.numbers import contains_code, id_candidate
from papers.kinds.other_papers import Paper, find_paper, text_of
from papers.lines.certainty import ILLEGIBLE, SMALLEST, WELL, least_score, mean_confidence
from papers.lines.layout import (
    Piece,
    around,
    box_of,
    clipped,
    overlap,
    pieces_of,
)
from papers.lines.ocr_models import Image, Line
from papers.page.crops import head_of
from papers.page.upright_page import UprightPage

_SURELY = 0.85
_LABELS_OF_FIELDS = frozenset(
    {
        *paper_kinds.REPRESENTATIVE_LABELS,
        *paper_kinds.PERIOD_LABELS,
        *paper_kinds.CODE_LABELS,
    }
)
_NAMES = ("name", "enterprise_name", "legal_representative")
_NEEDED = {*_NAMES, "id_number", "uscc", "valid_until"}
_LIKE_A_CODE, _DIGITS = 15, 5  # letters and digits of a code, and of them digits
_CERTAIN, _LIKELY = 0.9, 0.6
_PRINTED = frozenset(
    {
        *paper_kinds.FRONT_LABELS,
        *paper_kinds.BACK_TITLES,
        *paper_kinds.BACK_LABELS,
        "营业执照",
    }
)
_ADDRESS = "住址"
# a birth is in the number too
_NO_RULE_NEEDS = (_ADDRESS, "出生", "性别", "民族", "签发机关")


@dataclass(slots=True)
class Found:
    """The parts in the lines of a page. `read_first`: the lines as the fast model read them."""

    lines: Sequence[Line]
    pieces: list[Piece]
    cards: list[Card]
    licences: list[licence.Licence]
    paper: Paper | None
    read_first: Sequence[Line] = ()


def found_in(lines: Sequence[Line], angle: float) -> Found:
    """Cards first, licences among what is left, then the paper that remains."""
    pieces = pieces_of(lines, angle)
    cards = find_fronts(pieces) + find_backs(pieces)
    rest = [p for p in pieces if not any(c.contains((p.cx, p.cy)) for c in cards)]
    found = licence.find_licences(rest)
    own = {id(p) for one in found for p in one.pieces}
    rest = [p for p in rest if id(p) not in own]
    return Found(lines, pieces, cards, found, find_paper(rest))


def lines_with_fields(found: Found) -> set[int]:
    """The lines (by id) that the better reader reads too: those of cards and licences with a field
    that a rule needs, and what may be a code. What is surely read needs no second reading: printed
    words, and numbers whose check characters fit.

    The fast reader sees a common character in the place of a rare one and is sure of it in one case
    of ten; in a credit code it drops characters.
    """
    pieces = [p for card in found.cards for p in (*_needed(card), *card.number)]
    for one in found.licences:
        for label in one.labelled:
            if label.label in paper_kinds.NAME_LABELS:
                pieces += licence_fields.name_pieces(label)
            elif label.label in _LABELS_OF_FIELDS:
                pieces += [*label.value, *label.below[:1]]
        pieces += [p for p in one.pieces if _is_like_a_code(p)]
    return {id(p.line) for p in pieces if not _is_certain(p)}


def _needed(card: Card) -> list[Piece]:
    """A card's pieces without its address, birth, sex, nation and authority, where those read well;
    where name and address are found, also without what has no label."""
    labels = {
        id(p.line): label
        for label, one in card.labelled.items()
        for p in (*one.value, *(one.below if label == _ADDRESS else ()))
    }
    found_both = {"姓名", _ADDRESS} <= {*labels.values()}

    def is_needed(piece: Piece) -> bool:
        label = labels.get(id(piece.line))
        if label is None:
            return not found_both
        return label not in _NO_RULE_NEEDS or piece.line.confidence < WELL

    return [p for p in card.pieces if is_needed(p)]


def _is_like_a_code(piece: Piece) -> bool:
    plain = [c for c in piece.text if c.isascii() and c.isalnum()]
    return len(plain) >= _LIKE_A_CODE and sum(map(str.isdigit, plain)) >= _DIGITS


def _is_certain(piece: Piece) -> bool:
    text = piece.text
    if text in _PRINTED:
        return True
    score = least_score([piece], text)
    checked = contains_code(text) or id_number_ok(id_candidate(text) or "")
    return (checked and score >= _CERTAIN) or (card_fields.is_period(text) and score >= _LIKELY)


def described(found: Found, page: UprightPage, codes: Sequence[Code]) -> list[Part]:
    """The parts with their fields."""
    parts = [_card_part(card, found, page) for card in found.cards]
    for one in found.licences:
        place = box_of(one.pieces, page.image)
        own = [c for c in codes if len(found.licences) == 1 or overlap(place, c.box)]
        parts.append(_licence_part(one, page, own))
    if found.paper is not None:
        parts.append(_paper_part(found.paper, page))
    return sorted(parts, key=reading_order)


def _part(kind: PartKind, box: Box, sure: float, fields: Fields, page: UprightPage) -> Part:
    for name in _NAMES:
        pieces = fields.places.get(name, ())
        height = min((p.line.height / page.grain for p in pieces), default=SMALLEST)
        if height < SMALLEST:
            fields.doubts.append(name)
        if height < ILLEGIBLE:
            del fields.values[name], fields.places[name]
    places = {name: box_of(pieces, page.image) for name, pieces in fields.places.items()}
    return Part(
        *page.spot,
        kind,
        box,
        round(sure, 3),
        fields.values,
        places,
        tuple(dict.fromkeys(fields.doubts)),
    )


def _card_part(card: Card, found: Found, page: UprightPage) -> Part:
    rereads = page.reread, page.reread_light
    fields = (
        card_fields.front_fields(card, found.pieces, *rereads)
        if card.kind is PartKind.ID_FRONT
        else card_fields.back_fields(card, *rereads)
    )
    title = card_fields.residence_permit(card, fields)
    if title:
        fields.put("certificate", title)
    kind = PartKind.OTHER_CERTIFICATE if title else card.kind
    part = _part(kind, page.box(card.outline), card_fields.confidence(card, fields), fields, page)
    return replace(
        part,
        private_boxes=tuple(page.box(corners) for corners in private_areas(card)),
        corners=page.places(card.outline),
    )


def has_needed_doubt(part: Part) -> bool:
    """Whether a field that a rule needs is in doubt."""
    return not _NEEDED.isdisjoint(part.doubts)


def as_drawn(part: Part) -> Part:
    """A residence permit as the ID card that it looks like,
    so that its portrait and emblem are taken for no seal."""
    if part.fields.get("certificate") not in paper_kinds.RESIDENCE_PERMITS.values():
        return part
    return replace(part, kind=PartKind.ID_FRONT if "id_number" in part.fields else PartKind.ID_BACK)


def _licence_part(found: licence.Licence, page: UprightPage, codes: Sequence[Code]) -> Part:
    code = next((c.uscc for c in codes if c.uscc), None)
    fields = licence_fields.licence_fields(found, code, page.reread)
    h, w = page.image.shape[:2]
    inner = around([box_of(found.pieces, page.image), *(code.box for code in codes)])
    box = _licence_box(inner, licence.has_two_columns(found), w, h)
    return replace(
        _part(PartKind.LICENCE, box, licence.confidence(found, fields.values), fields, page),
        corners=page.places(head_of(found, fields)),
    )


def _licence_box(inner: Box, wide: bool, w: int, h: int) -> Box:
    """The licence around its words: margins, the emblem above, and the form's height (a sheet of
    the A series), whose foot is often empty."""
    mx, my = 0.05 * inner.width, 0.05 * inner.height
    top, width_px = inner.y0 - 2.4 * my, (inner.width + 2 * mx) * w
    foot = top + width_px * (0.707 if wide else 1.414) / h
    return clipped(inner.x0 - mx, top, inner.x1 + mx, max(inner.y1 + my, min(foot, 1.0)))


def _paper_part(paper: Paper, page: UprightPage) -> Part:
    fields = Fields()
    if paper.title:
        fields = licence_fields.certificate_fields(paper.pieces, paper.title, page.reread)
    elif paper.kind is PartKind.REQUEST_LETTER:
        fields.values["text"] = text_of(paper.pieces)
    sure = mean_confidence(paper.pieces)
    return _part(paper.kind, box_of(paper.pieces, page.image), sure, fields, page)


def print_places(found: Found, page: Image) -> list[Box]:
    """Lines that were surely read: print, and no part of a seal's ring."""
    return [
        box_of([p], page) for p in found.pieces if p.line.confidence >= _SURELY and len(p.text) > 1
    ]


def registry_places(found: Found, page: Image) -> list[Box]:
    """Where 登记机关 is printed, or 发照机关 of older forms."""
    return [
        box_of([p], page)
        for p in found.pieces
        if "登记机关" in p.text or "发照机关" in p.text or p.text in {"登记机", "记机关"}
    ]


def reading_order(part: Part) -> tuple[float, float]:
    return part.box.y0, part.box.x0
