"""Texts of a certificate, decoded by their tag and by what CAs really write.

BMPString and UniversalString are UTF-16 and UTF-32, as X.680 defines them. All others are UTF-8
where they decode as that, else GB 18030: Chinese CAs write GBK into T61String and even into
PrintableString. Refuses texts that cannot be decoded, and control characters, NUL above all:
programs that stop at it do not see the rest.
"""

import itertools
import unicodedata
from collections.abc import Iterator

from cryptography.hazmat import asn1

from core.locks.certificate_reasons import refusal
from lock_protocol import der
from lock_protocol.certificates import UTF8_STRING, WIDE, decoded

# in between: NumericString, PrintableString, T61String, IA5String, VisibleString
_TEXT_TAGS = frozenset({UTF8_STRING, b"\x12", b"\x13", b"\x14", b"\x16", b"\x1a", *WIDE})
_OCTET_STRING = b"\x04"
_CONSTRUCTED = 0x20
_CONTEXT_CLASS = 0x80
_CLASS_BITS = 0xC0
_DEEPEST = 6  # levels of nested values; certificates are input of strangers
_MOST_TEXTS = 32  # of an extension


def text_of(tag: bytes, content: bytes) -> str:
    """The text of a string value.

    Raises CertificateRefused (certificate.text_unreadable, certificate.control_character).
    """
    text = decoded(tag, content)
    if text is None:
        raise refusal("certificate.text_unreadable", content[:16].hex())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise refusal("certificate.control_character")
    return text


def extension_texts(value: bytes) -> tuple[str, ...]:
    """The texts in an extension's value, however they are wrapped: a string, a SEQUENCE or SET of
    strings, context tags, or bare octets.

    Raises CertificateRefused as text_of does.
    """
    return tuple(itertools.islice(_texts_of(value, 0), _MOST_TEXTS))


def _texts_of(value: bytes, depth: int) -> Iterator[str]:
    try:
        outer = der.one(value)
    except ValueError:
        yield text_of(UTF8_STRING, value)
    else:
        yield from _texts_in(outer, depth)


def _texts_in(value: asn1.TLV, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    tag, content = value.tag_bytes, bytes(value.data)
    if tag[0] & _CONSTRUCTED:
        for member in der.members(value, tag):
            yield from _texts_in(member, depth + 1)
    elif tag in _TEXT_TAGS or tag[0] & _CLASS_BITS == _CONTEXT_CLASS:
        yield text_of(tag, content)
    elif tag == _OCTET_STRING:
        yield from _texts_of(content, depth + 1)
