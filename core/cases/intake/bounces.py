"""Bounces: reports of mail servers on the delivery of our letters."""

from dataclasses import replace

from core.cases.desk import DeskStep
from core.cases.letters.letter_content import notice_of
from core.data.audit_entry import DESK
from core.data.case import Case, State, Step
from core.data.submission import Bounce

BOUNCED = "letters.bounced"
_NOTES = {"failed": "退信", "delayed": "投递延迟", "delivered": "已送达通知"}
"""By the action of the report (RFC 3464)."""


def mark_bounced(tx: DeskStep, bounce: Bounce) -> tuple[Case | None, str]:
    """Mark the letter that a bounce reports, by its Message-ID, with an alert for a failed one.

    Returns the letter's case and a note for the mail; (None, "") if the letter is none of ours. A
    bounce is never answered (RFC 3834).
    """
    letter = tx.letters.by_message_id(bounce.message_ids) if bounce.message_ids else None
    if letter is None:
        return None, ""
    case = tx.cases.optional(letter.case_id)
    note = f"{_NOTES.get(bounce.action, '投递通知')}：{bounce.reason}"
    if bounce.action == "failed":
        bounced, advice = "temporary", "请稍后核实对方是否收到。"
        if bounce.permanent or letter.bounced == "permanent":
            bounced, advice = "permanent", "该地址已无法收信，请改用其他方式联系。"
        tx.letters.save(replace(letter, error=note, bounced=bounced))
        if case and _take_back(tx, case):
            advice = "登记联系人没有收到核对通知，批准已收回，请另行核实。"
        whose = f"工单 {case.number}" if case else "无工单"
        tx.alerts.add(BOUNCED, f"有回执被退回（{whose}）：{bounce.reason}。{advice}")
        tx.audit.write(DESK, "letter.bounced", case, letter=letter.id, status=bounce.status)
    return case, note


def _take_back(tx: DeskStep, case: Case) -> bool:
    """Take back an approval that gave the registered contact time to object, where the notice has
    come back meanwhile. Whether there was one."""
    account = tx.accounts.optional(case.enterprise_id)
    if account is None or case.state is not State.APPROVED or not case.not_before:
        return False
    notice = notice_of(tx, case, recipient=account.contact_email)
    if notice is None or not notice.is_refused:
        return False
    case = tx.queued(case, Step.REVOKE)
    tx.write_case(DESK, "case.approval_revoked", case)
    return True
