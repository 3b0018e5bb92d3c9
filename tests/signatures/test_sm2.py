"""SM2 by two engines: 300 signatures of the openssl command line and nine shapes of attack,
judged by ours and by gmssl-pyx."""

import base64
import ctypes
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import gmssl_pyx
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature as encoded

from core.locks.certificate_reasons import CertificateRefused
from core.locks.certificates.verifier import desk_signatures
from lock_protocol.public_keys import SM2_CURVE
from lock_protocol.signatures import SystemSignatures
from lock_protocol.sm2 import Sm2Engine, Sm2Unavailable, candidates, digest_to_sign, require_right
from tests.certificates import pki
from tests.signatures.make_vectors import COUNT, FILE, message_of, signed

N = SM2_CURVE.n


class Vector(NamedTuple):
    point: bytes
    r: int
    s: int
    message: bytes

    @property
    def spki(self) -> bytes:
        return pki.ec_spki(b"\x04" + self.point)

    @property
    def signature(self) -> bytes:
        return encoded(self.r, self.s)


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    lines = [base64.b64decode(line) for line in FILE.read_text().split()]
    assert len(lines) == COUNT
    return [
        Vector(one[:64], int.from_bytes(one[64:96]), int.from_bytes(one[96:]), message_of(i))
        for i, one in enumerate(lines)
    ]


@pytest.fixture(scope="module")
def ours() -> SystemSignatures:
    return SystemSignatures()


def second_opinion(spki: bytes, signature: bytes, message: bytes) -> bool:
    try:
        return bool(
            gmssl_pyx.sm2_verify(gmssl_pyx.normalize_sm2_public_key(spki[-65:]), message, signature)
        )
    except (gmssl_pyx.InvalidValueError, gmssl_pyx.GmsslInnerError):
        return False


def test_every_vector_is_right(vectors: list[Vector], ours: SystemSignatures) -> None:
    for vector in vectors:
        assert ours.verify(vector.spki, vector.signature, vector.message)
        assert second_opinion(vector.spki, vector.signature, vector.message)


def test_every_vector_is_right_as_r_and_s_alone(
    vectors: list[Vector], ours: SystemSignatures
) -> None:
    for vector in vectors:
        assert ours.verify(
            vector.spki, vector.r.to_bytes(32) + vector.s.to_bytes(32), vector.message
        )


def off_curve(vector: Vector) -> Vector:
    x, y = vector.point[:32], int.from_bytes(vector.point[32:])
    return vector._replace(point=x + (y ^ 1).to_bytes(32))


def with_signature(
    make: Callable[[Vector], bytes],
) -> Callable[[Vector], tuple[bytes, bytes, bytes]]:
    return lambda vector: (vector.spki, make(vector), vector.message)


ATTACKS: dict[str, Callable[[Vector], tuple[bytes, bytes, bytes]]] = {
    "tampered": lambda vector: (vector.spki, vector.signature, vector.message + b"\x00"),
    "r + n": with_signature(lambda vector: encoded(vector.r + N, vector.s)),
    "s + n": with_signature(lambda vector: encoded(vector.r, vector.s + N)),
    "r = 0": with_signature(lambda vector: encoded(0, vector.s)),
    "s = 0": with_signature(lambda vector: encoded(vector.r, 0)),
    "r + s = n": with_signature(lambda vector: encoded(vector.r, N - vector.r)),
    "trailing octet": with_signature(lambda vector: vector.signature + b"\x00"),
    "off-curve key": lambda vector: (off_curve(vector).spki, vector.signature, vector.message),
    "n - s": with_signature(lambda vector: encoded(vector.r, N - vector.s)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_passes_either_engine(
    vectors: list[Vector], ours: SystemSignatures, attack: str
) -> None:
    for vector in vectors[::10]:
        bad = ATTACKS[attack](vector)
        assert ours.verify(*bad) is False
        assert second_opinion(*bad) is False


@pytest.mark.parametrize(
    "attack", ["tampered", "r = 0", "s = 0", "r + s = n", "n - s", "r + n", "s + n"]
)
def test_the_engine_alone_refuses_them_too(vectors: list[Vector], attack: str) -> None:
    """What our own range checks would have stopped, libcrypto stops as well."""
    engine = Sm2Engine.load()
    assert engine.verify(*ATTACKS[attack](vectors[7])) is False


ODD_FORMS: list[tuple[str, Callable[[Vector], bytes]]] = [
    ("long form of a short length", lambda v: b"\x30\x81" + v.signature[1:]),
    ("indefinite length", lambda v: b"\x30\x80" + v.signature[2:] + b"\x00\x00"),
    (
        "an integer with a zero too many",
        lambda v: pki.seq(pki.tlv(2, b"\x00" + pki.integer(v.r)[2:]), pki.integer(v.s)),
    ),
    (
        "a negative r",
        lambda v: pki.seq(pki.tlv(2, (v.r - 2**256).to_bytes(33, signed=True)), pki.integer(v.s)),
    ),
    ("three integers", lambda v: pki.seq(*(pki.integer(n) for n in (v.r, v.s, 1)))),
    ("one integer", lambda v: pki.seq(pki.integer(v.r))),
    ("63 octets", lambda v: (v.r.to_bytes(32) + v.s.to_bytes(32))[:63]),
    ("65 octets", lambda v: v.r.to_bytes(32) + v.s.to_bytes(32) + b"\x00"),
    ("s before r", lambda v: v.s.to_bytes(32) + v.r.to_bytes(32)),
    ("zeros", lambda _: bytes(64)),
    ("nothing", lambda _: b""),
]


@pytest.mark.parametrize(("title", "make"), ODD_FORMS, ids=[row[0] for row in ODD_FORMS])
def test_other_forms_of_a_signature_are_refused(
    vectors: list[Vector],
    ours: SystemSignatures,
    title: str,
    make: Callable[[Vector], bytes],
) -> None:
    assert ours.verify(vectors[3].spki, make(vectors[3]), vectors[3].message) is False


def test_another_signers_id_is_another_signature(
    vectors: list[Vector], ours: SystemSignatures
) -> None:
    """OpenSSL's own default id is empty: a lock never signs so."""
    public, private = gmssl_pyx.sm2_key_generate()
    spki = pki.ec_spki(b"\x04" + public)
    assert ours.verify(spki, gmssl_pyx.sm2_sign(private, public, b"x"), b"x")
    assert not ours.verify(
        spki, gmssl_pyx.sm2_sign(private, public, b"x", signer_id=b"someone else"), b"x"
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command line")
def test_openssl_signs_now_and_both_engines_agree(ours: SystemSignatures, tmp_path: Path) -> None:
    for number in range(900, 905):
        point, signature = signed(number, tmp_path)
        spki = pki.ec_spki(b"\x04" + point)
        assert ours.verify(spki, signature, message_of(number))
        assert second_opinion(spki, signature, message_of(number))
        assert SM2_CURVE.normalised(signature) == signature


def test_a_software_lock_signs_for_both_engines(ours: SystemSignatures) -> None:
    engine = Sm2Engine.load()
    for _ in range(20):
        public, private = gmssl_pyx.sm2_key_generate()
        spki = pki.ec_spki(b"\x04" + public)
        digest = digest_to_sign(spki, b"message digest")
        signature = engine.sign(private, digest)
        assert ours.verify(spki, signature, b"message digest")
        assert second_opinion(spki, signature, b"message digest")
        assert not second_opinion(spki, signature, b"another")
        assert gmssl_pyx.sm2_verify_sm3_digest(public, digest, signature)


@pytest.mark.parametrize("private", [b"", bytes(32), b"\xff" * 32, (N - 1).to_bytes(32)])
def test_what_is_no_private_key_signs_nothing(private: bytes) -> None:
    with pytest.raises(ValueError, match="no SM2 private key"):
        Sm2Engine.load().sign(private, bytes(32))


def test_each_platform_looks_in_its_own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert candidates()[0] == "libcrypto.so.3"
    monkeypatch.setattr("lock_protocol.sm2.PLATFORM", "win32")
    assert all(name.endswith(".dll") for name in candidates())


def test_threads_share_one_engine(vectors: list[Vector], ours: SystemSignatures) -> None:
    wrong: list[int] = []

    def run(start: int) -> None:
        for vector in vectors[start::4]:
            right = ours.verify(vector.spki, vector.signature, vector.message)
            if not right or ours.verify(
                vector.spki, encoded(vector.r, N - vector.s), vector.message
            ):
                wrong.append(start)

    threads = [threading.Thread(target=run, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert wrong == []


def test_keys_that_leave_the_cache_are_freed_and_read_again() -> None:
    engine = Sm2Engine.load()
    made = [pki.sm2_key() for _ in range(260)]
    signatures = [key.sign("", b"x") for key in made]
    for _ in range(2):
        assert all(
            engine.verify(key.spki, signature, b"x")
            for key, signature in zip(made, signatures, strict=True)
        )
    assert engine._public_key.cache_info().currsize == 256


def test_the_error_queue_is_left_empty(vectors: list[Vector]) -> None:
    engine = Sm2Engine.load()
    peek = engine._library.ERR_peek_error
    peek.restype, peek.argtypes = ctypes.c_ulong, ()
    assert not engine.verify(vectors[0].spki, encoded(vectors[0].r, N), vectors[0].message)
    with pytest.raises(Sm2Unavailable):
        engine.verify(b"\x30\x00", b"", b"")
    assert peek() == 0


# -- an engine that is not fit ---------------------------------------------------------------------


class Liar:
    """An engine that gives one answer to everything."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def verify(self, *_: bytes) -> bool:
        return self.answer


@pytest.mark.parametrize("answer", [True, False])
def test_the_self_test_catches_an_engine_that_answers_wrongly(answer: bool) -> None:
    with pytest.raises(Sm2Unavailable, match="self-test"):
        require_right(Liar(answer))  # type: ignore[arg-type]


def test_the_self_test_catches_an_engine_with_another_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lock_protocol.sm2.IDENTITY", b"")
    with pytest.raises(Sm2Unavailable, match="published example"):
        require_right(Sm2Engine.load())


def test_without_the_engine_rsa_goes_on_and_sm2_says_so(
    monkeypatch: pytest.MonkeyPatch, vectors: list[Vector]
) -> None:
    monkeypatch.setattr("lock_protocol.sm2.candidates", lambda: ["/nonexistent/libcrypto.so.3"])
    signatures = desk_signatures()
    key = pki.kept_key("rsa", "leaf")
    assert signatures.verify(key.spki, key.sign(pki.RSA_SHA256, b"x"), b"x")
    with pytest.raises(CertificateRefused) as raised:
        signatures.verify(vectors[0].spki, vectors[0].signature, vectors[0].message)
    assert raised.value.reason_code == "engine.sm2_unavailable"
    assert "RSA" in raised.value.message


def test_a_library_that_is_no_libcrypto_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lock_protocol.sm2.candidates", lambda: ["libm.so.6"])
    with pytest.raises(Sm2Unavailable):
        Sm2Engine.load()
