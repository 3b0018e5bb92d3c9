"""What is counted of a case, a day and a finding, and where the counts are kept.
core/cases/upkeep/figures.py counts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from core.data.audit_entry import AuditEntry
from core.data.case import State


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """What is counted of a case. `day`: of its arrival, here.

    `first_try`: complete with its first mail. `codes`: the findings of its last verdict.

    `handled_s`: administrators' seconds from opening its page to each decision, together.
    `answer_s`: from arrival to the first letter to its sender, `answer_letter`; `complete_min`: to
    its completion. None while there is none.
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
    """Of the cases that arrived on one day: how many, complete at once, returned at least once,
    completed, ended otherwise."""

    day: date
    received: int
    first_try: int
    returned: int
    completed: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class FindingFigure:
    """Of one code: how many cases it was found in, how many returns told it,
    how often a person decided against it."""

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
    """What a case adds to the totals of its day and month: 1 to each of these, with the duration
    where the total is of one, else 0."""
    if figure is None:
        return {}
    facts = {
        Total.RECEIVED: 0,
        Total.FIRST_TRY: 0 if figure.first_try else None,
        Total.RETURNED: 0 if figure.returned else None,
        Total.COMPLETED: 0 if figure.outcome == State.COMPLETED else None,
        Total.OTHERWISE: 0 if figure.outcome not in {"", State.COMPLETED} else None,
        Total.ANSWER_S: coarse(figure.answer_s, 1),
        Total.COMPLETE_MIN: coarse(figure.complete_min, 60),
        Total.HANDLED_S: coarse(figure.handled_s, 1),
    }
    return {(what, value): 1 for what, value in facts.items() if value is not None}


def coarse(duration: int | None, unit_s: int) -> int | None:
    """A duration as finely as it is shown to people, in its own unit: to the second below two
    minutes, to the minute below two hours, to 6 minutes below two days, then to a tenth of a day.
    So the days of a year share few values."""
    if duration is None:
        return None
    seconds = duration * unit_s
    step_s = next(
        step
        for until, step in ((120, 1), (7200, 60), (172_800, 360), (seconds + 1, 8640))
        if seconds < until
    )
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

    def count(
        self, day: date, code: str, *, told: int = 0, returned: int = 0, overruled: int = 0
    ) -> None: ...
    def days(self, since: date, until: date) -> list[DayFigure]:
        """The days of a period, both ends included, that had any."""

    def months(self, since: date, until: date) -> list[DayFigure]:
        """The same by month, each under its first day; of the first and the last month
        what lies in the period."""

    def findings(self, since: date, until: date) -> list[FindingFigure]: ...
    def answers(self, since: date, until: date) -> list[tuple[int, int]]:
        """Seconds to the first answer (`coarse`), and how many took them, ascending."""

    def completions(self, since: date, until: date) -> list[tuple[int, int]]:
        """Minutes to completion, likewise."""

    def handled(self, since: date, until: date) -> list[tuple[int, int]]:
        """Administrators' seconds a case, likewise."""
