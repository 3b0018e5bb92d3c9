"""What a lock may do wrong in the middle of things, played by the PKCS#11 library in memory."""

import pytest
from pkcs11 import Attribute, Mechanism
from pkcs11 import exceptions as raised

from agent.agent_errors import LockError
from agent.lock import Order, PinState
from agent.pkcs11_lock import Module, Pkcs11Lock, vendor_mechanism
from tests.agent.fakes import SM2_MECHANISM, FakeLibrary, FakeToken, Missing, full_token, is_right

MESSAGE = b"message"


@pytest.fixture
def token(tmp_path):
    return full_token(tmp_path)


def lock_of(*tokens, sm2="0x80000b01"):
    return Pkcs11Lock(Module("memory", sm2=sm2), lambda _: FakeLibrary(list(tokens)))


def order(lock, label="ECCP256", pin="123456"):
    found = lock.inventory().tokens[0]
    certificate = next(one for one in found.certificates if one.label == label)
    return Order(found.serial, certificate.sha256, MESSAGE, pin)


def refusal(lock, wish):
    with pytest.raises(LockError) as refused:
        lock.sign(wish)
    return refused.value


def test_wrong_pins_are_told_to_the_last_try_and_a_locked_pin_is_never_tried_again(token):
    lock = lock_of(token)
    codes = [refusal(lock, order(lock, pin="999999")).code for _ in range(3)]
    assert codes == ["pin_wrong", "pin_final_try", "pin_locked"]
    assert lock.inventory().tokens[0].pin is PinState.LOCKED
    logins = token.logins
    assert refusal(lock, order(lock)).code == "pin_locked"
    assert token.logins == logins == 3


def test_each_signature_logs_in_exactly_once_and_leaves_no_session(token):
    lock = lock_of(token)
    lock.sign(order(lock))
    refusal(lock, order(lock, pin="999999"))
    assert token.logins == 2
    assert token.open_sessions == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (raised.DeviceRemoved(), "token_removed"),
        (raised.SessionHandleInvalid(), "token_removed"),
        (raised.DeviceError(), "token_removed"),
        (raised.MechanismInvalid(), "unsupported_key"),
        (raised.GeneralError(), "token_error"),
        (raised.PinExpired(), "pin_expired"),
    ],
)
def test_a_fault_during_the_signature_is_explained(token, fault, code):
    lock = lock_of(token)
    wish = order(lock)
    token.break_at_signature = fault
    error = refusal(lock, wish)
    assert error.code == code
    assert error.remedy


def test_a_pin_of_the_wrong_length_and_one_never_set(token):
    lock = lock_of(token)
    assert refusal(lock, order(lock, pin="1")).code == "pin_length"
    token.pin_set = False
    assert refusal(lock, order(lock)).code == "pin_not_set"
    assert token.logins == 1


def test_a_certificate_without_its_key_or_with_another_ones(token):
    lock = lock_of(token)
    wish = order(lock)
    kept = token.keys[:]
    token.keys = [key for key in kept if key[Attribute.LABEL] != "ECCP256"]
    assert refusal(lock, wish).code == "key_missing"
    p256 = next(key for key in kept if key[Attribute.LABEL] == "ECCP256")
    p256._signer = lambda *_: bytes(63) + b"\1"
    token.keys = kept
    assert refusal(lock, wish).code == "signature_wrong"
    p256._signer = lambda *_: b"not a signature"
    assert refusal(lock, wish).code == "signature_wrong"


def test_a_driver_with_bare_rsa_only_gets_the_digest_info(token):
    token.mechanisms = {Mechanism.RSA_PKCS}
    lock = lock_of(token)
    wish = order(lock, "ECCARSA1")
    certificate = lock.inventory().find(wish.certificate_sha256)[1]
    assert is_right(certificate.der, MESSAGE, lock.sign(wish))


def test_sm2_without_a_registered_mechanism_or_with_one_the_driver_lacks(token):
    assert (
        refusal(lock_of(token, sm2=""), order(lock_of(token), "ECCASM2")).code == "unsupported_key"
    )
    assert (
        refusal(lock_of(token, sm2="0x80000001"), order(lock_of(token), "ECCASM2")).code
        == "unsupported_key"
    )
    assert int(vendor_mechanism(SM2_MECHANISM)) == SM2_MECHANISM


def test_a_key_without_an_id_is_found_by_its_label(token):
    for found in (*token.certificates, *token.keys):
        if found[Attribute.LABEL] == "ECCP256":
            del found[Attribute.ID]
    lock = lock_of(token)
    wish = order(lock)
    assert lock.inventory().find(wish.certificate_sha256)[1].container == ""
    assert lock.sign(wish)


def test_the_pin_goes_to_the_token_it_was_typed_for(token):
    other = FakeToken(serial=b"OTHER", certificates=token.certificates, keys=token.keys)
    lock = lock_of(other, token)
    wish = Order("FAKE0001", order(lock_of(token)).certificate_sha256, MESSAGE, "123456")
    lock.sign(wish)
    assert (other.logins, token.logins) == (0, 1)


def test_a_broken_driver_and_broken_objects_break_nothing(token):
    def broken(_):
        raise RuntimeError

    with pytest.raises(LockError) as failed:
        Pkcs11Lock(Module("gone"), broken).inventory()
    assert failed.value.code == "module_broken"
    token.certificates.append(Missing({Attribute.CLASS: token.certificates[0][Attribute.CLASS]}))
    token.certificates.append(
        token.certificates[0] | {Attribute.VALUE: b"no certificate", Attribute.LABEL: "junk"}
    )
    token.certificates[-1] = Missing(token.certificates[-1])
    labels = [one.label for one in lock_of(token).inventory().tokens[0].certificates]
    assert labels.count("junk") == 1
    assert refusal(lock_of(token), order(lock_of(token), "junk")).code == "unsupported_key"


def test_an_empty_slot_of_softhsm_is_no_lock(token):
    blank = type("Blank", (FakeToken,), {"flags": 0})()
    assert len(lock_of(blank, token).inventory().tokens) == 1
