"""Reads a certificate for people: holder, issuer, end of validity, use, enterprise or person.

The PIN window and the doctor display the result; it proves nothing, since the desk has a full
verifier of its own. asn1crypto also reads certificates that cryptography refuses ('@' or GBK bytes
in names). Text of a certificate is not trusted: it is shortened, and control characters are
removed.

Whether it is an enterprise's or a person's follows from extensions alone (OIDs of GM/T 0015 and of
the CAs), never from a name.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from asn1crypto import core, x509

from lock_protocol.public_keys import SM2_CURVE
from lock_protocol.signatures import SystemSignatures

ORGANISATION_OIDS: Final = frozenset(
    {
        "1.2.156.10260.4.1.3",
        "1.2.156.10260.4.1.4",
        "1.2.156.10260.4.1.5",
        "1.2.156.10260.4.4",
        "1.2.86.11.7.3",
        "1.2.86.11.7.4",
        "1.2.86.11.7.5",
    }
)
PERSON_OIDS: Final = frozenset({"1.2.156.10260.4.1.1", "1.2.86.11.7.1"})
UNIQUE_ID_OIDS: Final = frozenset(
    {
        "1.2.156.112562.2.1.1.1",
        "1.2.156.112562.2.1.1.24",
        "2.16.840.1.113732.2",
        "1.2.156.1.8888.148",
    }
)
ORGANISATION_CODE: Final = re.compile(
    r"(?<![0-9A-Z])(?:[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}"
    r"|[0-9A-Z]{8}-?[0-9X])(?![0-9A-Z])"
)
PERSON_ID: Final = re.compile(r"SF\d{17}[\dX]|(?<!\d)\d{17}[\dX](?![0-9A-Z])")
LONGEST_TEXT: Final = 120
KINDS: Final = {"enterprise": "企业锁", "person": "个人锁", "unknown": "看不出是企业锁还是个人锁"}


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of a certificate.

    `key_type`: RSA-<bits>, P-256, SM2, or the name of another algorithm or curve.
    `public_key_info`: the SubjectPublicKeyInfo. `signs`: whether digitalSignature is set. `kind`: a
    key of KINDS.
    """

    subject: str
    issuer: str
    serial: str
    key_type: str
    public_key_info: bytes
    signs: bool
    not_before: datetime
    not_after: datetime
    kind: str


class Unreadable(Exception):
    """These bytes are no certificate."""


@lru_cache(maxsize=256)
def read(der: bytes) -> Reading:
    """The fields of a certificate. Raises Unreadable."""
    try:
        certificate = x509.Certificate.load(der, strict=True)
        return Reading(
            subject=subject_name(certificate),
            issuer=name_text(certificate["tbs_certificate"]["issuer"]),
            serial=f"{certificate.serial_number:X}",
            key_type=key_type(certificate),
            public_key_info=certificate.public_key.dump(),
            signs=signs(certificate),
            not_before=certificate.not_valid_before,
            not_after=certificate.not_valid_after,
            kind=kind(certificate),
        )
    except Exception as error:
        # a hostile certificate may cause any exception in the parser
        raise Unreadable(type(error).__name__) from error


def is_signing(der: bytes, *, unread: bool = False) -> bool:
    """Whether these bytes are a certificate that may sign; `unread` where they cannot be read."""
    try:
        return read(der).signs
    except Unreadable:
        return unread


@lru_cache(1)
def signatures() -> SystemSignatures:
    """The verifier of signatures with the algorithms that this PC has; built once."""
    return SystemSignatures()


def key_type(certificate: x509.Certificate) -> str:
    algorithm = certificate.public_key["algorithm"]
    name = str(algorithm["algorithm"].native)
    if name == "rsa":
        return f"RSA-{certificate.public_key.bit_size}"
    if name != "ec":
        return name
    curve = algorithm["parameters"].chosen
    return {"secp256r1": "P-256", SM2_CURVE.oid: "SM2"}.get(str(curve.native), str(curve.native))


def signs(certificate: x509.Certificate) -> bool:
    """Whether digitalSignature is set.

    Without the extension a key may do anything (RFC 5280 4.2.1.3).
    """
    usage = certificate.key_usage_value
    return usage is None or "digital_signature" in usage.native


def subject_name(certificate: x509.Certificate) -> str:
    """The holder's name: CN, else O, else the whole subject."""
    subject = certificate["tbs_certificate"]["subject"]
    return (
        attribute(subject, "common_name")
        or attribute(subject, "organization_name")
        or name_text(subject)
    )


def name_text(name: x509.Name) -> str:
    return (
        attribute(name, "common_name")
        or ", ".join(text_of(pair["value"]) for rdn in name.chosen for pair in rdn)[:LONGEST_TEXT]
    )


def attribute(name: x509.Name, wanted: str) -> str:
    values = [
        text_of(pair["value"])
        for rdn in name.chosen
        for pair in rdn
        if pair["type"].native == wanted
    ]
    return values[-1] if values else ""


def text_of(value: Any) -> str:
    """The text of a directory string. Ignores the declared type of all but BMPString: many CAs put
    UTF-8 or GBK into T61String and PrintableString."""
    chosen = getattr(value, "chosen", value)
    raw = bytes(chosen.contents or b"")
    if isinstance(chosen, core.BMPString):
        return cleaned(raw.decode("utf-16-be", "replace"))
    return cleaned(decoded(raw))


def decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def cleaned(text: str) -> str:
    """The text for display: without control characters and direction marks, at most LONGEST_TEXT
    characters."""
    clean = "".join(
        character
        for character in text
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    )
    return clean.strip()[:LONGEST_TEXT]


def kind(certificate: x509.Certificate) -> str:
    """A key of KINDS, by the extensions and unique ids that GM/T 0015 and the CAs define."""
    found = dict(extension_texts(certificate))
    unique = " ".join(found.get(oid, "") for oid in UNIQUE_ID_OIDS)
    if (
        any(ORGANISATION_CODE.search(found.get(oid, "")) for oid in ORGANISATION_OIDS)
        or "JJ" in unique
    ):
        return "enterprise"
    if PERSON_ID.search(unique) or found.keys() & PERSON_OIDS:
        return "person"
    return "unknown"


def extension_texts(certificate: x509.Certificate) -> list[tuple[str, str]]:
    """The OID of every extension, with the text inside its value."""
    extensions = certificate["tbs_certificate"]["extensions"]
    if isinstance(extensions, core.Void):
        return []
    return [
        (str(extension["extn_id"].dotted), innermost(bytes(extension["extn_value"].contents)))
        for extension in extensions
    ]


def innermost(value: bytes, depth: int = 0) -> str:
    """The text inside UTF8String, PrintableString, SEQUENCE or a tag, at most four levels deep."""
    text = decoded(value)
    try:
        inner = core.load(value, strict=True)
    except (ValueError, TypeError):
        return cleaned(text)
    return innermost(bytes(inner.contents or b""), depth + 1) if depth < 4 else cleaned(text)
