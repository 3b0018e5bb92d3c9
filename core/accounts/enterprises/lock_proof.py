"""Proof that a lock is plugged in now: the desk issues a challenge
and verifies its signature (RULES.md section 7).

`verify_proof` judges, outside any transaction; `consume` makes the challenge used up, first thing
in the transaction that it serves. A certificate that is refused where it matters (registration,
binding) is kept for administrators to see.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Enterprise
from core.enterprise_names import fold_name
from core.errors import EntryRefused
from core.locks.certificate_reasons import CertificateRefused
from core.locks.challenge import Proof, Purpose, expiry_of, make_nonce
from core.locks.lock_certificate import HolderKind, LockCertificate
from core.store.store import Transaction
from lock_protocol import signed_bytes

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
    if origin not in front.settings.origins:
        raise EntryRefused("origin.unknown", "此页面地址未在办理台登记，不能使用CA锁。")
    expires_at = front.now() + timedelta(seconds=front.settings.challenge_s)
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
    """Raise EntryRefused unless the certificate is the enterprise's own: by USCC, else by
    organisation code, else by name."""
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
