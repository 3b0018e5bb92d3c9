"""A person decides what a mail counts as whose sender nobody vouches for, or who is somebody else
than the case's: after a call to the enterprise, say.

Such a mail waits at the case that it names or answers and has done nothing
(core.cases.intake.receive). What it is taken for then follows as it would have for the proved
sender; its sender stays unproved, or joins the case, so that this is never approved unseen.
"""

from dataclasses import replace

from core.cases.decision.seen_case import on_seen_case, require_state
from core.cases.desk import DeskStep
from core.cases.intake.merge import merge
from core.cases.intake.request_case import hold_for_withdrawal, open_case, supplement
from core.cases.intake.unread import clear_alerts
from core.cases.letters.objection import object_to
from core.data.case import OPEN, Case
from core.data.mail_record import CountsAs, Disposition
from core.errors import NotAllowed

CHANGING = frozenset({CountsAs.SUPPLEMENT, CountsAs.WITHDRAWAL, CountsAs.OBJECTION})
"""What changes the case itself: for whoever may change it (answering.right_to_change)."""
_REQUESTS = frozenset({CountsAs.SUPPLEMENT, CountsAs.NEW_CASE})


@on_seen_case
def take_over(tx: DeskStep, case: Case, mail_id: int, actor: str, counts_as: CountsAs) -> Case:
    """Take a mail over for what a person found it to be; returns the case it then belongs to.

    Raises Conflict where the case changed since it was seen, NotAllowed for a mail that does not
    wait at it or cannot be taken so.
    """
    record = tx.mails.get(mail_id)
    if record.case_id != case.id or record.disposition is not Disposition.UNPROVED:
        raise NotAllowed(
            f"邮件 {mail_id} 不是工单 {case.number} 待核实的来信，可能已由同事处理，请刷新后查看。"
        )
    reading = tx.mails.reading(mail_id)
    if reading is None:
        raise NotAllowed(f"邮件 {mail_id} 没有可用的内容。")
    match counts_as:
        case CountsAs.SUPPLEMENT:
            require_state(case, OPEN, "再补件或撤回")
            moved = supplement(tx, case.joined_by(record.sender), record, reading)
        case CountsAs.WITHDRAWAL:
            require_state(case, OPEN, "再补件或撤回")
            moved = hold_for_withdrawal(tx, case)
        case CountsAs.OBJECTION:
            words = f"见来信（邮件 {record.id}）。"
            moved = object_to(tx, case, case.enterprise_id, words, actor)
        case CountsAs.NEW_CASE:
            moved = open_case(tx, record, merge([reading]))
        case CountsAs.TALK:
            moved = case
    disposition = Disposition.CASE if counts_as in _REQUESTS else Disposition.CONVERSATION
    tx.mails.save(replace(record, disposition=disposition, case_id=moved.id, unread=False))
    named = case if moved.id != case.id else moved
    tx.audit.write(actor, "mail.taken_over", named, mail=mail_id, taken_as=counts_as)
    clear_alerts(tx, case)
    return moved
