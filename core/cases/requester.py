"""Who asks for a case (docs/RULES.md, section 6): the registered contact,
a sender known from earlier cases, or a stranger.

From proves nothing, and a public licence proves nothing: only the proved address of the registered
contact speaks for the enterprise by itself. Whoever else asks, a person opens the case and, unless
the sender is known, reaches the enterprise before approving it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.data.case import Case, State
from core.data.enterprise import Enterprise
from core.data.mail_record import CaseMails
from core.store.store import Transaction

KNOWN_AFTER: Final = timedelta(days=30)
"""So long after its first completed case without an objection a sender is known."""
AFTER_AN_OBJECTION: Final = timedelta(days=90)
"""So long after an objection every case of the enterprise is opened:
whoever asked then may ask again."""


class Requester(StrEnum):
    """Who asks."""

    CONTACT = "contact"
    KNOWN = "known"
    STRANGER = "stranger"


def has_contact_address(case: Case, enterprise: Enterprise) -> bool:
    """Whether the case's sender has the address of the registered contact, proved or not."""
    return bool(case.sender) and case.sender.casefold() == enterprise.contact_email.casefold()


def is_contact(case: Case, enterprise: Enterprise, mails: CaseMails) -> bool:
    """Whether the registered contact asks: its address, and each mail of the request proved."""
    return has_contact_address(case, enterprise) and not mails.unproved


def requester_of(
    tx: Transaction, case: Case, enterprise: Enterprise, mails: CaseMails, now: datetime
) -> Requester:
    """Who asks for this case of the enterprise."""
    if is_contact(case, enterprise, mails):
        return Requester.CONTACT
    known = case.sender and not mails.unproved and _is_known(tx, case.sender, enterprise, now)
    return Requester.KNOWN if known else Requester.STRANGER


def _is_known(tx: Transaction, sender: str, enterprise: Enterprise, now: datetime) -> bool:
    """Whether an earlier, proved case of this sender for the enterprise was completed long enough
    ago, and the contact objected to none of them."""
    found = tx.cases.of_sender(enterprise.id, sender)
    mails = tx.mails.summaries([case.id for case in found])
    earlier = [case for case in found if not mails.get(case.id, CaseMails()).unproved]
    return not any(case.objected_at for case in earlier) and any(
        case.state is State.COMPLETED
        and case.completed_at is not None
        and case.completed_at <= now - KNOWN_AFTER
        for case in earlier
    )


def objected_lately(tx: Transaction, now: datetime) -> Collection[int]:
    """Ids of the enterprises whose contact objected to a case within AFTER_AN_OBJECTION."""
    entries = tx.audit.of_action("case.objected", now - AFTER_AN_OBJECTION)
    return {int(entry.detail["enterprise"]) for entry in entries if "enterprise" in entry.detail}
