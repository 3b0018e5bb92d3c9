"""Acts on the accounts of administrators, by a colleague on the page or on the command line. Each
writes an audit row.

On the page, administrators who manage accounts cannot give up that right or disable themselves, so
that no mistake locks the last one out. The command line can do both.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from core.accounts.administrators import second_factor_login
from core.accounts.administrators.administrator_login import account_of, forget_logins
from core.accounts.console_desk import ConsoleDesk
from core.data.administrator import Administrator
from core.data.audit_entry import CONTACT, DESK, ENTERPRISE
from core.data.case_ports import PEOPLE, Alert
from core.data.roles import ALL_ROLES, Right, Role
from core.data.tries import Account
from core.enterprise_names import fold_name
from core.errors import NotAllowed
from core.store.store import Transaction
from core.tokens import typed_secret

LONGEST_NAME = 40
NAME_MARKS = frozenset(" .-_·@")
NOBODYS_NAMES = frozenset(map(fold_name, (DESK, ENTERPRISE, CONTACT, "系统", "企业", "登记联系人")))
"""Folded: what the audit calls those who are no administrators (templates/words.toml, actors)."""
ONCE_GOOD_FOR = timedelta(hours=24)
_FOR = " 为"
_CHECK = "不是商定的，请立即核查。"


def create(
    console: ConsoleDesk,
    actor: str,
    name: str,
    roles: Collection[Role] = ALL_ROLES,
) -> str:
    """Create an administrator. Returns the one-time password. Raises NotAllowed for an invalid name
    or one in use, and without a role. Records name people by it: it is neither two names nor one
    that reads like another's."""
    name, roles = name.strip(), _at_least_one(roles)
    if not 0 < len(name) <= LONGEST_NAME or not all(c.isalnum() or c in NAME_MARKS for c in name):
        raise NotAllowed(f"管理员名须为 1 至 {LONGEST_NAME} 个汉字、字母、数字、空格或 . - _ · @。")
    with console.step() as tx:
        in_use = {fold_name(one.name) for one in tx.administrators.oldest()}
        if fold_name(name) in in_use | NOBODYS_NAMES:
            raise NotAllowed(f"管理员 {name} 已存在，或审计以此称呼他人。")
        password = typed_secret()
        password_hash = console.passwords.hash(password)
        once_until = tx.now + ONCE_GOOD_FOR
        fresh = Administrator(0, name, password_hash, tx.now, once_until=once_until, roles=roles)
        fresh = replace(fresh, id=tx.administrators.insert_new(fresh))
        tx.audit.write(actor, "administrator.created", name=name, roles=_text(roles))
        _tell_colleagues(tx, actor, fresh, "新建了账号")
        return password


def reset(console: ConsoleDesk, actor: str, name: str) -> str:
    """Set a new one-time password and return it. Unlocks and enables the account and ends all its
    sessions. Raises NotAllowed for one's own, which is changed by the one of before."""
    with _audited(console, actor, name, "administrator.reset") as (tx, administrator):
        if administrator.name == actor:
            raise NotAllowed("自己的密码请在“更改密码”页凭当前密码更改。")
        password = typed_secret()
        password_hash = console.passwords.hash(password)
        tx.administrators.save(
            replace(
                administrator,
                password_hash=password_hash,
                once_until=tx.now + ONCE_GOOD_FOR,
                disabled=False,
            )
        )
        forget_logins(tx, administrator)
        _tell_colleagues(tx, actor, administrator, "重新签发了密码")
        return password


def unlock(console: ConsoleDesk, actor: str, name: str) -> None:
    """Unlock a login after wrong tries. The password stays."""
    with _audited(console, actor, name, "administrator.unlocked") as (tx, administrator):
        for account in _tried_accounts(administrator):
            tx.tries.clear(account)


def disable(console: ConsoleDesk, actor: str, name: str) -> None:
    """Disable an account and end its sessions. The record stays, because audit rows name it. Raises
    NotAllowed for one's own."""
    with _audited(console, actor, name, "administrator.disabled") as (tx, administrator):
        if administrator.name == actor:
            raise NotAllowed("不能停用自己的账号，请由另一名系统管理员停用。")
        tx.administrators.save(replace(administrator, disabled=True))
        forget_logins(tx, administrator)


def set_roles(console: ConsoleDesk, actor: str, name: str, roles: Collection[Role]) -> None:
    """Replace an administrator's roles, from the next request on. Raises NotAllowed for no role,
    and for the loss of one's own role SYSTEM."""
    roles = _at_least_one(roles)
    with console.step() as tx:
        administrator = named(tx, name)
        if administrator.name == actor and Role.SYSTEM not in roles:
            raise NotAllowed("不能取消自己的系统管理员角色，请由另一名系统管理员修改。")
        tx.administrators.save(replace(administrator, roles=roles))
        tx.audit.write(
            actor,
            "administrator.roles",
            name=administrator.name,
            roles=_text(roles),
            before=_text(administrator.roles),
        )
        _tell_colleagues(tx, actor, replace(administrator, roles=roles), "修改了角色")


def end_sessions(console: ConsoleDesk, actor: str, name: str) -> None:
    """End an administrator's sessions."""
    with _audited(console, actor, name, "administrator.sessions_ended") as (tx, administrator):
        tx.sessions.remove(administrator_id=administrator.id)


def clear_second_factor(console: ConsoleDesk, actor: str, name: str) -> None:
    """Remove the second factor of an administrator who lost it. Raises NotAllowed for one's own,
    which needs the password."""
    with _audited(console, actor, name, "factor.cleared") as (tx, administrator):
        if administrator.name == actor:
            raise NotAllowed("自己的第二因素请在“双因素登录”页凭密码移除。")
        second_factor_login.clear(tx, administrator)
        _tell_colleagues(tx, actor, administrator, "移除了双因素登录")


@contextmanager
def _audited(
    console: ConsoleDesk, actor: str, name: str, action: str
) -> Iterator[tuple[Transaction, Administrator]]:
    """A step for an act on an account. Writes the audit row at its end."""
    with console.step() as tx:
        administrator = named(tx, name)
        yield tx, administrator
        tx.audit.write(actor, action, name=administrator.name)


def _tell_colleagues(tx: Transaction, actor: str, one: Administrator, act: str) -> None:
    """An alert for all: who hands out accounts that approve could be both of two approvers, and by
    one that clears alerts keep it from the others. What was done before stays in it, and it is
    announced anew. The command line is for whoever may use the machine."""
    if tx.administrators.by(name=actor) is None or not one.may(Right.ALERTS):
        return
    may = "批准工单" if one.may(Right.APPROVE) else "消除提醒"
    kind, text = f"{PEOPLE}.{one.id}", f"{actor}{_FOR}可以{may}的管理员 {one.name} {act}。"
    if before := tx.alerts.by(kind=kind):
        tx.alerts.clear(kind)
        done = before.text.removesuffix(_CHECK)
        is_in_it = f"。{text}" in f"。{done}"  # as a whole sentence: a name may end with another
        text = done if is_in_it else done + text
    tx.alerts.add(kind, text + _CHECK)


def require_uninvolved(tx: Transaction, name: str, alert: Alert) -> None:
    """Raise NotAllowed where that alert is cleared by who changed the account or by who has such an
    account, as long as there is somebody else."""

    def is_involved(one: Administrator) -> bool:
        changed = tx.alerts.by(kind=f"{PEOPLE}.{one.id}") is not None
        return changed or f"。{one.name}{_FOR}" in f"。{alert.text}"

    others = [one.name for one in with_right(tx, Right.ALERTS) if not is_involved(one)]
    if alert.kind.startswith(f"{PEOPLE}.") and others and name not in others:
        raise NotAllowed(f"此提醒须由未参与的管理员核查后消除：{'、'.join(others)}。")


def named(tx: Transaction, name: str) -> Administrator:
    """The administrator of that name. Raises NotAllowed."""
    administrator = tx.administrators.by(name=name.strip())
    if administrator is None:
        raise NotAllowed(f"没有名为 {name.strip()} 的管理员。")
    return administrator


def with_right(tx: Transaction, right: Right) -> list[Administrator]:
    """The enabled administrators who have the right."""
    return [one for one in tx.administrators.oldest() if not one.disabled and one.may(right)]


def has_lost(tx: Transaction, name: str, right: Right) -> bool:
    """Whether the administrator of that name lost the right, or the account, so that what was half
    done with it by the first of two counts no more."""
    one = tx.administrators.by(name=name)
    return one is not None and one not in with_right(tx, right)


def locked_until(tx: Transaction, administrator: Administrator) -> datetime | None:
    """Until when wrong tries lock the login for any source, None if it is open."""
    until = [tx.tries.closed_until(account) for account in _tried_accounts(administrator)]
    return max((instant for instant in until if instant), default=None)


def _tried_accounts(administrator: Administrator) -> tuple[Account, Account]:
    """The accounts that count wrong passwords and wrong second factors."""
    return account_of(administrator), second_factor_login.account_of(administrator)


def _at_least_one(roles: Collection[Role]) -> frozenset[Role]:
    """The roles. Raises NotAllowed for none."""
    if not roles:
        raise NotAllowed("请至少选择一个角色。")
    return frozenset(roles)


def _text(roles: Collection[Role]) -> str:
    return " ".join(role for role in Role if role in roles)
