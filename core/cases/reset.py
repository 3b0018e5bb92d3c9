"""Setting a new password by the link of the reset letter: twice the same, by the rules, once (RULES.md section 6)."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

from core.accounts.names import fold_name
from core.accounts.ports import LinkPurpose
from core.cases.desk import Desk
from core.cases.objection import UNUSABLE, usable_link
from core.errors import NotAllowed

SHORTEST: Final = 10
LONGEST: Final = 128
RULES_TEXT: Final = f"至少 {SHORTEST} 位，须同时含有字母和数字，不得包含企业名称，且不得为简单重复或连续字符。"


def set_password_by_link(desk: Desk, token: str, password: str, again: str) -> None:
    """Set the password of the link's enterprise and use up the link. Raises NotAllowed with the rule that is broken."""
    now = desk.clock.now()
    with desk.store.transaction() as tx:
        link = usable_link(tx, token, now)
        enterprise = tx.enterprise(link.enterprise_id)
    if link.purpose is not LinkPurpose.RESET or enterprise.frozen_at:
        raise NotAllowed(UNUSABLE)
    require_rules(password, again, enterprise.name)
    password_hash = desk.passwords.hash(password)  # slow on purpose, so outside the transaction
    with desk.store.transaction() as tx:
        if not tx.use_link(link.id, now):
            raise NotAllowed(UNUSABLE)
        enterprise = tx.enterprise(link.enterprise_id)
        tx.set_password_hash(enterprise.id, password_hash)
        tx.save_enterprise(replace(enterprise, password_set=True, failed_logins=0, locked_at=None, changed_at=now))
        case = tx.case(link.case_id) if link.case_id else None
        tx.audit(now, "registered contact", "password.set", case, enterprise=str(enterprise.id))


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


def _too_plain(password: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return len(set(password)) < 4 or steps <= {-1, 0, 1}
