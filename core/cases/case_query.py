"""Which cases a list holds, and in which order: what the store is asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from core.cases.case import Case, State


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """`states`: any of them; none means all. `opened`: from the first instant to before the second. `ids`: only these.

    `newest`: by id, the newest first; else by window date, those without one last, and within it the longest wait first. `beyond`: only what comes after
    this case in that order, or, with `backwards`, before it, the nearest first.
    """

    states: Collection[State] = ()
    window: date | None = None
    opened: tuple[datetime, datetime] | None = None
    without_account: bool = False
    with_unread: bool = False
    ids: Collection[int] | None = None
    newest: bool = False
    beyond: Case | None = None
    backwards: bool = False
    limit: int = 100
