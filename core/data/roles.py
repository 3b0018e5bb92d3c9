"""The rights of administrators: a role gives rights, a route of the pages needs one
(web/common/rights.py), and a person has one role or several.

Who manages accounts, who judges and who looks at what was done need not be the same person: GB/T
22239-2019 asks for separate rights of system management, audit and work. A small centre may give
one person all of them.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A role of an administrator."""

    REVIEWER = "reviewer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Right(StrEnum):
    """A right that a route requires."""

    READ = "read"  # cases, mails, letters, enterprises
    ALERTS = "alerts"  # see alerts, and say that one was seen to
    # prepare a case for its decision, answer it with a return, deal with mails and letters
    REVIEW = "review"
    APPROVE = "approve"  # decide a case
    ACCOUNTS = "accounts"  # accounts and locks of enterprises
    FIGURES = "figures"  # statistics
    LEDGER = "ledger"  # cases, enterprises and letters of a period as files
    AUDIT = "audit"  # what everybody did
    PEOPLE = "people"  # administrators, their sessions and roles
    CALENDAR = "calendar"  # workdays and windows


ALL_ROLES: Final = frozenset(Role)
RIGHTS: Final = {
    Role.REVIEWER: frozenset({Right.READ, Right.ALERTS, Right.REVIEW, Right.FIGURES}),
    Role.APPROVER: frozenset(
        {
            Right.READ,
            Right.ALERTS,
            Right.REVIEW,
            Right.APPROVE,
            Right.ACCOUNTS,
            Right.FIGURES,
            Right.LEDGER,
        }
    ),
    Role.AUDITOR: frozenset({Right.READ, Right.FIGURES, Right.LEDGER, Right.AUDIT}),
    Role.SYSTEM: frozenset({Right.ALERTS, Right.PEOPLE, Right.CALENDAR}),
}


def may(roles: Collection[Role], right: Right) -> bool:
    """Whether one of the roles gives the right."""
    return any(right in RIGHTS[role] for role in roles)


def holders(right: Right) -> tuple[Role, ...]:
    """The roles that give a right, in the order of `Role`."""
    return tuple(role for role in Role if right in RIGHTS[role])
