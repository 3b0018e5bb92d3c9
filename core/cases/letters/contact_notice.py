"""The notice to the registered contact (RULES.md section 6) of each case that it did not send, with
a link to object.

From proves nothing. So a case counts as sent by the contact only if that is proved, the contact
gets letters about it, and no case of another sender was merged into it; else a stranger could
prevent the notice. The contact is notified again if the link expires before the case proceeds.
Nothing is approved before the notice was sent, so that the contact can object.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cases.desk import DeskStep
from core.cases.letters.letter_content import announced_window, mask_address, mask_name, understood
from core.cases.letters.outbox import write_to_contact
from core.cases.letters.words import ANSWERS, QUESTIONS
from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.letter import LetterFacts, LetterKind, LetterState
from core.data.submission import Submission
from core.store.store import Transaction


def notify_contact(
    tx: DeskStep,
    case: Case,
    enterprise: Enterprise,
    submission: Submission | None,
    *,
    anew: bool = False,
) -> None:
    """Notify the contact of the enterprise, at most once while a link is valid. `submission`: the
    merged mails of the case, None if none could be read. `anew`: the request has changed, so notify
    again.
    """
    contact, kind = enterprise.contact_email, LetterKind.CONTACT_NOTICE
    proved = submission is not None and submission.message.proved
    is_alone = not (case.by_hand or case.joined)
    is_answered_itself = enterprise.is_contact_address(case.sender) and proved and is_alone
    since = tx.now - timedelta(days=tx.desk.settings.objection_days)
    if not contact or is_answered_itself:
        return
    if not anew and tx.letters.was_written(case.id, kind, contact, since):
        return
    facts = LetterFacts(
        case_number=case.number,
        understood=understood(case, enterprise.name),
        window=announced_window(tx.desk, case),
        provisional=case.provisional_window,
        sender_masked=_masked_sender(case),
        handler_masked=mask_name(case.handler),
    )
    write_to_contact(tx, kind, facts, enterprise, case=case, proved=proved)


def request_pairs(case: Case) -> tuple[tuple[str, str], ...]:
    """The facts of the notice as pairs of label and value, for the page of its link."""
    answers = tuple(
        (QUESTIONS[question], ANSWERS[answer]) for question, answer in case.answers.items()
    )
    who = (("发件邮箱", _masked_sender(case)), ("经办人", mask_name(case.handler)))
    return (("工单号", case.number), *who, *answers)


@dataclass(frozen=True)
class NoticeState:
    """The state of the newest notice of a case to a contact.

    - `waits_until`: when the next attempt to send it begins, None if it does not wait.
    - `refused`: it could not be delivered, or sending was given up.
    - `accepted_at`: when a mail server accepted it, None if it bounced permanently.
    """

    waits_until: datetime | None = None
    refused: bool = False
    accepted_at: datetime | None = None


def notice_state(tx: Transaction, case: Case, contact: str) -> NoticeState:
    """The state of the newest notice to this contact. The case may have notified others: papers of
    another enterprise notify its contact."""
    kind = LetterKind.CONTACT_NOTICE
    letters = tx.letters.find(case_id=case.id)
    notice = next((one for one in letters if (one.kind, one.recipient) == (kind, contact)), None)
    if notice is None:
        return NoticeState()
    returned = notice.bounced == "permanent"
    given_up = notice.state in {LetterState.PARKED, LetterState.CANCELLED}
    waits = notice.state in {LetterState.WAITING, LetterState.PENDING}
    accepted = notice.state is LetterState.SENT and not returned
    return NoticeState(
        waits_until=(notice.next_try_at or notice.created_at) if waits else None,
        refused=given_up or returned,
        accepted_at=notice.sent_at if accepted else None,
    )


def _masked_sender(case: Case) -> str:
    return mask_address(case.sender) if case.sender else "（无发件人）"
