"""The notice to the registered contact (RULES.md section 6): of every case that its own address did not send, with a link to object.

From proves nothing, so the contact's own address counts as the sender only where it is proved and is answered by a letter; else a
stranger could keep the contact from hearing of a case. A contact is told again when its link ran out before the case went on.
"""

from datetime import datetime, timedelta

from core.accounts.enterprise import Enterprise
from core.accounts.ports import LinkPurpose
from core.cases.case import Case
from core.cases.desk import Desk
from core.cases.joining import is_proved
from core.cases.letter import LINK_PLACE, LetterFacts, LetterKind
from core.cases.outbox import write_letter
from core.cases.ports import Transaction
from core.cases.submission import PartKind, Submission
from core.cases.understood import mask_address, mask_name, told_window, understood


def tell_contact(tx: Transaction, desk: Desk, case: Case, enterprise: Enterprise, submission: Submission | None, now: datetime) -> None:
    """Tell the contact of that enterprise, once in the life of a link. `submission`: the case's mails, merged; None where none could be read."""
    contact, days = enterprise.contact_email, desk.settings.objection_days
    if not contact or _is_answered_itself(case, contact, submission):
        return
    if tx.told_since(case.id, LetterKind.CONTACT_NOTICE, contact, now - timedelta(days=days)):
        return
    link = tx.add_link(LinkPurpose.OBJECTION, enterprise.id, case.id, now, now + timedelta(days=days))
    facts = LetterFacts(
        case_number=case.number, enterprise_name=enterprise.name, understood=understood(case), link=LINK_PLACE,
        link_hours=days * 24, window=told_window(desk, case), provisional=case.provisional_window,
        sender_masked=mask_address(case.sender) if case.sender else "（无发件人）", handler_masked=mask_name(_handler(submission)),
    )  # fmt: skip
    proved = submission is not None and is_proved(submission.message)
    write_letter(tx, desk, LetterKind.CONTACT_NOTICE, facts, contact, now, case=case, link=link, proved=proved)


def _is_answered_itself(case: Case, contact: str, submission: Submission | None) -> bool:
    own = contact.casefold() == case.sender and submission is not None and is_proved(submission.message)
    return own and not case.by_hand


def _handler(submission: Submission | None) -> str:
    fronts = submission.documents.of(PartKind.ID_FRONT) if submission else ()
    return next((part.fields["name"] for part in fronts if "name" in part.fields), "")
