"""Which cases two people approve (docs/RULES.md, section 6): where one alone, deceived or in a
hurry, could give an account away.

The first approval is kept in the case and does nothing yet; whatever else changes the case makes it
void. The second one is another administrator's. Which risks ask for two is the operator's decision
(config.yaml, `cases.approvals_required`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Risk
from core.cases.requester import AFTER_AN_OBJECTION, Requester
from core.data.case import Case, State
from core.data.enterprise import Enterprise
from core.data.finding import Severity
from core.store.store import Transaction


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What the risks of a case depend on beside it. `contact_untold`: somebody else asks, and no
    notice was accepted for the registered contact. `objected`: the contact objected lately.
    """

    enterprise: Enterprise
    requester: Requester
    contact_untold: bool = False
    objected: bool = False


ASKED_WITHIN: Final = timedelta(days=30)
"""A first approval or wish that is older was made void by the case's postponement,
or its time to be taken back is over."""


def awaiting_second(tx: Transaction, now: datetime) -> list[Case]:
    """The cases that one person approved, or wants taken back, and a second one has to look at;
    the longest wait first."""
    asked = [
        entry
        for action in ("case.first_approved", "case.first_reversed")
        for entry in tx.audit.of_action(action, now - ASKED_WITHIN)
    ]
    since = {entry.case_id: entry.at for entry in asked if entry.case_id is not None}
    found = [case for case in tx.cases.by_ids(since) if _awaits_second(case)]
    return sorted(found, key=lambda case: (since[case.id], case.id))


def _awaits_second(case: Case) -> bool:
    approved = case.state is State.QUEUED and bool(case.first_approved_by)
    return approved or (case.state is State.COMPLETED and bool(case.first_reversed_by))


def risks(case: Case, facts: RiskFacts, now: datetime) -> tuple[Risk, ...]:
    """The risks of a case."""
    thawed = facts.enterprise.unfrozen_at
    unfrozen = thawed is not None and now - thawed < AFTER_AN_OBJECTION
    is_stranger = facts.requester is Requester.STRANGER and not case.confirmed_at
    objected = facts.objected and facts.requester is not Requester.CONTACT
    found = {
        Risk.STRANGER_RESET: bool(case.reset_password) and is_stranger,
        Risk.CONTACT_UNTOLD: facts.contact_untold,
        Risk.ACCOUNT_CHOSEN: bool(case.account_chosen_by),
        Risk.UNFROZEN: unfrozen or objected or case.objected_at is not None,
        Risk.REVIEW_FINDINGS: any(f.severity is not Severity.NOTE for f in case.findings),
    }
    return tuple(risk for risk, is_there in found.items() if is_there)
