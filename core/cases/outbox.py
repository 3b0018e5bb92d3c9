"""Writing a letter into the outbox, in the transaction of the step it tells of, under the caps of RULES.md section 3.

The caps bound what mail from outside can make the desk send; letters that follow from an administrator's act or from a window are one each and are
never held back. A letter over a cap is kept as PARKED with an alert, so that a person can send it; nothing is dropped in silence.
"""

import secrets
from datetime import datetime, timedelta

from core.accounts.ports import Link
from core.cases.case import Case
from core.cases.desk import Desk
from core.cases.letter import Letter, LetterFacts, LetterKind, LetterState
from core.cases.mail_record import MailRecord
from core.cases.ports import Transaction

OVER_CAP = "letters.cap"
ANSWERS = frozenset(
    {LetterKind.RECEIVED, LetterKind.RETURNED, LetterKind.SUPPLEMENT_RECEIVED, LetterKind.PROGRESS, LetterKind.CONTACT_NOTICE}
)
"""Letters that a mail brings about by itself: the capped ones."""
NOTICES = frozenset({LetterKind.CONTACT_NOTICE})
"""Counted for themselves: strangers who name an enterprise may not use up the answers to its contact's own mails, nor these the notices."""


def write_letter(
    tx: Transaction,
    desk: Desk,
    kind: LetterKind,
    facts: LetterFacts,
    recipient: str,
    at: datetime,
    *,
    case: Case | None = None,
    reply_to: MailRecord | None = None,
    link: Link | None = None,
) -> int:
    """Add one letter to the outbox and return its id. It is parked when a cap is reached."""
    over = _cap_reached(tx, desk, kind, recipient, at)
    letter = Letter(
        id=0,
        kind=kind,
        recipient=recipient,
        rendered=desk.letters.render(kind, facts),
        message_id=f"<{secrets.token_hex(16)}@{desk.settings.own_domain}>",
        created_at=at,
        case_id=case.id if case else None,
        mail_id=reply_to.id if reply_to else None,
        in_reply_to=reply_to.message_id if reply_to else "",
        references=(reply_to.message_id,) if reply_to and reply_to.message_id else (),
        link_id=link.id if link else None,
        state=LetterState.PARKED if over else LetterState.PENDING,
        next_try_at=at,
        error=over,
    )
    letter_id = tx.add_letter(letter)
    if over:
        tx.raise_alert(at, OVER_CAP, f"有回执超过发信上限，已搁置待人工处理：{over}")
    tx.audit(at, "desk", "letter.parked" if over else "letter.queued", case, kind=kind.value, letter=str(letter_id))
    return letter_id


def last_mail_of_sender(tx: Transaction, case: Case) -> MailRecord | None:
    """The mail that a letter to the case's sender answers: never one of the registered contact, whose Message-ID would tell of the account."""
    return next((mail for mail in reversed(tx.mails(case_id=case.id)) if mail.sender == case.sender), None)


def _cap_reached(tx: Transaction, desk: Desk, kind: LetterKind, recipient: str, at: datetime) -> str:
    if kind not in ANSWERS:
        return ""
    a_day, an_hour = desk.settings.letters_per_sender_day, desk.settings.letters_per_hour
    alike = NOTICES if kind in NOTICES else ANSWERS - NOTICES
    if tx.letters_since(at - timedelta(days=1), alike, a_day, recipient) >= a_day:
        return f"同一收件人 24 小时内已有 {a_day} 封"
    if tx.letters_since(at - timedelta(hours=1), ANSWERS, an_hour) >= an_hour:
        return f"一小时内已有 {an_hour} 封"
    return ""
