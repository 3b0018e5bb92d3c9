"""Holding the records against each other, hourly and by hand: what should have followed from a record, and did not.

Each discrepancy is told, none is mended here: a mail that waits too long, an open case nobody was written to, an approved case
behind its window, a letter that does not leave. Mails hidden in the mailbox are the intake's (`Intake.recover`).
"""

from datetime import datetime, timedelta
from typing import Final

from core.cases.case import State
from core.cases.desk import Desk
from core.cases.letter import LetterState
from core.cases.ports import Transaction
from core.cases.transport_port import SentFolder
from core.clock import local

PATIENCE: Final = timedelta(hours=1)
ALERT: Final = "reconcile"


def reconcile(desk: Desk, sent_folder: SentFolder | None = None) -> list[str]:
    """Every discrepancy in Chinese; together they are one alert, which goes when all is well again."""
    now = desk.clock.now()
    with desk.store.transaction() as tx:
        found = [*_waiting(tx, now), *_unanswered(tx), *_behind(tx, desk, now), *_stuck(tx, now)]
        if found:
            tx.raise_alert(now, ALERT, "对账发现：" + "；".join(found))
        else:
            tx.clear_alert(ALERT)
    return found


def _waiting(tx: Transaction, now: datetime) -> list[str]:
    late = [record.id for record in tx.waiting_mails(100) if now - record.arrived > PATIENCE]
    return [f"邮件 {'、'.join(map(str, late))} 已到达超过一小时仍未处理"] if late else []


def _unanswered(tx: Transaction) -> list[str]:
    numbers = tx.cases_without_letter()
    return [f"工单 {'、'.join(numbers)} 没有任何回执"] if numbers else []


def _behind(tx: Transaction, desk: Desk, now: datetime) -> list[str]:
    window = desk.workdays.window_for(now)
    behind = tx.case_ids(State.APPROVED, window.date - timedelta(days=1))
    return [f"有 {len(behind)} 件已批准的工单停留在已关闭的窗口"] if behind else []


def _stuck(tx: Transaction, now: datetime) -> list[str]:
    late = [letter for letter in tx.letters(states=[LetterState.PENDING], limit=1000) if now - letter.created_at > PATIENCE]
    oldest = min((letter.created_at for letter in late), default=None)
    return [f"有 {len(late)} 封回执超过一小时未发出，最早的写于 {local(oldest):%m-%d %H:%M}"] if oldest else []
