"""Which cases a list holds, and in which order: what the store is asked for; and what a case itself says to a list's filters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.cases.case import Case, State

UNREGISTERED: Final = "sender.unregistered"
"""The finding of a case whose sender is not the registered contact."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """`states`: any of them; none means all. `opened`: from the first instant to before the second. `ids`: only these.

    `by_hand`, `from_stranger`: only those that say so of themselves. `not_to_look`: only those in which no reason to look stands (unseen.reasons_in_case).
    With each come those of which the store does not know it yet.

    `newest`: by id, the newest first; else by window date, those without one last, and within it the longest wait first. `beyond`: only what comes after
    this case in that order, or, with `backwards`, before it, the nearest first.
    """

    states: Collection[State] = ()
    window: date | None = None
    opened: tuple[datetime, datetime] | None = None
    without_account: bool = False
    with_unread: bool = False
    by_hand: bool = False
    from_stranger: bool = False
    not_to_look: bool = False
    ids: Collection[int] | None = None
    newest: bool = False
    beyond: Case | None = None
    backwards: bool = False
    limit: int = 100


def is_from_stranger(case: Case) -> bool:
    """Whether somebody else than the registered contact wrote it, as the rules found."""
    return any(finding.code == UNREGISTERED for finding in case.findings)
