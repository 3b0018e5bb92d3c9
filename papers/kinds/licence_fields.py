"""The fields of a business licence, and of another certificate as far as it shares them.

The validity is given only where it is printed: forms since 2019 often show none.
"""

import re
from collections.abc import Sequence

from papers.kinds import paper_kinds
from papers.kinds.card_fields import Fields, Reread
from papers.kinds.labels import Labelled
from papers.kinds.licence import Licence, licence_labels
from papers.kinds.numbers import code_candidate, is_another_code, settle_code
from papers.lines.certainty import OF_ENTERPRISE, WELL, all_well, surely
from papers.lines.layout import Piece, run_on
from papers.lines.ocr_models import Edges, joined
from papers.lines.words import (
    bracketed,
    chinese_count,
    simplified,
    validity_end,
    word_list,
)

_NAME = re.compile(r"[\w()《》“”\"·\-—&、,.]{2,80}")
_ENDINGS = word_list(
    """
    公司 厂 店 社 院 所 中心 部 行 会 校 园 场 站 馆 堂 坊 吧 处 组 队 户 庄 城 企业 银行
    合伙) 工作室 铺 超市 公司) 分公司 办事处 代表处 集团
    """
)
_LEGAL_FORM = re.compile(r"(股份)?有限(责任)?公司$")
_OTHER_FORM = re.compile(r"个体工商户|其他.*公司|(有限责任|股份有限)公司[(\uff08].*")
_FEWEST = 2  # Chinese characters of an enterprise's name, its legal form aside
_LATIN_NAME, _LONGEST_PERSON = 4, 4
_LEADING = 1.3  # heights from line to line of one name; to the next label are more
_REACH = 14.0  # heights from the label of a period to its end
_BEFORE = re.compile(r"^[^\w《“\"]+")
_PERSON = re.compile(r"[\u3400-\u9fff\U00020000-\U0002ffff·•.A-Z]{2,40}")


def licence_fields(licence: Licence, qr_code: str | None, reread: Reread) -> Fields:
    """Name, credit code, legal representative, validity."""
    out = Fields()
    _code(licence, qr_code, reread, out)
    _name(licence, out)
    found = licence.first(paper_kinds.REPRESENTATIVE_LABELS)
    value, pieces = (_person(found.first_row), found.value) if found else (None, ())
    out.put(
        "legal_representative",
        value,
        pieces,
        sure=value is not None and _is_whole_name(value) and surely(pieces, value),
    )
    _validity(licence, reread, out)
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


def _name(licence: Licence, out: Fields) -> None:
    found = licence.first(paper_kinds.NAME_LABELS)
    if found is None:
        above = _name_above_type(licence)
        text = _BEFORE.sub("", run_on(above)).removeprefix("名称").removeprefix("称")
        out.put("enterprise_name", bracketed(text), above, sure=False)
        return
    pieces = name_pieces(found)
    text = simplified(run_on(pieces).strip(":;.,·|'\""))
    if "称" not in run_on(piece.line for piece in found.head):
        text = text.removeprefix("称")
    if text.endswith("合伙") and text.count("(") == text.count(")") + 1:
        text += ")"  # alone on a line of its own it is often not found
    is_name = bool(_NAME.fullmatch(text)) and _has_body(text)
    whole = text.count("(") == text.count(")") and text.endswith(_ENDINGS)
    out.put(
        "enterprise_name",
        bracketed(text) if is_name else None,
        pieces,
        sure=is_name and whole and surely(pieces, text, OF_ENTERPRISE),
    )


def name_pieces(found: Labelled) -> list[Piece]:
    """The lines of a name, which goes on below where it is not whole yet (…集团 may be), or where
    the next line is closer than that of another label, and is not the value of 类型."""
    pieces = list(found.value)
    for piece in found.below[:2]:
        is_far = piece.cy - pieces[-1].cy > _LEADING * pieces[-1].height
        is_other = is_far or _OTHER_FORM.fullmatch(piece.text)
        if run_on(pieces).endswith(_ENDINGS) and is_other:
            break
        pieces.append(piece)
    return pieces


def _has_body(name: str) -> bool:
    """Whether a name is more than its legal form: the rest may be wiped out."""
    return chinese_count(_LEGAL_FORM.sub("", name)) >= _FEWEST


def _name_above_type(licence: Licence) -> list[Piece]:
    """The name where its label was not read: the line that ends as names do, just above the value
    of 类型. Empty where there is none."""
    below = licence.first(paper_kinds.TYPE_LABELS)
    if below is None:
        return []
    first = below.value[0]
    above = [
        p
        for p in licence.pieces
        if abs(p.x0 - first.x0) < 1.5 * first.height
        and 0.5 * first.height < first.cy - p.cy < 3 * first.height
    ]
    return [p for p in above if p.text.endswith(_ENDINGS) and len(p.text) >= 6][-1:]


def _row_after(licence: Licence, head: Piece) -> Edges:
    """The strip in which a value stands after this label:
    to the next label on its row, or so many heights."""
    right = [
        lab.x0
        for lab in licence.labelled
        if lab.x0 > head.x1 + head.height and abs(lab.cy - head.cy) < head.height
    ]
    end = min(min(right, default=float("inf")) - 0.5 * head.height, head.x1 + _REACH * head.height)
    return head.x1 + 0.3 * head.height, head.y0, end, head.y1


def _person(text: str) -> str | None:
    """The first run of characters that can be a person's name; Latin letters alone need four."""
    found = _PERSON.search(simplified(text))
    if found is None or (found.group().isascii() and len(found.group()) < _LATIN_NAME):
        return None
    return found.group()


def _is_whole_name(value: str) -> bool:
    """Whether a value has no letters of a seal behind a person's name."""
    return (
        len(value) <= _LONGEST_PERSON or value.isascii() or value.endswith(_ENDINGS) or "·" in value
    )


def _code(licence: Licence, qr_code: str | None, reread: Reread, out: Fields) -> None:
    """The printed credit code, settled with the QR code's;
    two right ones that differ are in doubt, and a QR code of another paper is none."""
    pieces = [p for p in licence.pieces if code_candidate(p.text)]
    heads = [lab for lab in licence.labelled if lab.label in paper_kinds.CODE_LABELS]
    readings = [joined([p.line]) for p in pieces]
    readings += [
        joined([q.line for q in lab.value])
        for lab in heads
        if len(lab.value) > 1 or not {id(q.line) for q in lab.value} & {id(p.line) for p in pieces}
    ]
    settled = settle_code(readings)
    if not settled.ok:
        readings += [reread(area) for area in _code_areas(pieces, heads)]
        settled = settle_code(readings)
    if qr_code and not settled.ok and is_another_code(readings, qr_code):
        out.doubts.append("uscc")
    elif qr_code and (not settled.ok or settled.value == qr_code):
        out.put("uscc", qr_code, pieces)
    else:
        out.put("uscc", settled.value, pieces, sure=settled.ok and not qr_code)


def _code_areas(pieces: Sequence[Piece], heads: Sequence[Labelled]) -> list[Edges]:
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
        out.put("valid_until", validity_end(found.text), pieces, sure=all_well(pieces))
    if heads and "valid_until" not in out.values:
        strip = reread(_row_after(licence, heads[0].head[-1]))
        out.put(
            "valid_until",
            validity_end(strip.text) if strip.confidence >= WELL else None,
            sure=strip.weakest >= WELL,
        )
    if (
        found is not None
        and "valid_until" not in out.values
        and any(c.isdigit() for c in found.text)
    ):
        out.doubts.append("valid_until")
