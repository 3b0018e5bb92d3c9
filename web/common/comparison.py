"""Sets mail, papers, seals and account side by side, with the findings as lines that point to their
place on the page pictures.

Nothing here judges (validators do): a cell is marked by whether it agrees with the licence, so that
an administrator sees a difference before reading. Names agree as `fold_name` has it. Places are the
anchors that web.common.mail_view gives to the frames over the pictures.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from core.cases.letters.words import PARTS, SEALS, few, text_of, unclear
from core.data.case import Case
from core.data.documents import LONG_TERM, Page, Part, PartKind, Seal, SealKind, SealVerdict
from core.data.enterprise import Enterprise
from core.data.finding import Finding, Severity
from core.data.submission import Submission
from core.enterprise_names import fold_name
from validators.agreement import seal_name
from validators.validity import ended_before
from web.common.mail_view import part_anchor, seal_anchor

Reading = tuple[int, Submission]
"""A mail's id, and what was read in it."""
MOST_CELLS = 6
"""Of one source. The sender of a case decides how many names and papers it has, and it is costly to
find where two differ."""
_SUPPLEMENT = "（补件"


class Mark(StrEnum):
    """How a cell agrees with what it is compared with.

    PLAIN: there is nothing to compare it with.
    """

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"
    PLAIN = "plain"


@dataclass(frozen=True)
class Cell:
    """One value of one source. `place`: an anchor, or ""; `expected`: the text that it
    differs from, or ""."""

    text: str
    mark: Mark = Mark.PLAIN
    note: str = ""
    place: str = ""
    expected: str = ""

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is where the difference lies."""
        if not self.expected:
            return [(self.text, self.mark is Mark.OTHER)]
        steps = difflib.SequenceMatcher(None, self.expected, self.text, autojunk=False)
        return [
            (self.text[c:d] if d > c else f"（缺“{self.expected[a:b]}”）", tag != "equal")
            for tag, a, b, c, d in steps.get_opcodes()
        ]


@dataclass(frozen=True)
class Row:
    """One question, and the answer of each source."""

    label: str
    mails: Sequence[Cell] = ()
    papers: Sequence[Cell] = ()
    seals: Sequence[Cell] = ()
    account: Sequence[Cell] = ()

    @property
    def differs(self) -> bool:
        """Whether a source says something else than the others."""
        cells = chain(self.mails, self.papers, self.seals, self.account)
        return any(cell.mark is Mark.OTHER for cell in cells)


@dataclass(frozen=True)
class FindingLine:
    """The findings of one question, the gravest first. `place`: an anchor, or ""."""

    findings: tuple[Finding, ...]
    place: str


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

    def cells(self, kind: PartKind, name: str, expected: str = "") -> list[Cell]:
        """The values of a field, each once."""
        found: dict[str, Cell] = {}
        for place, part in self.of(kind, name):
            if value := part.fields.get(name):
                cell = _against(value, expected, doubtful=name in part.doubts, place=place)
                found.setdefault(fold_name(value), cell)
        return list(found.values())

    def on_licence(self, name: str, known: str | None) -> str:
        """The value of a licence's field: that of the case where a licence has it, else one that
        was read without doubt, else the first; "" without any."""
        best = min(
            self.cells(PartKind.LICENCE, name),
            key=lambda cell: (
                fold_name(cell.text) != fold_name(known or ""),
                cell.mark is Mark.UNSURE,
            ),
            default=Cell(""),
        )
        return best.text


def compare(case: Case, readings: Sequence[Reading], account: Enterprise | None) -> tuple[Row, ...]:
    """The enterprise's name, its code, the handler and the ends of validity, from each source."""
    papers, mails = Papers(readings), [one for _, one in readings]
    names = dict.fromkeys(name for one in mails for name in one.request.enterprise_names)
    name = papers.on_licence("enterprise_name", case.enterprise_name) or next(iter(names), "")
    name = name or (account.name if account else "")
    code = papers.on_licence("uscc", case.uscc) or (account.uscc if account else "")
    return (
        Row(
            "企业名称",
            _first([_against(written, name) for written in names]),
            _first(papers.cells(PartKind.LICENCE, "enterprise_name", name)),
            _first(_seals(papers, name)),
            [_against(account.name, name)] if account else [],
        ),
        Row(
            "信用代码",
            papers=_first(papers.cells(PartKind.LICENCE, "uscc", code)),
            account=[_against(account.uscc, code)] if account else [],
        ),
        Row(
            "经办人",
            _first(_senders(mails)),
            _first(_handlers(papers, mails)),
            account=[_contact(case, account)] if account else [],
        ),
        Row("有效期", papers=list(_validity(papers, mails))),
    )


def _first(cells: Sequence[Cell]) -> Sequence[Cell]:
    """The first cells, and one for all others, of which a single one that differs counts."""
    others = cells[MOST_CELLS:]
    if not others:
        return cells
    mark = Mark.OTHER if any(one.mark is Mark.OTHER for one in others) else Mark.UNSURE
    return [*cells[:MOST_CELLS], Cell(f"另有 {len(others)} 种", mark)]


def _against(value: str, expected: str, *, doubtful: bool = False, place: str = "") -> Cell:
    """A value beside the one that is expected."""
    note = "识别存疑" if doubtful and expected else ""
    if expected and fold_name(value) != fold_name(expected):
        return Cell(value, Mark.OTHER, note, place, expected)
    mark = Mark.SAME if expected else Mark.PLAIN
    return Cell(value, Mark.UNSURE if doubtful else mark, note, place)


def _seals(papers: Papers, name: str) -> list[Cell]:
    """The seals' answers on the name, each answer once."""
    unique: dict[Cell, Cell] = {}
    for place, seal in papers.seals:
        cell = _seal(seal, name)
        unique.setdefault(cell, replace(cell, place=place))
    return list(unique.values())


def _seal(seal: Seal, name: str) -> Cell:
    kind = "" if seal.kind is SealKind.OFFICIAL else SEALS[seal.kind]
    folded = fold_name(name)
    check = next((one for one in seal.checks if name and fold_name(one.name) == folded), None)
    if check is None:
        if not seal.text:
            return Cell("印文未读出", Mark.UNSURE, kind)
        is_same = seal_name(seal) == folded
        read = Cell(seal.text, Mark.SAME) if is_same else _against(seal.text, name)
        return replace(read, mark=Mark.UNSURE if seal.doubtful else read.mark, note=kind)
    if check.verdict is SealVerdict.AGREES:
        return Cell(name, Mark.SAME, kind)
    printed_otherwise = few([(claimed, printed) for claimed, printed in check.odd if printed])
    odd = [f"“{claimed}”处印的是“{printed}”" for claimed, printed in printed_otherwise]
    odd += unclear(claimed for claimed, printed in check.odd if not printed)
    note = "；".join(filter(None, (kind, "、".join(odd))))
    if check.verdict is SealVerdict.DIFFERS:
        return Cell("印的是另一名称", Mark.OTHER, note)
    return Cell("未能看清企业名称", Mark.UNSURE, note)


_PROVED = {"pass": (Mark.SAME, ""), "fail": (Mark.OTHER, "发件人验证未通过")}
_NOT_PROVED = (Mark.UNSURE, "发件人未经证实")


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
        cells.append(Cell(text, mark, note))
    return cells


def _handlers(papers: Papers, mails: Sequence[Submission]) -> list[Cell]:
    """The names on ID cards; the same where the mail's display name says so, too."""
    senders = {fold_name(one.message.sender_name) for one in mails}
    return [
        replace(cell, mark=Mark.SAME)
        if cell.mark is Mark.PLAIN and fold_name(cell.text) in senders
        else cell
        for cell in papers.cells(PartKind.ID_FRONT, "name")
    ]


def _contact(case: Case, account: Enterprise) -> Cell:
    """The address; who it belongs to is a note, since it is the address that agrees."""
    address = account.contact_email
    who = f"登记联系人 {account.contact_name}".strip()
    if account.is_contact_address(case.sender):
        return Cell(address, Mark.SAME, who)
    return Cell(address or "没有登记联系邮箱", Mark.UNSURE, f"{who}，不是来信人")


def _validity(papers: Papers, mails: Sequence[Submission]) -> Iterator[Cell]:
    if not mails:
        return
    arrived = max(one.message.arrived for one in mails)
    for kind, title in ((PartKind.ID_BACK, "身份证"), (PartKind.LICENCE, PARTS[PartKind.LICENCE])):
        for read in papers.cells(kind, "valid_until")[:1]:
            text = f"{title} {'长期' if read.text == LONG_TERM else f'至 {read.text}'}"
            over = ended_before(read.text, arrived)
            mark = Mark.OTHER if over else Mark.SAME
            yield Cell(
                text,
                mark if read.mark is Mark.PLAIN else read.mark,
                "已过期" if over else "",
                read.place,
            )


_ONE_QUESTION = {
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
_SHOWN_AT = {
    "id.number.invalid": (PartKind.ID_FRONT, "id_number"),
    "id.expired": (PartKind.ID_BACK, "valid_until"),
    "licence.expired": (PartKind.LICENCE, "valid_until"),
    "licence.uscc.invalid": (PartKind.LICENCE, "uscc"),
    "match.enterprise_name": (PartKind.LICENCE, "enterprise_name"),
    "match.handler": (PartKind.ID_FRONT, "name"),
    "match.card_sides": (PartKind.ID_BACK, "valid_until"),
    "match.uscc": (PartKind.LICENCE, "uscc"),
    "account.renamed": (PartKind.LICENCE, "enterprise_name"),
    "account.unknown": (PartKind.LICENCE, "uscc"),
    "match.account": (PartKind.LICENCE, "uscc"),
    "document.other_certificate": (PartKind.OTHER_CERTIFICATE, "certificate"),
}
_OF_SEALS = ("match.seal", "document.seal", "seal.")


def finding_lines(findings: Iterable[Finding], readings: Sequence[Reading]) -> list[FindingLine]:
    """The findings, those of one question in one line, the gravest first."""
    papers, rank = Papers(readings), list(Severity)
    questions: dict[object, list[Finding]] = {}
    for one in sorted(findings, key=lambda one: rank.index(one.severity)):
        own = (one.code, one.variant, one.where, one.pages, text_of(one))
        questions.setdefault(_ONE_QUESTION.get(one.code, own), []).append(one)
    return [
        FindingLine(tuple(found), next(filter(None, (_place(papers, one) for one in found)), ""))
        for found in questions.values()
    ]


def _place(papers: Papers, finding: Finding) -> str:
    """The anchor of the subject of a finding, else of its page."""
    is_seal = finding.code.startswith(_OF_SEALS)
    things: Iterable[tuple[str, Part | Seal]] = (
        papers.seals if is_seal else papers.of(*_SHOWN_AT.get(finding.code, (None, "")))
    )
    anchors = [anchor for anchor, one in things if _is_at(one.attachment, one.page, finding)]
    if finding.where:
        anchors += [
            anchor for anchor, page in papers.pages if _is_at(page.attachment, page.number, finding)
        ]
    return next(iter(anchors), "")


def _is_at(attachment: str, page: int, finding: Finding) -> bool:
    """A file of a supplement bears its number behind its name in findings."""
    where = finding.where
    if not where:
        return True
    is_file = where == attachment or where.startswith(f"{attachment}{_SUPPLEMENT}")
    return is_file and (not finding.pages or page in finding.pages)
