"""Signatures on elliptic curves, brought to the one form that is verified: strict DER, r and s in range.

Locks answer in two forms: DER (SEQUENCE of r and s) and, from PKCS#11 and SKF, 64 octets r‖s. Decides which it is and refuses the rest:
trailing octets, integers not in their shortest form, r or s outside [1, n-1], and for SM2 r + s = n (GB/T 32918.2 section 7.1, B1, B2, B6).
An ECDSA signature with n-s in place of s is another right signature of the same message (the desk takes each challenge once, so nothing is
won by it); in SM2 it is a wrong one, which the engine finds.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from core.accounts.certificate import KeyType
from core.adapters.signatures import der
from core.adapters.signatures.keys import Curve

_RAW_OCTETS: Final = 64


def strict(signature: bytes, curve: Curve) -> bytes | None:
    """The signature, if it is strict DER with r and s in range, else None."""
    try:
        r, s = (der.integer(number) for number in der.members(der.one(signature, der.SEQUENCE)))
    except ValueError:
        return None
    return signature if _in_range(r, s, curve) else None


def normalised(signature: bytes, curve: Curve) -> bytes | None:
    """The signature as strict DER, from DER or from 64 octets r‖s, or None."""
    found = strict(signature, curve)
    if found is None and len(signature) == _RAW_OCTETS:
        return strict(encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:])), curve)
    return found


def _in_range(r: int, s: int, curve: Curve) -> bool:
    if not (0 < r < curve.n and 0 < s < curve.n):
        return False
    return curve.kind is not KeyType.SM2 or r + s != curve.n
