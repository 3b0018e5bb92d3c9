"""Octets that nobody meant: whatever is changed, cut out or put in, there is a reason, nothing is
accepted, and nothing else is raised."""

import random
from collections.abc import Callable

import pytest

from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.texts import extension_texts
from core.locks.certificates.verifier import CertificateVerifier
from tests.certificates import pki
from tests.certificates.pki import NOW, PRINTABLE, enterprise, enterprise_subject, tlv

ROUNDS = 1500


def mutated(chance: random.Random, octets: bytes) -> bytes:
    made = bytearray(octets)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at, kind = chance.randrange(len(made)), chance.random()
        if kind < 0.6:
            made[at] ^= chance.randrange(1, 256)
        elif kind < 0.7:
            del made[at : at + chance.randrange(1, 6)]
        elif kind < 0.8:
            made[at:at] = chance.randbytes(chance.randrange(1, 5))
        else:
            made[at] = chance.choice(
                (0x00, 0x30, 0x31, 0x04, 0x03, 0x02, 0x80, 0xFF, 0x0A, 0x13, 0x14, 0xA0)
            )
    return bytes(made)


@pytest.fixture(scope="module")
def victim(
    make_verifier: Callable[..., CertificateVerifier],
) -> tuple[CertificateVerifier, dict[str, bytes]]:
    """A verifier, and a good certificate and list to spoil."""
    issuer = pki.root("sm2")
    point = tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://crl.example.org/1")))
    octets = {
        "certificate": enterprise(
            issuer,
            subject=enterprise_subject("测试@公司", PRINTABLE, "gbk"),
            extensions=(pki.code_extension(), ("2.5.29.31", False, pki.seq(pki.seq(point)))),
        ),
        "list": issuer.crl([(5, 1), (6, 6)], extensions=[("2.5.29.28", True, pki.seq(point))]),
    }
    return make_verifier([issuer.der], revocation="crl"), octets


@pytest.mark.parametrize("kind", ["certificate", "list"])
def test_spoilt_octets_have_a_reason_and_nothing_else(
    victim: tuple[CertificateVerifier, dict[str, bytes]],
    kind: str,
) -> None:
    verifier, octets = victim
    chance = random.Random(f"hostile {kind}")
    act: dict[str, Callable[[bytes], object]] = {
        "certificate": lambda data: verifier.verify(data, NOW),
        "list": lambda data: verifier.lists.offer(data, NOW),
    }
    families = {"certificate": (), "list": ("crl.",)}[kind]
    for _ in range(ROUNDS):
        spoilt = mutated(chance, octets[kind])
        if spoilt == octets[kind]:
            continue
        with pytest.raises(CertificateRefused) as raised:
            act[kind](spoilt)
        assert not families or raised.value.reason_code.startswith(families)


def test_octets_inside_octets_end_with_their_depth():
    value = b"\x0c\x01x"
    for _ in range(3000):
        size = len(value)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        value = b"\x04" + length + value
    assert extension_texts(value) == ()
