"""Binding locks to an enterprise's account, and the enterprise's own unbinding
and renewal (RULES.md section 7).

An enterprise has one primary lock; a login with it is needed to add secondary ones. A lock belongs
to at most one enterprise; unique indexes of the store ensure this in races. Bindings are ended,
never deleted. Each use case reads session and enterprise again inside its own transaction, because
the session may end or the account may be frozen between the lock's signature and the act. The
registered contact is notified: who knows an old password may bind an old lock again.
"""

from collections.abc import Collection
from dataclasses import replace

from core.accounts.enterprises.enterprise_login import open_session
from core.accounts.enterprises.lock_proof import (
    consume,
    is_holder,
    keys_beside,
    require_holder,
    require_not_lost,
    verified_certificate,
    verify_proof,
)
from core.accounts.front_desk import FrontDesk
from core.cases.accounts.account_notice import Visitor, notify
from core.cases.letters.letter_content import lock_words
from core.data.audit_entry import ENTERPRISE
from core.data.enterprise import Binding, Enterprise
from core.data.link import OPENING, LinkPurpose
from core.errors import EntryRefused
from core.locks.challenge import EnterpriseSession, Proof
from core.locks.lock_certificate import KEY_TITLES, LockCertificate
from core.store.store import Transaction
from lock_protocol import Purpose

GONE = "该绑定不存在或已解除，请刷新页面。"
OTHER_CA = "lock.other_ca"
TAKEN = "此锁已绑定其他企业账号，不能重复绑定。如有疑问请联系系统管理员，或按“解除绑定”办理。"


def bind(visitor: Visitor, proof: Proof) -> tuple[Binding, str]:
    """Bind the lock that signed just now: the first as primary, another as secondary.

    Returns the binding and the token of a new session. Raises EntryRefused, CertificateRefused, and
    Conflict when another request bound the lock first.
    """
    front, session = visitor.front, visitor.session
    enterprise = visitor.enterprise()
    verified_lock = verify_proof(front, proof, Purpose.BIND, enterprise.uscc)
    require_holder(verified_lock.certificate, enterprise)
    beside = keys_beside(front, verified_lock.certificate, proof)
    _alert_other_ca(front, enterprise, verified_lock.certificate)
    with visitor.step() as (tx, enterprise):
        certificate = consume(tx, verified_lock)
        primary = _becomes_primary(tx, session)
        signed = {certificate.spki_sha256}
        binding = _begin(tx, front, certificate, enterprise.id, signed, beside, primary=primary)
        tx.links.void(enterprise.id, _outdated(tx, enterprise))
        tx.audit.write(
            ENTERPRISE,
            "lock.bound",
            enterprise=enterprise.id,
            binding=binding.id,
            primary=primary,
        )
        notify(tx, enterprise, f"绑定：{lock_words(binding)}")
        tx.logins.end_sessions(enterprise.id, session.token_sha256)
        return binding, open_session(
            tx, front, enterprise.id, binding.id if primary else session.binding_id
        )


def unbind(visitor: Visitor, binding_id: int, proof: Proof) -> Binding:
    """End a binding of the session's enterprise. Its primary lock, or the lock of the binding,
    signed the serial of that lock just now.

    Raises EntryRefused, also where the account would have neither a lock nor a password and could
    never log in again.
    """
    with visitor.desk.view() as tx:
        bound = {
            binding.id: binding.serial
            for binding in tx.bindings.of_enterprise(visitor.session.enterprise_id)
        }
    if binding_id not in bound:
        raise EntryRefused("lock.unbound", GONE)
    signed = visitor.signed(proof, Purpose.UNBIND, bound[binding_id])
    with signed as (tx, enterprise, signer):
        if not (signer.primary or signer.id == binding_id):
            raise EntryRefused("lock.primary_needed", "解除绑定须用主锁或该锁本身签名确认。")
        binding = tx.bindings.get(binding_id)
        if not tx.bindings.end([binding_id]):
            raise EntryRefused("lock.unbound", GONE)
        tx.links.void(enterprise.id)
        if not enterprise.password_set and not tx.bindings.of_enterprise(enterprise.id):
            raise EntryRefused(
                "password.missing",
                "账号还没有设置密码，解除最后一把CA锁后将无法登录。请先用CA锁签名设置密码。",
            )
        tx.audit.write(
            ENTERPRISE,
            "lock.unbound",
            enterprise=enterprise.id,
            binding=binding.id,
        )
        notify(tx, enterprise, f"解除绑定：{lock_words(binding)}")
        return binding


def renew(visitor: Visitor, proof: Proof, renewed: bytes) -> tuple[Binding, str]:
    """End the binding of an old lock and bind the renewed lock in its place. The old lock, bound to
    the session's enterprise, signed the SHA-256 of the renewed certificate (as `account`).

    The new lock has not signed, so its keys are only announced: each joins the binding with its
    first signature. `proof.beside`: the other certificates of the new lock; keys of the old lock
    among them are left out. Raises EntryRefused, CertificateRefused, Conflict.
    """
    front = visitor.front
    fresh = verified_certificate(front, renewed, Purpose.RENEW)
    beside = keys_beside(front, fresh, proof)
    _alert_other_ca(front, visitor.enterprise(), fresh)
    with visitor.signed(proof, Purpose.RENEW, fresh.sha256) as (tx, enterprise, binding):
        require_holder(fresh, enterprise)
        of_old = tx.bindings.announced_keys(binding.id)
        holders = {key: tx.bindings.by_key(key) for key in beside}
        of_old |= {key for key, holder in holders.items() if holder and holder.id == binding.id}
        tx.bindings.end([binding.id])
        announced = (beside - of_old) | {fresh.spki_sha256}
        new_binding = _begin(
            tx, front, fresh, enterprise.id, (), announced, primary=binding.primary
        )
        tx.links.void(enterprise.id)
        tx.audit.write(
            ENTERPRISE,
            "lock.renewed",
            enterprise=enterprise.id,
            binding=new_binding.id,
            before=binding.id,
        )
        notify(tx, enterprise, f"续期换锁：{lock_words(new_binding)}")
        return new_binding, open_session(tx, front, enterprise.id, new_binding.id)


def _outdated(tx: Transaction, enterprise: Enterprise) -> frozenset[LinkPurpose]:
    """The links that a binding makes void: not the one that proves the address of the registration,
    which the enterprise's lock signed."""
    changes = tx.contact_changes.of_enterprise(enterprise.id)
    is_of_registration = bool(changes) and changes[0].asked_at == enterprise.registered_at
    return OPENING - {LinkPurpose.CONTACT} if is_of_registration else OPENING


def _alert_other_ca(front: FrontDesk, enterprise: Enterprise, certificate: LockCertificate) -> None:
    """Alert administrators where all earlier locks of the enterprise came from other CAs: any
    configured CA could issue a certificate in any enterprise's name.

    An enterprise may change its CA, so this refuses nothing. The alert has its own transaction: it
    remains where the act fails.
    """
    with front.view() as tx:
        known = {
            binding.issuer_profile
            for binding in tx.bindings.of_enterprise(enterprise.id, ended=True)
        } - {""}
    if is_holder(certificate, enterprise) and known and certificate.issuer_profile not in known:
        with front.step() as tx:
            text = (
                f"{enterprise.name}（企业编号 {enterprise.id}）绑定过的CA锁由其他CA签发，"
                f"现有“{certificate.issuer_title}”的锁要求绑定，请核实。"
            )
            tx.alerts.add(f"{OTHER_CA}.{enterprise.id}", text)
            tx.audit.write(
                ENTERPRISE,
                OTHER_CA,
                enterprise=enterprise.id,
                issuer=certificate.issuer_profile,
            )


def _becomes_primary(tx: Transaction, session: EnterpriseSession) -> bool:
    """Whether the new lock is the primary one: true where none is bound. Raises EntryRefused where
    one is bound and the session's login did not use it."""
    primary = next((b for b in tx.bindings.of_enterprise(session.enterprise_id) if b.primary), None)
    if primary is None:
        return True
    if session.binding_id != primary.id:
        raise EntryRefused(
            "lock.primary_needed", "新增副锁须先用主锁登录，再拔掉主锁、插上副锁进行新增。"
        )
    return False


def _require_free(tx: Transaction, certificate: LockCertificate, enterprise_id: int) -> None:
    """Raise EntryRefused for a lock that is lost, bound already, or announced by a lock of this
    enterprise."""
    holder = require_not_lost(tx, certificate)
    announced = tx.bindings.by_announced_key(certificate.spki_sha256)
    registered = holder or tx.bindings.keyless_by_serial(certificate.serial)
    if enterprise_id in {binding.enterprise_id for binding in (announced, registered) if binding}:
        raise EntryRefused("lock.bound_here", "此锁已绑定到本账号，无需重复绑定。")
    if registered:
        raise EntryRefused("lock.taken", TAKEN)


def _begin(
    tx: Transaction,
    front: FrontDesk,
    certificate: LockCertificate,
    enterprise_id: int,
    signed: Collection[str],
    announced: Collection[str],
    *,
    primary: bool,
) -> Binding:
    """A binding that starts now. `signed`, `announced`: keys of the lock. Raises EntryRefused for a
    lock that is not free.
    """
    _require_free(tx, certificate, enterprise_id)
    binding = Binding(
        0,
        enterprise_id,
        certificate.serial,
        f"{certificate.issuer_title} {KEY_TITLES[certificate.key_type]}",
        primary,
        front.settings.system,
        tx.now,
        ca_unique_id=certificate.ca_unique_id,
        issuer_profile=certificate.issuer_profile,
        valid_until=certificate.not_after,
    )
    binding = replace(binding, id=tx.bindings.add(binding))
    if not tx.bindings.claim_lock(binding, signed):
        raise EntryRefused("lock.taken", TAKEN)
    tx.bindings.announce_keys(binding.id, announced)
    return binding
