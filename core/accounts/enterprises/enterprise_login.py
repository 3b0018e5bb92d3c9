"""Who may log in, and how: the table of RULES.md section 7 (information submitted × lock
bound × way of login).

| information | lock bound | by CA lock | by account and password |
| no          | no         | 证书未绑定，请绑定账号后登陆 | allowed |
| no, yes     | yes        | allowed | refused: use the CA lock |
| yes         | no         | 此锁未绑定任何企业 | allowed |

A wrong account and a wrong password get the same answer after the same hashing and the same
counting (core.accounts.tries). Whether a lock
is bound is disclosed only after the right password.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from core.accounts.enterprises.lock_proof import binding_of_lock, consume, keys_beside, verify_proof
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import is_right
from core.accounts.tries import WRONG, count_try, refused, remember_browser, take_back
from core.data.audit_entry import ENTERPRISE
from core.data.enterprise import Enterprise
from core.data.tries import LoginSource, enterprise_account
from core.errors import EntryRefused
from core.locks.challenge import EnterpriseSession, Proof
from core.store.store import Transaction
from core.tokens import digest
from lock_protocol import Purpose

NOT_BOUND = "证书未绑定，请绑定账号后登陆"
LOCK_UNBOUND = "此锁未绑定任何企业"
USE_LOCK = "该账号已绑定CA锁，请插入CA锁，切换到CA登录。"
LOCKS_LOST = "该账号绑定的CA锁已挂失：解除绑定之后，才能用账号和密码登录。"
FROZEN = "该账号因异议已冻结，请联系系统管理员。"


class Entry(NamedTuple):
    """An enterprise that logged in: the token of its session, and what the cookie of its browser
    holds for the next login."""

    enterprise: Enterprise
    token: str
    browser: str


def log_in_by_lock(front: FrontDesk, proof: Proof, login_source: LoginSource) -> Entry:
    """The enterprise whose lock signed just now.

    Raises EntryRefused, CertificateRefused.
    """
    verified_lock = verify_proof(front, proof, Purpose.LOGIN)
    with front.step() as tx:
        certificate = consume(tx, verified_lock)
        binding = binding_of_lock(tx, certificate, lambda: keys_beside(front, certificate, proof))
        if binding is None:
            uscc, name = certificate.uscc, certificate.enterprise_name
            known = tx.accounts.by_uscc(uscc) if uscc else tx.accounts.by_name(name)
            if known and not known.information_submitted:
                raise EntryRefused("lock.not_bound", NOT_BOUND)
            raise EntryRefused("lock.unbound", LOCK_UNBOUND)
        enterprise = tx.accounts.get(binding.enterprise_id)
        require_open(enterprise)
        tx.tries.clear(enterprise_account(enterprise.name))
        tx.audit.write(ENTERPRISE, "login.lock", enterprise=enterprise.id, binding=binding.id)
        return enter(tx, front, enterprise, binding.id, login_source)


def log_in_by_password(
    front: FrontDesk, name: str, password: str, login_source: LoginSource
) -> Entry:
    """The enterprise of that name.

    Raises EntryRefused, and what the hasher raises when it is full: such a try does not count.
    """
    with right_password(front, name, password, login_source) as (tx, enterprise):
        bound = tx.bindings.of_enterprise(enterprise.id)
        if not bound:
            tx.audit.write(ENTERPRISE, "login.password", enterprise=enterprise.id)
            return enter(tx, front, enterprise, None, login_source)
    if all(binding.lost_at for binding in bound):
        raise EntryRefused("password.locks_lost", LOCKS_LOST)
    raise EntryRefused("password.use_lock", USE_LOCK)


@contextmanager
def right_password(
    front: FrontDesk, name: str, password: str, login_source: LoginSource
) -> Iterator[tuple[Transaction, Enterprise]]:
    """A transaction for who knows the password of that enterprise, which is not frozen; the try is
    counted. Raises EntryRefused."""
    with front.step() as tx:
        enterprise = tx.accounts.by_name(name)
        password_hash = tx.accounts.password_hash(enterprise.id) if enterprise else None
        account = enterprise_account(name, enterprise.id if enterprise else None, password_hash)
        counted_try = count_try(tx, front.settings.tries, account, login_source)
    if (
        not is_right(front.store, front.passwords, counted_try, password_hash, password)
        or enterprise is None
    ):
        raise refused(counted_try, account.audience)
    with front.step() as tx:
        take_back(tx, counted_try, opened=True)
        enterprise = tx.accounts.get(enterprise.id)
        if tx.accounts.password_hash(enterprise.id) != password_hash:
            raise EntryRefused("password.wrong", WRONG)
        require_open(enterprise)
        yield tx, enterprise


def enter(
    tx: Transaction,
    front: FrontDesk,
    enterprise: Enterprise,
    binding_id: int | None,
    login_source: LoginSource,
) -> Entry:
    """A new session of the enterprise, whose browser is remembered."""
    token = open_session(tx, front, enterprise.id, binding_id)
    password_hash = tx.accounts.password_hash(enterprise.id)
    account = enterprise_account(enterprise.name, enterprise.id, password_hash)
    browser = remember_browser(tx, account, login_source)
    return Entry(enterprise, token, browser)


def require_password(
    front: FrontDesk, session: EnterpriseSession, password: str, login_source: LoginSource
) -> None:
    """Ask for the password of who is logged in already; a try counts as at the login.

    Raises EntryRefused.
    """
    with front.view() as tx:
        name = enterprise_of(tx, session).name
    with right_password(front, name, password, login_source):
        return


def open_session(
    tx: Transaction, front: FrontDesk, enterprise_id: int, binding_id: int | None
) -> str:
    """A new session; its token is returned once and stored as its SHA-256."""
    token = secrets.token_urlsafe(32)
    expires = tx.now + timedelta(hours=front.settings.session_hours)
    tx.logins.insert(
        EnterpriseSession(
            digest(token), enterprise_id, binding_id, secrets.token_urlsafe(16), tx.now, expires
        )
    )
    return token


def session_of(front: FrontDesk, token: str) -> tuple[EnterpriseSession, Enterprise] | None:
    """The session of a token and its enterprise; None when it is unknown, over, its lock was
    unbound or lost, or the account is frozen."""
    with front.view() as tx:
        session = tx.logins.session(digest(token))
        if session is None or tx.now >= session.expires_at:
            return None
        enterprise = tx.accounts.get(session.enterprise_id)
        return None if enterprise.frozen_at else (session, enterprise)


def log_out(front: FrontDesk, session: EnterpriseSession) -> None:
    """End one session."""
    with front.step() as tx:
        tx.logins.end_sessions(session.enterprise_id, session.token_sha256)


def enterprise_of(tx: Transaction, session: EnterpriseSession) -> Enterprise:
    """The session's enterprise as it is in this transaction:
    what was looked at before may have changed since.

    Raises EntryRefused when the account was frozen or the session ended meanwhile.
    """
    enterprise = tx.accounts.get(session.enterprise_id)
    require_open(enterprise)
    if tx.logins.session(session.token_sha256) is None:
        raise EntryRefused("session.gone", "登录已失效，未予办理，请重新登录。")
    return enterprise


def require_open(enterprise: Enterprise) -> None:
    """Raise EntryRefused for a frozen account."""
    if enterprise.frozen_at:
        raise EntryRefused("account.frozen", FROZEN)
