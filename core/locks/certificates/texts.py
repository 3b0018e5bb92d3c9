"""Texts of a certificate, decoded by their tag and by what CAs really write.

UTF8String, PrintableString, IA5String and T61String are ASCII or UTF-8 where they decode as that,
else GB 18030: Chinese CAs put GBK into T61String and even into PrintableString. BMPString and
UniversalString are what X.680 says. Refuses texts that decode as nothing, and control characters
(NUL above all: what follows it would be unseen by programs that stop there).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from core.locks.certificate_reasons import refusal
from lock_protocol import der

BMP_STRING: Final = 0x1E
UNIVERSAL_STRING: Final = 0x1C
_WIDE: Final = {BMP_STRING: "utf-16-be", UNIVERSAL_STRING: "utf-32-be"}
_TEXT_TAGS: Final = frozenset({0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, BMP_STRING, UNIVERSAL_STRING})
_CONTEXT_CLASS: Final = 0x80
_CLASS_BITS: Final = 0xC0
_DEEPEST: Final = 6
_MOST_TEXTS: Final = 32


def text_of(tag: int, content: bytes) -> str:
    """The text of a string value.

    Raises CertificateRefused (certificate.text_unreadable, certificate.control_character).
    """
    text = decoded(tag, content)
    if text is None:
        raise refusal("certificate.text_unreadable", content[:16].hex())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise refusal("certificate.control_character")
    return text


def decoded(tag: int, content: bytes) -> str | None:
    """The text, or None where the octets are none."""
    for encoding in (_WIDE[tag],) if tag in _WIDE else ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def extension_texts(value: bytes) -> tuple[str, ...]:
    """The texts in an extension's value, however they are wrapped: a string, a SEQUENCE or SET of
    strings, context tags, or bare octets.

    Raises CertificateRefused as text_of does.
    """
    try:
        outer = der.one(value)
    except der.NotDer:
        return (text_of(0x0C, value),)
    return tuple(text for _, text in zip(range(_MOST_TEXTS), _texts_in(outer, 0), strict=False))


def _texts_in(value: der.Tlv, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if value.tag & der.CONSTRUCTED:
        for member in der.members(value):
            yield from _texts_in(member, depth + 1)
    elif value.tag in _TEXT_TAGS or value.tag & _CLASS_BITS == _CONTEXT_CLASS:
        yield text_of(value.tag, value.content)
    elif value.tag == der.OCTET_STRING:
        yield from extension_texts(value.content)
