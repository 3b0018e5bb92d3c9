"""The administrators' accounts: made, logged in, given a new password.

Decides who is let in. A refusal has the same words and costs the same hash, whether the name is
unknown, disabled or the password wrong; tries are counted by core.data.tries. Hashing happens
outside transactions: it is slow on purpose and would keep the database from others. One-time
passwords are good for a day and must be changed at once. An administrator has one session: a login
ends the former one, so that who finds himself logged out knows that somebody else came in. Where a
second factor is set up, a right password opens a session that waits for it and ends nothing yet.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.accounts.administrators.second_factor_login import How, has_one
from core.accounts.password_rules import is_right
from core.data.account_ports import AccountsStore, AccountsTransaction, Passwords
from core.data.administrator import Administrator, AdministratorSession
from core.data.roles import ALL_ROLES, Role
from core.data.tries import (
    WRONG,
    Account,
    LoginSource,
    TryLimits,
    administrator_account,
    count_try,
    refused,
    remember_device,
    take_back,
)
from core.errors import EntryRefused, NotAllowed
from core.tokens import digest, typed_secret

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 128
LONGEST_NAME: Final = 40
ONCE_GOOD_FOR: Final = timedelta(hours=24)
FACTOR_WITHIN: Final = timedelta(minutes=5)
"""So long a login waits for the second factor."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a session is kept: a page costs no write for it."""
ONCE_OVER: Final = "一次性密码已超过 24 小时，不能再使用，请由系统管理员重新签发。"
RULES: Final = (
    f"至少 {SHORTEST_PASSWORD} 个字符；不能只有数字；不能是同一字符的重复；不能包含账号名；"
    "不能是常见的、容易猜到的密码；不能与原密码相同。"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a login of an administrator lasts, at most and without a use, and how often a
    password may be tried (config.yaml, `web`)."""

    session_hours: float = 10
    idle_minutes: float = 30
    limits: TryLimits = TryLimits()  # noqa: RUF009  a frozen value


class Entry(NamedTuple):
    """An administrator who came in: the token of the session, and that of the browser for the next
    time. `pending`: the second factor is yet to come."""

    administrator: Administrator
    token: str
    device: str
    pending: bool = False


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What a person typed to change a password."""

    old: str
    new: str
    again: str


def create(
    tx: AccountsTransaction,
    passwords: Passwords,
    name: str,
    now: datetime,
    roles: Collection[Role] = ALL_ROLES,
) -> str:
    """Make an administrator; gives the one-time password.

    Raises NotAllowed for a taken or unusable name.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NotAllowed(f"管理员名须为 1 至 {LONGEST_NAME} 个可见字符。")
    if tx.administrators.by_name(name) is not None:
        raise NotAllowed(f"管理员 {name} 已存在。")
    password = typed_secret()
    tx.administrators.add(
        Administrator(
            0,
            name,
            passwords.hash(password),
            now,
            once_until=now + ONCE_GOOD_FOR,
            roles=frozenset(roles),
        )
    )
    return password


def reset(tx: AccountsTransaction, passwords: Passwords, name: str, now: datetime) -> str:
    """A new one-time password; opens a lock, ends all sessions and enables a disabled account."""
    administrator = named(tx, name)
    password = typed_secret()
    tx.administrators.save(
        replace(
            administrator,
            password_hash=passwords.hash(password),
            once_until=now + ONCE_GOOD_FOR,
            disabled=False,
        )
    )
    forget_logins(tx, administrator)
    return password


def account_of(administrator: Administrator) -> Account:
    """Under which wrong passwords are counted."""
    return administrator_account(administrator.name, administrator.id)


def log_in(
    store: AccountsStore,
    passwords: Passwords,
    name: str,
    password: str,
    login_source: LoginSource,
    now: datetime,
    rules: Rules = Rules(),
    *,
    asks_factor: bool = False,
) -> Entry:
    """Let an administrator in; the former session ends.

    Raises EntryRefused in the same words whether or not there is such an account.

    `asks_factor`: a second factor that is set up has to follow (`complete`).
    """
    administrator = _verified(store, passwords, name, password, login_source, now, rules)
    with store.transaction() as tx:
        administrator = _unchanged(tx, administrator)
        if not (asks_factor and has_one(tx, administrator.id)):
            return _entered(tx, administrator, login_source, now, rules, How.PASSWORD)
        token = secrets.token_urlsafe(32)
        tx.administrators.add_session(
            replace(
                _session(administrator, token, now, rules),
                expires_at=now + FACTOR_WITHIN,
                pending=True,
            )
        )
        return Entry(administrator, token, "", pending=True)


def complete(
    store: AccountsStore,
    administrator: Administrator,
    how: How,
    login_source: LoginSource,
    now: datetime,
    rules: Rules = Rules(),
) -> Entry:
    """Let in whose second factor was right: a session under another token
    than that which waited."""
    with store.transaction() as tx:
        return _entered(tx, _unchanged(tx, administrator), login_source, now, rules, how)


def require_password(
    store: AccountsStore,
    passwords: Passwords,
    administrator: Administrator,
    password: str,
    login_source: LoginSource,
    now: datetime,
    rules: Rules = Rules(),
) -> None:
    """Ask for the password once more, before what a thief at an open session must not do.

    Raises EntryRefused; a wrong one counts.
    """
    _verified(store, passwords, administrator.name, password, login_source, now, rules)


def change_password(
    store: AccountsStore,
    passwords: Passwords,
    name: str,
    typed: NewPassword,
    login_source: LoginSource,
    now: datetime,
    rules: Rules = Rules(),
) -> Entry:
    """Replace a password, end every session and forget every known browser but this one;
    gives a fresh session.

    Raises NotAllowed for a broken rule or a wrong old password, which counts like a failed login.
    """
    check_new_password(name, typed, passwords)
    administrator = _verified(store, passwords, name, typed.old, login_source, now, rules)
    new_hash = passwords.hash(typed.new)
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        administrator = replace(
            _unchanged(tx, administrator), password_hash=new_hash, once_until=None
        )
        tx.administrators.save(administrator)
        forget_logins(tx, administrator)
        tx.administrators.add_session(_session(administrator, token, now, rules))
        tx.audit.write(now, administrator.name, "administrator.password_changed")
        return Entry(
            administrator, token, remember_device(tx, account_of(administrator), login_source, now)
        )


def check_new_password(name: str, typed: NewPassword, passwords: Passwords) -> None:
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
    if passwords.guessable(typed.new, (name,)):
        raise NotAllowed("新密码过于常见，容易被猜到，请换一个。")


def session_of(
    tx: AccountsTransaction, token: str, now: datetime, idle_minutes: float
) -> tuple[Administrator, AdministratorSession] | None:
    """Whose session a cookie's token opens (`note_use` is to follow); None when it opens none
    (unknown, expired, too long unused, account disabled)."""
    found = _session_in(tx, token, now, pending=False)
    return found if found and now - found[1].seen_at < timedelta(minutes=idle_minutes) else None


def note_use(store: AccountsStore, session: AdministratorSession, now: datetime) -> None:
    """Write down that a session is used now, where its last use is long ago."""
    if now - session.seen_at >= SEEN_EVERY:
        with store.transaction() as tx:
            tx.administrators.see_session(session.token_sha256, now)


def pending_session_of(
    tx: AccountsTransaction, token: str, now: datetime
) -> tuple[Administrator, AdministratorSession] | None:
    """Whose login waits for the second factor; None where none does."""
    return _session_in(tx, token, now, pending=True)


def _session_in(
    tx: AccountsTransaction, token: str, now: datetime, *, pending: bool
) -> tuple[Administrator, AdministratorSession] | None:
    session = tx.administrators.session(digest(token))
    if session is None or session.pending is not pending or session.expires_at <= now:
        return None
    administrator = tx.administrators.get(session.administrator_id)
    return None if administrator.disabled else (administrator, session)


def _entered(
    tx: AccountsTransaction,
    administrator: Administrator,
    login_source: LoginSource,
    now: datetime,
    rules: Rules,
    how: How,
) -> Entry:
    token = secrets.token_urlsafe(32)
    tx.administrators.end_sessions(administrator.id)
    tx.administrators.add_session(_session(administrator, token, now, rules))
    tx.audit.write(now, administrator.name, "administrator.login", by=how.value)
    return Entry(
        administrator, token, remember_device(tx, account_of(administrator), login_source, now)
    )


def _verified(
    store: AccountsStore,
    passwords: Passwords,
    name: str,
    password: str,
    login_source: LoginSource,
    now: datetime,
    rules: Rules,
) -> Administrator:
    """The administrator of that name and password, its try taken back."""
    with store.transaction() as tx:
        known = tx.administrators.by_name(name.strip())
        account = administrator_account(name, known.id if known else None)
        standing = count_try(tx, rules.limits, account, login_source, now)
    candidate = known if known and not known.disabled else None
    if (
        not is_right(
            store, passwords, standing, candidate.password_hash if candidate else None, password
        )
        or candidate is None
    ):
        raise refused(standing, account.audience, now)
    with store.transaction() as tx:
        take_back(tx, standing, opened=True)
    if candidate.once_until and candidate.once_until <= now:
        raise EntryRefused("password.over", ONCE_OVER)
    return candidate


def _unchanged(tx: AccountsTransaction, verified: Administrator) -> Administrator:
    """The account as it is now; refused if it was disabled or given another password meanwhile."""
    current = tx.administrators.get(verified.id)
    if current.disabled or current.password_hash != verified.password_hash:
        raise EntryRefused("password.wrong", WRONG)
    return current


def forget_logins(tx: AccountsTransaction, administrator: Administrator) -> None:
    """Who was logged in is out, whose browser was known is not any more, and a lock is open."""
    account = account_of(administrator)
    tx.administrators.end_sessions(administrator.id)
    tx.tries.drop_devices(account)
    tx.tries.clear(account)


def _session(
    administrator: Administrator, token: str, now: datetime, rules: Rules
) -> AdministratorSession:
    return AdministratorSession(
        digest(token),
        administrator.id,
        secrets.token_urlsafe(24),
        now,
        now,
        now + timedelta(hours=rules.session_hours),
    )


def named(tx: AccountsTransaction, name: str) -> Administrator:
    """The administrator of that name. Raises NotAllowed."""
    administrator = tx.administrators.by_name(name.strip())
    if administrator is None:
        raise NotAllowed(f"没有名为 {name.strip()} 的管理员。")
    return administrator
