"""Reads a certificate for display: holder, issuer, end of validity, use, enterprise or person.

The PIN window and the doctor display the result. It proves nothing: the desk verifies certificates
itself. Text of a certificate is not trusted: it is shortened, and control characters are removed.

Whether it is an enterprise's or a person's follows from extensions alone (OIDs of GM/T 0015 and of
the CAs), never from a name.
"""

import re
from contextlib import suppress
from functools import lru_cache

from agent.agent_errors import LockError
from lock_protocol import KeyType, der
from lock_protocol.certificates import (
    KEY_USAGE,
    UTF8_STRING,
    Certificate,
    attributes,
    decoded,
)
from lock_protocol.characters import visible
from lock_protocol.public_keys import BadKey, read_key

ORGANISATION_OIDS = frozenset(
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
PERSON_OIDS = frozenset({"1.2.156.10260.4.1.1", "1.2.86.11.7.1"})
UNIQUE_ID_OIDS = frozenset(
    {
        "1.2.156.112562.2.1.1.1",
        "1.2.156.112562.2.1.1.24",
        "2.16.840.1.113732.2",
        "1.2.156.1.8888.148",
    }
)
ORGANISATION_CODE = re.compile(
    r"(?<![0-9A-Z])(?:[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}"
    r"|[0-9A-Z]{8}-?[0-9X])(?![0-9A-Z])"
)
PERSON_ID = re.compile(r"SF\d{17}[\dX]|(?<!\d)\d{17}[\dX](?![0-9A-Z])")
COMMON_NAME, ORGANISATION = "2.5.4.3", "2.5.4.10"
KEY_TYPES = {KeyType.P256: "P-256", KeyType.SM2: "SM2"}
LONGEST_TEXT = 120
KINDS = {"enterprise": "企业锁", "person": "个人锁", "unknown": "看不出是企业锁还是个人锁"}


class Reading(Certificate[str]):
    """The fields of a certificate, with names as text for display."""

    @property
    def serial_text(self) -> str:
        return f"{self.serial:X}"

    @property
    def key_type(self) -> str:
        """RSA-<bits>, P-256, SM2, or the name of another algorithm or curve."""
        try:
            key = read_key(self.spki)
        except BadKey as error:
            weak = "RSA-" if error.code == "key.too_small" else ""
            return weak + (error.detail or error.code)
        return KEY_TYPES.get(key.kind, f"RSA-{key.bits}")

    @property
    def signs(self) -> bool:
        """Whether digitalSignature, the first bit of keyUsage, is set.

        Without the extension a key may do anything (RFC 5280 4.2.1.3).
        """
        usage = self.extensions.get(KEY_USAGE)
        return usage is None or usage.value[3:4] >= b"\x80"

    @property
    def kind(self) -> str:
        """A key of KINDS, by the extensions and unique ids that GM/T 0015 and the CAs define."""
        found = {oid: innermost(extension.value) for oid, extension in self.extensions.items()}
        unique = " ".join(found.get(oid, "") for oid in UNIQUE_ID_OIDS)
        if (
            any(ORGANISATION_CODE.search(found.get(oid, "")) for oid in ORGANISATION_OIDS)
            or "JJ" in unique
        ):
            return "enterprise"
        if PERSON_ID.search(unique) or found.keys() & PERSON_OIDS:
            return "person"
        return "unknown"


class Unreadable(Exception):
    """These bytes are no certificate."""


@lru_cache(maxsize=256)
def read(octets: bytes) -> Reading:
    """The fields of a certificate. Raises Unreadable."""
    try:
        return Reading.parse(octets, name_text)
    except ValueError as error:
        raise Unreadable(type(error).__name__) from error


def read_signing(octets: bytes) -> Reading:
    """The fields of a certificate that may sign. Raises LockError for another one."""
    try:
        reading = read(octets)
    except Unreadable as error:
        raise LockError("unsupported_key", "证书读不出来") from error
    if not reading.signs:
        raise LockError("not_for_signing")
    return reading


def is_signing(octets: bytes, *, if_unreadable: bool = False) -> bool:
    """Whether these bytes are a certificate that may sign. `if_unreadable`: the answer where they
    cannot be read."""
    try:
        return read(octets).signs
    except Unreadable:
        return if_unreadable


def name_text(name: bytes) -> str:
    """CN, else O, else the whole name."""
    texts = [
        (oid, cleaned(decoded(value.tag_bytes, bytes(value.data))))
        for oid, value in attributes(name)
    ]
    found = dict(texts)
    return (
        found.get(COMMON_NAME)
        or found.get(ORGANISATION)
        or ", ".join(text for _, text in texts)[:LONGEST_TEXT]
    )


def cleaned(text: str | None) -> str:
    """The text for display: what is visible of it, at most LONGEST_TEXT characters."""
    return visible(text or "").strip()[:LONGEST_TEXT]


def innermost(value: bytes) -> str:
    """The text inside nested DER values (a string, a SEQUENCE, a tag), at most five levels deep."""
    with suppress(ValueError):  # the text itself is no DER value
        for _level in range(5):
            value = bytes(der.one(value).data)
    return cleaned(decoded(UTF8_STRING, value))
