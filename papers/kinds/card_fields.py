"""The fields of an ID card side from the lines on it (GA 448; numbers by GB 11643).

Names and addresses are given as read. Birth comes from the number where its check digit fits,
because it is part of it.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.check_digits import id_birth
from core.data.documents import LONG_TERM
from papers.kinds.cards import Card, digits_on_row
from papers.kinds.labels import Labelled
from papers.kinds.numbers import settle_id
from papers.kinds.paper_kinds import RESIDENCE_PERMITS, TEMPORARY_TITLE
from papers.lines.certainty import LEGIBLE, WELL, all_well, mean_confidence, surely
from papers.lines.layout import Piece, run_on
from papers.lines.ocr_models import Edges, Strip, joined
from papers.lines.words import dates_in, find_label, is_long_term, simplified, validity_end

Reread = Callable[[Edges], Strip]
"""Reads a strip of the straightened page (x0, y0, x1, y1) again."""

_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff·.]{2,20}")
# in widths of the card: where the rows of a name begin, and how far they are from its middle
_NAME_BEGINS, _NAME_AT, _NAME_HALF = (0.12, 0.25), 0.096, 0.045
_MOST_OF_A_CHARACTER = 0.04  # of a name, in widths of the card
_GROWN = (0.0, 0.35, 0.7)  # of a number's height: by so much more of it is read again
_FEWEST = 9  # characters of a number: what shows fewer shows no more in other widths
_PERIODS = (5, 10, 20)
_EXPECTED = frozenset({"name", "id_number", "enterprise_name", "uscc", "legal_representative"})
_TEMPORARY_DAYS = range(88, 94)  # a temporary card is valid for three months


@dataclass(slots=True)
class Fields:
    """Values by field, the pieces they were read from, and those in doubt."""

    values: dict[str, str] = field(default_factory=dict)
    places: dict[str, Sequence[Piece]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def put(
        self,
        name: str,
        value: str | None,
        pieces: Sequence[Piece] = (),
        *,
        sure: bool = True,
    ) -> None:
        """Notes a value. One that is empty is left out; of an expected field that is a doubt, too.
        One in doubt whose print can hardly be seen is left out as well."""
        if value and (sure or all(p.line.confidence >= LEGIBLE for p in pieces)):
            self.values[name] = simplified(value)
            if pieces:
                self.places[name] = tuple(pieces)
        if not sure and (value or name in _EXPECTED):
            self.doubts.append(name)


def front_fields(card: Card, pieces: Sequence[Piece], *rereads: Reread) -> Fields:
    """Name, number, birth, address of the portrait side.

    `rereads`: ways to read a row again, tried until the number's check digit fits.
    """
    out = Fields()
    _number(card, pieces, rereads, out)
    _name(card, rereads[0], out)
    _birth(card, out)
    address = card.labelled.get("住址")
    if address is not None:
        lines = (*address.value, *address.below)
        number = find_label(address.text, "公民身份号码")
        text = address.text[: number.start] if number else address.text
        out.put("address", text, lines, sure=all_well(lines))
    return out


def _number(card: Card, pieces: Sequence[Piece], rereads: Sequence[Reread], out: Fields) -> None:
    row = digits_on_row(card, pieces)
    readings = [joined([p.line for p in row])] if row else []
    settled = settle_id(readings)
    for reread, grow in itertools.product(rereads, _GROWN):
        if settled.ok or (len(readings) > 1 and len(readings[-1].text) < _FEWEST):
            break
        readings.append(reread(_number_box(card, row, grow)))
        settled = settle_id(readings)
    out.put("id_number", settled.value, row, sure=settled.ok)


def _number_box(card: Card, row: Sequence[Piece], grow: float) -> Edges:
    """Where the number stands: the row as found, or where the card's layout puts it."""
    reach = card.width
    left, right = card.at(0.315, 0.551), card.at(0.945, 0.551)
    y = sum(p.cy for p in row) / len(row) if row else (left[1] + right[1]) / 2
    half = (0.5 + grow * 0.5) * max((p.height for p in row), default=0.062 * reach)
    return min([left[0], *(p.x0 for p in row)]), y - half, right[0], y + half


def _name(card: Card, reread: Reread, out: Fields) -> None:
    label = card.labelled.get("姓名")
    other = [p for p in card.pieces if label and _is_other_row(card, label, p)]
    pieces = sorted([*label.value, *other], key=lambda p: (p.cy, p.x0)) if label else []
    value = _clean_name(run_on(pieces))
    if value:
        is_whole = card.fit.is_good and _begins_whole(card) and (not other or "·" in value)
        out.put("name", value, pieces, sure=is_whole and surely(pieces, value))
        return
    x0, y = card.at(0.15, 0.096)
    half = 0.045 * card.width
    again = (
        reread((x0, y - half, x0 + 0.42 * card.width, y + half)) if card.fit.is_good else Strip()
    )
    out.put(
        "name",
        _clean_name(again.text) if again.confidence >= WELL else None,
        sure=False,
    )


def _is_other_row(card: Card, label: Labelled, piece: Piece) -> bool:
    """Whether a piece is the second row of a long name, which has a dot. The label stands between
    the two."""
    place = card.place_of((piece.x0, piece.cy))
    return (
        _NAME_BEGINS[0] < place.real < _NAME_BEGINS[1]
        and abs(place.imag - _NAME_AT * card.fit.stretch) < _NAME_HALF
        and all(
            0.5 * piece.height < abs(piece.cy - one.cy) and one.height < 1.4 * piece.height
            for one in label.value
        )
    )


def _begins_whole(card: Card) -> bool:
    """Whether the name begins where the address does (GA 448); else a character is lost."""
    begins = {
        label: card.place_of((one.value[0].x0, one.value[0].cy)).real
        for label, one in card.labelled.items()
        if one.value
    }
    return begins.get("姓名", 0.0) < begins.get("住址", 1.0) + _MOST_OF_A_CHARACTER


def _clean_name(text: str) -> str | None:
    stripped = simplified(re.sub(r"\s", "", text)).replace("•", "·")
    found = _NAME.fullmatch(stripped.strip(":;,.·-_|"))
    return found.group() if found else None


def _birth(card: Card, out: Fields) -> None:
    """The birth in the number, which is in doubt where another one is printed."""
    label, number = card.labelled.get("出生"), out.values.get("id_number", "")
    printed = next(iter(dates_in(label.first_row)), None) if label else None
    born = id_birth(number) if number and "id_number" not in out.doubts else None
    in_number = born.isoformat() if born else printed
    if printed not in {None, in_number}:
        out.doubts.append("id_number")
    out.put("birth", in_number, label.value if label else ())


def back_fields(card: Card, *rereads: Reread) -> Fields:
    """Period of validity of the emblem side.

    The period must be 5, 10, 20 years, three months or open; else it is in doubt.

    The emblem side of a temporary card shows no period. `rereads`: ways to read its row again,
    tried until one gives a period that can be.
    """
    out = Fields()
    pieces = [
        p
        for p in card.pieces
        if dates_in(p.text) or (is_long_term(p.text) and any(c.isdigit() for c in p.text))
    ]
    start, end = _period(run_on(pieces))
    for reread in rereads:
        if end is not None and _plausible(start, end):
            break
        second = _period(reread(_period_box(card)).text)
        if second[1] is not None and (end is None or _plausible(*second)):
            start, end = second
    out.put("valid_from", start, pieces)
    out.put("valid_until", end, pieces, sure=_plausible(start, end) and all_well(pieces))
    if any("临时" in p.text for p in card.pieces):
        out.put("certificate", TEMPORARY_TITLE)
    elif end is None:
        out.doubts.append("valid_until")
    return out


def _period_box(card: Card) -> Edges:
    """Where the period stands on the emblem side."""
    x0, y = card.at(0.37, 0.552)
    reach = card.width
    return x0, y - 0.04 * reach, x0 + 0.5 * reach, y + 0.04 * reach


def residence_permit(card: Card, fields: Fields) -> str | None:
    """The title of a residence permit, whose two sides look like an ID card's; None for an ID
    card."""
    number = fields.values.get("id_number", "")
    is_read = number and "id_number" not in fields.doubts
    for digits, title in RESIDENCE_PERMITS.items():
        titled = any(find_label(p.text, title) for p in card.pieces)
        if number.startswith(digits) if is_read else titled:
            return title
    return None


def _period(text: str) -> tuple[str | None, str | None]:
    found = dates_in(text)
    end = validity_end(text)
    return (found[0] if found and (end == LONG_TERM or len(found) > 1) else None), end


def _plausible(start: str | None, end: str | None) -> bool:
    """Whether a card can have this period: 5, 10 or 20 years to the day (29 February may end on 28
    February or 1 March), three months, or open."""
    if not start or not end:
        return False
    if end == LONG_TERM:
        return True
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    years = last.year - first.year
    return (last - first).days in _TEMPORARY_DAYS or (
        years in _PERIODS and abs((last - first).days - 365.25 * years) < 2.5
    )


def is_period(text: str) -> bool:
    """Whether a text has a period that bears out its digits: one of a card, or 长期 without any."""
    endless = is_long_term(text)
    return not any(map(str.isdigit, text)) if endless else _plausible(*_period(text))


def confidence(card: Card, fields: Fields) -> float:
    """How sure the card's side is: the labels that stand where they must,
    and how well its lines were read."""
    by_labels = min(1.0, 0.58 + 0.08 * card.fit.anchors + 0.03 * len(fields.values))
    return by_labels * mean_confidence(card.pieces)
