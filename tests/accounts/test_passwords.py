"""The real hasher: argon2id at the measured cost, never more at once than allowed."""

import threading

import pytest

from core.errors import Busy
from core.keys.passwords import Argon2Passwords

CHEAP = {"time_cost": 1, "memory_kib": 64}


def test_the_hash_is_argon2id_at_the_measured_cost():
    assert Argon2Passwords().hash("correct horse").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_only_the_password_opens_its_hash():
    passwords = Argon2Passwords(**CHEAP)
    hashed = passwords.hash("密码 correct horse")
    assert passwords.verify(hashed, "密码 correct horse")
    assert not passwords.verify(hashed, "密码 correct horsf")
    assert not passwords.verify("no hash at all", "密码 correct horse")


def test_the_same_password_has_another_hash_each_time():
    passwords = Argon2Passwords(**CHEAP)
    assert passwords.hash("correct horse") != passwords.hash("correct horse")


def test_who_waits_too_long_is_told_and_the_place_is_given_back():
    passwords = Argon2Passwords(**CHEAP, at_once=1, patience_s=0.01)
    held, let_go = threading.Event(), threading.Event()

    def hold():
        held.set()
        let_go.wait(40)

    passwords._pool.submit(hold)
    assert held.wait(40)
    with pytest.raises(Busy):
        passwords.hash("correct horse")
    let_go.set()
    patient = Argon2Passwords(**CHEAP, at_once=1)
    assert patient.verify(patient.hash("correct horse"), "correct horse")
    passwords._pool.submit(lambda: None).result(40)  # the place is free again


def test_a_queue_that_is_full_is_told_at_once():
    passwords = Argon2Passwords(**CHEAP, at_once=1, queue=1)
    passwords._places.acquire()
    with pytest.raises(Busy):
        passwords.hash("correct horse")
    passwords._places.release()
    assert passwords.hash("correct horse")
