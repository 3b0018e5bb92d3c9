"""Parses the octets of a certificate (RFC 5280 section 4.1): every one must be strict DER.

Written here because no library at hand reads all of them: cryptography refuses '@' and Chinese in a
PrintableString, asn1crypto takes BER, and neither gives names and SM2 keys as they stand. Refuses
trailing octets, floods of names, doubled extensions, two differing signature algorithms. Judges
nothing about trust, dates or use: that is `path` and `verifier`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from core.enterprise_names import fold_name
from core.locks.certificate_reasons import refusal
from core.locks.certificates.texts import text_of
from lock_protocol import der

MOST_OCTETS: Final = 32 * 1024
MOST_NAME_PARTS: Final = 64
MOST_EXTENSIONS: Final = 64
_VERSION_TAG: Final = 0xA0
_VERSIONS: Final = frozenset({1, 2})  # v2, v3; v1 is not written (DER leaves defaults out)
_UNIQUE_ID_TAGS: Final = frozenset({0x81, 0x82})
_EXTENSIONS_TAG: Final = 0xA3
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_NULL: Final = b"\x05\x00"
_FIRST_YEAR_OF_1900S: Final = 50

NAMES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.5": "serialNumber",
    "2.5.4.42": "G",
    "2.5.4.4": "SN",
    "2.5.4.9": "STREET",
    "2.5.4.12": "title",
    "1.2.840.113549.1.9.1": "E",
}


class Name(NamedTuple):
    """A distinguished name: its octets, its attributes (OID, text) in order,
    and the form in which equal names are equal."""

    raw: bytes
    attributes: tuple[tuple[str, str], ...]
    folded: tuple[tuple[str, str], ...]

    def lines(self) -> tuple[str, ...]:
        """One attribute a line, as people know them."""
        return tuple(f"{NAMES.get(oid, oid)}={text}" for oid, text in self.attributes)

    def __str__(self) -> str:
        """The common name, else all of it: for messages."""
        return next(
            (text for oid, text in self.attributes if oid == "2.5.4.3"), "，".join(self.lines())
        )[:80]


class Extension(NamedTuple):
    """An extension's value, still wrapped, and whether it is critical."""

    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
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

    @property
    def self_issued(self) -> bool:
        return self.subject.folded == self.issuer.folded


def parse(data: bytes) -> Certificate:
    """Parse a DER certificate. Raises CertificateRefused (certificate.*)."""
    if len(data) > MOST_OCTETS:
        raise refusal("certificate.too_large")
    try:
        outer = der.one(data, der.SEQUENCE)
        der.walk(outer)
        return _cut(outer)
    except der.TrailingBytes as error:
        raise refusal("certificate.trailing_bytes") from error
    except ValueError as error:
        raise refusal("certificate.malformed", str(error)[:60]) from error


def _cut(outer: der.Tlv) -> Certificate:
    tbs, algorithm, signature = _exactly(der.members(outer), 3, "certificate")
    fields = der.members(der.expect(tbs, der.SEQUENCE))
    if fields and fields[0].tag == _VERSION_TAG:
        if der.integer(der.one(fields[0].content)) not in _VERSIONS:
            raise der.NotDer("an unknown version")
        fields = fields[1:]
    serial, inner_algorithm, issuer, validity, subject, spki = _exactly(
        fields[:6], 6, "tbsCertificate"
    )
    oid = _same_algorithm(inner_algorithm, algorithm)
    not_before, not_after = (
        time_of(value) for value in _exactly(der.members(validity), 2, "validity")
    )
    return Certificate(
        der=outer.whole,
        tbs=tbs.whole,
        serial=der.integer(serial),
        issuer=name_of(issuer),
        subject=name_of(subject),
        not_before=not_before,
        not_after=not_after,
        spki=spki.whole,
        extensions=_extensions(fields[6:]),
        signature_oid=oid,
        signature=der.bits(signature),
    )


def _exactly(values: list[der.Tlv], count: int, where: str) -> list[der.Tlv]:
    if len(values) != count:
        raise der.NotDer(f"{where} has {len(values)} parts")
    return values


def _same_algorithm(inner: der.Tlv, outer: der.Tlv) -> str:
    """The algorithm's OID.

    Inside and outside must agree (RFC 5280 section 4.1.1.2): the outer one is not signed.
    """
    oid = _algorithm(inner)
    if oid != _algorithm(outer):
        raise der.NotDer("two different signature algorithms")
    return oid


def _algorithm(value: der.Tlv) -> str:
    """None of the algorithms that the desk knows has parameters; NULL means none."""
    oid, *parameters = der.members(der.expect(value, der.SEQUENCE)) or [value]
    if any(parameter.whole != _NULL for parameter in parameters):
        raise der.NotDer("parameters of a signature algorithm")
    return der.oid(oid)


@lru_cache(maxsize=256)
def name_of(value: der.Tlv) -> Name:
    """A distinguished name, cached because most certificates name the same issuer.

    Raises NotDer, CertificateRefused (certificate.too_many_names and those of texts).
    """
    attributes: list[tuple[str, str]] = []
    for rdn in der.members(der.expect(value, der.SEQUENCE)):
        for pair in der.members(der.expect(rdn, der.SET)):
            oid, text = _exactly(der.members(pair), 2, "name attribute")
            attributes.append((der.oid(oid), text_of(text.tag, text.content)))
            if len(attributes) > MOST_NAME_PARTS:
                raise refusal("certificate.too_many_names", f"多于{MOST_NAME_PARTS}项")
    return Name(
        value.whole, tuple(attributes), tuple((oid, fold_name(text)) for oid, text in attributes)
    )


def time_of(value: der.Tlv) -> datetime:
    """UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, UTC."""
    digits = value.content[:-1].decode("ascii", "replace")
    years = {_UTC_TIME: 2, _GENERALIZED_TIME: 4}.get(value.tag, 0)
    if (
        not years
        or len(digits) != years + 10
        or not (digits.isascii() and digits.isdigit())
        or value.content[-1:] != b"Z"
    ):
        raise der.NotDer("a time that is not in its form")
    year = int(digits[:years])
    if years == 2:
        year += 1900 if year >= _FIRST_YEAR_OF_1900S else 2000
    month, day, hour, minute, second = (
        int(digits[at : at + 2]) for at in range(years, years + 10, 2)
    )
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _extensions(rest: list[der.Tlv]) -> dict[str, Extension]:
    while rest and rest[0].tag in _UNIQUE_ID_TAGS:
        rest = rest[1:]
    if not rest:
        return {}
    if len(rest) > 1 or rest[0].tag != _EXTENSIONS_TAG:
        raise der.NotDer("something unknown behind the key")
    listed = der.members(der.one(rest[0].content, der.SEQUENCE))
    if len(listed) > MOST_EXTENSIONS:
        raise der.NotDer(f"{len(listed)} extensions")
    found: dict[str, Extension] = {}
    for item in listed:
        oid, extension = _extension(item)
        if oid in found:
            raise refusal("certificate.duplicate_extension", oid)
        found[oid] = extension
    return found


def _extension(item: der.Tlv) -> tuple[str, Extension]:
    oid, *flags, value = der.members(der.expect(item, der.SEQUENCE))
    if len(flags) > 1:
        raise der.NotDer("an extension of four parts")
    return der.oid(oid), Extension(
        bool(flags) and der.boolean(flags[0]), der.expect(value, der.OCTET_STRING).content
    )
