"""Holding the records against each other, hourly and by hand: what should have followed from a
record, and did not.

Each discrepancy is reported, none is repaired here: a mail that waits too long; an open case nobody
was written to, an ended one without its letter; an approved case past its window; a case that was
carried out with its locks still bound or without its audit row, and locks ended by a case that was
not; a letter that does not leave; and the audit's chain, as far as it was not looked at before.
Mails hidden in the mailbox are the intake's (`Intake.recover`).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from core.cases.desk import Desk, DeskStep
from core.clock import local
from core.data.case import Case, State
from core.data.letter import LetterKind, LetterState
from core.store.audit_verifying import verify_audit
from core.store.store import Transaction

LATE_AFTER = timedelta(hours=1)
LOOKED_BACK = timedelta(days=7)
"""Cases that changed since are looked at,"""
ROWS_BACK = timedelta(days=14)
"""and their letters and audit rows, which may be older."""
MOST_LISTED = 10
ALERT = "reconcile"
_WITHOUT_LETTER = frozenset({State.DISMISSED, State.MERGED})
"""Any other end has the letter of its name."""


def reconcile(desk: Desk) -> list[str]:
    """Every discrepancy in Chinese; together they are one alert, which goes when all is well."""
    found = verify_audit(desk.store)
    with desk.view() as tx:
        alerted = tx.alerts.by(kind=ALERT) is not None
        for words, which in _looked_up(tx).items():
            listed = "、".join(map(str, which[:MOST_LISTED]))
            more = f" 等 {len(which)} 件" if len(which) > MOST_LISTED else ""
            if which:
                found.append(words.format(f"{listed}{more}", count=len(which)))
    if found or alerted:
        with desk.step() as tx:
            if found:
                tx.alerts.add(ALERT, "对账发现：" + "；".join(found))
            else:
                tx.alerts.clear(ALERT)
    return found


def _looked_up(tx: DeskStep) -> dict[str, Sequence[object]]:
    """The results of each check, by its words."""
    ended = tx.cases.ended_since(tx.now - LOOKED_BACK)
    unwritten = tx.cases.without_letter()
    by_hand = [case for case in unwritten if case.by_hand and tx.now - case.opened_at > LATE_AFTER]
    completed = [case for case in ended if case.state is State.COMPLETED]
    pending = tx.letters.newest(state=LetterState.PENDING, limit=1000)
    ready = sorted(letter.admitted_at or letter.created_at for letter in pending)
    late = [f"{local(at):%m-%d %H:%M}" for at in ready if tx.now - at > LATE_AFTER]
    oldest = late[0] if late else ""
    return {
        "邮件 {} 已到达超过一小时仍未处理": tx.mails.waiting_since(tx.now - LATE_AFTER),
        "工单 {} 没有任何回执": [case.number for case in unwritten if not case.by_hand],
        "工单 {} 因信头不能自动回信，一小时后仍无人答复（网页“需人工答复”）；来信若写给本邮箱的"
        "别名，请写入 mailbox.aliases": [case.number for case in by_hand],
        "有 {count} 件已批准的工单停留在已关闭的窗口": tx.cases.opening_before(
            State.APPROVED, min(tx.next_window.opens_at, tx.now)
        ),
        "工单 {} 已结束，但没有告知结果的回执": _unreported(tx, ended),
        "工单 {} 标为已办理，但其锁仍处于绑定状态": _still_bound(tx, completed),
        "工单 {} 标为已办理，但没有办理记录": _unaudited(tx, completed),
        "工单 {} 并未办理完毕，却已解除了锁的绑定，请立即核实": (
            tx.cases.unfinished_that_ended_locks()
        ),
        f"有 {{count}} 封回执超过一小时未发出，最早的自 {oldest} 起待发": late,
    }


def _unreported(tx: Transaction, ended: Iterable[Case]) -> list[str]:
    """Ended cases without the letter of their end, or without the link of a reset."""
    written, numbers = tx.letters.kinds_by_case(tx.now - ROWS_BACK), []
    for case in ended:
        is_owed = case.may_be_answered and case.state not in _WITHOUT_LETTER
        owed = [LetterKind(case.state)] if is_owed else []
        reset = case.state is State.COMPLETED and case.reset_password
        if reset and case.enterprise_id and tx.accounts.get(case.enterprise_id).contact_email:
            owed.append(LetterKind.RESET_LINK)
        if any((case.id, kind) not in written for kind in owed):
            numbers.append(case.number)
    return numbers


def _still_bound(tx: Transaction, completed: Iterable[Case]) -> list[str]:
    restored = {*tx.audit.numbers("lock.restored", "binding", tx.now - ROWS_BACK)}
    unbound = [case for case in completed if case.unbind]
    bound = tx.bindings.active_ids({case.enterprise_id for case in unbound})
    return [
        case.number
        for case in unbound
        if set(case.binding_ids or ()) & set(bound.get(case.enterprise_id, ())) - restored
    ]


def _unaudited(tx: Transaction, completed: Iterable[Case]) -> list[str]:
    entries = tx.audit.of_action("case.completed", tx.now - ROWS_BACK)
    audited = {entry.case_id for entry in entries}
    return [case.number for case in completed if case.id not in audited]
