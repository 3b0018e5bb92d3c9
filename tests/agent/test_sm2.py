"""SM2 of the agent against a second engine."""

import gmssl_pyx
import pytest
from asn1crypto import algos, keys

from agent import sm2
from agent.agent_errors import LockError
from agent.certificate_check import strict_der

MESSAGE = b"message digest"


def point(info):
    return keys.PublicKeyInfo.load(info)["public_key"].native


@pytest.mark.parametrize(
    "private", [bytes(31) + b"\1", bytes(range(1, 33)), b"\0" * 16 + b"\7" * 16]
)
def test_a_known_key_signs_for_the_other_engine(private):
    info = sm2.public_key_info(private)
    assert gmssl_pyx.sm2_verify(point(info)[1:], MESSAGE, sm2.sign(private, MESSAGE))


def test_both_engines_agree_on_new_keys():
    for _ in range(20):
        private, info = sm2.generate()
        assert len(private) == 32
        ours, theirs = (
            sm2.sign(private, MESSAGE),
            gmssl_pyx.sm2_sign(private, point(info)[1:], MESSAGE),
        )
        assert gmssl_pyx.sm2_verify(point(info)[1:], MESSAGE, ours)
        assert sm2.verify(info, MESSAGE, theirs)
        assert not sm2.verify(info, MESSAGE + b"x", ours)
        assert not sm2.verify(info, MESSAGE, ours + b"\0")
        assert gmssl_pyx.sm2_verify_sm3_digest(
            point(info)[1:], sm2.digest_to_sign(point(info), MESSAGE), ours
        )


@pytest.mark.parametrize("private", [b"", bytes(32), b"\xff" * 32])
def test_what_is_no_key_is_refused(private):
    with pytest.raises(LockError):
        sm2.sign(private, MESSAGE)


def test_what_is_no_public_key_is_refused():
    with pytest.raises(LockError):
        sm2.verify(b"junk", MESSAGE, b"junk")


def test_two_numbers_become_strict_der():
    raw = bytes(31) + b"\x80" + b"\xff" * 32
    der = strict_der(raw)
    assert (algos.DSASignature.load(der)["r"].native, algos.DSASignature.load(der)["s"].native) == (
        0x80,
        int.from_bytes(b"\xff" * 32, "big"),
    )
    assert strict_der(der) == der
    for junk in (b"", b"x", der + b"\0", raw + b"\0", der[:-1]):
        with pytest.raises(LockError):
            strict_der(junk)


def test_each_platform_looks_in_its_own_place():
    assert any(name.endswith(".dll") for name in sm2.candidates("win32", "C:/Python"))
    assert all(name.endswith(".dylib") for name in sm2.candidates("darwin", "/usr/local"))
    assert sm2.candidates("linux")[0] == "libcrypto.so.3"
