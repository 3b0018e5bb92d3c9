"""Certificates for the desk: the parts that `lock_protocol.certificates` cuts, with names that are
compared and shown. Refuses what is no strict DER and floods of names. Judges nothing about trust,
dates or use: that is `path` and `verifier`.
"""

from typing import NamedTuple

from asn1crypto import pem

from core.enterprise_names import fold_name
from core.locks.certificate_reasons import refusal
from core.locks.certificates.texts import text_of
from lock_protocol import certificates

MOST_OCTETS = 32 * 1024
MOST_NAME_PARTS = 64
_LEFT_OVER = "ExtraData"  # the word of cryptography's decoder

NAMES = {
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
    """A distinguished name: its attributes (OID, text) in order,
    and the form in which equal names are equal."""

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


Certificate = certificates.Certificate[Name]


def parse(data: bytes) -> Certificate:
    """Parse a DER certificate. Raises CertificateRefused (certificate.*)."""
    if len(data) > MOST_OCTETS:
        raise refusal("certificate.too_large")
    try:
        return Certificate.parse(data, name_of)
    except certificates.DoubledExtension as error:
        raise refusal("certificate.duplicate_extension", str(error)) from error
    except ValueError as error:
        if _LEFT_OVER in str(error):
            raise refusal("certificate.trailing_bytes") from error
        raise refusal("certificate.malformed") from error


def name_of(raw: bytes) -> Name:
    """A distinguished name.

    Raises ValueError, CertificateRefused (certificate.too_many_names and those of texts).
    """
    attributes: list[tuple[str, str]] = []
    for oid, text in certificates.attributes(raw):
        attributes.append((oid, text_of(text.tag_bytes, bytes(text.data))))
        if len(attributes) > MOST_NAME_PARTS:
            raise refusal("certificate.too_many_names", f"多于{MOST_NAME_PARTS}项")
    return Name(tuple(attributes), tuple((oid, fold_name(text)) for oid, text in attributes))


def der_of_file(data: bytes) -> bytes:
    """What a file holds as DER or PEM, as DER.

    What is neither comes back as it is.
    """
    try:
        return pem.unarmor(data)[2] if pem.detect(data) else data
    except ValueError:
        return data
