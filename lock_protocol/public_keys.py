"""Public keys of a SubjectPublicKeyInfo: RSA of 2048 to 8192 bits, P-256 and SM2 only.

Refuses weak RSA keys, even exponents, other curves, curves given by their parameters, compressed
points, and points that do not lie on their curve: a point off the curve would let its maker forge
(invalid-curve attacks). Sources: RFC 3279, RFC 5480, GB/T 32918.5 for SM2's curve.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509 import ObjectIdentifier

from lock_protocol import KeyType, der

SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 8192
_LARGEST_EXPONENT_BITS = 64
_RSA = "1.2.840.113549.1.1.1"
_EC = "1.2.840.10045.2.1"
_NULL = b"\x05\x00"
_OID = b"\x06"
_UNCOMPRESSED = b"\x04"
_RAW_OCTETS = 64


@dataclass(frozen=True)
class Curve:
    """y² = x³ + ax + b over the field of `p`; `n` is the order of its points."""

    kind: KeyType
    oid: str
    p: int
    a: int
    b: int
    n: int

    def contains(self, x: int, y: int) -> bool:
        """Whether a point lies on the curve, with coordinates in the field."""
        return (
            x < self.p and y < self.p and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0
        )

    def strict(self, signature: bytes) -> bytes | None:
        """The signature, if it is strict DER with r and s in [1, n-1], and for SM2 r + s ≠ n (GB/T
        32918.2 section 7.1, B1, B2, B6); else None.

        An ECDSA signature with n-s in place of s is another right signature of the same message
        (the desk takes each challenge once, so nothing is won by it); in SM2 it is a wrong one,
        which the engine finds.
        """
        try:
            r, s = decode_dss_signature(signature)
        except ValueError:
            return None
        in_range = 0 < r < self.n and 0 < s < self.n
        return (
            signature if in_range and not (self.kind is KeyType.SM2 and r + s == self.n) else None
        )

    def normalised(self, signature: bytes) -> bytes | None:
        """The signature as strict DER, from DER or from 64 octets r‖s (PKCS#11, SKF); else None."""
        found = self.strict(signature)
        if found is None and len(signature) == _RAW_OCTETS:
            return self.strict(
                encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
            )
        return found


SM2_CURVE = Curve(
    KeyType.SM2,
    "1.2.156.10197.1.301",
    p=0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF,
    a=0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC,
    b=0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    n=0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
)
P256_CURVE = Curve(
    KeyType.P256,
    "1.2.840.10045.3.1.7",
    p=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    a=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
)
_CURVES = {curve.oid: curve for curve in (SM2_CURVE, P256_CURVE)}
_CURVE_NAMES = {
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.3.132.0.10": "secp256k1",
    "1.3.132.0.33": "P-224",
}
_KEY_NAMES = {
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
}


@asn1.sequence
class _KeyInfo:
    algorithm: asn1.TLV
    key: asn1.BitString


@asn1.sequence
class _RsaKey:
    modulus: int
    exponent: int


class BadKey(ValueError):
    """A key that is not used. `code` is a reason of core.locks.certificate_reasons."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class PublicKey:
    """A usable key. `curve` is None for RSA."""

    kind: KeyType
    bits: int
    spki: bytes
    curve: Curve | None = None


@lru_cache(maxsize=4096)
def read_key(spki: bytes) -> PublicKey:
    """The key in a SubjectPublicKeyInfo. Raises BadKey."""
    try:
        info = asn1.decode_der(_KeyInfo, spki)
        oid, *parameters = der.members(info.algorithm)
        kind = oid.parse(ObjectIdentifier).dotted_string
        if kind == _RSA and [asn1.encode_der(one) for one in parameters] in ([], [_NULL]):
            return _rsa(spki, der.octets(info.key))
        if kind == _EC:
            return _elliptic(spki, parameters, der.octets(info.key))
    except BadKey:
        raise
    except ValueError as error:
        raise BadKey("key.malformed", str(error)) from error
    raise BadKey("key.unsupported", _KEY_NAMES.get(kind, kind[:60]))


def usable_key(spki: bytes) -> PublicKey | None:
    """The same, or None for a key that is not used."""
    try:
        return read_key(spki)
    except BadKey:
        return None


def _rsa(spki: bytes, content: bytes) -> PublicKey:
    key = asn1.decode_der(_RsaKey, content)
    modulus, exponent = key.modulus, key.exponent
    if (
        modulus <= 0
        or not modulus & 1
        or not exponent & 1
        or exponent <= 1
        or exponent.bit_length() > _LARGEST_EXPONENT_BITS
    ):
        raise BadKey("key.malformed", "modulus or exponent")
    if modulus.bit_length() < SMALLEST_RSA_BITS:
        raise BadKey("key.too_small", str(modulus.bit_length()))
    if modulus.bit_length() > LARGEST_RSA_BITS:
        raise BadKey("key.unsupported", f"RSA {modulus.bit_length()}位")
    return PublicKey(KeyType.RSA, modulus.bit_length(), spki)


def _elliptic(spki: bytes, parameters: list[asn1.TLV], point: bytes) -> PublicKey:
    if len(parameters) != 1 or parameters[0].tag_bytes != _OID:
        raise BadKey("key.unsupported", "未指明曲线名称")
    oid = parameters[0].parse(ObjectIdentifier).dotted_string
    curve = _CURVES.get(oid)
    if curve is None:
        raise BadKey("key.unsupported", _CURVE_NAMES.get(oid, oid))
    if len(point) != 65 or point[:1] != _UNCOMPRESSED:
        raise BadKey("key.malformed", "point")
    if not curve.contains(int.from_bytes(point[1:33]), int.from_bytes(point[33:])):
        raise BadKey("key.off_curve")
    return PublicKey(curve.kind, 256, spki, curve)
