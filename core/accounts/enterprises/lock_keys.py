"""Which binding a lock belongs to, by the key that signed just now,
and how a binding comes by its keys.

A binding holds only keys that have signed: the one that bound the lock, then each further key of
the same lock (one holds an RSA and an SM2 key, say) when it signs for the first time. Until then
such a key is announced: it came along as a certificate beside the one that signed, of the same CA,
CA unique id and enterprise. An announced key holds nothing, keeps nobody else from binding it, and
is taken over only while the binding that announced it lasts. No key of a lock that was reported
lost, held or announced, serves anything until the lock is found.
"""

from collections.abc import Callable

from core.accounts.enterprises.lock_proof import is_holder, require_holder
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Binding, Enterprise
from core.enterprise_names import fold_name
from core.errors import EntryRefused
from core.locks.certificate_reasons import CertificateRefused
from core.locks.challenge import Proof, Purpose
from core.locks.lock_certificate import LockCertificate
from core.store.store import Transaction


def keys_beside(
    front: FrontDesk, certificate: LockCertificate, proof: Proof, purpose: Purpose
) -> frozenset[str]:
    """SPKI digests of the other usable certificates of the same lock that came with a proof:
    to be announced, nothing more."""
    keys = set()
    for der in proof.beside:
        try:
            other = front.verifier.verify(der, front.now(), purpose.value)
        except CertificateRefused:
            continue
        if _same_lock(certificate, other):
            keys.add(other.spki_sha256)
    return frozenset(keys - {certificate.spki_sha256})


def binding_of_lock(
    tx: Transaction,
    certificate: LockCertificate,
    beside: Callable[[], frozenset[str]] = frozenset,
) -> Binding | None:
    """The active binding of the lock whose key signed just now; a key that signs for the first time
    becomes the binding's. `beside` gives further keys of the lock, to be announced with an imported
    binding that is taken over.

    Raises EntryRefused for a lock that was reported lost, and for one that was imported by its
    serial for another enterprise than the certificate's.
    """
    binding = tx.bindings.by_key(certificate.spki_sha256)
    _require_not_lost(tx, certificate, binding)
    binding = binding or _imported(tx, certificate, beside) or _announced(tx, certificate)
    if binding and (
        not binding.issuer_profile
        or binding.valid_until is None
        or certificate.not_after > binding.valid_until
    ):
        profile, valid_until = certificate.issuer_profile, certificate.not_after
        tx.bindings.note_certificate(binding.id, profile, valid_until)
    return binding


def require_not_lost(tx: Transaction, certificate: LockCertificate) -> None:
    """Raise EntryRefused for a lock that was reported lost."""
    _require_not_lost(tx, certificate, tx.bindings.by_key(certificate.spki_sha256))


def _require_not_lost(
    tx: Transaction,
    certificate: LockCertificate,
    holder: Binding | None,
) -> None:
    """Where a binding holds the key, that binding alone decides."""
    is_lost = (
        holder.lost_at is not None
        if holder
        else tx.bindings.was_lost(certificate.spki_sha256, certificate.serial)
    )
    if is_lost:
        words = "此锁已挂失，不能使用。如已找回，请联系系统管理员解除挂失。"
        raise EntryRefused("lock.lost", words)


def require_own_lock(
    tx: Transaction, certificate: LockCertificate, enterprise: Enterprise
) -> Binding:
    """The binding of the lock that signed just now.

    Raises EntryRefused unless it is the enterprise's.
    """
    binding = binding_of_lock(tx, certificate)
    if binding is None or binding.enterprise_id != enterprise.id:
        raise EntryRefused("lock.not_own", "签名的CA锁没有绑定在本账号，请插入本账号已绑定的CA锁。")
    return binding


def _imported(
    tx: Transaction,
    certificate: LockCertificate,
    beside: Callable[[], frozenset[str]],
) -> Binding | None:
    """A binding of this serial that no key holds yet:
    from an imported table or a renewal."""
    binding = tx.bindings.keyless_by_serial(certificate.serial)
    if binding is None:
        return None
    require_holder(certificate, tx.accounts.get(binding.enterprise_id))
    if _take_over(tx, binding, certificate) is None:
        return None
    tx.bindings.announce_keys(binding.id, beside())
    return binding


def _announced(tx: Transaction, certificate: LockCertificate) -> Binding | None:
    binding = tx.bindings.by_announced_key(certificate.spki_sha256)
    if (
        binding is None
        or not _fits(binding, certificate)
        or not is_holder(certificate, tx.accounts.get(binding.enterprise_id))
    ):
        return None
    return _take_over(tx, binding, certificate)


def _take_over(tx: Transaction, binding: Binding, certificate: LockCertificate) -> Binding | None:
    return binding if tx.bindings.claim_lock(binding, {certificate.spki_sha256}) else None


def _fits(binding: Binding, certificate: LockCertificate) -> bool:
    """Whether CA and CA unique id are the binding's, as far as these are known."""
    return _agree(binding.ca_unique_id, certificate.ca_unique_id) and _agree(
        binding.issuer_profile, certificate.issuer_profile
    )


def _same_lock(one: LockCertificate, other: LockCertificate) -> bool:
    same_ca = one.issuer_profile == other.issuer_profile and _agree(
        one.ca_unique_id, other.ca_unique_id
    )
    return (
        same_ca
        and one.uscc == other.uscc
        and fold_name(one.enterprise_name) == fold_name(other.enterprise_name)
    )


def _agree(one: str, other: str) -> bool:
    return one == other or not (one and other)
