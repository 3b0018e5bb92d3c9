"""The roles and rights of administrators: a role gives rights, each route of the pages requires one
(web/common/rights.py), and a person has one or several roles.

GB/T 22239-2019 requires that system management, audit and daily work have separate rights. A small
centre may give all roles to one person.
"""

from enum import StrEnum


class Role(StrEnum):
    """A role of an administrator."""

    REVIEWER = "reviewer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Right(StrEnum):
    """A right that a route requires."""

    READ = "read"  # cases, mails, letters, enterprises
    ALERTS = "alerts"  # view alerts and clear them
    REVIEW = "review"  # prepare or return a case, process mails and letters
    APPROVE = "approve"  # decide a case
    ACCOUNTS = "accounts"  # accounts and locks of enterprises
    FIGURES = "figures"  # statistics
    LEDGER = "ledger"  # cases, enterprises and letters of a period as files
    AUDIT = "audit"  # the audit rows of all
    PEOPLE = "people"  # administrators, their sessions and roles
    CALENDAR = "calendar"  # workdays and windows


ALL_ROLES = frozenset(Role)
_REVIEWER = frozenset({Right.READ, Right.ALERTS, Right.REVIEW, Right.FIGURES})
RIGHTS = {
    Role.REVIEWER: _REVIEWER,
    Role.APPROVER: _REVIEWER | {Right.APPROVE, Right.ACCOUNTS, Right.LEDGER},
    Role.AUDITOR: frozenset({Right.READ, Right.FIGURES, Right.LEDGER, Right.AUDIT}),
    Role.SYSTEM: frozenset({Right.ALERTS, Right.PEOPLE, Right.CALENDAR}),
}


def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles that give the right, in the order of `Role`."""
    return tuple(role for role in Role if right in RIGHTS[role])
