"""The rules of an enterprise's password: long enough, letters and digits, not the enterprise's name, not a plain row of characters, and none that is
guessed first; and how any password is verified."""

from itertools import pairwise
from typing import Final

from core.accounts.names import fold_name
from core.accounts.ports import AccountsStore, Passwords
from core.accounts.tries import Standing, take_back
from core.errors import DeskError, NotAllowed

SHORTEST: Final = 10
LONGEST: Final = 128
RULES_TEXT: Final = f"至少 {SHORTEST} 位，须同时含有字母和数字，不得包含企业名称，且不得为简单重复、连续字符或常见密码。"


def require_rules(password: str, again: str, enterprise_name: str) -> None:
    """Raise NotAllowed unless the password is given twice and keeps the rules."""
    if password != again:
        raise NotAllowed("两次输入的密码不一致，请重新输入。")
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAllowed(f"密码长度须为 {SHORTEST} 至 {LONGEST} 位。")
    if not (any(c.isalpha() for c in password) and any(c.isdigit() for c in password)):
        raise NotAllowed("密码须同时含有字母和数字。")
    if fold_name(enterprise_name) in fold_name(password):
        raise NotAllowed("密码不得包含企业名称。")
    if _too_plain(password):
        raise NotAllowed("密码过于简单，请不要使用重复或连续的字符。")


def require_uncommon(password: str, enterprise_name: str, passwords: Passwords) -> None:
    """Raise NotAllowed for a password that guessers come to early."""
    if passwords.guessable(password, (enterprise_name,)):
        raise NotAllowed("密码过于常见，容易被猜到，请换一个。")


def is_right(store: AccountsStore, passwords: Passwords, standing: Standing, password_hash: str | None, password: str) -> bool:
    """Whether a password that was counted as a try opens. One hash is computed, whatever the case. A try for which the hasher was full is not counted:
    it disclosed nothing.
    """
    try:
        may_open = standing.verify and len(password) <= LONGEST
        return passwords.verify(password_hash if may_open else None, password[:LONGEST])
    except DeskError:
        with store.transaction() as tx:
            take_back(tx, standing, opened=False)
        raise


def _too_plain(password: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(set(password)) < 4 or steps <= {-1, 0, 1}
