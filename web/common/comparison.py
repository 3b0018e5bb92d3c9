"""Sets mail, papers, seals and account side by side, with the findings as lines that point to their
place on the page pictures.

Nothing here judges (validators do): a cell says whether it is what the licence says, so that an
administrator sees a difference before reading. Names agree as `fold_name` has it. Places are the
anchors that web.common.mail_view gives to the frames over the pictures.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import Final

from core.cases.letters.words import PARTS, SEALS, text_of, unclear
from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.finding import Finding, Severity
from core.data.submission import (
    LONG_TERM,
    Page,
    Part,
    PartKind,
    Seal,
    SealKind,
    SealVerdict,
    Submission,
)
from core.enterprise_names import fold_name
from validators.agreement import seal_name
from validators.validity import ended_before
from web.common.mail_view import part_anchor, seal_anchor

Reading = tuple[int, Submission]
"""A mail's id, and what was read in it."""
MOST_SEALS: Final = 4
_SUPPLEMENT: Final = "（补件"


class Mark(StrEnum):
    """How a cell agrees with what it is compared with.

    PLAIN: there is nothing to compare it with.
    """

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
    """One question, and the answer of each source."""

    label: str
    said: Sequence[Cell] = ()
    papers: Sequence[Cell] = ()
    seals: Sequence[Cell] = ()
    account: Sequence[Cell] = ()

    @property
    def differs(self) -> bool:
        """Whether a source says something else than the others."""
        cells = chain(self.said, self.papers, self.seals, self.account)
        return any(cell.mark is Mark.OTHER for cell in cells)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """The findings of one question. `severity`: the gravest; `note`: what they leave out, for
    administrators; `place`: an anchor, or ""."""

    severity: Severity
    findings: tuple[Finding, ...]
    note: str
    place: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a part as it was read."""

    value: str
    doubtful: bool
    place: str
    part: Part


class Papers:
    """The readings of a case's papers, of the newest mail first; seals without those of the
    registry. Each with its anchor."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.parts: list[tuple[int, int, Part]] = []
        self.seals: list[tuple[str, Seal]] = []
        self.pages: list[tuple[str, Page]] = []
        for mail, one in reversed(readings):
            read = one.documents
            self.parts += [(mail, index, part) for index, part in enumerate(read.parts)]
            self.pages += [(f"g{mail}-{index}", page) for index, page in enumerate(read.pages)]
            self.seals += [
                (seal_anchor(mail, index), seal)
                for index, seal in enumerate(read.seals)
                if seal.kind is not SealKind.AUTHORITY
            ]

    def of(self, kind: PartKind | None, name: str = "") -> Iterator[tuple[str, Part]]:
        """The parts of a kind; the anchor is that of the field where its place is known."""
        for mail, index, part in self.parts:
            if part.kind is kind:
                yield part_anchor(mail, index, part, name), part

    def fields(self, kind: PartKind, name: str) -> list[Field]:
        """The values of a field, each once."""
        found: dict[str, Field] = {}
        for place, part in self.of(kind, name):
            if value := part.fields.get(name):
                field = Field(value, name in part.doubts, place, part)
                found.setdefault(fold_name(value), field)
        return list(found.values())


def compare(case: Case, readings: Sequence[Reading], account: Enterprise | None) -> tuple[Row, ...]:
    """The enterprise's name, its code, the handler and the ends of validity, from each source."""
    papers, mails = Papers(readings), [one for _, one in readings]
    names = dict.fromkeys(name for one in mails for name in one.request.enterprise_names)
    name_fields = papers.fields(PartKind.LICENCE, "enterprise_name")
    code_fields = papers.fields(PartKind.LICENCE, "uscc")
    name = _best(name_fields) or next(iter(names), "") or (account.name if account else "")
    code = _best(code_fields) or (account.uscc if account else "")
    return (
        Row(
            "企业名称",
            [_against(said, name) for said in names],
            [_field_cell(one, name) for one in name_fields],
            _seals(papers, name),
            [_against(account.name, name)] if account else [],
        ),
        Row(
            "信用代码",
            papers=[_field_cell(one, code) for one in code_fields],
            account=[_against(account.uscc, code)] if account else [],
        ),
        Row(
            "经办人",
            _senders(mails),
            _handlers(papers, mails),
            account=[_contact(case, account)] if account else [],
        ),
        Row("有效期", papers=list(_validity(papers, mails))),
    )


def _best(fields: Sequence[Field]) -> str:
    """The value that was read best."""
    sure = [one for one in fields if not one.doubtful]
    return next((one.value for one in (*sure, *fields)), "")


def _cell(text: str, mark: Mark, note: str = "", place: str = "") -> Cell:
    return Cell(((text, False),), mark, note, place)


def _field_cell(field: Field, expected: str) -> Cell:
    cell = _against(field.value, expected)
    cell = replace(cell, place=field.place, note="识别存疑" if field.doubtful and expected else "")
    is_odd = cell.mark is Mark.OTHER
    return replace(cell, mark=Mark.UNSURE) if field.doubtful and not is_odd else cell


def _against(value: str, expected: str) -> Cell:
    """A value beside the one that is expected, and where they differ."""
    if not expected:
        return _cell(value, Mark.PLAIN)
    if fold_name(value) == fold_name(expected):
        return _cell(value, Mark.SAME)
    steps = difflib.SequenceMatcher(None, expected, value, autojunk=False).get_opcodes()
    pieces = tuple(
        (value[c:d] if d > c else f"（缺“{expected[a:b]}”）", tag != "equal")
        for tag, a, b, c, d in steps
    )
    return Cell(pieces, Mark.OTHER)


def _seals(papers: Papers, name: str) -> list[Cell]:
    """The seals' answers on the name, each answer once."""
    cells = [replace(_seal(seal, name), place=place) for place, seal in papers.seals]
    unique: dict[tuple[str, Mark, str], Cell] = {}
    for cell in cells:
        unique.setdefault((cell.text, cell.mark, cell.note), cell)
    return list(unique.values())[:MOST_SEALS]


def _seal(seal: Seal, name: str) -> Cell:
    kind = "" if seal.kind is SealKind.OFFICIAL else SEALS[seal.kind]
    folded = fold_name(name)
    check = next((one for one in seal.checks if name and fold_name(one.name) == folded), None)
    if check is None:
        mark = Mark.SAME if seal.text and not seal.doubtful else Mark.UNSURE
        if not seal.text or seal_name(seal) == folded:
            return _cell(seal.text or "印文未读出", mark, kind)
        read = _against(seal.text, name)
        return Cell(read.pieces, Mark.UNSURE if seal.doubtful else read.mark, kind)
    if check.verdict is SealVerdict.AGREES:
        return _cell(name, Mark.SAME, kind)
    odd = [f"“{claimed}”处印的是“{printed}”" for claimed, printed in check.odd if printed]
    odd += unclear(claimed for claimed, printed in check.odd if not printed)
    note = "；".join(filter(None, (kind, "、".join(odd))))
    if check.verdict is SealVerdict.DIFFERS:
        return Cell((("印的是另一名称", True),), Mark.OTHER, note)
    return _cell("未能看清企业名称", Mark.UNSURE, note)


_PROVED: Final = {"pass": (Mark.SAME, ""), "fail": (Mark.OTHER, "发件人验证未通过")}
_NOT_PROVED: Final = (Mark.UNSURE, "发件人未经证实")


def _senders(mails: Sequence[Submission]) -> list[Cell]:
    people = dict.fromkeys(
        (one.message.sender_name, one.message.sender, one.message.authentication) for one in mails
    )
    named = {(address, proved) for name, address, proved in people if name}
    cells = []
    for name, address, authentication in people:
        if not name and (address, authentication) in named:
            continue
        mark, note = _PROVED.get(authentication, _NOT_PROVED)
        text = f"{name} {address}".strip() or "发件人不明"
        cells.append(Cell(((text, mark is Mark.OTHER),), mark, note))
    return cells


def _handlers(papers: Papers, mails: Sequence[Submission]) -> list[Cell]:
    """The names on ID cards; the same where the mail's display name says so, too."""
    senders = {fold_name(one.message.sender_name) for one in mails}
    cells = [_field_cell(one, "") for one in papers.fields(PartKind.ID_FRONT, "name")]
    return [
        replace(cell, mark=Mark.SAME)
        if cell.mark is Mark.PLAIN and fold_name(cell.text) in senders
        else cell
        for cell in cells
    ]


def _contact(case: Case, account: Enterprise) -> Cell:
    """The address; who it belongs to is a note, since it is the address that agrees."""
    address = account.contact_email
    who = f"登记联系人 {account.contact_name}".strip()
    if case.sender and address.lower() == case.sender.lower():
        return _cell(address, Mark.SAME, who)
    return _cell(address or "没有登记联系邮箱", Mark.UNSURE, f"{who}，不是来信人")


def _validity(papers: Papers, mails: Sequence[Submission]) -> Iterator[Cell]:
    if not mails:
        return
    arrived = max(one.message.arrived for one in mails)
    for kind, title in ((PartKind.ID_BACK, "身份证"), (PartKind.LICENCE, PARTS[PartKind.LICENCE])):
        for field in papers.fields(kind, "valid_until")[:1]:
            over = ended_before(field.value, arrived)
            mark = Mark.OTHER if over else Mark.SAME
            text = f"{title} {'长期' if field.value == LONG_TERM else f'至 {field.value}'}"
            yield Cell(
                ((text, over),),
                Mark.UNSURE if field.doubtful else mark,
                "已过期" if over else "",
                field.place,
            )


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


def finding_lines(findings: Iterable[Finding], readings: Sequence[Reading]) -> list[FindingLine]:
    """The findings, those of one question in one line, the gravest first."""
    papers, rank = Papers(readings), list(Severity)
    questions: dict[object, list[Finding]] = {}
    for one in findings:
        own = (one.code, one.variant, one.where, one.pages, text_of(one))
        questions.setdefault(_ONE_QUESTION.get(one.code, own), []).append(one)
    lines = []
    for found in questions.values():
        found.sort(key=lambda one: rank.index(one.severity))
        place = next(filter(None, (_place(papers, one) for one in found)), "")
        notes = dict.fromkeys(filter(None, (_until(papers, one) for one in found)))
        lines.append(FindingLine(found[0].severity, tuple(found), "；".join(notes), place))
    return sorted(lines, key=lambda line: rank.index(line.severity))


def _until(papers: Papers, finding: Finding) -> str:
    """The day on which a paper's validity ended: letters do not say it, since the paper does."""
    if not finding.code.endswith(".expired"):
        return ""
    fields = papers.fields(*_SHOWN_AT[finding.code])
    days = [one.value for one in fields if _is_at(one.part.attachment, one.part.page, finding)]
    return f"有效期至 {'、'.join(days)}" if days else ""


def _place(papers: Papers, finding: Finding) -> str:
    """The anchor of the subject of a finding, else of its page."""
    if finding.code.startswith(_OF_SEALS):
        things: Iterable[tuple[str, Part | Seal]] = papers.seals
    else:
        things = papers.of(*_SHOWN_AT.get(finding.code, (None, "")))
    places = [(anchor, one.attachment, one.page) for anchor, one in things]
    pages = [(anchor, page.attachment, page.number) for anchor, page in papers.pages]
    for anchor, attachment, number in chain(places, pages if finding.where else ()):
        if _is_at(attachment, number, finding):
            return anchor
    return ""


def _is_at(attachment: str, page: int, finding: Finding) -> bool:
    """A file of a supplement bears its number behind its name in findings."""
    where = finding.where
    if not where:
        return True
    is_file = where == attachment or where.startswith(f"{attachment}{_SUPPLEMENT}")
    return is_file and (not finding.pages or page in finding.pages)
