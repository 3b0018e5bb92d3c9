"""A letter of ours that came back: found by its Message-ID, marked, shown at its case, with an alert. It is never answered (RFC 3834)."""

from dataclasses import replace

from core.cases.case import Case
from core.cases.desk import Desk
from core.cases.letter import Letter
from core.cases.ports import Transaction
from core.cases.submission import Bounce

BOUNCED = "letters.bounced"
_ACTIONS = {"failed": "退信", "delayed": "投递延迟", "delivered": "已送达通知"}


def take_bounce(tx: Transaction, desk: Desk, bounce: Bounce) -> tuple[Case | None, str]:
    """Mark the letter that the bounce is about. Returns its case and a note for the mail; (None, "") when it is none of ours."""
    letter = tx.letters.by_message_id(bounce.message_ids) if bounce.message_ids else None
    if letter is None:
        return None, ""
    case = tx.cases.get(letter.case_id) if letter.case_id else None
    note = f"{_ACTIONS.get(bounce.action, '投递通知')}：{bounce.reason}"
    if bounce.action == "failed":
        _mark(tx, desk, letter, case, bounce, note)
    return case, note


def _mark(tx: Transaction, desk: Desk, letter: Letter, case: Case | None, bounce: Bounce, note: str) -> None:
    now = desk.clock.now()
    lasting = bounce.permanent or letter.bounced == "permanent"
    tx.letters.save(replace(letter, error=note, bounced="permanent" if lasting else "temporary"))
    lastingly = "该地址已无法收信，请改用其他方式联系。" if lasting else "请稍后核实对方是否收到。"
    tx.alerts.add(now, BOUNCED, f"有回执被退回（{f'工单 {case.number}' if case else '无工单'}）：{bounce.reason}。{lastingly}")
    tx.audit.write(now, "desk", "letter.bounced", case, letter=str(letter.id), status=bounce.status)
