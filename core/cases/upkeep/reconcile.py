"""Holding the records against each other, hourly and by hand: what should have followed from a
record, and did not.

Each discrepancy is reported, none is repaired here: a mail that waits too long; an open case nobody
was written to, an ended one without its letter; an approved case past its window; a case that was
carried out with its locks still bound or without its audit row, and locks ended by a case that was
not; a letter that does not leave; and the audit's chain, as far as it was not looked at before.
Mails hidden in the mailbox are the intake's (`Intake.recover`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.clock import local
from core.data.case import Case, State
from core.data.letter import LetterKind, LetterState
from core.store.store import Transaction

LATE_AFTER: Final = timedelta(hours=1)
LOOKED_BACK: Final = timedelta(days=7)
MOST_LISTED: Final = 10
ALERT: Final = "reconcile"
_ENDING_LETTERS: Final = {
    State.COMPLETED: LetterKind.COMPLETED,
    State.DECLINED: LetterKind.DECLINED,
    State.WITHDRAWN: LetterKind.WITHDRAWN,
    State.EXPIRED: LetterKind.EXPIRED,
}


def reconcile(desk: Desk) -> list[str]:
    """Every discrepancy in Chinese; together they are one alert,
    which goes when all is well again."""
    now = desk.clock.now()
    audit = desk.store.verify_audit()
    with desk.store.view() as tx:
        told, found = (
            tx.alerts.by_kind(ALERT) is not None,
            [
                *audit,
                *_discrepancies(
                    "邮件 {} 已到达超过一小时仍未处理",
                    [str(mail_id) for mail_id in tx.mails.waiting_since(now - LATE_AFTER)],
                ),
                *_discrepancies("工单 {} 没有任何回执", tx.cases.without_letter()),
                *_past_window(tx, desk, now),
                *_half_done(tx, now),
                *_stuck(tx, now),
            ],
        )
    if found or told:
        with desk.store.transaction() as tx:
            if found:
                tx.alerts.add(now, ALERT, "对账发现：" + "；".join(found))
            else:
                tx.alerts.clear(ALERT)
    return found


def _past_window(tx: Transaction, desk: Desk, now: datetime) -> list[str]:
    window = desk.workdays.window_for(now)
    behind = tx.cases.ids_in(State.APPROVED, window.date - timedelta(days=1))
    return [f"有 {len(behind)} 件已批准的工单停留在已关闭的窗口"] if behind else []


def _half_done(tx: Transaction, now: datetime) -> list[str]:
    """Cases that ended within the last days against what had to come of them.

    Letters and audit rows may be older than the last change of a case.
    """
    ended = tx.cases.ended_since(now - LOOKED_BACK)
    completed = [case for case in ended if case.state is State.COMPLETED]
    return [
        *_discrepancies("工单 {} 已结束，但没有告知结果的回执", _unreported(tx, ended, now)),
        *_discrepancies(
            "工单 {} 标为已办理，但其锁仍处于绑定状态", _still_bound(tx, completed, now)
        ),
        *_discrepancies("工单 {} 标为已办理，但没有办理记录", _unaudited(tx, completed, now)),
        *_discrepancies(
            "工单 {} 并未办理完毕，却已解除了锁的绑定，请立即核实",
            tx.cases.unfinished_that_ended_locks(),
        ),
    ]


def _unreported(tx: Transaction, ended: Iterable[Case], now: datetime) -> list[str]:
    written = tx.letters.kinds_by_case(now - 2 * LOOKED_BACK)
    return [
        case.number
        for case in ended
        if any((case.id, kind) not in written for kind in _letters_owed(tx, case))
    ]


def _letters_owed(tx: Transaction, case: Case) -> list[LetterKind]:
    owed = [_ENDING_LETTERS[case.state]] if case.may_be_answered else []
    reset = case.state is State.COMPLETED and case.reset_password and case.enterprise_id
    return (
        [*owed, LetterKind.RESET_LINK]
        if reset and tx.accounts.get(case.enterprise_id or 0).contact_email
        else owed
    )


def _still_bound(tx: Transaction, completed: Iterable[Case], now: datetime) -> list[str]:
    restored = {
        int(entry.detail.get("binding", 0))
        for entry in tx.audit.of_action("lock.restored", now - 2 * LOOKED_BACK)
    }
    unbound = [case for case in completed if case.unbind and case.enterprise_id]
    bound = tx.bindings.active_ids({case.enterprise_id for case in unbound if case.enterprise_id})
    return [
        case.number
        for case in unbound
        if set(case.binding_ids or ()) & set(bound.get(case.enterprise_id or 0, ())) - restored
    ]


def _unaudited(tx: Transaction, completed: Iterable[Case], now: datetime) -> list[str]:
    audited = {
        entry.case_id for entry in tx.audit.of_action("case.completed", now - 2 * LOOKED_BACK)
    }
    return [case.number for case in completed if case.id not in audited]


def _stuck(tx: Transaction, now: datetime) -> list[str]:
    pending = tx.letters.find(states=[LetterState.PENDING], limit=1000)
    ready = [letter.admitted_at or letter.created_at for letter in pending]
    late = [at for at in ready if now - at > LATE_AFTER]
    oldest = min(late, default=None)
    return (
        [f"有 {len(late)} 封回执超过一小时未发出，最早的自 {local(oldest):%m-%d %H:%M} 起待发"]
        if oldest
        else []
    )


def _discrepancies(words: str, which: list[str]) -> list[str]:
    """The words with what they are about, the first of many."""
    shown = "、".join(which[:MOST_LISTED]) + (
        f" 等 {len(which)} 件" if len(which) > MOST_LISTED else ""
    )
    return [words.format(shown)] if which else []
