"""The notice to the registered contact (RULES.md section 6): of every case that its own address did
not send, with a link to object.

From proves nothing, so the contact's own address counts as the sender only where it is proved and
is answered by a letter, and where no other sender's case was merged into its own; else a stranger
could keep the contact from being notified of a case. A contact is notified again when its link ran
out before the case went on. Nothing is approved before the notice left: an objection must have had
its chance.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cases.desk import Desk
from core.cases.letters.letter_content import announced_window, mask_address, mask_name, understood
from core.cases.letters.outbox import write_to_contact
from core.cases.letters.words import ANSWERS, QUESTIONS
from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.letter import LetterFacts, LetterKind, LetterState
from core.data.submission import Submission
from core.store.store import Transaction


def notify_contact(
    tx: Transaction,
    desk: Desk,
    case: Case,
    enterprise: Enterprise,
    submission: Submission | None,
    *,
    anew: bool = False,
) -> None:
    """Notify the contact of that enterprise, once in the life of a link. `submission`: the case's
    mails, merged; None where none could be read. `anew`: the request has changed since.
    """
    contact, kind = enterprise.contact_email, LetterKind.CONTACT_NOTICE
    proved = submission is not None and submission.message.proved
    is_alone = not (case.by_hand or case.joined)
    is_answered_itself = contact.casefold() == case.sender and proved and is_alone
    since = tx.now - timedelta(days=desk.settings.objection_days)
    if not contact or is_answered_itself:
        return
    if not anew and tx.letters.was_written(case.id, kind, contact, since):
        return
    facts = LetterFacts(
        case_number=case.number,
        enterprise_name=enterprise.name,
        understood=understood(case, enterprise.name),
        window=announced_window(desk, case),
        provisional=case.provisional_window,
        sender_masked=_masked_sender(case),
        handler_masked=mask_name(case.handler),
    )
    write_to_contact(tx, desk, kind, facts, enterprise, case=case, proved=proved)


def request_pairs(case: Case) -> tuple[tuple[str, str], ...]:
    """The facts of a case on the page of the link, as pairs of label and value: the same as in the
    notice."""
    answers = tuple(
        (QUESTIONS[question], ANSWERS[answer]) for question, answer in case.answers.items()
    )
    who = (("发件邮箱", _masked_sender(case)), ("经办人", mask_name(case.handler)))
    return (("工单号", case.number), *who, *answers)


@dataclass(frozen=True, slots=True)
class NoticeState:
    """Where the newest notice of a case to a contact is.

    `waits_until`: it has not left, and is tried from then on. `refused`: it could not be delivered
    or was given up. `accepted_at`: a server accepted it, and it did not come back for good.
    """

    waits_until: datetime | None = None
    refused: bool = False
    accepted_at: datetime | None = None


def notice_state(tx: Transaction, case: Case, contact: str) -> NoticeState:
    """Papers of another enterprise notify its contact, so only letters to this one count."""
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
