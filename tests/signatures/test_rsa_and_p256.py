"""RSA and P-256 signatures of a lock, in the forms that locks give them."""

from collections.abc import Callable

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature as decoded
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature as encoded
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from lock_protocol import der
from lock_protocol.public_keys import P256_CURVE, SM2_CURVE, BadKey, read_key
from lock_protocol.signatures import SystemSignatures
from tests.certificates import pki
from tests.signatures.make_vectors import raw

MESSAGE = b"UNBIND-DESK LOCK 1\n" + bytes(128)


@pytest.fixture(scope="module")
def signatures() -> SystemSignatures:
    return SystemSignatures()


@pytest.fixture(scope="module")
def p256() -> tuple[bytes, bytes]:
    key = pki.kept_key("p256", "leaf")
    return key.spki, key.sign(pki.ECDSA_SHA256, MESSAGE)


def test_p256_in_both_forms(signatures: SystemSignatures, p256: tuple[bytes, bytes]) -> None:
    spki, signature = p256
    assert signatures.verify(spki, signature, MESSAGE)
    assert signatures.verify(spki, raw(signature), MESSAGE)
    assert not signatures.verify(spki, signature, MESSAGE + b"\x00")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r, s: encoded(r + P256_CURVE.n, s),
        lambda r, s: encoded(r, s + P256_CURVE.n),
        lambda r, s: encoded(0, s),
        lambda r, s: encoded(r, 0),
        lambda r, s: encoded(r, s) + b"\x00",
        lambda r, s: encoded(s, r),
        lambda r, s: b"\x30\x81" + encoded(r, s)[1:],
        lambda r, s: b"",
    ],
    ids=["r+n", "s+n", "r=0", "s=0", "trailing", "exchanged", "long length", "empty"],
)
def test_spoilt_p256_is_refused(
    signatures: SystemSignatures, p256: tuple[bytes, bytes], spoil: Callable[[int, int], bytes]
) -> None:
    spki, signature = p256
    r, s = decoded(signature)
    assert signatures.verify(spki, spoil(r, s), MESSAGE) is False


def test_in_ecdsa_n_minus_s_is_the_same_signature(
    signatures: SystemSignatures, p256: tuple[bytes, bytes]
) -> None:
    """Unlike SM2. A challenge is taken once, so a second form of one answer gives nothing."""
    spki, signature = p256
    r, s = decoded(signature)
    assert signatures.verify(spki, encoded(r, P256_CURVE.n - s), MESSAGE)


@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa(signatures: SystemSignatures, bits: int) -> None:
    key = pki.rsa_key(bits)
    signature = key.sign(pki.RSA_SHA256, MESSAGE)
    assert signatures.verify(key.spki, signature, MESSAGE)
    assert not signatures.verify(key.spki, signature, MESSAGE[:-1])
    assert not signatures.verify(key.spki, signature + b"\x00", MESSAGE)
    assert not signatures.verify(key.spki, signature[1:], MESSAGE)
    assert not signatures.verify(key.spki, b"", MESSAGE)
    assert not signatures.verify(key.spki, key.sign(pki.RSA_SHA1, MESSAGE), MESSAGE)


def test_weak_rsa_and_other_schemes_sign_nothing(signatures: SystemSignatures) -> None:
    weak = pki.rsa_key(1024)
    assert not signatures.verify(weak.spki, weak.sign(pki.RSA_SHA256, MESSAGE), MESSAGE)
    private = rsa.generate_private_key(65537, 2048)
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pss = private.sign(MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert not signatures.verify(spki, pss, MESSAGE)


def test_rsa_with_the_smallest_exponent_is_not_fooled_by_loose_padding(
    signatures: SystemSignatures,
) -> None:
    """Bleichenbacher 2006: a cube root that begins like a signature. Strict padding refuses it."""
    private = rsa.generate_private_key(3, 2048)
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(MESSAGE)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest.finalize()
    forged = int.from_bytes(
        b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + bytes(256 - 11 - len(info))
    )
    root = 1 << 683
    while (step := (2 * root + forged // (root * root)) // 3) < root:
        root = step
    assert signatures.verify(spki, (root + 1).to_bytes(256), MESSAGE) is False
    assert signatures.verify(
        spki, private.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()), MESSAGE
    )


@pytest.mark.parametrize(
    "spki", [b"", b"\x30\x00", b"hello", pki.seq(pki.seq(), pki.bit_string(b""))]
)
def test_a_key_that_is_none_signs_nothing(signatures: SystemSignatures, spki: bytes) -> None:
    assert signatures.verify(spki, bytes(64), MESSAGE) is False


@pytest.mark.parametrize(
    "curve", [ec.SECP384R1(), ec.SECP256K1(), ec.SECP224R1(), ec.BrainpoolP256R1()]
)
def test_other_curves_sign_nothing(signatures: SystemSignatures, curve: ec.EllipticCurve) -> None:
    key = pki.p256_key(curve)
    assert signatures.verify(key.spki, key.sign(pki.ECDSA_SHA256, MESSAGE), MESSAGE) is False


def test_the_curves_hold_their_keys() -> None:
    for kind, curve in (("p256", P256_CURVE), ("sm2", SM2_CURVE)):
        key = read_key(pki.kept_key(kind, "leaf").spki)
        assert key.curve is curve
    with pytest.raises(BadKey) as raised:
        read_key(pki.ec_spki(b"\x04" + bytes(64)))
    assert raised.value.code == "key.off_curve"


@given(st.binary(max_size=80))
def test_whatever_comes_as_a_signature_becomes_strict_der_or_nothing(signature: bytes) -> None:
    found = P256_CURVE.normalised(signature)
    if found is not None:
        assert encoded(*decoded(found)) == found
        assert all(0 < part < P256_CURVE.n for part in decoded(found))


@given(
    st.integers(min_value=1, max_value=P256_CURVE.n - 1),
    st.integers(min_value=1, max_value=P256_CURVE.n - 1),
)
def test_both_forms_become_the_same(r: int, s: int) -> None:
    assert (
        P256_CURVE.normalised(r.to_bytes(32) + s.to_bytes(32))
        == P256_CURVE.normalised(encoded(r, s))
        == encoded(r, s)
    )


@given(st.binary(max_size=200))
def test_strict_der_reads_or_refuses_and_nothing_else(data: bytes) -> None:
    try:
        value = der.one(data)
    except ValueError:
        return
    assert asn1.encode_der(value) == data
