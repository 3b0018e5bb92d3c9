"""Notifies the owner of an account that wrong passwords locked it: the registered contact by
letter, administrators by an alert.

A login only marks the counter (core.data.tries); the letter is written here, later, so that no
login takes longer because the account exists. A stranger brings these letters about, so they are
bounded: one a day to an address, LETTERS_AN_HOUR in all, and beyond that an alert in place of
letters.
"""

from datetime import datetime, timedelta
from typing import Final

from core.cases.desk import Desk
from core.cases.letters.outbox import write_letter
from core.data.letter import LetterFacts, LetterKind
from core.data.system_event import EventKind
from core.data.tries import Account, Audience
from core.store.store import Transaction

KINDS: Final = frozenset({LetterKind.LOGIN_LOCKED})
LETTERS_AN_HOUR: Final = 50
AT_ONCE: Final = 50
SPRAYED: Final = "login.sprayed"


def notify_locked_accounts(desk: Desk) -> int:
    """Notify the owners of accounts that were locked and not notified yet.

    Returns how many letters were written.
    """
    with desk.store.view() as tx:
        if not tx.tries.any_to_notify():
            return 0
    with desk.store.transaction() as tx:
        now = desk.clock.now()
        return sum(
            _notified(tx, desk, account, now) for account in tx.tries.accounts_to_notify(AT_ONCE)
        )


def _notified(tx: Transaction, desk: Desk, account: Account, now: datetime) -> bool:
    assert account.id is not None
    if account.audience is Audience.ADMINISTRATOR:
        name = tx.administrators.get(account.id).name
        tx.audit.write(now, "desk", "login.locked", administrator=str(account.id))
        text = (
            f"管理员 {name} 的密码被连续输错，有关来源已暂停登录。"
            "不是本人的，请核查，并考虑用 web.administrators_from 限定网段。"
        )
        tx.alerts.add(now, f"login.administrator.{account.id}", text)
        return False
    enterprise = tx.accounts.get(account.id)
    tx.audit.write(now, "desk", "login.locked", enterprise=str(enterprise.id))
    tx.events.add(EventKind.LOCKED, enterprise.id, now)
    contact = enterprise.contact_email
    if not contact or tx.letters.count_since(now - timedelta(days=1), KINDS, 1, contact):
        return False
    if tx.letters.count_since(now - timedelta(hours=1), KINDS, LETTERS_AN_HOUR) >= LETTERS_AN_HOUR:
        tx.alerts.add(
            now,
            SPRAYED,
            f"一小时内已有 {LETTERS_AN_HOUR} 个企业账号的密码被连续输错，可能有人在猜密码；"
            "其余企业不再逐一发信告知。",
        )
        return False
    write_letter(
        tx,
        desk,
        LetterKind.LOGIN_LOCKED,
        LetterFacts(enterprise_name=enterprise.name),
        contact,
        now,
    )
    return True
