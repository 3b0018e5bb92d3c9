"""Whether a key made a signature: RSA and P-256 by cryptography,
SM2 by the libcrypto of the system.

A lock's answer may be DER or r‖s; a certificate's own signature must be strict DER. SHA-1 and MD5
are no signatures here. Where the machine cannot judge SM2 (no libcrypto of OpenSSL 3, or the
self-test failed), RSA and P-256 go on and SM2 raises Sm2Unavailable.
"""

import logging
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lock_protocol import KeyType
from lock_protocol.public_keys import PublicKey, usable_key
from lock_protocol.sm2 import Sm2Engine, Sm2Unavailable, require_right

log = logging.getLogger(__name__)

ALGORITHMS: dict[str, tuple[KeyType, HashAlgorithm | None]] = {
    "1.2.840.113549.1.1.11": (KeyType.RSA, SHA256()),
    "1.2.840.113549.1.1.12": (KeyType.RSA, SHA384()),
    "1.2.840.113549.1.1.13": (KeyType.RSA, SHA512()),
    "1.2.840.10045.4.3.2": (KeyType.P256, SHA256()),
    "1.2.840.10045.4.3.3": (KeyType.P256, SHA384()),
    "1.2.840.10045.4.3.4": (KeyType.P256, SHA512()),
    "1.2.156.10197.1.501": (KeyType.SM2, None),
}
"""Signature algorithms by OID. SM2 always goes with SM3."""

WEAK = {
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.2": "MD2",
}
"""Algorithms that once were good: such a lock has to be renewed."""


class SystemSignatures:
    """Verifies with the algorithms of this machine."""

    def __init__(self, unavailable: Callable[[], Exception] = Sm2Unavailable) -> None:
        """`unavailable` makes the error that is raised where SM2 cannot be judged."""
        self._unavailable = unavailable
        self._sm2: Sm2Engine | None = None
        try:
            engine = Sm2Engine.load()
            require_right(engine)
            self._sm2 = engine
        except Sm2Unavailable as error:
            log.error("SM2 signatures cannot be judged on this machine: %s", error)

    def verify(self, key_spki_der: bytes, signature: bytes, message: bytes) -> bool:
        """Whether a lock signed the message; False for a key that is not used. Raises
        Sm2Unavailable."""
        key = usable_key(key_spki_der)
        if key is None:
            return False
        form = key.curve.normalised(signature) if key.curve else signature
        return form is not None and self._is_right(key, SHA256(), form, message)

    def verify_issued(
        self,
        key_spki_der: bytes,
        algorithm_oid: str,
        signature: bytes,
        signed: bytes,
    ) -> bool:
        """Whether an issuer's key signed a certificate or list; False for a key that is not used
        and for an algorithm outside ALGORITHMS or of another kind. Raises Sm2Unavailable."""
        key = usable_key(key_spki_der)
        kind, digest = ALGORITHMS.get(algorithm_oid, (None, None))
        if key is None or kind is not key.kind:
            return False
        if key.curve and key.curve.strict(signature) is None:
            return False
        return self._is_right(key, digest, signature, signed)

    def _is_right(
        self,
        key: PublicKey,
        digest: HashAlgorithm | None,
        signature: bytes,
        message: bytes,
    ) -> bool:
        if key.kind is not KeyType.SM2:
            return digest is not None and _by_cryptography(key, digest, signature, message)
        if self._sm2 is None:
            raise self._unavailable()
        try:
            return self._sm2.verify(key.spki, signature, message)
        except Sm2Unavailable as error:
            log.error("libcrypto failed at an SM2 verification: %s", error)
            raise self._unavailable() from error


def _by_cryptography(
    key: PublicKey,
    digest: HashAlgorithm,
    signature: bytes,
    message: bytes,
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
