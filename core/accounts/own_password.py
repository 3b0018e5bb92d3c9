"""The first password of an enterprise that was imported without one: set with a signature of its lock.

Without a password, an enterprise that ended its last binding could not come in any more (core.accounts.bind refuses that). Who has a
password changes it by the reset link only, so a lock in strange hands takes over no password.
"""

from dataclasses import replace

from core.accounts.challenge import EnterpriseSession, Proof, Purpose
from core.accounts.front_desk import FrontDesk
from core.accounts.lock_keys import require_own_lock
from core.accounts.lock_proof import consume, verify_proof
from core.accounts.login import enterprise_of
from core.accounts.passwords_rules import require_rules, require_uncommon
from core.errors import EntryRefused


def set_first_password(front: FrontDesk, session: EnterpriseSession, proof: Proof, origin: str, password: str, again: str) -> None:
    """Set it. Raises EntryRefused, CertificateRefused, NotAllowed (a rule of form)."""
    with front.store.transaction() as tx:
        enterprise = tx.accounts.get(session.enterprise_id)
    verified_lock = verify_proof(front, proof, origin, Purpose.PASSWORD, enterprise.uscc)
    require_rules(password, again, enterprise.name)
    require_uncommon(password, enterprise.name, front.passwords)
    password_hash = front.passwords.hash(password)  # slow on purpose, so outside the transaction
    with front.store.transaction() as tx:
        certificate, enterprise, now = consume(tx, verified_lock), enterprise_of(tx, session), front.clock.now()
        if enterprise.password_set:
            raise EntryRefused("password.set", "该账号已设置过密码。忘记密码的，请按“解除绑定”办理重置。")
        require_own_lock(tx, certificate, enterprise)
        tx.accounts.set_password_hash(enterprise.id, password_hash)
        tx.accounts.save(replace(enterprise, password_set=True, changed_at=now))
        tx.audit.write(now, "enterprise", "password.first", enterprise=str(enterprise.id))
