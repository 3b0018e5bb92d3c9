"""Holds a signature against a certificate's own key, so that a page never gets one that the desk
would refuse, and judges who issued what.

RSA is PKCS#1 v1.5 with SHA-256, P-256 is ECDSA with SHA-256, SM2 is SM3 with the standard identity;
EC signatures are DER.
"""

from typing import Any, Final

from asn1crypto import algos, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from agent import sm2
from agent.agent_errors import LockError
from agent.certificate_text import key_type

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
COORDINATE_BYTES: Final = 32


def verifies(
    certificate_der: bytes, message: bytes, signature: bytes, digest: str = "sha256"
) -> bool:
    """Whether the certificate's key made this signature.

    False for keys and digests that this program does not know.
    """
    certificate = x509.Certificate.load(certificate_der)
    info = certificate.public_key.dump()
    try:
        if key_type(certificate) == "SM2":
            return sm2.verify(info, message, signature)
        return verified(load_der_public_key(info), message, signature, HASHES[digest]())
    except (ValueError, KeyError, UnsupportedAlgorithm, LockError):
        return False


def verified(key: Any, message: bytes, signature: bytes, digest: hashes.HashAlgorithm) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def issued_by(certificate_der: bytes, issuer_der: bytes) -> bool:
    """Whether the name matches and the issuer's key signed the certificate.

    No path, no revocation: the desk does those.
    """
    certificate, issuer = x509.Certificate.load(certificate_der), x509.Certificate.load(issuer_der)
    if certificate.issuer.dump() != issuer.subject.dump():
        return False
    algorithm = certificate["signature_algorithm"]
    digest = (
        "sm3"
        if str(algorithm["algorithm"].dotted) == "1.2.156.10197.1.501"
        else str(algorithm.hash_algo)
    )
    return verifies(
        issuer_der,
        certificate["tbs_certificate"].dump(),
        certificate["signature_value"].native,
        digest,
    )


def strict_der(signature: bytes) -> bytes:
    """r‖s as a lock gives it, or DER as some drivers do, to DER without a byte too many.

    Raises LockError.
    """
    if len(signature) == 2 * COORDINATE_BYTES:
        pair = [
            int.from_bytes(half, "big")
            for half in (signature[:COORDINATE_BYTES], signature[COORDINATE_BYTES:])
        ]
        return bytes(algos.DSASignature({"r": pair[0], "s": pair[1]}).dump())
    try:
        parsed = algos.DSASignature.load(signature, strict=True)
        return bytes(algos.DSASignature({"r": parsed["r"].native, "s": parsed["s"].native}).dump())
    except (ValueError, TypeError) as error:
        raise LockError(
            "signature_wrong", f"{len(signature)} 字节，既不是 r‖s 也不是 DER"
        ) from error
