"""The administrators' accounts: made, logged in, locked, given a new password, disabled.

Decides who is let in. Every refusal of a login has the same words and costs the same hash, whether the name is unknown, disabled, locked or
the password wrong. A try is counted before its password is verified, so that tries made at the same moment cannot exceed MAX_TRIES. Hashing
happens outside transactions: it is slow on purpose and would keep the database from others. One-time passwords must be changed at once.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.accounts.administrator import Administrator, AdministratorSession
from core.accounts.ports import AccountsStore, AccountsTransaction, Passwords
from core.errors import NotAllowed

MAX_TRIES: Final = 5
LOCK_TIME: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 128
LONGEST_NAME: Final = 40
REFUSED: Final = "账号或密码不正确，或账号已被暂时锁定。连续输错 5 次将锁定 15 分钟。"
RULES: Final = f"至少 {SHORTEST_PASSWORD} 个字符；不能只有数字；不能是同一字符的重复；不能包含账号名；不能与原密码相同。"

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"   # no 0/o, 1/l/i: it is read from a screen and typed


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What a person typed to change a password."""

    old: str
    new: str
    again: str


def digest(token: str) -> str:
    """What is stored of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def create(tx: AccountsTransaction, passwords: Passwords, name: str, now: datetime) -> str:
    """Make an administrator; gives the one-time password. Raises NotAllowed for a taken or unusable name."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NotAllowed(f"管理员名须为 1 至 {LONGEST_NAME} 个可见字符。")
    if tx.administrator_named(name) is not None:
        raise NotAllowed(f"管理员 {name} 已存在。")
    password = _one_time_password()
    tx.add_administrator(Administrator(0, name, passwords.hash(password), now))
    return password


def reset(tx: AccountsTransaction, passwords: Passwords, name: str) -> str:
    """A new one-time password; opens a lock, ends all sessions and enables a disabled account."""
    administrator = _named(tx, name)
    password = _one_time_password()
    tx.save_administrator(replace(
        administrator, password_hash=passwords.hash(password), must_change=True, failed_logins=0, locked_until=None, disabled=False,
    ))
    tx.end_sessions(administrator.id)
    return password


def disable(tx: AccountsTransaction, name: str) -> None:
    """Close an account and end its sessions. The record stays, because audit rows name it."""
    administrator = _named(tx, name)
    tx.save_administrator(replace(administrator, disabled=True))
    tx.end_sessions(administrator.id)


def log_in(
    store: AccountsStore, passwords: Passwords, name: str, password: str, now: datetime, *, session_hours: float = 12,
) -> tuple[Administrator, str]:
    """The administrator and the token of a new session's cookie. Raises NotAllowed with REFUSED, whatever the reason."""
    administrator = _verified(store, passwords, name.strip(), password, now)
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        administrator = _tries_cleared(tx, administrator)
        tx.add_session(_session(administrator, token, now, session_hours))
    return administrator, token


def change_password(
    store: AccountsStore, passwords: Passwords, name: str, typed: NewPassword, now: datetime, *, session_hours: float = 12,
) -> str:
    """Replace a password and end every session; gives the token of a fresh one.

    Raises NotAllowed for a broken rule or a wrong old password, which counts like a failed login.
    """
    check_new_password(name, typed)
    administrator = _verified(store, passwords, name, typed.old, now)
    new_hash = passwords.hash(typed.new)
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        administrator = _tries_cleared(tx, administrator)
        tx.save_administrator(replace(administrator, password_hash=new_hash, must_change=False))
        tx.end_sessions(administrator.id)
        tx.add_session(_session(administrator, token, now, session_hours))
    return token


def check_new_password(name: str, typed: NewPassword) -> None:
    """Raises NotAllowed with the rule that a new password breaks."""
    if typed.new != typed.again:
        raise NotAllowed("两次输入的新密码不一致。")
    if not SHORTEST_PASSWORD <= len(typed.new) <= LONGEST_PASSWORD:
        raise NotAllowed(f"新密码须为 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 个字符。")
    if typed.new.isdigit() or len(set(typed.new)) == 1:
        raise NotAllowed("新密码不能只有数字，也不能是同一字符的重复。")
    if name.casefold() in typed.new.casefold():
        raise NotAllowed("新密码不能包含账号名。")
    if typed.new == typed.old:
        raise NotAllowed("新密码不能与原密码相同。")


def session_of(tx: AccountsTransaction, token: str, now: datetime) -> tuple[Administrator, AdministratorSession] | None:
    """Whose session a cookie's token opens, or None when it opens none (unknown, expired, account disabled)."""
    session = tx.session(digest(token))
    if session is None or session.expires_at <= now:
        return None
    administrator = tx.administrator(session.administrator_id)
    return None if administrator.disabled else (administrator, session)


def _verified(store: AccountsStore, passwords: Passwords, name: str, password: str, now: datetime) -> Administrator:
    with store.transaction() as tx:
        administrator = _try_counted(tx, name, now)
    if len(password) > LONGEST_PASSWORD:
        password, administrator = password[:LONGEST_PASSWORD], None
    if not passwords.verify(administrator.password_hash if administrator else None, password) or administrator is None:
        raise NotAllowed(REFUSED)
    return administrator


def _try_counted(tx: AccountsTransaction, name: str, now: datetime) -> Administrator | None:
    """The account to try, its try already counted; None when no password may open it."""
    administrator = tx.administrator_named(name)
    if administrator is None or administrator.disabled or (administrator.locked_until and administrator.locked_until > now):
        return None
    before = 0 if administrator.locked_until else administrator.failed_logins   # a lock that has run out starts anew
    locked_until = now + LOCK_TIME if before + 1 >= MAX_TRIES else None
    administrator = replace(administrator, failed_logins=before + 1, locked_until=locked_until)
    tx.save_administrator(administrator)
    return administrator


def _tries_cleared(tx: AccountsTransaction, verified: Administrator) -> Administrator:
    """The account as it is now, its counter at zero; refused if it was disabled or given another password meanwhile."""
    current = tx.administrator(verified.id)
    if current.disabled or current.password_hash != verified.password_hash:
        raise NotAllowed(REFUSED)
    cleared = replace(current, failed_logins=0, locked_until=None)
    tx.save_administrator(cleared)
    return cleared


def _session(administrator: Administrator, token: str, now: datetime, hours: float) -> AdministratorSession:
    return AdministratorSession(digest(token), administrator.id, secrets.token_urlsafe(24), now, now + timedelta(hours=hours))


def _named(tx: AccountsTransaction, name: str) -> Administrator:
    administrator = tx.administrator_named(name.strip())
    if administrator is None:
        raise NotAllowed(f"没有名为 {name.strip()} 的管理员。")
    return administrator


def _one_time_password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
