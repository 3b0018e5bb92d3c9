"""Finds the binding of a lock by the key that signed just now, and adds keys to bindings.

A binding has only keys that have signed: the one that bound the lock, then each further key of the
lock (a lock may have an RSA and an SM2 key) when it first signs. Until then a further key is only
announced: its certificate came beside the one that signed, with the same CA, CA unique id and
enterprise. An announced key gives no rights and does not prevent another binding of it. It can be
added only while the binding that announced it is active.

No key of a lock that was reported lost can be used until the lock is found, announced keys
included.
"""

from collections.abc import Callable

from core.accounts.enterprises.lock_proof import is_holder, require_holder
from core.accounts.front_desk import FrontDesk
from core.data.enterprise import Binding, Enterprise
from core.enterprise_names import fold_name
from core.errors import EntryRefused
from core.locks.certificate_reasons import CertificateRefused
from core.locks.challenge import Proof
from core.locks.lock_certificate import LockCertificate
from core.store.store import Transaction


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

    Raises EntryRefused for a lock that was reported lost, and for one whose serial was imported for
    another enterprise than the certificate's.
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
    """Raise EntryRefused for a lost lock. If a binding has the key, only that binding counts."""
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
    require_holder(certificate, tx.accounts.get(binding.enterprise_id))
    if _with_key(tx, binding, certificate) is None:
        return None
    tx.bindings.announce_keys(binding.id, beside())
    return binding


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
