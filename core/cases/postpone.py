"""Moving a case whose window closed without it to another window; the enterprise is notified once (RULES.md section 2)."""

from datetime import datetime

from core.cases.case import Case, Step, advance
from core.cases.desk import Desk
from core.cases.letter import LetterFacts, LetterKind
from core.cases.outbox import last_mail_of_sender, sender_proved, write_letter
from core.cases.ports import Transaction
from core.cases.workday import Window


def postpone(tx: Transaction, desk: Desk, case: Case, window: Window, now: datetime) -> Case:
    """The case, moved to `window` and kept, with the letter the first time."""
    first_time = case.postponed == 0
    case = advance(
        case, Step.POSTPONE, now, window_date=window.date, provisional_window=window.provisional, postponed=case.postponed + 1,
        first_approved_by=case.first_approved_by,
    )
    tx.cases.save(case)
    tx.audit.write(now, "desk", "case.postponed", case, window=window.date.isoformat())
    if first_time and case.sender and not case.by_hand:
        facts = LetterFacts(
            case_number=case.number, enterprise_name=case.enterprise_name or "", window=str(window), provisional=window.provisional
        )
        mail = last_mail_of_sender(tx, case)
        write_letter(tx, desk, LetterKind.POSTPONED, facts, case.sender, now, case=case, reply_to=mail, proved=sender_proved(tx, mail))
    return case
