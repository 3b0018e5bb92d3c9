"""Which cases a list holds, and in which order: what the store is asked for;
and what a case itself says to a list's filters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.data.case import Case, State
from core.data.finding import Severity

UNREGISTERED: Final = "sender.unregistered"
"""The finding of a case whose sender is not the registered contact."""
NOT_THE_CONTACT: Final = "非登记联系人"
"""What screens say of a case that somebody else than the registered contact asks for."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """`states`: any of them; none means all. `opened`: from the first instant to before the second.

    `ids`: only these.

    `by_hand`, `from_stranger`: only those that say so of themselves. `not_to_look`: only those in
    which no reason to look stands (reasons_in_case). With each come those of which the store does
    not know it yet.

    `newest`: by id, the newest first; else by window date, those without one last, and within it
    the longest wait first. `beyond`: only what comes after this case in that order, or, with
    `backwards`, before it, the nearest first.
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


def reasons_in_case(case: Case) -> tuple[str, ...]:
    """Those of the reasons that need nothing but the case.

    Whoever changes them empties `cases.to_look` by a migration: `unbind db upgrade` fills it anew.
    """
    serious = sum(finding.severity is not Severity.NOTE for finding in case.findings)
    facts = (
        (is_from_stranger(case), NOT_THE_CONTACT),
        (serious > 0, f"检查结果 {serious} 项须审阅"),
        (case.enterprise_id is None, "账号未定"),
        (case.unbind is None or case.reset_password is None, "申请事项未定"),
        (case.objected_at is not None, "登记联系人曾提出异议"),
    )
    return tuple(words for against, words in facts if against)
