"""Strict DER, as far as the desk needs it: one tag octet, definite lengths in their shortest form,
nothing left over (X.690 section 10).

Refuses what BER allows: signatures and certificates are compared as bytes,
so one value must have one encoding.
"""

from functools import lru_cache
from typing import NamedTuple

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
SEQUENCE = 0x30
SET = 0x31
CONSTRUCTED = 0x20
_HIGH_TAG = 0x1F
_MOST_LENGTH_OCTETS = 4
_DEEPEST = 24
_MOST_OID_OCTETS = 128  # adding a digit to a long number takes quadratic time


class NotDer(ValueError):
    """The bytes are no strict DER of the expected form."""


class TrailingBytes(NotDer):
    """A whole value, and then more."""


class Tlv(NamedTuple):
    """A value: its tag octet, its content and all of its octets."""

    tag: int
    content: bytes
    whole: bytes


def one(data: bytes, tag: int | None = None) -> Tlv:
    """The only value in `data`, with that tag.

    Raises NotDer, TrailingBytes when something follows it.
    """
    value, end = read(data, 0)
    if end != len(data):
        raise TrailingBytes(f"{len(data) - end} octets after the value")
    return expect(value, tag)


def members(value: Tlv) -> list[Tlv]:
    """The values inside a constructed value."""
    if not value.tag & CONSTRUCTED:
        raise NotDer(f"tag {value.tag:#x} is not constructed")
    found, at = [], 0
    while at < len(value.content):
        member, at = read(value.content, at)
        found.append(member)
    return found


def expect(value: Tlv, tag: int | None) -> Tlv:
    """The same value, if it has the tag."""
    if tag is not None and value.tag != tag:
        raise NotDer(f"tag {value.tag:#x} where {tag:#x} belongs")
    return value


def read(data: bytes, at: int) -> tuple[Tlv, int]:
    """The value that begins at `at`, and where it ends."""
    if at + 2 > len(data):
        raise NotDer("cut off")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise NotDer("a tag of several octets")
    if length & 0x80:
        length, body = _long_length(data, body, length & 0x7F)
    end = body + length
    if end > len(data):
        raise NotDer("cut off")
    return Tlv(tag, data[body:end], data[at:end]), end


def _long_length(data: bytes, at: int, octets: int) -> tuple[int, int]:
    if not 1 <= octets <= _MOST_LENGTH_OCTETS or at + octets > len(data):
        raise NotDer("an indefinite or oversized length")
    length = int.from_bytes(data[at : at + octets])
    if length < 0x80 or data[at] == 0:
        raise NotDer("a length that is not in its shortest form")
    return length, at + octets


def walk(value: Tlv, depth: int = 0) -> None:
    """Go through every value inside.

    Raises NotDer for a bad length, boolean, integer or OID, or too deep a nest.
    """
    if depth > _DEEPEST:
        raise NotDer("nested too deeply")
    if value.tag & CONSTRUCTED:
        for member in members(value):
            walk(member, depth + 1)
    elif value.tag == INTEGER:
        integer(value)
    elif value.tag == BOOLEAN:
        boolean(value)
    elif value.tag == OID:
        oid(value)


def integer(value: Tlv) -> int:
    """A whole number in its shortest form."""
    content = expect(value, INTEGER).content
    if not content or (
        len(content) > 1 and content[0] in {0x00, 0xFF} and (content[0] ^ content[1]) < 0x80
    ):
        raise NotDer("an integer that is not in its shortest form")
    return int.from_bytes(content, signed=True)


def boolean(value: Tlv) -> bool:
    """TRUE is FF, FALSE is 00, nothing else."""
    if expect(value, BOOLEAN).content not in {b"\x00", b"\xff"}:
        raise NotDer("a boolean that is neither 00 nor FF")
    return value.content == b"\xff"


def bits(value: Tlv) -> bytes:
    """The octets of a bit string without unused bits."""
    content = expect(value, BIT_STRING).content
    if not content or content[0] != 0:
        raise NotDer("a bit string with unused bits")
    return content[1:]


def oid(value: Tlv) -> str:
    """Dotted decimal."""
    return _dotted(expect(value, OID).content)


@lru_cache(maxsize=512)
def _dotted(content: bytes) -> str:
    if not content or content[-1] & 0x80 or len(content) > _MOST_OID_OCTETS:
        raise NotDer("an OID that is cut off or too long")
    arcs, number, fresh = [], 0, True
    for octet in content:
        if fresh and octet == 0x80:
            raise NotDer("an OID that is not in its shortest form")
        number, fresh = number << 7 | octet & 0x7F, not octet & 0x80
        if fresh:
            arcs.append(number)
            number = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (root, arcs[0] - 40 * root, *arcs[1:]))
