"""The Signatures port: RSA and P-256 by cryptography, SM2 by the libcrypto of the system.

A lock's answer may be DER or r‖s; a certificate's own signature must be strict DER. SHA-1 and MD5
are no signatures here. Where the machine cannot judge SM2 (no libcrypto of OpenSSL 3, or the
self-test failed), RSA and P-256 go on and SM2 is refused with engine.sm2_unavailable: one lock
carries both kinds, so its holder still gets in.
"""

import logging
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core.locks.certificate_reasons import refusal
from core.locks.lock_certificate import KeyType
from core.locks.signatures import self_test
from core.locks.signatures.libcrypto import EngineUnfit, Sm2Engine
from core.locks.signatures.public_keys import PublicKey, usable_key

log = logging.getLogger(__name__)

ALGORITHMS: Final[dict[str, tuple[KeyType, HashAlgorithm | None]]] = {
    "1.2.840.113549.1.1.11": (KeyType.RSA, SHA256()),
    "1.2.840.113549.1.1.12": (KeyType.RSA, SHA384()),
    "1.2.840.113549.1.1.13": (KeyType.RSA, SHA512()),
    "1.2.840.10045.4.3.2": (KeyType.P256, SHA256()),
    "1.2.840.10045.4.3.3": (KeyType.P256, SHA384()),
    "1.2.840.10045.4.3.4": (KeyType.P256, SHA512()),
    "1.2.156.10197.1.501": (KeyType.SM2, None),
}
"""Signature algorithms by OID. SM2 always goes with SM3."""

WEAK: Final = {
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.2": "MD2",
}
"""Algorithms that once were good: such a lock has to be renewed."""


class SystemSignatures:
    """Verifies by what this machine has. `sm2_problem`: why SM2 cannot be judged, or None."""

    def __init__(self, libcrypto_path: str | None = None) -> None:
        self.sm2_problem: str | None = None
        self._sm2: Sm2Engine | None = None
        try:
            engine = Sm2Engine.load(libcrypto_path)
            self_test.hold(engine)
            self._sm2 = engine
        except EngineUnfit as error:
            self.sm2_problem = str(error)
            log.error("SM2 signatures cannot be judged on this machine: %s", error)

    def verify(self, key_spki_der: bytes, signature: bytes, message: bytes) -> bool:
        """Whether a lock signed the message.

        Raises CertificateRefused (engine.sm2_unavailable) only.
        """
        key = usable_key(key_spki_der)
        if key is None:
            return False
        form = key.curve.normalised(signature) if key.curve else signature
        return form is not None and self._judged(key, SHA256(), form, message)

    def verify_issued(
        self, key: PublicKey, algorithm_oid: str, signature: bytes, signed: bytes
    ) -> bool:
        """Whether an issuer's key signed a certificate, list or answer.

        An algorithm outside ALGORITHMS or of another kind of key is False.
        """
        kind, digest = ALGORITHMS.get(algorithm_oid, (None, None))
        if kind is not key.kind or (key.curve and key.curve.strict(signature) is None):
            return False
        return self._judged(key, digest, signature, signed)

    def _judged(
        self, key: PublicKey, digest: HashAlgorithm | None, signature: bytes, message: bytes
    ) -> bool:
        if key.kind is KeyType.SM2:
            return self._by_libcrypto(key, signature, message)
        return digest is not None and _by_cryptography(key, digest, signature, message)

    def _by_libcrypto(self, key: PublicKey, signature: bytes, message: bytes) -> bool:
        if self._sm2 is None:
            raise refusal("engine.sm2_unavailable", "libcrypto")
        try:
            return self._sm2.verify(key.spki, signature, message)
        except EngineUnfit as error:
            log.error("libcrypto failed at an SM2 verification: %s", error)
            raise refusal("engine.sm2_unavailable", "libcrypto") from error


def _by_cryptography(
    key: PublicKey, digest: HashAlgorithm, signature: bytes, message: bytes
) -> bool:
    try:
        public = _loaded(key.spki)
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, message, padding.PKCS1v15(), digest)
        else:
            public.verify(signature, message, ec.ECDSA(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _loaded(spki: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    key = load_der_public_key(spki)
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TypeError("read_key lets only RSA and P-256 come here")
    return key
