"""What is done to the accounts of administrators, by a colleague on the page or by whoever has the
command line; each act with its audit row.

Who manages accounts cannot take that right from himself, nor close his own account: nobody locks
the last one out by a slip. The command line can.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from core.accounts.administrators import administrator_login, second_factor_login
from core.accounts.administrators.administrator_login import named
from core.clock import Clock
from core.data.account_ports import AccountsStore, AccountsTransaction, Passwords
from core.data.administrator import Administrator
from core.data.roles import ALL_ROLES, Role
from core.data.tries import Account
from core.errors import NotAllowed


def create(
    store: AccountsStore,
    passwords: Passwords,
    clock: Clock,
    actor: str,
    name: str,
    roles: Collection[Role] = ALL_ROLES,
) -> str:
    """Make an administrator; gives the one-time password.

    Raises NotAllowed for a name that is taken or unusable, and without a role.
    """
    roles = _some(roles)
    with store.transaction() as tx:
        password = administrator_login.create(tx, passwords, name, clock.now(), roles)
        tx.audit.write(
            clock.now(), actor, "administrator.created", name=name.strip(), roles=_said(roles)
        )
        return password


def reset(store: AccountsStore, passwords: Passwords, clock: Clock, actor: str, name: str) -> str:
    """A new one-time password; see `administrators.reset`."""
    with store.transaction() as tx:
        password = administrator_login.reset(tx, passwords, name, clock.now())
        tx.audit.write(clock.now(), actor, "administrator.reset", name=name.strip())
        return password


def unlock(store: AccountsStore, clock: Clock, actor: str, name: str) -> None:
    """Let an administrator whom wrong tries locked out try again at once. The password stays."""
    with store.transaction() as tx:
        for account in _counted(named(tx, name)):
            tx.tries.clear(account)
        tx.audit.write(clock.now(), actor, "administrator.unlocked", name=name.strip())


def disable(store: AccountsStore, clock: Clock, actor: str, name: str) -> None:
    """Close an account and end its sessions. The record stays, because audit rows name it.

    Raises NotAllowed for one's own.
    """
    with store.transaction() as tx:
        administrator = named(tx, name)
        if administrator.name == actor:
            raise NotAllowed("不能停用自己的账号，请由另一名系统管理员停用。")
        tx.administrators.save(replace(administrator, disabled=True))
        administrator_login.forget_logins(tx, administrator)
        tx.audit.write(clock.now(), actor, "administrator.disabled", name=administrator.name)


def set_roles(
    store: AccountsStore, clock: Clock, actor: str, name: str, roles: Collection[Role]
) -> None:
    """Give an administrator these roles, and no others; they count from the next request on.

    Raises NotAllowed for none, and for one's own loss.
    """
    roles = _some(roles)
    with store.transaction() as tx:
        administrator = named(tx, name)
        if administrator.name == actor and Role.SYSTEM not in roles:
            raise NotAllowed("不能取消自己的系统管理员角色，请由另一名系统管理员修改。")
        tx.administrators.save(replace(administrator, roles=roles))
        tx.audit.write(
            clock.now(),
            actor,
            "administrator.roles",
            name=administrator.name,
            roles=_said(roles),
            before=_said(administrator.roles),
        )


def end_sessions(store: AccountsStore, clock: Clock, actor: str, name: str) -> None:
    """End what an administrator is logged in with."""
    with store.transaction() as tx:
        administrator = named(tx, name)
        tx.administrators.end_sessions(administrator.id)
        tx.audit.write(clock.now(), actor, "administrator.sessions_ended", name=administrator.name)


def clear_second_factor(store: AccountsStore, clock: Clock, actor: str, name: str) -> None:
    """Take away the second factor of an administrator who lost it.

    Raises NotAllowed for one's own: that is removed with the password.
    """
    with store.transaction() as tx:
        administrator = named(tx, name)
        if administrator.name == actor:
            raise NotAllowed("自己的第二因素请在“双因素登录”页凭密码移除。")
        second_factor_login.clear(tx, administrator)
        tx.audit.write(clock.now(), actor, "factor.cleared", name=administrator.name)


def with_right_to_approve(tx: AccountsTransaction) -> list[Administrator]:
    """Who may approve, as things are."""
    return [
        one for one in tx.administrators.all() if not one.disabled and Role.APPROVER in one.roles
    ]


def locked_until(
    tx: AccountsTransaction, administrator: Administrator, now: datetime
) -> datetime | None:
    """Until when wrong tries shut the login for at least one source; None where it is open."""
    return max(
        (
            until
            for account in _counted(administrator)
            if (until := tx.tries.closed_until(account, now))
        ),
        default=None,
    )


def _counted(administrator: Administrator) -> tuple[Account, Account]:
    """Under what wrong tries of passwords and of second factors are counted."""
    return administrator_login.account_of(administrator), second_factor_login.account_of(
        administrator
    )


def _some(roles: Iterable[Role]) -> frozenset[Role]:
    chosen = frozenset(roles)
    if not chosen:
        raise NotAllowed("请至少选择一个角色。")
    return chosen


def _said(roles: Collection[Role]) -> str:
    return " ".join(role for role in Role if role in roles)
