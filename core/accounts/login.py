"""Who may come in, and how: the table of RULES.md section 7 (information submitted × lock bound × way of login).

| information | lock bound | by CA lock | by account and password |
| no          | no         | 证书未绑定，请绑定账号后登陆 | allowed |
| no, yes     | yes        | allowed | refused: use the CA lock |
| yes         | no         | 此锁未绑定任何企业 | allowed |

A wrong account and a wrong password get the same answer after the same hashing; a try is counted before it is verified. Whether a lock is
bound is said only to who knows the password.
"""

import hashlib
import secrets
from datetime import timedelta

from core.accounts.certificate import LockCertificate
from core.accounts.challenge import EnterpriseSession, Proof, Purpose
from core.accounts.enterprise import Binding, Enterprise
from core.accounts.front_desk import FrontDesk
from core.accounts.lock_keys import binding_of_lock, keys_beside
from core.accounts.passwords_rules import LONGEST
from core.accounts.ports import AccountsTransaction
from core.accounts.proving import prove, spend
from core.errors import EntryRefused

NOT_BOUND = "证书未绑定，请绑定账号后登陆"
LOCK_UNBOUND = "此锁未绑定任何企业"
USE_LOCK = "该账号已绑定CA锁，请插入CA锁，切换到CA登录。"
WRONG = "账号或密码不正确。"
LOCKED = "账号被锁定：密码连续输错 5 次。可使用CA锁登录，或联系系统管理员解锁。"
FROZEN = "该账号因异议已冻结，请联系系统管理员。"


def log_in_by_lock(front: FrontDesk, proof: Proof, origin: str) -> tuple[Enterprise, str]:
    """The enterprise whose lock signed just now, and the token of its session. Raises EntryRefused, CertificateRefused."""
    proven = prove(front, proof, origin, Purpose.LOGIN)
    with front.store.transaction() as tx:
        certificate = spend(tx, proven)
        imported = tx.binding_of_serial(certificate.serial)
        binding = binding_of_lock(tx, certificate)
        if binding is None:
            raise _unbound(tx, certificate)
        enterprise = tx.enterprise(binding.enterprise_id)
        require_open(enterprise, binding)
        if imported:
            tx.announce_keys(binding.id, keys_beside(front, certificate, proof, Purpose.LOGIN))
        tx.clear_tries(enterprise.name)
        tx.record(front.clock.now(), "enterprise", "login.lock", enterprise=str(enterprise.id), binding=str(binding.id))
        return enterprise, open_session(tx, front, enterprise.id, binding.id)


def log_in_by_password(front: FrontDesk, name: str, password: str) -> tuple[Enterprise, str]:
    """The enterprise of that name, and the token of its session. Raises EntryRefused."""
    now = front.clock.now()
    with front.store.transaction() as tx:
        counted = tx.count_try(name, front.settings.tries, now)
        enterprise = tx.enterprise_by_name(name)
        password_hash = tx.password_hash(enterprise.id) if enterprise else None
    may_open = counted is not None and len(password) <= LONGEST
    opened = front.passwords.verify(password_hash if may_open else None, password[:LONGEST])
    if counted is None:
        raise EntryRefused("password.locked", LOCKED)
    if not opened or enterprise is None:
        raise EntryRefused("password.wrong", WRONG)
    with front.store.transaction() as tx:
        enterprise = tx.enterprise(enterprise.id)
        require_open(enterprise)
        tx.clear_tries(enterprise.name)
        if tx.bindings(enterprise.id):
            refusal: EntryRefused | None = EntryRefused("password.use_lock", USE_LOCK)
            token = ""
        else:
            refusal, token = None, open_session(tx, front, enterprise.id, None)
            tx.record(now, "enterprise", "login.password", enterprise=str(enterprise.id))
    if refusal:
        raise refusal
    return enterprise, token


def require_password(front: FrontDesk, session: EnterpriseSession, password: str) -> None:
    """Ask for the password of who is logged in already; a try counts as at the login. Raises EntryRefused."""
    with front.store.transaction() as tx:
        enterprise = enterprise_of(tx, session)
        counted, password_hash = tx.count_try(enterprise.name, front.settings.tries, front.clock.now()), tx.password_hash(enterprise.id)
    if counted is None:
        raise EntryRefused("password.locked", LOCKED)
    if not front.passwords.verify(password_hash, password[:LONGEST]):
        raise EntryRefused("password.wrong", WRONG)
    with front.store.transaction() as tx:
        tx.clear_tries(enterprise.name)


def open_session(tx: AccountsTransaction, front: FrontDesk, enterprise_id: int, binding_id: int | None) -> str:
    """A new session; its token is told once and stored as its SHA-256."""
    token, now = secrets.token_urlsafe(32), front.clock.now()
    expires = now + timedelta(hours=front.settings.session_hours)
    tx.add_enterprise_session(EnterpriseSession(session_digest(token), enterprise_id, binding_id, secrets.token_urlsafe(16), now, expires))
    return token


def session_of(front: FrontDesk, token: str) -> tuple[EnterpriseSession, Enterprise] | None:
    """The session of a token and its enterprise; None when it is unknown, over, its lock was unbound or lost, or the account is frozen."""
    with front.store.transaction() as tx:
        session = tx.enterprise_session(session_digest(token))
        if session is None or front.clock.now() >= session.expires_at:
            return None
        enterprise = tx.enterprise(session.enterprise_id)
        return None if enterprise.frozen_at else (session, enterprise)


def log_out(front: FrontDesk, token: str) -> None:
    """End one session."""
    with front.store.transaction() as tx:
        session = tx.enterprise_session(session_digest(token))
        if session:
            tx.end_enterprise_sessions(session.enterprise_id, session.token_sha256)


def session_digest(token: str) -> str:
    """What is stored of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _unbound(tx: AccountsTransaction, certificate: LockCertificate) -> EntryRefused:
    enterprise = tx.enterprise_by_uscc(certificate.uscc) if certificate.uscc else tx.enterprise_by_name(certificate.enterprise_name)
    if enterprise and not enterprise.information_submitted:
        return EntryRefused("lock.not_bound", NOT_BOUND)
    return EntryRefused("lock.unbound", LOCK_UNBOUND)


def enterprise_of(tx: AccountsTransaction, session: EnterpriseSession) -> Enterprise:
    """The session's enterprise as it is in this transaction: what was looked at before may have changed since.

    Raises EntryRefused when the account was frozen or the session ended meanwhile.
    """
    enterprise = tx.enterprise(session.enterprise_id)
    require_open(enterprise)
    if tx.enterprise_session(session.token_sha256) is None:
        raise EntryRefused("session.gone", "登录已失效，未予办理，请重新登录。")
    return enterprise


def require_open(enterprise: Enterprise, binding: Binding | None = None) -> None:
    """Raise EntryRefused for a frozen account, and for a lock that was reported lost."""
    if enterprise.frozen_at:
        raise EntryRefused("account.frozen", FROZEN)
    if binding and binding.lost_at:
        raise EntryRefused("lock.lost", "此锁已挂失，不能登录。如已找回，请联系系统管理员。")
