"""Proof that a lock is plugged in now, by a challenge that it signs, and the binding of the key
that signed (RULES.md section 7).

`verify_proof` judges, outside any transaction; `consume` makes the challenge used up, first thing
in the transaction that it serves. A certificate that is refused where it matters (registration,
binding) is kept for administrators to see.

A binding has only keys that have signed: the one that bound the lock, then each further key of the
lock (a lock may have an RSA and an SM2 key) when it first signs. Until then a further key is only
announced: its certificate came beside the one that signed, with the same CA, CA unique id and
enterprise. An announced key gives no rights and does not prevent another binding of it. It can be
added only while the binding that announced it is active. No key of a lock that was reported lost
can be used until the lock is found, announced keys included.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Binding, Enterprise
from core.enterprise_names import fold_name
from core.errors import EntryRefused
from core.locks.certificate_reasons import CertificateRefused
from core.locks.challenge import LIFE_S, Proof, expiry_of, make_nonce
from core.locks.lock_certificate import HolderKind, LockCertificate
from core.store.store import Transaction
from lock_protocol import Purpose, signed_bytes

GONE = "challenge.gone"
GONE_WORDS = "本次验证已过期或已使用，请重新操作。"


@dataclass(frozen=True)
class VerifiedLock:
    """A lock that signed just now, whose challenge is not used up yet (`consume`)."""

    certificate: LockCertificate
    nonce_sha256: str
    expires_at: datetime


def challenge(front: FrontDesk, origin: str, purpose: Purpose, account: str = "") -> bytes:
    """A new nonce for a lock to sign. Raises EntryRefused for an origin that is not ours."""
    if origin != front.settings.origin:
        raise EntryRefused("origin.unknown", "此页面地址未在办理台登记，不能使用CA锁。")
    expires_at = front.now() + timedelta(seconds=LIFE_S)
    return make_nonce(front.mac, origin, purpose, account, expires_at)


def verify_proof(
    front: FrontDesk, proof: Proof, purpose: Purpose, account: str = ""
) -> VerifiedLock:
    """The lock that signed just now. Raises EntryRefused or CertificateRefused."""
    expires_at = expiry_of(front.mac, proof.nonce, proof.origin, purpose, account)
    if expires_at is None or front.now() >= expires_at:
        raise EntryRefused(GONE, GONE_WORDS)
    certificate = verified_certificate(front, proof.certificate, purpose)
    signed = signed_bytes(proof.origin, purpose.value, proof.nonce, account)
    if not front.signatures.verify(certificate.spki, proof.signature, signed):
        raise EntryRefused("signature.wrong", "CA锁签名验证未通过，请重新插拔CA锁后再试。")
    return VerifiedLock(certificate, hashlib.sha256(proof.nonce).hexdigest(), expires_at)


def consume(tx: Transaction, verified_lock: VerifiedLock) -> LockCertificate:
    """Use the challenge up in this transaction. Raises EntryRefused when it served already."""
    if not tx.logins.use_challenge(verified_lock.nonce_sha256, verified_lock.expires_at):
        raise EntryRefused(GONE, GONE_WORDS)
    return verified_lock.certificate


def verified_certificate(front: FrontDesk, der: bytes, purpose: Purpose) -> LockCertificate:
    """A certificate that may be used.

    One that is refused at registration or binding is noted for administrators.
    """
    try:
        return front.verifier.verify(der, front.now())
    except CertificateRefused as refused:
        if purpose in {Purpose.REGISTER, Purpose.BIND, Purpose.RENEW}:
            subject = "\n".join(front.verifier.explain(der))
            with front.step() as tx:
                tx.refused_certificates.add(
                    hashlib.sha256(der).hexdigest(), refused.reason_code, subject
                )
        raise


def require_holder(certificate: LockCertificate, enterprise: Enterprise) -> None:
    """Raise EntryRefused unless the certificate is an enterprise's, and this one's."""
    if certificate.kind is not HolderKind.ENTERPRISE:
        raise EntryRefused("certificate.not_enterprise", "此锁不是企业锁，请使用企业锁。")
    if not is_holder(certificate, enterprise):
        raise EntryRefused(
            "certificate.other_enterprise",
            f"此锁的证书属于“{certificate.enterprise_name}”，与当前账号的企业不一致。",
        )


def is_holder(certificate: LockCertificate, enterprise: Enterprise) -> bool:
    """Whether the certificate is the enterprise's own:
    by USCC, else by organisation code, else by name."""
    if certificate.uscc:
        return certificate.uscc == enterprise.uscc
    if certificate.organisation_code:
        return certificate.organisation_code == enterprise.uscc[8:17]
    return fold_name(certificate.enterprise_name) == fold_name(enterprise.name)


def keys_beside(front: FrontDesk, certificate: LockCertificate, proof: Proof) -> frozenset[str]:
    """The SPKI digests of the lock's other valid certificates in a proof, to be announced."""
    keys = set()
    for der in proof.beside:
        try:
            other = front.verifier.verify(der, front.now())
        except CertificateRefused:
            continue
        if (
            certificate.issuer_profile == other.issuer_profile
            and _same_if_known(certificate.ca_unique_id, other.ca_unique_id)
            and certificate.uscc == other.uscc
            and fold_name(certificate.enterprise_name) == fold_name(other.enterprise_name)
        ):
            keys.add(other.spki_sha256)
    return frozenset(keys - {certificate.spki_sha256})


def binding_of_lock(
    tx: Transaction,
    certificate: LockCertificate,
    beside: Callable[[], frozenset[str]] = frozenset,
) -> Binding | None:
    """The active binding of the lock whose key signed just now. A key that signs for the first time
    is added to it. `beside`: the lock's further keys, announced if the binding was imported.

    Raises EntryRefused for a lock that was reported lost, and for one that is bound, or imported,
    for another enterprise than the certificate's: a CA that certifies a key anew, in another name,
    does not know that it was revoked.
    """
    binding = require_not_lost(tx, certificate)
    binding = binding or _imported(tx, certificate, beside) or _announced(tx, certificate)
    if binding is None:
        return None
    require_holder(certificate, tx.accounts.get(binding.enterprise_id))
    if (
        not binding.issuer_profile
        or binding.valid_until is None
        or certificate.not_after > binding.valid_until
    ):
        profile, valid_until = certificate.issuer_profile, certificate.not_after
        tx.bindings.note_certificate(binding.id, profile, valid_until)
    return binding


def require_not_lost(tx: Transaction, certificate: LockCertificate) -> Binding | None:
    """The active binding that has the lock's key. Raises EntryRefused for a lock that was reported
    lost; if a binding has the key, only that binding counts.
    """
    holder = tx.bindings.by_key(certificate.spki_sha256)
    is_lost = (
        holder.lost_at is not None
        if holder
        else tx.bindings.was_lost(certificate.spki_sha256, certificate.serial)
    )
    if is_lost:
        words = "此锁已挂失，不能使用。如已找回，请联系系统管理员解除挂失。"
        raise EntryRefused("lock.lost", words)
    return holder


def require_own_lock(
    tx: Transaction, certificate: LockCertificate, enterprise: Enterprise
) -> Binding:
    """The enterprise's binding of the lock that signed just now. Raises EntryRefused for any other
    lock."""
    binding = binding_of_lock(tx, certificate)
    if binding is None or binding.enterprise_id != enterprise.id:
        raise EntryRefused("lock.not_own", "签名的CA锁没有绑定在本账号，请插入本账号已绑定的CA锁。")
    return binding


def _imported(
    tx: Transaction,
    certificate: LockCertificate,
    beside: Callable[[], frozenset[str]],
) -> Binding | None:
    """The binding of this serial that has no key yet, from an imported table or a renewal."""
    binding = tx.bindings.keyless_by_serial(certificate.serial)
    if binding is None:
        return None
    tx.bindings.announce_keys(binding.id, beside())
    return _with_key(tx, binding, certificate)


def _announced(tx: Transaction, certificate: LockCertificate) -> Binding | None:
    binding = tx.bindings.by_announced_key(certificate.spki_sha256)
    if (
        binding is None
        or not _same_if_known(binding.ca_unique_id, certificate.ca_unique_id)
        or not _same_if_known(binding.issuer_profile, certificate.issuer_profile)
        or not is_holder(certificate, tx.accounts.get(binding.enterprise_id))
    ):
        return None
    return _with_key(tx, binding, certificate)


def _with_key(tx: Transaction, binding: Binding, certificate: LockCertificate) -> Binding | None:
    """The binding with the key of the certificate; None if another binding has it."""
    return binding if tx.bindings.claim_lock(binding, {certificate.spki_sha256}) else None


def _same_if_known(one: str, other: str) -> bool:
    """Whether CA or CA unique id are the same. An unknown one fits any."""
    return one == other or not (one and other)
