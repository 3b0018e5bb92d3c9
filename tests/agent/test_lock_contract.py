"""What every lock must do, whoever made it: run over SoftHSM2 in a child process and over
the PKCS#11 library in memory."""

from dataclasses import dataclass

import pytest

from agent.agent_errors import LockError
from agent.certificate_text import read
from agent.lock import Order, PinState
from agent.pkcs11_lock import Module, Pkcs11Lock
from tests.agent.fakes import SM2_MECHANISM, FakeLibrary, full_token, is_right
from tools.demo_lock import demo_token

MESSAGE = b"UNBIND-DESK LOCK 1\n" + bytes(128)
SIGNING_LABELS = {"ECCASM2": "SM2", "ECCARSA1": "RSA-2048", "ECCP256": "P-256"}


@dataclass
class Bench:
    """A lock with a token that can be pulled out and put back."""

    lock: object
    pull_out: object
    put_back: object

    @property
    def token(self):
        return self.lock.inventory().tokens[0]

    def certificate(self, label):
        """The serial of the token, and its certificate of that label."""
        token = self.token
        return token.serial, next(one for one in token.certificates if one.label == label)

    def sign(self, label, pin="123456"):
        serial, certificate = self.certificate(label)
        return certificate, self.lock.sign(Order(serial, certificate.sha256, MESSAGE, pin))


@pytest.fixture
def softhsm(demo):
    yield Bench(
        demo.locks(),
        lambda: demo_token.unplug(demo.folder, "主锁"),
        lambda: demo_token.plug(demo.folder, "主锁"),
    )
    demo_token.plug(demo.folder, "主锁")


@pytest.fixture(scope="session")
def made_token(tmp_path_factory):
    return full_token(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def memory(made_token):
    token = made_token
    token.left, token.plugged, token.logins, token.break_at_signature = 3, True, 0, None
    lock = Pkcs11Lock(Module("memory", sm2=hex(SM2_MECHANISM)), lambda _: FakeLibrary([token]))
    return Bench(
        lock, lambda: setattr(token, "plugged", False), lambda: setattr(token, "plugged", True)
    )


@pytest.fixture(params=["softhsm", "memory"])
def bench(request):
    return request.getfixturevalue(request.param)


def code_of(action, *arguments):
    with pytest.raises(LockError) as refused:
        action(*arguments)
    assert refused.value.remedy
    assert "123456" not in str(refused.value)
    return refused.value.code


def test_tokens_and_certificates_are_read_without_a_pin(bench):
    token = bench.token
    assert token.pin is PinState.OK
    assert [one.label for one in token.certificates] == [
        "ECCASM2",
        "ECCARSA1",
        "ECCARSA2",
        "ECCP256",
    ]
    assert {
        one.label: read(one.der).key_type for one in token.certificates if read(one.der).signs
    } == SIGNING_LABELS
    assert {read(one.der).kind for one in token.certificates} == {"enterprise"}


@pytest.mark.parametrize("label", SIGNING_LABELS)
def test_each_signing_certificate_signs(bench, label):
    certificate, signature = bench.sign(label)
    assert is_right(certificate.der, MESSAGE, signature)
    assert (len(signature) == 256) == (label == "ECCARSA1")
    assert label == "ECCARSA1" or signature[0] == 0x30


def test_an_encryption_certificate_does_not(bench):
    assert code_of(bench.sign, "ECCARSA2") == "not_for_signing"


def test_a_wrong_pin_is_told_and_the_next_right_one_works(bench):
    assert code_of(bench.sign, "ECCP256", "999999") == "pin_wrong"
    assert bench.token.pin is PinState.COUNT_LOW
    assert "不正确" in bench.token.pin_note()
    bench.sign("ECCP256")
    assert bench.token.pin is PinState.OK


def test_what_is_not_there_is_not_signed_with(bench):
    serial, certificate = bench.certificate("ECCP256")
    assert (
        code_of(bench.lock.sign, Order(serial, "0" * 64, MESSAGE, "123456"))
        == "certificate_missing"
    )
    assert (
        code_of(bench.lock.sign, Order("another", certificate.sha256, MESSAGE, "123456"))
        == "token_absent"
    )


def test_a_lock_pulled_out_is_gone_and_back_when_it_is_put_back(bench):
    serial, certificate = bench.certificate("ECCP256")
    bench.pull_out()
    assert bench.lock.inventory().tokens == ()
    assert (
        code_of(bench.lock.sign, Order(serial, certificate.sha256, MESSAGE, "123456"))
        == "token_absent"
    )
    bench.put_back()
    assert bench.token.serial == serial
    bench.sign("ECCP256")


def test_an_order_never_shows_its_pin():
    assert "123456" not in repr(Order("serial", "0" * 64, MESSAGE, "123456"))
