"""The rules of a password: long enough, letters and digits, without the account's name, not a plain
row of characters, and none that is guessed first; how one is set, and how it is verified."""

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from core.accounts.tries import CountedTry, take_back
from core.data.enterprise import Enterprise
from core.data.tries import Account, enterprise_account
from core.enterprise_names import fold_name
from core.errors import DeskError, NotAllowed
from core.store.store import Store, Transaction

SHORTEST = 10
LONGEST = 128
RULES_TEXT = (
    f"至少 {SHORTEST} 位，须同时含有字母和数字，不得包含企业名称或账号名，"
    "且不得为简单重复、连续字符或常见密码。"
)


class Passwords(Protocol):
    """Hashes passwords (argon2id), and knows those that are guessed first."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash; None is nobody's.

        Exactly one hash is computed in either case.
        """

    def guessable(self, password: str, known: Collection[str] = ()) -> bool:
        """Whether guessers come to the password early: common ones, rows of keys, dates, and what
        is made of the `known` words."""


def hashed(passwords: Passwords, password: str, again: str, account_name: str) -> str:
    """The hash of a new password: slow on purpose, so outside a transaction.

    Raises NotAllowed unless it is given twice and keeps the rules.
    """
    if password != again:
        raise NotAllowed("两次输入的密码不一致，请重新输入。")
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAllowed(f"密码长度须为 {SHORTEST} 至 {LONGEST} 位。")
    if not (any(c.isalpha() for c in password) and any(c.isdigit() for c in password)):
        raise NotAllowed("密码须同时含有字母和数字。")
    if fold_name(account_name) in fold_name(password):
        raise NotAllowed("密码不得包含企业名称或账号名。")
    if len(set(password)) < 4:
        raise NotAllowed("密码过于简单，请不要使用重复的字符。")
    if passwords.guessable(password, (account_name,)):
        raise NotAllowed("密码过于常见，容易被猜到，请换一个。")
    return passwords.hash(password)


def set_password(tx: Transaction, enterprise: Enterprise, password_hash: str) -> Account:
    """Give an account a new password: its sessions end, known browsers are
    forgotten, and a lock opens."""
    account = enterprise_account(enterprise.name, enterprise.id, password_hash)
    tx.accounts.set_columns(enterprise.id, password_hash=password_hash)
    tx.accounts.save(replace(enterprise, password_set=True))
    tx.tries.clear(account)
    tx.logins.end_sessions(enterprise.id)
    return account


def drop_password(tx: Transaction, enterprise: Enterprise) -> None:
    """Take the password of an account away: nobody logs in by one until another is set."""
    tx.accounts.set_columns(enterprise.id, password_hash=None)
    tx.accounts.save(replace(enterprise, password_set=False))


def is_right(
    store: Store,
    passwords: Passwords,
    counted_try: CountedTry,
    password_hash: str | None,
    password: str,
) -> bool:
    """Whether a password that was counted as a try opens. One hash is computed, whatever the case.

    A try for which the hasher was full is not counted: it disclosed nothing.
    """
    try:
        may_open = counted_try.verify and len(password) <= LONGEST
        return passwords.verify(password_hash if may_open else None, password[:LONGEST])
    except DeskError:
        with store.transaction() as tx:
            take_back(tx, counted_try, opened=False)
        raise
