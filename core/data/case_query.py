"""Which cases a list has, and in which order: the query for the store; and what a case itself
tells a list's filters.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.data.case import Case, State

UNREGISTERED = "sender.unregistered"
"""The finding of a case whose sender is not the registered contact."""
NO_ACCOUNT = "账号未定"
OBJECTED = "登记联系人曾提出异议"
NOT_THE_CONTACT = "非登记联系人"
"""The mark on screens for a case that somebody other than the registered contact requests."""


class Only(StrEnum):
    """Filters of a list beside state and days.

    Which cases need a look the store tells as far as the case alone does (`reasons_in_case`). With
    those come the ones of which the store does not know it yet.
    """

    CHECKED = "checked"  # may be approved unseen
    LOOK = "look"
    STRANGER = "stranger"
    NO_ACCOUNT = "no_account"
    UNREAD = "unread"


@dataclass(frozen=True)
class CaseQuery:
    """`states`: any of them; none means all. `opened`: from the first instant to before the second.
    `ids`: only these. `by_hand`: only those that are so.

    `newest`: by id, the newest first; else by window, those without one last, and within it
    the longest wait first. `beyond`: only what comes after this case in that order, or, with
    `backwards`, before it, the nearest first.
    """

    states: Collection[State] = ()
    window: date | None = None
    opened: tuple[datetime, datetime] | None = None
    only: Collection[Only] = ()
    by_hand: bool = False
    ids: Collection[int] | None = None
    owner: str = ""
    tag: str = ""
    newest: bool = False
    beyond: Case | None = None
    backwards: bool = False
    limit: int = 500


def is_from_stranger(case: Case) -> bool:
    """Whether somebody else than the registered contact wrote it, as the rules found."""
    return any(finding.code == UNREGISTERED for finding in case.findings)


def findings_to_look_at(case: Case) -> str:
    """The reason that its findings are; "" without serious ones."""
    return f"检查结果 {len(case.serious)} 项须审阅" if case.serious else ""


def reasons_in_case(case: Case) -> tuple[str, ...]:
    """Why a person has to look at a case before it is approved, as far as the case alone tells
    (others: core.cases.decision.batch_approval). A change of these reasons sets `cases.to_look` to
    NULL by a migration: such a case is listed until it is saved again.
    """
    findings = findings_to_look_at(case)
    reasons = {
        NOT_THE_CONTACT: is_from_stranger(case),
        findings: bool(findings),
        NO_ACCOUNT: case.enterprise_id is None,
        "申请事项未定": case.unbind is None or case.reset_password is None,
        OBJECTED: case.objected_at is not None,
    }
    return tuple(words for words, applies in reasons.items() if applies)
