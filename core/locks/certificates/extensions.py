"""The permissions in a certificate's extensions: whether it is a CA, how deep, for what use (RFC
5280 section 4.2).

Reads only the extensions that the desk judges by. A value that is not in its form is refused
(extension.malformed), never skipped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from core.locks.certificate_reasons import refusal
from core.locks.certificates.parsing import Certificate
from lock_protocol import der
from lock_protocol.certificates import KEY_USAGE

T = TypeVar("T")
BASIC_CONSTRAINTS = "2.5.29.19"
EXTENDED_KEY_USAGE = "2.5.29.37"
CRL_POINTS = "2.5.29.31"
DIGITAL_SIGNATURE, CERT_SIGN, CRL_SIGN = 0, 5, 6
"""Bits of keyUsage, counted from the first."""

_NO_CA: tuple[bool, int | None] = (False, None)
_POINT = b"\xa0"
_FULL_NAME = b"\xa0"

_NOT_A_PERSONS = frozenset(
    {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9"}
)
"""serverAuth, codeSigning, timeStamping, OCSPSigning."""

_UNDERSTOOD = frozenset(
    {
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        "2.5.29.14",
        "2.5.29.35",  # key identifiers: signatures decide
        "2.5.29.17",
        "2.5.29.18",  # alternative names: only profiles read names
        "2.5.29.32",  # policies: every policy of a configured issuer is accepted
        CRL_POINTS,
        "1.3.6.1.5.5.7.1.1",
        "2.16.840.1.113730.1.1",  # where to ask; Netscape's old certificate type
    }
)


@asn1.sequence
class _BasicConstraints:
    """Some CAs write the default, False, too."""

    is_ca: bool | None
    path_length: int | None


@dataclass(frozen=True)
class Uses:
    """`key_usage`: the bits that are set, or None without the extension.

    `path_length`: None for no limit. `extended`: OIDs, none without the extension.
    """

    is_ca: bool
    path_length: int | None
    key_usage: frozenset[int] | None
    extended: frozenset[str]

    def may(self, bit: int) -> bool:
        """Whether the key may be used so; without keyUsage it may."""
        return self.key_usage is None or bit in self.key_usage

    @property
    def for_machines_only(self) -> bool:
        """For servers, code, time stamps or OCSP answers and nothing else."""
        return bool(self.extended) and self.extended <= _NOT_A_PERSONS


def uses_of(certificate: Certificate) -> Uses:
    """Read the uses. Raises CertificateRefused (extension.malformed)."""
    is_ca, path_length = _read(
        certificate, BASIC_CONSTRAINTS, "basicConstraints", _basic_constraints, _NO_CA
    )
    return Uses(
        is_ca,
        path_length,
        _read(certificate, KEY_USAGE, "keyUsage", _key_usage, None),
        _read(certificate, EXTENDED_KEY_USAGE, "extendedKeyUsage", _extended, frozenset()),
    )


def unknown_critical(
    certificate: Certificate, also_understood: frozenset[str] = frozenset()
) -> list[str]:
    """Critical extensions that neither the desk nor the profile understands:
    their limits would be missed."""
    return [
        oid
        for oid, extension in certificate.extensions.items()
        if extension.critical and oid not in _UNDERSTOOD and oid not in also_understood
    ]


def crl_points(certificate: Certificate) -> frozenset[bytes]:
    """The names (GeneralName, DER) of the CRLs that speak of the certificate.

    They identify partial lists and are never fetched.
    """
    return _read(certificate, CRL_POINTS, "cRLDistributionPoints", _point_names, frozenset())


def full_names(point: asn1.TLV) -> frozenset[bytes]:
    """The full names inside a DistributionPointName.

    Raises ValueError for a name relative to the issuer's.
    """
    (choice,) = der.members(point, _POINT)
    return frozenset(map(asn1.encode_der, der.members(choice, _FULL_NAME)))


def _read(
    certificate: Certificate, oid: str, title: str, read: Callable[[bytes], T], absent: T
) -> T:
    """The value of an extension, `absent` where there is none.

    `read` raises ValueError for a value that is not in its form.
    """
    extension = certificate.extensions.get(oid)
    if extension is None:
        return absent
    try:
        return read(extension.value)
    except ValueError as error:
        raise refusal("extension.malformed", title) from error


def _basic_constraints(value: bytes) -> tuple[bool, int | None]:
    read = asn1.decode_der(_BasicConstraints, value)
    if read.path_length is not None and read.path_length < 0:
        raise ValueError("basicConstraints")
    return bool(read.is_ca), read.path_length


def _key_usage(value: bytes) -> frozenset[int] | None:
    octets = asn1.decode_der(asn1.BitString, value).as_bytes()
    if not 1 <= len(octets) <= 2:
        raise ValueError("keyUsage")
    return frozenset(bit for bit in range(8 * len(octets)) if octets[bit // 8] & 0x80 >> bit % 8)


def _extended(value: bytes) -> frozenset[str]:
    return frozenset(
        purpose.parse(ObjectIdentifier).dotted_string for purpose in der.members(der.one(value))
    )


def _point_names(value: bytes) -> frozenset[bytes]:
    return frozenset(
        name
        for point in der.members(der.one(value))
        for member in der.members(point)
        if member.tag_bytes == _POINT
        for name in full_names(member)
    )
