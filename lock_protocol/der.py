"""Values of any kind in strict DER (X.690 section 10), by the decoder of cryptography: definite
lengths in their shortest form, nothing left over.

Refuses, by ValueError, what BER allows: signatures and certificates are compared as bytes, so one
value must have one encoding.
"""

from cryptography.hazmat import asn1

SEQUENCE = b"\x30"
SET = b"\x31"


@asn1.sequence
class _Holder:
    """The decoder takes lists as a field only."""

    values: list[asn1.TLV]


def one(data: bytes) -> asn1.TLV:
    """The only value in `data`."""
    return asn1.decode_der(asn1.TLV, data)


def members(value: asn1.TLV, tag: bytes = SEQUENCE) -> list[asn1.TLV]:
    """The values inside a constructed value of that tag."""
    if value.tag_bytes != tag:
        raise ValueError(f"tag {value.tag_bytes.hex()} where {tag.hex()} belongs")
    return asn1.decode_der(_Holder, sequence(sequence(value.data))).values


def sequence(*members: bytes | memoryview) -> bytes:
    """A SEQUENCE of values: their octets with the length that an OCTET STRING of them has."""
    octet_string = asn1.encode_der(b"".join(members))
    return SEQUENCE + octet_string[1:]


def octets(bits: asn1.BitString) -> bytes:
    """The octets of a bit string without unused bits."""
    if bits.padding_bits():
        raise ValueError("a bit string with unused bits")
    return bits.as_bytes()
