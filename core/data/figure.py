"""The numbers that are counted for a case, a day and a finding, and where they are stored.

core.cases.upkeep.figures counts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """The numbers of a case. `day`: of its arrival, local. `first_try`: complete with its first
    mail. `codes`: the findings of its last verdict.

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


class DurationKind(StrEnum):
    """The durations of a case."""

    ANSWER_S = "answer_s"
    COMPLETE_MIN = "complete_min"
    HANDLED_S = "handled_s"


@dataclass(frozen=True, slots=True)
class DayFigure:
    """Of the cases that arrived on one day: how many, complete at once, returned at least once,
    completed, ended otherwise.
    """

    day: date
    received: int
    first_try: int
    returned: int
    completed: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class FindingFigure:
    """Of one code: how many cases it was found in, how many returns named it, how often a person
    decided against it.
    """

    code: str
    told: int
    returned: int
    overruled: int
