"""The parts of a certificate by its octets (RFC 5280 section 4.1): every one must be strict DER.

Declared here because cryptography's own class of certificates refuses '@' and Chinese in a
PrintableString. Refuses trailing octets, doubled extensions, two differing signature algorithms.
Judges nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from lock_protocol import der

Name = TypeVar("Name")
NameReader = Callable[[bytes], Name]
KEY_USAGE = "2.5.29.15"
UTF8_STRING = b"\x0c"
WIDE = {b"\x1e": "utf-16-be", b"\x1c": "utf-32-be"}
"""BMPString and UniversalString."""
MOST_EXTENSIONS = 64
_VERSIONS = range(3)


class DoubledExtension(ValueError):
    """An extension stands twice; the text is its OID."""


@asn1.sequence
class Extension:
    """An extension's value, still wrapped, and whether it is critical; some CAs write the default,
    False, too."""

    oid: ObjectIdentifier
    critical: bool | None
    value: bytes


@asn1.sequence
class _Algorithm:
    """None of the algorithms that the desk knows has parameters; NULL means none."""

    oid: ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Validity:
    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class _ToBeSigned:
    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial: int
    algorithm: _Algorithm
    issuer: asn1.TLV
    validity: _Validity
    subject: asn1.TLV
    key: asn1.TLV
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[
        list[Extension], asn1.Explicit(3), asn1.Default([]), asn1.Size(1, MOST_EXTENSIONS)
    ]


@asn1.sequence
class _Signed:
    to_be_signed: asn1.TLV
    algorithm: _Algorithm
    signature: asn1.BitString


@asn1.sequence
class _Attribute:
    oid: ObjectIdentifier
    value: asn1.TLV


@dataclass(frozen=True)
class Certificate(Generic[Name]):
    """A parsed certificate."""

    der: bytes
    tbs: bytes
    serial: int
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    spki: bytes
    extensions: Mapping[str, Extension]
    signature_oid: str
    signature: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    @property
    def spki_sha256(self) -> str:
        return hashlib.sha256(self.spki).hexdigest()

    @classmethod
    def parse(cls, data: bytes, name_of: NameReader[Name]) -> Self:
        """Parse DER. `name_of` reads names. Raises ValueError, and what `name_of` raises.

        The algorithms inside and outside must agree (RFC 5280 section 4.1.1.2): the outer one is
        not signed.
        """
        signed = der.one(data).parse(_Signed)
        tbs = signed.to_be_signed.parse(_ToBeSigned)
        if tbs.version not in _VERSIONS:
            raise ValueError("an unknown version")
        if tbs.algorithm.oid != signed.algorithm.oid:
            raise ValueError("two different signature algorithms")
        return cls(
            der=data,
            tbs=asn1.encode_der(signed.to_be_signed),
            serial=tbs.serial,
            issuer=name_of(asn1.encode_der(tbs.issuer)),
            subject=name_of(asn1.encode_der(tbs.subject)),
            not_before=tbs.validity.not_before.as_datetime(),
            not_after=tbs.validity.not_after.as_datetime(),
            spki=asn1.encode_der(tbs.key),
            extensions=_extensions(tbs.extensions),
            signature_oid=tbs.algorithm.oid.dotted_string,
            signature=der.octets(signed.signature),
        )


def _extensions(listed: Iterable[Extension]) -> dict[str, Extension]:
    found: dict[str, Extension] = {}
    for extension in listed:
        oid = extension.oid.dotted_string
        if oid in found:
            raise DoubledExtension(oid)
        found[oid] = extension
    return found


def attributes(name: bytes) -> Iterator[tuple[str, asn1.TLV]]:
    """The attributes of a distinguished name: OID and value."""
    for rdn in der.members(der.one(name)):
        for pair in der.members(rdn, der.SET):
            attribute = pair.parse(_Attribute)
            yield attribute.oid.dotted_string, attribute.value


def decoded(tag: bytes, content: bytes) -> str | None:
    """The text of a string value, or None where the octets cannot be decoded. Of narrow strings the
    declared type counts for nothing: CAs put UTF-8 and GBK into all of them."""
    for encoding in [WIDE[tag]] if tag in WIDE else ["utf-8", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
