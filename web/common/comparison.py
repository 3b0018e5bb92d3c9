"""What mail, papers, seals and account say, side by side, and the findings as lines that point to
their place on the page pictures.

Nothing here judges (validators do): a cell says whether it is what the licence says, so that an
administrator sees a difference before reading. Names agree as `fold_name` has it. Places are the
anchors that web.common.evidence gives to the frames over the pictures.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from core.cases.letters.finding_words import text_of
from core.cases.letters.words import PARTS, SEALS
from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.finding import Finding, Severity
from core.data.submission import LONG_TERM, Part, PartKind, Seal, SealKind, SealVerdict, Submission
from core.enterprise_names import fold_name
from validators.agreement import seal_name
from validators.validity import ended_before

Reading = tuple[int, Submission]
"""A mail's id, and what was read in it."""
MOST_SEALS: Final = 4
_SUPPLEMENT: Final = "（补件"


class Mark(StrEnum):
    """How a cell stands to what it is compared with. PLAIN: there is nothing to compare it with."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that one source says: its text in pieces, each with whether it is where the
    difference lies; `place`: an anchor, or ""."""

    pieces: tuple[tuple[str, bool], ...]
    mark: Mark = Mark.PLAIN
    note: str = ""
    place: str = ""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    """One question, and what each source says to it."""

    label: str
    said: tuple[Cell, ...] = ()
    papers: tuple[Cell, ...] = ()
    seals: tuple[Cell, ...] = ()
    account: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingLine:
    """The findings of one question.

    `severity`: the gravest; `note`: what they leave out, for administrators;
    `place`: an anchor, or "".
    """

    severity: Severity
    findings: tuple[Finding, ...]
    note: str
    place: str


def part_anchor(mail_id: int, index: int, field: str = "") -> str:
    """The anchor of a part, or of one of its fields, over its page."""
    return f"p{mail_id}-{index}-{field}" if field else f"p{mail_id}-{index}"


def seal_anchor(mail_id: int, index: int) -> str:
    return f"s{mail_id}-{index}"


def page_anchor(mail_id: int, index: int) -> str:
    return f"g{mail_id}-{index}"


def compare(case: Case, readings: Sequence[Reading], account: Enterprise | None) -> tuple[Row, ...]:
    """The enterprise's name, its code and the handler, from each source."""
    names = dict.fromkeys(name for _, one in readings for name in one.request.enterprise_names)
    licences, fronts = (
        list(_parts(readings, PartKind.LICENCE)),
        list(_parts(readings, PartKind.ID_FRONT)),
    )
    name = (
        _first(licences, "enterprise_name")
        or next(iter(names), "")
        or (account.name if account else "")
    )
    code = _first(licences, "uscc") or (account.uscc if account else "")
    return (
        Row(
            "企业名称",
            tuple(_against(said, name) for said in names),
            tuple(_fields(licences, "enterprise_name", name)),
            tuple(_seals(readings, name))[:MOST_SEALS],
            (_against(account.name, name),) if account else (),
        ),
        Row(
            "信用代码",
            (),
            tuple(_fields(licences, "uscc", code)),
            (),
            (_against(account.uscc, code),) if account else (),
        ),
        Row(
            "经办人",
            tuple(_senders(readings)),
            tuple(_handlers(readings, fronts)),
            (),
            (_contact(case, account),) if account else (),
        ),
        Row("有效期", (), tuple(_validity(readings))),
    )


def finding_lines(findings: Iterable[Finding], readings: Sequence[Reading]) -> list[FindingLine]:
    """The findings, those of one question in one line, the gravest first."""
    asked: dict[object, list[Finding]] = {}
    for finding in findings:
        own = (finding.code, finding.variant, finding.where, finding.pages, text_of(finding))
        asked.setdefault(_ONE_QUESTION.get(finding.code, own), []).append(finding)
    rank = list(Severity)
    lines = [
        _line(sorted(found, key=lambda one: rank.index(one.severity)), readings)
        for found in asked.values()
    ]
    return sorted(lines, key=lambda line: rank.index(line.severity))


_ONE_QUESTION: Final = {
    "match.seal": "seal",
    "document.seal.unsure": "seal",
    "match.enterprise_name": "name",
    "account.renamed": "name",
    "account.unknown": "account",
    "match.account": "account",
    "sender.unregistered": "sender",
    "sender.unauthenticated": "sender",
}
"""Findings that a look at one thing settles; of any other code each is a question of its own."""
_SHOWN_AT: Final = {
    "id.number.invalid": (PartKind.ID_FRONT, "id_number"),
    "id.expired": (PartKind.ID_BACK, "valid_until"),
    "licence.expired": (PartKind.LICENCE, "valid_until"),
    "licence.uscc.invalid": (PartKind.LICENCE, "uscc"),
    "match.enterprise_name": (PartKind.LICENCE, "enterprise_name"),
    "account.renamed": (PartKind.LICENCE, "enterprise_name"),
    "account.unknown": (PartKind.LICENCE, "uscc"),
    "match.account": (PartKind.LICENCE, "uscc"),
    "document.other_certificate": (PartKind.OTHER_CERTIFICATE, "certificate"),
}
_OF_SEALS: Final = ("match.seal", "document.seal", "seal.")


def _line(found: list[Finding], readings: Sequence[Reading]) -> FindingLine:
    place = next((place for finding in found if (place := _place(finding, readings))), "")
    notes = dict.fromkeys(note for finding in found if (note := _until(finding, readings)))
    return FindingLine(found[0].severity, tuple(found), "；".join(notes), place)


def _until(finding: Finding, readings: Sequence[Reading]) -> str:
    """The day on which a paper's validity ended: letters do not say it,
    since it stands on the paper."""
    kind, field = _SHOWN_AT.get(finding.code, (PartKind.OTHER, ""))
    if not finding.code.endswith(".expired"):
        return ""
    days = [
        part.fields[field]
        for _, _, part in _parts(readings, kind)
        if field in part.fields and _is_at(part, finding)
    ]
    return f"有效期至 {'、'.join(dict.fromkeys(days))}" if days else ""


def _place(finding: Finding, readings: Sequence[Reading]) -> str:
    if finding.code.startswith(_OF_SEALS):
        return next(
            (
                seal_anchor(mail, index)
                for mail, index, seal in _all_seals(readings)
                if _is_at(seal, finding)
            ),
            "",
        )
    kind, field = _SHOWN_AT.get(finding.code, (None, ""))
    for mail, index, part in _parts(readings, kind) if kind else ():
        if _is_at(part, finding):
            return part_anchor(mail, index, field if field in part.field_boxes else "")
    for mail, one in reversed(readings) if finding.where else ():
        for index, page in enumerate(one.documents.pages):
            if _same_file(page.attachment, finding.where) and page.number in (
                finding.pages or (page.number,)
            ):
                return page_anchor(mail, index)
    return ""


def _is_at(thing: Part | Seal, finding: Finding) -> bool:
    return not finding.where or (
        _same_file(thing.attachment, finding.where)
        and (not finding.pages or thing.page in finding.pages)
    )


def _same_file(attachment: str, where: str) -> bool:
    """A file of a supplement bears its number behind its name in findings."""
    return where == attachment or where.startswith(f"{attachment}{_SUPPLEMENT}")


def _parts(readings: Sequence[Reading], kind: PartKind) -> Iterator[tuple[int, int, Part]]:
    """The parts of a kind with their mail and their place in it, those of the newest mail first."""
    for mail, one in reversed(readings):
        yield from (
            (mail, index, part)
            for index, part in enumerate(one.documents.parts)
            if part.kind is kind
        )


def _all_seals(readings: Sequence[Reading]) -> Iterator[tuple[int, int, Seal]]:
    for mail, one in reversed(readings):
        yield from (
            (mail, index, seal)
            for index, seal in enumerate(one.documents.seals)
            if seal.kind is not SealKind.AUTHORITY
        )


def _first(parts: Sequence[tuple[int, int, Part]], field: str) -> str:
    """The value of a field as it was read best."""
    read = [part for _, _, part in parts if part.fields.get(field)]
    sure = [part for part in read if field not in part.doubts]
    return next((part.fields[field] for part in (*sure, *read)), "")


def _fields(parts: Iterable[tuple[int, int, Part]], field: str, expected: str) -> Iterator[Cell]:
    seen: set[str] = set()
    for mail, index, part in parts:
        value = part.fields.get(field, "")
        if value and fold_name(value) not in seen:
            seen.add(fold_name(value))
            yield _against(
                value,
                expected,
                doubtful=field in part.doubts,
                place=part_anchor(mail, index, field if field in part.field_boxes else ""),
            )


def _against(value: str, expected: str, *, doubtful: bool = False, place: str = "") -> Cell:
    """A value beside the one that is expected, and where they differ."""
    if not expected:
        return Cell(((value, False),), Mark.UNSURE if doubtful else Mark.PLAIN, "", place)
    note = "识别存疑" if doubtful else ""
    if fold_name(value) == fold_name(expected):
        return Cell(((value, False),), Mark.UNSURE if doubtful else Mark.SAME, note, place)
    steps = difflib.SequenceMatcher(None, expected, value, autojunk=False).get_opcodes()
    pieces = tuple(
        (value[c:d] if d > c else f"（缺“{expected[a:b]}”）", tag != "equal")
        for tag, a, b, c, d in steps
    )
    return Cell(pieces, Mark.OTHER, note, place)


def _seals(readings: Sequence[Reading], name: str) -> Iterator[Cell]:
    seen: set[tuple[str, Mark, str]] = set()
    for mail, index, seal in _all_seals(readings):
        cell = _seal(seal, name, seal_anchor(mail, index))
        key = (cell.text, cell.mark, cell.note)
        if key not in seen:
            seen.add(key)
            yield cell


def _seal(seal: Seal, name: str, place: str) -> Cell:
    kind = "" if seal.kind is SealKind.OFFICIAL else SEALS[seal.kind]
    asked = next(
        (check for check in seal.checks if name and fold_name(check.name) == fold_name(name)), None
    )
    if asked is None:
        read = (
            _against(seal.text, name, place=place)
            if seal.text and seal_name(seal) != fold_name(name)
            else None
        )
        known = Cell(
            ((seal.text or "印文未读出", False),),
            Mark.SAME if seal.text and not seal.doubtful else Mark.UNSURE,
            kind,
            place,
        )
        return (
            known
            if read is None
            else Cell(read.pieces, Mark.UNSURE if seal.doubtful else read.mark, kind, place)
        )
    if asked.verdict is SealVerdict.AGREES:
        return Cell(((name, False),), Mark.SAME, kind, place)
    odd = "、".join(
        f"“{claimed}”处印的是“{there}”" if there else f"“{claimed}”未看清"
        for claimed, there in asked.odd
    )
    differs = asked.verdict is SealVerdict.DIFFERS
    text = "印的是另一名称" if differs else "未能看清企业名称"
    return Cell(
        ((text, differs),),
        Mark.OTHER if differs else Mark.UNSURE,
        "；".join(filter(None, (kind, odd))),
        place,
    )


def _senders(readings: Sequence[Reading]) -> Iterator[Cell]:
    people = dict.fromkeys(
        (one.message.sender_name, one.message.sender, one.message.authentication)
        for _, one in readings
    )
    for name, address, authentication in people:
        proved = {"pass": Mark.SAME, "fail": Mark.OTHER}.get(authentication, Mark.UNSURE)
        note = {"pass": "", "fail": "发件人验证未通过"}.get(authentication, "发件人未经证实")
        yield Cell(
            ((f"{name} {address}".strip() or "发件人不明", proved is Mark.OTHER),), proved, note
        )


def _handlers(
    readings: Sequence[Reading], fronts: Sequence[tuple[int, int, Part]]
) -> Iterator[Cell]:
    """The name on the ID card; that of the mail's display name beside it
    where they are the same."""
    named = {fold_name(one.message.sender_name) for _, one in readings}
    for cell in _fields(fronts, "name", ""):
        same = cell.mark is Mark.PLAIN and fold_name(cell.text) in named
        yield replace(cell, mark=Mark.SAME) if same else cell


def _contact(case: Case, account: Enterprise) -> Cell:
    own = bool(case.sender) and account.contact_email.casefold() == case.sender.casefold()
    # beside the mark: it is the address that agrees, not the handler's name
    who = f"登记联系人 {account.contact_name}".strip()
    return Cell(
        ((account.contact_email or "没有登记联系邮箱", False),),
        Mark.SAME if own else Mark.UNSURE,
        who if own else f"{who}，不是来信人",
    )


def _validity(readings: Sequence[Reading]) -> Iterator[Cell]:
    arrived = max((one.message.arrived for _, one in readings), default=None)
    for kind in (PartKind.ID_BACK, PartKind.LICENCE):
        for mail, index, part in list(_parts(readings, kind))[:1]:
            until = part.fields.get("valid_until", "")
            if not until or arrived is None:
                continue
            over, doubtful = ended_before(until, arrived), "valid_until" in part.doubts
            text = (
                f"{'身份证' if kind is PartKind.ID_BACK else PARTS[kind]} "
                f"{'长期' if until == LONG_TERM else f'至 {until}'}"
            )
            mark = Mark.UNSURE if doubtful else Mark.OTHER if over else Mark.SAME
            yield Cell(
                ((text, over),),
                mark,
                "已过期" if over else "",
                part_anchor(
                    mail, index, "valid_until" if "valid_until" in part.field_boxes else ""
                ),
            )
