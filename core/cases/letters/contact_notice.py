"""The notice to the registered contact (RULES.md section 6): of every case that its own address did
not send, with a link to object.

From proves nothing, so the contact's own address counts as the sender only where it is proved and
is answered by a letter; else a stranger could keep the contact from being notified of a case. A
contact is notified again when its link ran out before the case went on. Nothing is approved before
the notice left: an objection must have had its chance.
"""

from datetime import datetime, timedelta

from core.cases.desk import Desk
from core.cases.letters.letter_content import announced_window, mask_address, mask_name, understood
from core.cases.letters.outbox import write_letter
from core.cases.letters.words import ANSWERS, QUESTIONS
from core.data.account_ports import LinkPurpose
from core.data.case import Case
from core.data.enterprise import Enterprise
from core.data.letter import LINK_PLACE, Letter, LetterFacts, LetterKind, LetterState
from core.data.submission import Submission
from core.errors import NotAllowed
from core.store.store import Transaction


def notify_contact(
    tx: Transaction,
    desk: Desk,
    case: Case,
    enterprise: Enterprise,
    submission: Submission | None,
    now: datetime,
    *,
    anew: bool = False,
) -> None:
    """Notify the contact of that enterprise, once in the life of a link. `submission`: the case's
    mails, merged; None where none could be read. `anew`: what is asked has changed since.
    """
    contact, days = enterprise.contact_email, desk.settings.objection_days
    if not contact or _is_answered_itself(case, contact, submission):
        return
    since = now - timedelta(days=days)
    kind = LetterKind.CONTACT_NOTICE
    if not anew and tx.letters.was_written(case.id, kind, contact, since):
        return
    link = tx.links.add(
        LinkPurpose.OBJECTION, enterprise.id, case.id, now, now + timedelta(days=days)
    )
    facts = LetterFacts(
        case_number=case.number,
        enterprise_name=enterprise.name,
        understood=understood(case, enterprise.name),
        link=LINK_PLACE,
        link_hours=days * 24,
        window=announced_window(desk, case),
        provisional=case.provisional_window,
        sender_masked=mask_address(case.sender) if case.sender else "（无发件人）",
        handler_masked=mask_name(case.handler),
    )
    proved = submission is not None and submission.message.proved
    write_letter(
        tx,
        desk,
        LetterKind.CONTACT_NOTICE,
        facts,
        contact,
        now,
        case=case,
        link=link,
        proved=proved,
    )


def request_pairs(case: Case) -> tuple[tuple[str, str], ...]:
    """What the page of the link shows of a case, as pairs of label and value:
    as much as the notice."""
    sender = mask_address(case.sender) if case.sender else "（无发件人）"
    answers = tuple((QUESTIONS[question], ANSWERS[said]) for question, said in case.answers.items())
    return (
        ("工单号", case.number),
        ("发件邮箱", sender),
        ("经办人", mask_name(case.handler)),
        *answers,
    )


def notice_refused(tx: Transaction, case: Case, contact: str) -> bool:
    """Whether the contact was to be notified of the case and could not be: the letter was refused,
    came back for good, or a person gave it up."""
    notice = _notice(tx, case, contact)
    return notice is not None and (
        notice.state in {LetterState.PARKED, LetterState.CANCELLED} or notice.bounced == "permanent"
    )


def require_notice_left(tx: Transaction, case: Case, contact: str) -> None:
    """Refuse to go on while the notice to the contact still waits to leave. Raises NotAllowed."""
    notice = _notice(tx, case, contact)
    if notice and notice.state in {LetterState.WAITING, LetterState.PENDING}:
        raise NotAllowed(
            f"工单 {case.number} 给登记联系人的核对通知还在等待发出，发出后才能批准。"
            "请稍后再试，或到“回执”页查看（排队中的可立即发送）。"
        )


def told_at(tx: Transaction, case: Case, contact: str) -> datetime | None:
    """When a server accepted the newest notice of the case for that address; None where none did,
    or where it came back for good.
    """
    notice = _notice(tx, case, contact)
    accepted = notice and notice.state is LetterState.SENT and notice.bounced != "permanent"
    return notice.sent_at if notice and accepted else None


def _notice(tx: Transaction, case: Case, contact: str) -> Letter | None:
    """The newest one of the case to that address: papers of another
    enterprise notify its contact."""
    letters = tx.letters.find(case_id=case.id)
    to_contact = (letter for letter in letters if letter.recipient == contact)
    return next((one for one in to_contact if one.kind is LetterKind.CONTACT_NOTICE), None)


def _is_answered_itself(case: Case, contact: str, submission: Submission | None) -> bool:
    own = contact.casefold() == case.sender and submission is not None and submission.message.proved
    return own and not case.by_hand
