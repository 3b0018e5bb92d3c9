"""Bad certificates of every kind, each with its reason."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from core.locks.certificate_reasons import CertificateRefused
from lock_protocol import der
from lock_protocol.public_keys import SM2_CURVE
from tests.certificates import pki
from tests.certificates.conftest import Chain
from tests.certificates.pki import (
    NOW,
    T61,
    UTF8,
    Authority,
    attribute,
    enterprise,
    enterprise_subject,
    kept_key,
    name,
    tlv,
)

Build = Callable[[Authority], bytes]


def raw_signature(signature: bytes) -> bytes:
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(signature))


def flipped(certificate: bytes) -> bytes:
    """The same certificate with one character of the subject's name changed."""
    return certificate.replace("某某测试".encode(), "某个测试".encode(), 1)


def off_curve() -> bytes:
    point = bytearray(kept_key("sm2", "leaf").spki[-65:])
    point[-1] ^= 1
    return pki.ec_spki(bytes(point))


def with_indefinite_length(certificate: bytes) -> bytes:
    return b"\x30\x80" + bytes(der.one(certificate).data) + b"\x00\x00"


EVERY_KIND: list[tuple[str, str, Build]] = [
    ("trailing octets", "certificate.trailing_bytes", lambda ca: enterprise(ca) + b"\x00"),
    ("cut off", "certificate.malformed", lambda ca: enterprise(ca)[:-7]),
    ("nothing", "certificate.malformed", lambda _: b""),
    ("no certificate", "certificate.malformed", lambda _: b"-----BEGIN CERTIFICATE-----"),
    ("BER length", "certificate.malformed", lambda ca: with_indefinite_length(enterprise(ca))),
    ("a megabyte", "certificate.too_large", lambda ca: enterprise(ca) + bytes(1 << 20)),
    (
        "200 RDNs",
        "certificate.too_many_names",
        lambda ca: enterprise(ca, subject=name(*[attribute(pki.CN, f"n{i}") for i in range(200)])),
    ),
    (
        "NUL in the name",
        "certificate.control_character",
        lambda ca: enterprise(ca, subject=enterprise_subject("测试\x00公司")),
    ),
    (
        "NUL in GBK",
        "certificate.control_character",
        lambda ca: enterprise(ca, subject=enterprise_subject("测试\x00公司", T61, "gbk")),
    ),
    (
        "no text",
        "certificate.text_unreadable",
        lambda ca: enterprise(ca, subject=name((pki.O, UTF8, b"\xff\xff\xff"))),
    ),
    (
        "text in an extension unreadable",
        "certificate.text_unreadable",
        lambda ca: enterprise(ca, extensions=((pki.GMT_CODE, False, tlv(0x0C, b"\xff\xfe\xff")),)),
    ),
    (
        "doubled extension",
        "certificate.duplicate_extension",
        lambda ca: enterprise(ca, extensions=(pki.code_extension(), pki.code_extension())),
    ),
    (
        "algorithms differ",
        "certificate.malformed",
        lambda ca: enterprise(ca, inner_algorithm="1.2.840.113549.1.1.12"),
    ),
    ("tampered", "signature.invalid", lambda ca: flipped(enterprise(ca))),
    (
        "expired",
        "validity.expired",
        lambda ca: enterprise(ca, not_after=NOW - timedelta(seconds=1)),
    ),
    (
        "not yet",
        "validity.not_yet",
        lambda ca: enterprise(ca, not_before=NOW + timedelta(seconds=1)),
    ),
    ("unknown CA", "issuer.unknown", lambda ca: enterprise(pki.root(ca.key.kind, "别家CA"))),
    (
        "same name, other key",
        "signature.invalid",
        lambda ca: enterprise(pki.Authority("", kept_key(ca.key.kind, "forger"), ca.name, b"")),
    ),
    (
        "issued by a leaf",
        "issuer.unknown",
        lambda ca: enterprise(pki.below(ca, ca.key.kind, "冒充CA", ca=False)),
    ),
    ("encryption only", "usage.no_signature", lambda ca: enterprise(ca, key_usage=(2, 3))),
    ("no key usage", "usage.no_signature", lambda ca: enterprise(ca, key_usage=None)),
    ("a CA's own", "usage.is_ca", lambda ca: enterprise(ca, ca=True, key_usage=(0, 5))),
    ("the operating CA itself", "usage.is_ca", lambda ca: ca.der),
    (
        "a server's",
        "usage.other_purpose",
        lambda ca: enterprise(
            ca,
            extensions=(
                pki.code_extension(),
                ("2.5.29.37", False, pki.seq(pki.oid("1.3.6.1.5.5.7.3.1"))),
            ),
        ),
    ),
    (
        "unknown critical",
        "extension.unknown_critical",
        lambda ca: enterprise(
            ca, extensions=(pki.code_extension(), ("1.2.3.4.5", True, b"\x05\x00"))
        ),
    ),
    (
        "key usage is no bit string",
        "extension.malformed",
        lambda ca: enterprise(ca, key_usage=None, extensions=(("2.5.29.15", True, b"\x05\x00"),)),
    ),
    ("RSA-1024", "key.too_small", lambda ca: enterprise(ca, key=small_rsa())),
    ("P-384", "key.unsupported", lambda ca: enterprise(ca, key=pki.p256_key(ec.SECP384R1()))),
    ("secp256k1", "key.unsupported", lambda ca: enterprise(ca, key=pki.p256_key(ec.SECP256K1()))),
    (
        "SM2 point called P-256",
        "key.off_curve",
        lambda ca: enterprise(
            ca, spki=pki.ec_spki(kept_key("sm2", "leaf").spki[-65:], "1.2.840.10045.3.1.7")
        ),
    ),
    ("off the curve", "key.off_curve", lambda ca: enterprise(ca, spki=off_curve())),
    (
        "coordinate beyond the field",
        "key.off_curve",
        lambda ca: enterprise(ca, spki=pki.ec_spki(b"\x04" + b"\xff" * 64)),
    ),
    (
        "compressed point",
        "key.malformed",
        lambda ca: enterprise(ca, spki=pki.ec_spki(b"\x02" + bytes(32))),
    ),
    (
        "even modulus",
        "key.malformed",
        lambda ca: enterprise(ca, spki=rsa_spki((1 << 2047) + 4, 65537)),
    ),
    ("exponent 1", "key.malformed", lambda ca: enterprise(ca, spki=rsa_spki((1 << 2047) + 5, 1))),
    (
        "Ed25519",
        "key.unsupported",
        lambda ca: enterprise(
            ca, spki=pki.seq(pki.seq(pki.oid("1.3.101.112")), pki.bit_string(bytes(32)))
        ),
    ),
    (
        "a person's",
        "holder.person",
        lambda ca: enterprise(
            ca,
            subject=enterprise_subject("张三"),
            extensions=((pki.GMT_PERSON, False, tlv(0x31, tlv(0x80, b"119999199001011234"))),),
        ),
    ),
    ("nobody's", "holder.unknown", lambda ca: enterprise(ca, extensions=())),
    (
        "a code with a wrong check character",
        "holder.unknown",
        lambda ca: enterprise(
            ca,
            extensions=(
                pki.code_extension(pki.uscc()[:-1] + ("A" if pki.uscc()[-1] != "A" else "B")),
            ),
        ),
    ),
    (
        "an enterprise without a name",
        "holder.no_name",
        lambda ca: enterprise(ca, subject=name(attribute(pki.C, "CN", pki.PRINTABLE))),
    ),
]


def small_rsa() -> pki.Key:
    return _small[0] if _small else _small.append(pki.rsa_key(1024)) or _small[0]


_small: list[pki.Key] = []


def rsa_spki(modulus: int, exponent: int) -> bytes:
    key = pki.seq(pki.integer(modulus), pki.integer(exponent))
    return pki.seq(pki.algorithm_id("1.2.840.113549.1.1.1"), pki.bit_string(key))


@pytest.mark.parametrize(
    ("title", "reason", "build"), EVERY_KIND, ids=[row[0] for row in EVERY_KIND]
)
def test_a_bad_certificate_has_its_reason(
    chain: Chain, title: str, reason: str, build: Build
) -> None:
    assert chain.reason(build(chain.issuer)) == reason


@pytest.mark.parametrize("algorithm", [pki.RSA_SHA1, pki.RSA_MD5])
def test_a_lock_signed_with_an_old_hash_has_to_be_renewed(
    chains: dict[str, Chain], algorithm: str
) -> None:
    chain = chains["rsa"]
    with_old_hash = enterprise(chain.issuer, algorithm=algorithm)
    assert chain.reason(with_old_hash) == "signature.weak_hash"
    assert "更新（续期）" in chain.verifier.explain(with_old_hash)[-1]


def test_an_algorithm_of_another_key_is_no_signature(chains: dict[str, Chain]) -> None:
    lying = enterprise(chains["sm2"].issuer, algorithm=pki.ECDSA_SHA256)
    assert chains["sm2"].reason(lying) == "signature.invalid"
    assert (
        chains["sm2"].reason(enterprise(chains["sm2"].issuer, algorithm="1.2.3.4"))
        == "signature.algorithm"
    )


@pytest.mark.parametrize("kind", ["p256", "sm2"])
@pytest.mark.parametrize(
    "reshape",
    [
        raw_signature,
        lambda signature: signature + b"\x00",
        lambda signature: pki.seq(pki.integer(0), pki.integer(1)),
        lambda signature: pki.seq(
            *(pki.integer(part + SM2_CURVE.n) for part in decode_dss_signature(signature))
        ),
        lambda signature: b"\x30\x81" + signature[1:],
        lambda _: b"",
    ],
    ids=["r‖s", "trailing", "r = 0", "r + n", "long length", "empty"],
)
def test_the_signature_of_a_certificate_is_strict_der(
    chains: dict[str, Chain], kind: str, reshape: Callable[[bytes], bytes]
) -> None:
    assert (
        chains[kind].reason(enterprise(chains[kind].issuer, reshape_signature=reshape))
        == "signature.not_der"
    )


def test_no_mutation_of_a_good_certificate_gets_in(chains: dict[str, Chain]) -> None:
    """Whatever one octet becomes, the certificate is refused for a reason
    and nothing else is raised."""
    chance = random.Random(20261125)
    for kind in ("sm2", "p256", "rsa"):
        good = enterprise(chains[kind].issuer)
        for _ in range(400):
            at, change = chance.randrange(len(good)), chance.randrange(1, 256)
            bad = good[:at] + bytes((good[at] ^ change,)) + good[at + 1 :]
            assert chains[kind].reason(bad) is not None, (kind, at, change)
            assert chains[kind].verifier.explain(bad)


def test_a_refused_certificate_goes_with_the_refusal(chains: dict[str, Chain]) -> None:
    """Administrators list refused certificates: holder.* says whose it seemed to be."""
    person = enterprise(
        chains["sm2"].issuer,
        extensions=((pki.GMT_PERSON, False, tlv(0x0C, b"119999199001011234")),),
    )
    with pytest.raises(CertificateRefused) as raised:
        chains["sm2"].verifier.verify(person, NOW)
    assert raised.value.reason_code == "holder.person"
    assert raised.value.certificate is not None
    assert raised.value.certificate.kind == "person"
    assert raised.value.certificate.enterprise_name == ""
