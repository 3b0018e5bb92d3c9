"""Figures of the desk, counted from the audit: what came, what was complete at once, what was returned and why, how long answers and completion took, and
how often a person decided against a finding, which says of a rule that it is noise.

The audit is read once, in its order; how far is kept beside the counts, in the same transaction. So the figures need no words of any use case, cover
what was done before they were counted, and no row counts twice. They hold no personal data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from core.cases.case import ENDED, Case, State
from core.cases.desk import Desk
from core.cases.letter import LetterKind
from core.cases.ports import AuditEntry
from core.clock import local

AT_ONCE: Final = 200
"""Rows of the audit in one transaction: some 20 ms."""
HANDLED: Final = "case.handled"
LONGEST_HANDLED: Final = timedelta(minutes=30)
"""A page that stood open for longer was not looked at all the while."""
COUNTED: Final = frozenset({
    "case.opened", "case.supplemented", "case.queued", "case.accepted", "case.approved", "case.completed", "case.declined", "case.withdrawn", "case.expired",
    "case.answer_undone", "case.reversed", HANDLED, "letter.queued", "letter.sent", "letter.found_sent",
})
_ENDS: Final = {f"case.{state.value}": state.value for state in ENDED}


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """What is counted of a case. `day`: of its arrival, here. `first_try`: complete with its first mail. `codes`: the findings of its last verdict.

    `handled_s`: administrators' seconds from opening its page to each decision, together.
    `answer_s`: from arrival to the first letter to its sender, `answer_letter`; `complete_min`: to its completion. None while there is none.
    """

    case_id: int
    day: date
    arrived: datetime
    opened_at: datetime
    first_try: bool = False
    returned: int = 0
    outcome: str = ""
    answer_s: int | None = None
    complete_min: int | None = None
    answer_letter: int | None = None
    codes: str = ""
    handled_s: int | None = None


@dataclass(frozen=True, slots=True)
class DayFigure:
    """Of the cases that arrived on one day: how many, complete at once, returned at least once, completed, ended otherwise."""

    day: date
    received: int
    first_try: int
    returned: int
    completed: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class FindingFigure:
    """Of one code: how many cases it was found in, how many returns told it, how often a person decided against it."""

    code: str
    told: int
    returned: int
    overruled: int


class Total(StrEnum):
    """What is summed up by day and by month: cases, and how many took so long."""

    RECEIVED = "received"
    FIRST_TRY = "first_try"
    RETURNED = "returned"
    COMPLETED = "completed"
    OTHERWISE = "otherwise"
    ANSWER_S = "answer_s"
    COMPLETE_MIN = "complete_min"
    HANDLED_S = "handled_s"


def totals_of(figure: CaseFigure | None) -> dict[tuple[Total, int], int]:
    """What a case adds to the totals of its day and month: 1 to each of these, with the duration where the total is of one, else 0."""
    if figure is None:
        return {}
    facts = {
        Total.RECEIVED: 0, Total.FIRST_TRY: 0 if figure.first_try else None, Total.RETURNED: 0 if figure.returned else None,
        Total.COMPLETED: 0 if figure.outcome == State.COMPLETED else None, Total.OTHERWISE: 0 if figure.outcome not in {"", State.COMPLETED} else None,
        Total.ANSWER_S: coarse(figure.answer_s, 1), Total.COMPLETE_MIN: coarse(figure.complete_min, 60), Total.HANDLED_S: coarse(figure.handled_s, 1),
    }
    return {(what, value): 1 for what, value in facts.items() if value is not None}


def coarse(duration: int | None, unit_s: int) -> int | None:
    """A duration as finely as it is shown to people, in its own unit: to the second below two minutes, to the minute below two hours, to 6 minutes below two
    days, then to a tenth of a day. So the days of a year share few values."""
    if duration is None:
        return None
    seconds = duration * unit_s
    step_s = next(step for until, step in ((120, 1), (7200, 60), (172_800, 360), (seconds + 1, 8640)) if seconds < until)
    step = max(step_s // unit_s, 1)
    return duration // step * step


class FigureRepository(Protocol):
    """The figures."""

    def uncounted(self, limit: int) -> list[AuditEntry]:
        """The next rows of the audit, in their order."""
    def counted(self, entry_id: int) -> None:
        """All rows up to this one are counted."""
    def arrived(self, mail_id: int) -> datetime | None: ...
    def case(self, case_id: int) -> CaseFigure | None: ...
    def save(self, figure: CaseFigure) -> None:
        """Keep it, in place of the one of before, and the totals of its day and month with it."""
    def count(self, day: date, code: str, *, told: int = 0, returned: int = 0, overruled: int = 0) -> None: ...
    def days(self, since: date, until: date) -> list[DayFigure]:
        """The days of a period, both ends included, that had any."""
    def months(self, since: date, until: date) -> list[DayFigure]:
        """The same by month, each under its first day; of the first and the last month what lies in the period."""
    def findings(self, since: date, until: date) -> list[FindingFigure]: ...
    def answers(self, since: date, until: date) -> list[tuple[int, int]]:
        """Seconds to the first answer (`coarse`), and how many took them, ascending."""
    def completions(self, since: date, until: date) -> list[tuple[int, int]]:
        """Minutes to completion, likewise."""
    def handled(self, since: date, until: date) -> list[tuple[int, int]]:
        """Administrators' seconds a case, likewise."""


def note_handled(desk: Desk, case: Case, actor: str, opened: int) -> None:
    """Write down how long a person had a case open before deciding it. `opened`: seconds since 1970, as the page was told; what cannot be is left out."""
    now = desk.clock.now()
    took_s = int(now.timestamp()) - opened
    if 0 <= took_s <= LONGEST_HANDLED.total_seconds():
        with desk.store.transaction() as tx:
            tx.audit.write(now, actor, HANDLED, tx.cases.get(case.id), seconds=str(took_s))


def catch_up(desk: Desk, most: int) -> bool:
    """Count what was done since, `most` rows of the audit at most. Whether nothing is left."""
    with desk.store.view() as tx:
        if not tx.figures.uncounted(1):
            return True
    for _ in range(max(most // AT_ONCE, 1)):
        with desk.store.transaction() as tx:
            entries = tx.figures.uncounted(AT_ONCE)
            for entry in entries:
                _count(tx.figures, entry, desk.judge.may_reject)
            if entries:
                tx.figures.counted(entries[-1].id)
        if len(entries) < AT_ONCE:
            return True
    return False


def _count(figures: FigureRepository, entry: AuditEntry, may_reject: Callable[[str], bool]) -> None:
    if entry.case_id is None or entry.action not in COUNTED:
        return
    day, codes = local(entry.at).date(), entry.detail.get("codes", "")
    if entry.action == "case.opened":
        arrived = figures.arrived(int(entry.detail.get("mail", 0))) or entry.at
        figures.save(CaseFigure(entry.case_id, local(arrived).date(), arrived, entry.at, codes=codes))
        _told(figures, day, codes, "")
        return
    figure = figures.case(entry.case_id)
    if figure is None:
        return  # opened before there was an audit of it
    if entry.action == "case.supplemented":
        _told(figures, day, codes, figure.codes)
        figures.save(replace(figure, codes=codes))
    elif entry.action == HANDLED:
        figures.save(replace(figure, handled_s=(figure.handled_s or 0) + int(entry.detail.get("seconds", 0))))
    elif entry.action in {"case.accepted", "case.approved"}:
        for code in figure.codes.split():
            if may_reject(code) or entry.action == "case.approved":
                figures.count(day, code, overruled=1)
    else:
        figures.save(_moved(figures, figure, entry, day, may_reject))


def _moved(figures: FigureRepository, figure: CaseFigure, entry: AuditEntry, day: date, may_reject: Callable[[str], bool]) -> CaseFigure:
    """The case's own figure after a row."""
    letter = int(entry.detail.get("letter", 0))
    match entry.action:
        case "case.queued":
            return replace(figure, first_try=figure.first_try or entry.at == figure.opened_at)
        case "letter.queued":
            return _answered(figures, figure, entry.detail, letter, day, may_reject)
        case "letter.sent" | "letter.found_sent" if letter == figure.answer_letter and figure.answer_s is None:
            return replace(figure, answer_s=_whole(entry.at - figure.arrived, timedelta(seconds=1)))
        case "case.completed":
            return replace(figure, outcome=State.COMPLETED.value, complete_min=_whole(entry.at - figure.arrived, timedelta(minutes=1)))
        case "case.answer_undone" | "case.reversed" | "case.declined" | "case.withdrawn" | "case.expired":
            return replace(figure, outcome=_ENDS.get(entry.action, ""), complete_min=None)
    return figure


def _answered(
    figures: FigureRepository, figure: CaseFigure, detail: Mapping[str, str], letter: int, day: date, may_reject: Callable[[str], bool],
) -> CaseFigure:
    kind = detail.get("kind", "")
    if kind == LetterKind.CONTACT_NOTICE:
        return figure
    if kind == LetterKind.RETURNED:
        for code in filter(may_reject, figure.codes.split()):
            figures.count(day, code, returned=1)
        figure = replace(figure, returned=figure.returned + 1)
    return figure if figure.answer_letter else replace(figure, answer_letter=letter)


def _told(figures: FigureRepository, day: date, codes: str, before: str) -> None:
    for code in set(codes.split()) - set(before.split()):
        figures.count(day, code, told=1)


def _whole(span: timedelta, unit: timedelta) -> int:
    return max(int(span / unit), 0)


def quantile(values: list[tuple[int, int]], share: float) -> int | None:
    """The value below which this share lies, from values with their counts in ascending order; None of none."""
    wanted = share * sum(count for _, count in values)
    for value, count in values:
        wanted -= count
        if wanted <= 0:
            return value
    return None
