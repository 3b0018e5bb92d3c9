"""What accounts need from outside to judge a lock: its certificate and its signatures."""

from datetime import datetime
from typing import Protocol

from core.accounts.certificate import Inspection, LockCertificate


class Verifier(Protocol):
    """Judges the certificates of locks."""

    def inspect(self, der: bytes) -> Inspection:
        """Explain a certificate, good or bad, as of now. Never raises for what the bytes hold."""

    def verify(self, der: bytes, now: datetime, purpose: str, ocsp: bytes | None = None) -> LockCertificate:
        """The certificate, when it may be used for `purpose` (lock_protocol.PURPOSES or "sign_bids") at `now`.

        `ocsp`: an OCSP answer about it, DER. Raises CertificateRefused with a code of core.accounts.certificate_reasons.
        """


class Signatures(Protocol):
    """Verifies what a lock signed: RSA (PKCS #1 v1.5) or P-256 with SHA-256, SM2 with SM3 and the id 1234567812345678."""

    def verify(self, key_spki_der: bytes, signature: bytes, message: bytes) -> bool:
        """Whether the signature is the key's over the message. r‖s and DER are both taken; anything malformed is False.

        Raises CertificateRefused (engine.sm2_unavailable) where this machine cannot judge SM2.
        """
