"""An enterprise's own password, set or changed in the portal: with a signature of a bound lock,
or with the password of before.

Without a password, an enterprise that ended its last binding could not come in any more
(core.accounts.enterprises.bind refuses that). A lock in strange hands could set one, too: so the
registered contact is told, with a link to object, and every other login of the account ends.
"""

from datetime import timedelta
from typing import Final

from core.accounts.enterprises.enterprise_login import Entry, enter, enterprise_of, require_password
from core.accounts.enterprises.lock_keys import require_own_lock
from core.accounts.enterprises.lock_proof import consume, verify_proof
from core.accounts.front_desk import FrontDesk
from core.accounts.password_rules import hashed, set_password
from core.cases.accounts.account_notice import notify
from core.cases.desk import Desk
from core.data.enterprise import Enterprise
from core.data.letter import LetterKind
from core.data.tries import LoginSource
from core.errors import EntryRefused, NotAllowed
from core.locks.challenge import EnterpriseSession, Proof, Purpose
from core.store.store import Transaction

MOST_NOTICES_A_DAY: Final = 10


def set_by_lock(
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    proof: Proof,
    origin: str,
    password: str,
    again: str,
    login_source: LoginSource,
) -> Entry:
    """Set or replace the password with a bound lock's signature (purpose `password`).

    Raises EntryRefused, CertificateRefused, NotAllowed (a rule of form).
    """
    with front.store.view() as tx:
        enterprise = tx.accounts.get(session.enterprise_id)
    verified_lock = verify_proof(front, proof, origin, Purpose.PASSWORD, enterprise.uscc)
    password_hash = hashed(front.passwords, password, again, enterprise.name)
    with desk.store.transaction() as tx:
        certificate, enterprise = consume(tx, verified_lock), enterprise_of(tx, session)
        require_own_lock(tx, certificate, enterprise)
        return _set(tx, desk, front, session, enterprise, password_hash, login_source)


def change_by_password(
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    old: str,
    password: str,
    again: str,
    login_source: LoginSource,
) -> Entry:
    """Replace the password by the old one, whose tries are counted as at the login.

    Raises EntryRefused, NotAllowed (a rule of form).
    """
    with front.store.view() as tx:
        enterprise = enterprise_of(tx, session)
    if not enterprise.password_set:
        raise EntryRefused("password.missing", "账号还没有设置密码，请用CA锁签名设置。")
    if password == old:
        raise NotAllowed("新密码不能与原密码相同。")
    password_hash = hashed(front.passwords, password, again, enterprise.name)
    require_password(front, session, old, login_source)
    with desk.store.transaction() as tx:
        return _set(
            tx, desk, front, session, enterprise_of(tx, session), password_hash, login_source
        )


def _set(
    tx: Transaction,
    desk: Desk,
    front: FrontDesk,
    session: EnterpriseSession,
    enterprise: Enterprise,
    password_hash: str,
    login_source: LoginSource,
) -> Entry:
    now, contact = desk.clock.now(), enterprise.contact_email
    kinds = {LetterKind.ACCOUNT_NOTICE}
    if (
        contact
        and tx.letters.count_since(now - timedelta(days=1), kinds, MOST_NOTICES_A_DAY, contact)
        >= MOST_NOTICES_A_DAY
    ):
        raise NotAllowed("24 小时内账号变动过于频繁，请稍后再试，或联系系统管理员。")
    set_password(tx, enterprise, password_hash, now)
    action = "password.changed" if enterprise.password_set else "password.first"
    tx.audit.write(now, "enterprise", action, enterprise=str(enterprise.id))
    notify(
        tx,
        desk,
        enterprise,
        ("更改账号的密码" if enterprise.password_set else "设置账号的密码",),
        now,
    )
    return enter(tx, front, enterprise, session.binding_id, login_source)
