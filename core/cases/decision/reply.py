"""A person answers a mail from the desk: in its thread, through the outbox,
in words of the person's own.

The letter is shown before it is sent and waits `undo_s` seconds, in which it can be taken back; it
is the answer of a person, so that it goes where no automatic letter may (RULES.md section 3). It
goes to the mail's own sender alone, and holds the link of the case only where that is the case's
sender. One form is one letter, however often it is sent.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.accounts.enterprises.administration import require_reason
from core.cases.desk import Desk
from core.cases.intake.unread import clear_alerts
from core.cases.letters.outbox import rendered, write_letter
from core.data.case import Case
from core.data.letter import LetterFacts, LetterKind, LetterState, Rendered
from core.data.mail_record import Disposition, MailRecord
from core.errors import NotAllowed
from core.store.store import Transaction

MOST_LINES: Final = 20
LONGEST_LINE: Final = 400
_DAY: Final = timedelta(days=1)
_UNANSWERED: Final = frozenset({Disposition.IGNORED, Disposition.RECEIVED, Disposition.QUARANTINED})
MOST_A_DAY: Final = 10
"""Answers to one address in a day, whoever writes them:
more are a slip, or somebody who is better called."""


def draft(desk: Desk, mail_id: int, words: str) -> Rendered:
    """The letter as it would go, which nothing is changed by. Raises as `send`, LookupError."""
    with desk.store.view() as tx:
        _, case, linked = _answered(tx, mail_id)
        return rendered(desk, LetterKind.ANSWER, _facts(case, words), linked)


def send(desk: Desk, mail_id: int, actor: str, words: str, once: str) -> int:
    """Write the answer into the outbox, and mark the mail as read. `once`: the form's own token.

    Raises NotAllowed, LookupError.
    """
    kind, most = LetterKind.ANSWER, MOST_A_DAY
    own_id = hashlib.sha256(f"{mail_id} {once}".encode()).hexdigest()[:32]
    with desk.step() as (tx, now):
        record, case, linked = _answered(tx, mail_id)
        facts = _facts(case, words)
        if known := tx.letters.by_message_id([f"<{own_id}@{desk.settings.own_domain}>"]):
            return known.id
        if tx.letters.count_since(now - _DAY, [kind], most, record.sender) >= most:
            raise NotAllowed(f"一天内已向此地址发出 {most} 封答复，未再发送。请改用电话联系。")
        letter_id = write_letter(
            tx,
            desk,
            kind,
            facts,
            record.sender,
            now,
            case=case,
            reply_to=record,
            not_before=now + timedelta(seconds=desk.settings.undo_s),
            with_status=linked is not None,
            message_id=own_id,
        )
        if record.unread and record.disposition is not Disposition.UNPROVED:
            tx.mails.save(replace(record, unread=False))
        tx.audit.write(now, actor, "mail.answered", case, mail=str(mail_id), letter=str(letter_id))
        if case:
            clear_alerts(tx, case)
        return letter_id


def take_back(desk: Desk, letter_id: int, actor: str) -> None:
    """Take an answer back while it waits. Raises NotAllowed afterwards, LookupError."""
    with desk.step() as (tx, now):
        letter = tx.letters.by_id(letter_id)
        if letter is None or letter.kind is not LetterKind.ANSWER:
            raise LookupError(f"答复 {letter_id} 不存在。")
        waits = letter.state is LetterState.PENDING and not letter.attempts
        if not waits or letter.next_try_at is None or now >= letter.next_try_at:
            raise NotAllowed("已过可撤销的时间，答复已经或即将发出。")
        tx.letters.save(replace(letter, state=LetterState.CANCELLED, error="已由办理人撤销"))
        case = tx.cases.get(letter.case_id) if letter.case_id else None
        tx.audit.write(now, actor, "mail.answer_undone", case, letter=str(letter_id))


def _answered(tx: Transaction, mail_id: int) -> tuple[MailRecord, Case | None, Case | None]:
    """The mail, its case, and the case again where its link is the recipient's to have."""
    record = tx.mails.get(mail_id)
    if not record.sender or record.disposition in _UNANSWERED or record.purged_at:
        raise NotAllowed("这封邮件没有可以答复的发件人，或不能答复。")
    case = tx.cases.get(record.case_id) if record.case_id else None
    return record, case, case if case and case.sender == record.sender else None


def _facts(case: Case | None, words: str) -> LetterFacts:
    """The content of the letter. Raises NotAllowed for no words, or too many."""
    require_reason(words)
    lines = [line.strip() for line in words.strip().splitlines() if line.strip()]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise NotAllowed(f"答复最多 {MOST_LINES} 行、每行 {LONGEST_LINE} 字，请缩短。")
    return LetterFacts(case_number=case.number if case else "", reason="\n".join(lines))
