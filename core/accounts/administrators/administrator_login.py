"""The login of administrators, and their passwords.

Decides who may log in. A refusal has the same words and costs the same hash, whether the name is
unknown, disabled or the password wrong; tries are counted by core.accounts.tries. Hashing happens
outside transactions: it is slow on purpose and would keep the database from others. One-time
passwords are good for a day and must be changed at once. An administrator has one session: a login
ends the former one, so that a person who is logged out learns that somebody else logged in. Where a
second factor is set up, a right password opens a session that waits for it and ends nothing yet.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.accounts.administrators.second_factor_login import How, has_factor
from core.accounts.console_desk import ConsoleDesk
from core.accounts.password_rules import hashed, is_right
from core.accounts.tries import WRONG, count_try, refused, remember_browser, take_back
from core.data.administrator import Administrator, AdministratorSession
from core.data.tries import Account, LoginSource, administrator_account
from core.errors import EntryRefused, NotAllowed
from core.store.store import Transaction
from core.tokens import digest

FACTOR_WITHIN = timedelta(minutes=5)
"""So long a login waits for the second factor."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is kept: a page costs no write for it."""
LOGIN = "administrator.login"
ONCE_OVER = "一次性密码已超过 24 小时，不能再使用，请由系统管理员重新签发。"


class Entry(NamedTuple):
    """An administrator who logged in: the token of the session, and what the browser's cookie holds
    for the next time. `pending`: the second factor is yet to come."""

    administrator: Administrator
    token: str
    browser: str
    pending: bool = False


def account_of(administrator: Administrator) -> Account:
    """Under which wrong passwords are counted."""
    return administrator_account(administrator.name, administrator.id, administrator.password_hash)


def log_in(console: ConsoleDesk, name: str, password: str, login_source: LoginSource) -> Entry:
    """Let an administrator in; the former session ends. A second factor that is set up has to
    follow (`complete`). Raises EntryRefused in the same words whether or not there is such an
    account."""
    administrator = verified(console, name, password, login_source)
    with console.step() as tx:
        administrator = _unchanged(tx, administrator)
        if console.factors is None or not has_factor(tx, administrator.id):
            return _new_session(tx, console, administrator, login_source, LOGIN, by=How.PASSWORD)
        token = _open_session(tx, administrator, tx.now + FACTOR_WITHIN, pending=True)
        return Entry(administrator, token, "", pending=True)


def complete(
    console: ConsoleDesk,
    administrator: Administrator,
    how: How,
    login_source: LoginSource,
) -> Entry:
    """Let in whose second factor was right: a session under another token
    than that which waited."""
    with console.step() as tx:
        administrator = _unchanged(tx, administrator)
        return _new_session(tx, console, administrator, login_source, LOGIN, by=how)


def change_password(
    console: ConsoleDesk,
    name: str,
    old: str,
    new: str,
    again: str,
    login_source: LoginSource,
) -> Entry:
    """Replace a password and end every session; gives a fresh one. Raises NotAllowed for a broken
    rule or a wrong old password, which counts like a failed login."""
    if new == old:
        raise NotAllowed("新密码不能与原密码相同。")
    new_hash = hashed(console.passwords, new, again, name)
    administrator = verified(console, name, old, login_source)
    with console.step() as tx:
        administrator = _unchanged(tx, administrator)
        administrator = replace(administrator, password_hash=new_hash, once_until=None)
        tx.administrators.save(administrator)
        tx.tries.clear(account_of(administrator))
        action = "administrator.password_changed"
        return _new_session(tx, console, administrator, login_source, action)


def session_of(
    tx: Transaction,
    token: str,
    idle_minutes: float,
) -> tuple[Administrator, AdministratorSession] | None:
    """Whose session a cookie's token opens (`note_use` is to follow); None when it opens none
    (unknown, expired, too long unused, account disabled)."""
    found = unexpired_session(tx, token, pending=False)
    if found is None or tx.now - found[1].seen_at >= timedelta(minutes=idle_minutes):
        return None
    return found


def note_use(console: ConsoleDesk, session: AdministratorSession, now: datetime) -> None:
    """Write down that a session is used now, where its last use is long ago."""
    if now - session.seen_at >= SEEN_EVERY:
        with console.step() as tx:
            tx.sessions.set_columns(session.token_sha256, seen_at=tx.now)


def unexpired_session(
    tx: Transaction,
    token: str,
    *,
    pending: bool,
) -> tuple[Administrator, AdministratorSession] | None:
    """Whose session it is, or whose login waits for the second factor; None where nobody's."""
    session = tx.sessions.by_id(digest(token))
    if session is None or session.pending is not pending or session.expires_at <= tx.now:
        return None
    administrator = tx.administrators.get(session.administrator_id)
    return None if administrator.disabled else (administrator, session)


def _new_session(
    tx: Transaction,
    console: ConsoleDesk,
    administrator: Administrator,
    login_source: LoginSource,
    action: str,
    **detail: str,
) -> Entry:
    """One session in the place of all former ones, with its audit row."""
    tx.sessions.remove(administrator_id=administrator.id)
    expires_at = tx.now + timedelta(hours=console.rules.session_hours)
    token = _open_session(tx, administrator, expires_at)
    tx.audit.write(administrator.name, action, **detail)
    browser = remember_browser(tx, account_of(administrator), login_source)
    return Entry(administrator, token, browser)


def _open_session(
    tx: Transaction, administrator: Administrator, expires_at: datetime, *, pending: bool = False
) -> str:
    """Store a session; its token."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    tx.sessions.insert(
        AdministratorSession(
            digest(token), administrator.id, csrf, tx.now, tx.now, expires_at, pending
        )
    )
    return token


def verified(
    console: ConsoleDesk,
    name: str,
    password: str,
    login_source: LoginSource,
) -> Administrator:
    """The administrator of that name and password, whose try does not count; required once more
    before an act that a thief at an open session must not do. Raises EntryRefused; a wrong one
    counts."""
    with console.step() as tx:
        known = tx.administrators.by(name=name.strip())
        account = account_of(known) if known else administrator_account(name)
        counted_try = count_try(tx, console.rules.tries, account, login_source)
    candidate = known if known and not known.disabled else None
    password_hash = candidate.password_hash if candidate else None
    right = is_right(console.store, console.passwords, counted_try, password_hash, password)
    if not right or candidate is None:
        raise refused(counted_try, account.audience)
    with console.step() as tx:
        take_back(tx, counted_try, opened=True)
    if candidate.once_until and candidate.once_until <= tx.now:
        raise EntryRefused("password.over", ONCE_OVER)
    return candidate


def _unchanged(tx: Transaction, earlier: Administrator) -> Administrator:
    """The account as it is now; refused if it was disabled or given another password meanwhile."""
    current = tx.administrators.get(earlier.id)
    if current.disabled or current.password_hash != earlier.password_hash:
        raise EntryRefused("password.wrong", WRONG)
    return current


def forget_logins(tx: Transaction, administrator: Administrator) -> None:
    """End every session, and open a lock."""
    tx.sessions.remove(administrator_id=administrator.id)
    tx.tries.clear(account_of(administrator))
