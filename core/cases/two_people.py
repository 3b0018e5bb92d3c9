"""Which cases two people approve (docs/RULES.md, section 6): where one alone, deceived or in a hurry, could give an account away.

The first approval is kept in the case and does nothing yet; whatever else changes the case makes it void. The second one is another administrator's.
Which risks ask for two is the operator's decision (config.yaml, `cases.approvals_required`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.accounts.enterprise import Enterprise
from core.cases.case import Case, State
from core.cases.finding import Severity
from core.cases.mail_record import CaseMails
from core.cases.ports import Transaction

AFTER_A_FREEZE: Final = timedelta(days=90)
"""So long after an objection froze an account a request for it is looked at twice: who wanted it then may come again."""


class Risk(StrEnum):
    """Why one person may not be enough."""

    STRANGER_RESET = "stranger_reset"  # neither the registered contact nor a proved sender asks for a new password
    ACCOUNT_CHOSEN = "account_chosen"  # a person named the account, not the papers
    UNFROZEN = "unfrozen"  # an objection to this case, or one that froze the account within AFTER_A_FREEZE
    REVIEW_FINDINGS = "review_findings"  # findings that a person has to judge


APPROVALS: Final[Mapping[Risk, int]] = {Risk.STRANGER_RESET: 2, Risk.ACCOUNT_CHOSEN: 2, Risk.UNFROZEN: 2, Risk.REVIEW_FINDINGS: 1}
"""How many people approve a case with this risk."""


ASKED_WITHIN: Final = timedelta(days=30)
"""A first approval or wish that is older was made void by the case's postponement, or its time to be taken back is over."""


def awaiting_second(tx: Transaction, now: datetime) -> list[Case]:
    """The cases that one person approved, or wants taken back, and a second one has to look at; the longest wait first."""
    asked = [entry for action in ("case.first_approved", "case.first_reversed") for entry in tx.audit.of_action(action, now - ASKED_WITHIN)]
    since = {entry.case_id: entry.at for entry in asked if entry.case_id is not None}
    found = [case for case in tx.cases.by_ids(since) if _awaits_second(case)]
    return sorted(found, key=lambda case: (since[case.id], case.id))


def _awaits_second(case: Case) -> bool:
    approved = case.state is State.QUEUED and bool(case.first_approved_by)
    return approved or (case.state is State.COMPLETED and bool(case.first_reversed_by))


def is_stranger(case: Case, enterprise: Enterprise, mails: CaseMails) -> bool:
    """Whether nobody vouches for who wrote the case's mails: neither the server that took them, nor the register."""
    own = enterprise.contact_email.casefold() == case.sender.casefold()
    return not case.sender or (mails.unproved > 0 and not own)


def risks(case: Case, enterprise: Enterprise, mails: CaseMails, now: datetime) -> tuple[Risk, ...]:
    """The risks of a case."""
    unfrozen = enterprise.unfrozen_at is not None and now - enterprise.unfrozen_at < AFTER_A_FREEZE
    facts = {
        Risk.STRANGER_RESET: bool(case.reset_password) and is_stranger(case, enterprise, mails),
        Risk.ACCOUNT_CHOSEN: bool(case.account_chosen_by),
        Risk.UNFROZEN: unfrozen or case.objected_at is not None,
        Risk.REVIEW_FINDINGS: any(finding.severity is not Severity.NOTE for finding in case.findings),
    }
    return tuple(risk for risk, is_there in facts.items() if is_there)
