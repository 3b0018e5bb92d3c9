"""The parts of a certificate by its octets (RFC 5280 section 4.1): every one must be strict DER.

Written here because no library at hand reads all of them: cryptography refuses '@' and Chinese in a
PrintableString, asn1crypto takes BER, and neither gives names and SM2 keys as they stand. Refuses
trailing octets, doubled extensions, two differing signature algorithms. Judges nothing.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Self, TypeVar

from lock_protocol import der

Name = TypeVar("Name")
NameReader = Callable[[der.Tlv], Name]
KEY_USAGE = "2.5.29.15"
UTF8_STRING = 0x0C
WIDE = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}
"""BMPString and UniversalString."""
MOST_EXTENSIONS = 64
_VERSION_TAG = 0xA0
_VERSIONS = frozenset({1, 2})  # v2, v3; v1 is not written (DER leaves defaults out)
_UNIQUE_ID_TAGS = frozenset({0x81, 0x82})
_EXTENSIONS_TAG = 0xA3
_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_NULL = b"\x05\x00"
_FIRST_YEAR_OF_1900S = "50"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TIME = re.compile(r"\d{14}Z", re.ASCII)


class DoubledExtension(der.NotDer):
    """An extension stands twice; the text is its OID."""


class Extension(NamedTuple):
    """An extension's value, still wrapped, and whether it is critical."""

    critical: bool
    value: bytes


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
        """Parse DER. `name_of` reads names. Raises ValueError, and what `name_of` raises."""
        outer = der.one(data, der.SEQUENCE)
        der.walk(outer)
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
        return cls(
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


def attributes(name: der.Tlv) -> Iterator[tuple[str, der.Tlv]]:
    """The attributes of a distinguished name: OID and value."""
    for rdn in der.members(der.expect(name, der.SEQUENCE)):
        for pair in der.members(der.expect(rdn, der.SET)):
            oid, value = _exactly(der.members(pair), 2, "name attribute")
            yield der.oid(oid), value


def time_of(value: der.Tlv) -> datetime:
    """UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, UTC."""
    text = value.content.decode("ascii", "replace")
    if value.tag == _UTC_TIME:
        text = ("19" if text >= _FIRST_YEAR_OF_1900S else "20") + text
    if value.tag not in {_UTC_TIME, _GENERALIZED_TIME} or not _TIME.fullmatch(text):
        raise der.NotDer("a time that is not in its form")
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")


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
            raise DoubledExtension(oid)
        found[oid] = extension
    return found


def _extension(item: der.Tlv) -> tuple[str, Extension]:
    oid, *flags, value = der.members(der.expect(item, der.SEQUENCE))
    if len(flags) > 1:
        raise der.NotDer("an extension of four parts")
    return der.oid(oid), Extension(
        bool(flags) and der.boolean(flags[0]), der.expect(value, der.OCTET_STRING).content
    )


def visible(text: str) -> str:
    """The text without controls, marks that hide or turn writing, lone surrogates, line ends."""
    return "".join(one for one in text if unicodedata.category(one) not in _INVISIBLE)


def decoded(tag: int, content: bytes) -> str | None:
    """The text of a string value, or None where the octets cannot be decoded. Of narrow strings the
    declared type counts for nothing: CAs put UTF-8 and GBK into all of them."""
    for encoding in [WIDE[tag]] if tag in WIDE else ["utf-8", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
