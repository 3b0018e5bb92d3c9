"""Finding a business licence (营业执照) among the lines of a page, and its fields.

A licence is its title with at least three printed labels of the registry's form, or at least five
labels with a credit code. The printed report of the public register (企业信用信息公示报告) has the
same labels and is none. The validity is given only where it is printed: forms since 2019 often show
none.
"""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.data.submission import LONG_TERM
from papers.kinds import paper_kinds
from papers.kinds.card_fields import Fields, Reread
from papers.kinds.labels import Labelled, find_labels, split_at_labels
from papers.kinds.numbers import code_candidate, settle_code
from papers.lines.certainty import OF_ENTERPRISE, WELL, all_well, surely
from papers.lines.layout import Piece
from papers.lines.ocr_models import Strip
from papers.lines.words import (
    dates_in,
    find_label,
    fold,
    is_long_term,
    simplified,
    validity_end,
    word_list,
)

_TITLED, _UNTITLED = 3, 5
# first characters of spread labels whose second was not read
_SPLIT: Final = {"名": "名称", "类": "类型", "住": "住所"}
_TAILS: Final = {"称": "名称", "型": "类型", "所": "住所"}  # and second ones whose first was not
_NAME: Final = re.compile(r"[\w()《》“”\"·\-—&、,.]{2,80}")
_ENDINGS: Final = word_list(
    """
    公司 厂 店 社 院 所 中心 部 行 会 校 园 场 站 馆 堂 坊 吧 处 组 队 户 庄 城 企业 银行
    合伙) 工作室 铺 超市 公司) 分公司 办事处 代表处 集团
    """
)
_LATIN_NAME: Final = 4
_LABELS: Final = (
    paper_kinds.CODE_LABELS,
    paper_kinds.NAME_LABELS,
    paper_kinds.REPRESENTATIVE_LABELS,
    paper_kinds.PERIOD_LABELS,
    paper_kinds.TYPE_LABELS,
    paper_kinds.ADDRESS_LABELS,
)
_GROUPS: Final = {label: group[0] for group in _LABELS for label in group}
# heights from label to the end of its value
_REACHES: Final = {"enterprise_name": 20.0, "legal_representative": 9.0, "valid_until": 14.0}
_BEFORE: Final = re.compile(r"^[^\w《“\"]+")
_PERSON: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff·•.A-Z]{2,40}")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence on the page: all its pieces, its labels, whether its title was read."""

    pieces: tuple[Piece, ...]
    labelled: tuple[Labelled, ...]
    titled: bool

    def first(self, labels: Sequence[str]) -> Labelled | None:
        """The topmost label among these that has a value; a longer word before a shorter."""
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
    return labels + _lone_heads(parts, labels)


def _lone_heads(pieces: Sequence[Piece], labels: Sequence[Labelled]) -> list[Labelled]:
    """名, 类, 住 standing alone in the column of the other labels:
    the second character was not found by the detector."""
    known = {id(p) for lab in labels for p in lab.head}
    columns = [lab.x0 for lab in labels if len(lab.label) > 2]
    edges = [x for lab in labels if len(lab.label) > 2 and (x := _end_of(lab)) is not None]
    lone = [
        (p, _SPLIT[p.text])
        for p in pieces
        if p.text in _SPLIT
        and id(p) not in known
        and any(abs(p.x0 - x) < 1.5 * p.height for x in columns)
    ]
    lone += [
        (p, _TAILS[p.text[0]])
        for p in pieces
        if p.text[:1] in _TAILS
        and id(p) not in known
        and any(abs(p.x0 + p.height * 0.9 - x) < 0.8 * p.height for x in edges)
    ]
    out = []
    for piece, word in lone:
        if any(group_of(lab.label) == group_of(word) for lab in labels):
            continue
        renamed = Piece(word + piece.text[1:], piece.line, piece.x0, piece.y0, piece.x1, piece.y1)
        out += [
            lab
            for lab in find_labels(
                [renamed if p is piece else p for p in pieces], (word, *paper_kinds.LICENCE_LABELS)
            )
            if lab.head[0] is renamed
        ]
    return out


def _end_of(label: Labelled) -> float | None:
    """Where a printed label ends: its last piece's end,
    or where its value begins if both were read as one line."""
    last = label.head[-1]
    if len(last.text) <= len(label.label):
        return last.x1
    return label.value[0].x0 if label.value else None


def is_title(piece: Piece, body_height: float) -> bool:
    """Whether the piece is the large printed title, also with the (副本) or words before it."""
    hit = find_label(piece.text, "营业执照")
    return (
        hit is not None
        and hit.slips <= 1
        and len(piece.text) <= 16
        and (piece.height > 1.15 * body_height or len(piece.text) <= 6)
    )


def find_licence(pieces: Sequence[Piece]) -> Licence | None:
    """The licence on the page, or None."""
    if not pieces:
        return None
    labels = licence_labels(pieces)
    body = statistics.median(p.height for p in pieces)
    titles = [p for p in pieces if is_title(p, body)]
    text = "".join(p.text for p in pieces)
    if any(
        word in text
        for word in ("公示报告", "营业执照信息", "企业信用信息公示系统报告", "登记信息查询")
    ):
        return None
    groups = {
        group_of(lab.label) for lab in labels if lab.value or lab.label in paper_kinds.CODE_LABELS
    }
    coded = any(code_candidate(p.text) for p in pieces)
    enough = (
        len(groups) >= _TITLED
        if titles
        else len(groups) >= _UNTITLED and coded and "经营范围" in {lab.label for lab in labels}
    )
    if not enough:
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
    left, right = (
        min((p.x0 for p in licence.pieces), default=0.0),
        max((p.x1 for p in licence.pieces), default=0.0),
    )
    return sum(lab.x0 > left + 0.4 * (right - left) for lab in heads) >= 2


def licence_score(pieces: Sequence[Piece]) -> int:
    """How many groups of a licence's labels are on the page:
    some of them on an unclassified page are a reason for doubt."""
    return len({group_of(lab.label) for lab in licence_labels(pieces)})


def licence_fields(licence: Licence, qr_code: str | None, reread: Reread) -> Fields:
    """Name, credit code, legal representative, type, validity;
    capital, founding date, address and registry where present."""
    out = Fields()
    _code(licence, qr_code, reread, out)
    _name(licence, reread, out)
    representative = licence.first(paper_kinds.REPRESENTATIVE_LABELS)
    if representative is not None:
        value = _person(representative.first_row)
        out.put(
            "legal_representative",
            value,
            representative.value,
            sure=surely(representative.value, value),
        )
    if "legal_representative" not in out.values:
        _reread_value(
            licence, "legal_representative", paper_kinds.REPRESENTATIVE_LABELS, reread, out
        )
    _plain(licence, "type", paper_kinds.TYPE_LABELS, out)
    _plain(licence, "address", paper_kinds.ADDRESS_LABELS, out)
    _plain(licence, "capital", ("注册资本",), out)
    _validity(licence, reread, out)
    founded = licence.first(("成立日期", "注册日期"))
    out.put(
        "founded",
        next(iter(dates_in(founded.first_row)), None) if founded else None,
        founded.value if founded else (),
    )
    return out


def certificate_fields(pieces: Sequence[Piece], title: str, reread: Reread) -> Fields:
    """The title of another certificate; of an organisation's also what it shares with a licence,
    as far as it was surely read."""
    out = Fields()
    out.put("certificate", title)
    if title not in paper_kinds.ORGANISATION_CERTIFICATES:
        return out
    shared = licence_fields(
        Licence(tuple(pieces), tuple(licence_labels(pieces)), titled=True), None, reread
    )
    for name in ("enterprise_name", "uscc", "legal_representative", "valid_until"):
        if name not in shared.doubts:
            out.put(name, shared.values.get(name), shared.places.get(name, ()))
    return out


def _plain(licence: Licence, name: str, labels: Sequence[str], out: Fields) -> None:
    found = licence.first(labels)
    if found is not None:
        pieces = (*found.value, *found.below)
        out.put(
            name,
            _BEFORE.sub("", found.text).removeprefix(
                "型" if name == "type" else "所" if name == "address" else ""
            ),
            pieces,
            sure=all_well(pieces),
        )


def _name(licence: Licence, reread: Reread, out: Fields) -> None:
    found = licence.first(paper_kinds.NAME_LABELS)
    if found is None:
        _reread_value(licence, "enterprise_name", paper_kinds.NAME_LABELS, reread, out)
        _name_above_type(licence, out)
        return
    pieces, text = list(found.value), found.first_row
    for piece in found.below[:2]:  # a name goes on below only where it is not whole yet
        if text.endswith(_ENDINGS):
            break
        pieces.append(piece)
        text += piece.text
    text = simplified(text.strip(":;.,·|'\"")).removeprefix("称")
    if text.endswith("合伙") and text.count("(") == text.count(")") + 1:
        text += ")"  # alone on a line of its own it is often not found
    match = _NAME.fullmatch(text)
    whole = text.count("(") == text.count(")") and text.endswith(_ENDINGS)
    out.put(
        "enterprise_name",
        _bracketed(text) if match else None,
        pieces,
        sure=whole and surely(pieces, text, OF_ENTERPRISE),
    )


def _bracketed(name: str) -> str:
    """The name with the brackets that licences print."""
    return name.replace("(", "（").replace(")", "）")


def _name_above_type(licence: Licence, out: Fields) -> None:
    """The name where its label was not read: the line that ends as names do,
    just above the value of 类型. In doubt."""
    below = licence.first(paper_kinds.TYPE_LABELS)
    if "enterprise_name" in out.values or below is None:
        return
    first = below.value[0]
    above = [
        p
        for p in licence.pieces
        if abs(p.x0 - first.x0) < 1.5 * first.height
        and 0.5 * first.height < first.cy - p.cy < 3 * first.height
    ]
    named = [p for p in above if p.text.endswith(_ENDINGS) and len(p.text) >= 6]
    if named:
        out.put("enterprise_name", _bracketed(_begun(named[-1].text)), named[-1:], sure=False)


def _reread_value(
    licence: Licence, field: str, labels: Sequence[str], reread: Reread, out: Fields
) -> None:
    """A value that no line was found for, read from the row after its label; always in doubt."""
    heads = [lab for lab in licence.labelled if lab.label in labels]
    if not heads:
        return
    strip = reread(_row_after(licence, heads[0].head[-1], _REACHES[field]))
    value = (
        _person(fold(strip.text))
        if field == "legal_representative"
        else _bracketed(_begun(fold(strip.text)))
    )
    out.put(field, value if strip.confidence >= WELL else None, sure=False, expected=True)


def _begun(name: str) -> str:
    """A name from its first character on, without the label's 称 and what
    the reader made of a frame."""
    return _BEFORE.sub("", name).removeprefix("名称").removeprefix("称")


def _row_after(licence: Licence, head: Piece, reach: float) -> tuple[float, float, float, float]:
    """The strip in which a value stands after this label:
    to the next label on its row, or so many heights."""
    right = [
        lab.x0
        for lab in licence.labelled
        if lab.x0 > head.x1 + head.height and abs(lab.cy - head.cy) < head.height
    ]
    end = min(min(right, default=float("inf")) - 0.5 * head.height, head.x1 + reach * head.height)
    return head.x1 + 0.3 * head.height, head.y0, end, head.y1


def _person(text: str) -> str | None:
    """The first run of characters that can be a person's name; Latin letters alone need four."""
    found = _PERSON.search(simplified(text))
    if found is None or (found.group().isascii() and len(found.group()) < _LATIN_NAME):
        return None
    return found.group()


def _code(licence: Licence, qr_code: str | None, reread: Reread, out: Fields) -> None:
    """The printed credit code, settled with the QR code's;
    two right ones that differ are in doubt."""
    pieces = [p for p in licence.pieces if code_candidate(p.text)]
    heads = [lab for lab in licence.labelled if lab.label in paper_kinds.CODE_LABELS]
    readings = [Strip(p.line.text, p.line.confidence, p.line.weakest) for p in pieces]
    readings += [
        Strip(
            "".join(q.line.text for q in lab.value),
            min((q.line.confidence for q in lab.value), default=0.0),
        )
        for lab in heads
        if len(lab.value) > 1
    ]
    settled = settle_code(readings)
    if not settled.ok:
        readings += [reread(area) for area in _code_areas(pieces, heads)]
        settled = settle_code(readings)
    if qr_code and (not settled.ok or settled.value == qr_code):
        out.put("uscc", qr_code, pieces)
        return
    out.put("uscc", settled.value, pieces, sure=settled.ok and not qr_code, expected=True)


def _code_areas(
    pieces: Sequence[Piece], heads: Sequence[Labelled]
) -> list[tuple[float, float, float, float]]:
    """Strips where the code can be: where it was read,
    and right of and under its label, a little larger each."""
    areas = []
    for p in pieces[:1]:
        h = p.height
        areas += [
            (p.x0 - k * h, p.y0 - k * h / 4, p.x1 + 3 * k * h, p.y1 + k * h / 4) for k in (0.3, 0.8)
        ]
    for lab in heads[:1]:
        h, width = lab.head[0].height, lab.head[-1].x1 - lab.x0
        areas.append(
            (lab.x0 - h / 2, lab.head[0].y1, lab.x0 + 2.2 * width, lab.head[0].y1 + 1.4 * h)
        )
        areas.append(
            (lab.x0 - h / 2, lab.head[0].y0 - h / 5, lab.x0 + 3.2 * width, lab.head[0].y1 + h / 5)
        )
    return areas


def _validity(licence: Licence, reread: Reread, out: Fields) -> None:
    """The end of 营业期限, where it is printed.

    A period that cannot be read leaves the field out and is a doubt.
    """
    heads = [lab for lab in licence.labelled if lab.label in paper_kinds.PERIOD_LABELS]
    found = licence.first(paper_kinds.PERIOD_LABELS)
    if found is not None:
        pieces = (*found.value, *found.below)
        out.put("valid_until", _period_end(found.text), pieces, sure=all_well(pieces))
    if heads and "valid_until" not in out.values:
        strip = reread(_row_after(licence, heads[0].head[-1], _REACHES["valid_until"]))
        out.put(
            "valid_until",
            _period_end(strip.text) if strip.confidence >= WELL else None,
            sure=strip.weakest >= WELL,
        )
    if (
        found is not None
        and "valid_until" not in out.values
        and any(c.isdigit() for c in found.text)
    ):
        out.doubts.append("valid_until")


def _period_end(text: str) -> str | None:
    return LONG_TERM if is_long_term(text) else validity_end(text)


def confidence(licence: Licence, values: Mapping[str, str]) -> float:
    """How sure the licence is: its labels, its title, its code."""
    labels = len({group_of(lab.label) for lab in licence.labelled})
    read = [p.line.confidence for p in licence.pieces]
    mean = sum(read) / len(read) if read else 0.0
    return round(
        min(1.0, 0.5 + 0.05 * labels + 0.1 * licence.titled + 0.1 * ("uscc" in values)) * mean, 3
    )
