"""The figures of a case, a day and a finding, as `core.cases.upkeep.figures` counts them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

TIMED = "case.handled"
"""The audit's word for how long a person worked on a case: it changes nothing of it."""


@dataclass(frozen=True)
class CaseFigure:
    """The figures of a case.

    - `day`: of its arrival, local.
    - `first_try`: complete with its first mail.
    - `codes`: the findings of its last verdict.
    - `answer_s`: seconds from arrival to the first letter to its sender, `answer_letter`.
    - `complete_min`: minutes from arrival to completion.
    - `handled_s`: seconds of administrators from opening its page to each decision, in all.

    The last three are None until then.
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


@dataclass(frozen=True)
class DayFigure:
    """The numbers of cases that arrived on one day: all, complete with the first mail, returned at
    least once, completed, ended otherwise."""

    day: date
    received: int
    first_try: int
    returned: int
    completed: int
    otherwise: int


@dataclass(frozen=True)
class FindingFigure:
    """The numbers for one code: cases with it (`told`), returns that named it, decisions against
    it."""

    code: str
    told: int
    returned: int
    overruled: int
