"""RULES.md section 7: information submitted × lock bound × way of login,
and what a challenge is good for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.enterprises.enterprise_login import (
    LOCK_UNBOUND,
    NOT_BOUND,
    USE_LOCK,
    log_in_by_lock,
    log_in_by_password,
    log_out,
    session_of,
)
from core.accounts.enterprises.lock_proof import challenge
from core.cases.accounts.bind import bind
from core.data.enterprise import Binding
from core.data.tries import enterprise_account
from core.errors import ConfigError, EntryRefused
from core.locks.certificate_reasons import CertificateRefused
from lock_protocol import Purpose
from tests.accounts.entrance import AT, HERE, ORIGIN, PASSWORD, invent_uscc, lock, sign
from tests.app.parsing import parse

ALLOWED = "allowed"


def bound(entrance, enterprise, key="k1", session=None, **more):
    session = session or entrance.session(enterprise)
    return bind(
        entrance.visitor(session),
        entrance.proof(lock(enterprise.uscc, key, **more), Purpose.BIND, enterprise.uscc),
    )[0]


@pytest.mark.parametrize(
    ("submitted", "is_bound", "by_lock", "by_password"),
    [
        (False, False, NOT_BOUND, ALLOWED),
        (False, True, ALLOWED, USE_LOCK),
        (True, False, LOCK_UNBOUND, ALLOWED),
        (True, True, ALLOWED, USE_LOCK),
    ],
)
def test_the_table_of_ways_to_come_in(entrance, submitted, is_bound, by_lock, by_password):
    enterprise = entrance.enterprise(submitted=submitted)
    if is_bound:
        bound(entrance, enterprise)
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
            )
        )
        == by_lock
    )
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
        == by_password
    )


def outcome(act):
    try:
        act()
    except EntryRefused as refused:
        return str(refused)
    return ALLOWED


def test_a_lock_that_was_bound_and_unbound_is_told_as_unbound(entrance):
    enterprise = entrance.enterprise()
    binding = bound(entrance, enterprise)
    with entrance.store.transaction() as tx:
        tx.bindings.end([binding.id])
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
            )
        )
        == LOCK_UNBOUND
    )


def test_the_code_of_a_certificate_finds_an_account_of_another_name(entrance):
    enterprise = entrance.enterprise(submitted=False)
    renamed = lock(enterprise.uscc, name="北京改名之后有限公司")
    proof = entrance.proof(renamed, Purpose.LOGIN)
    assert outcome(lambda: log_in_by_lock(entrance.front, proof, HERE)) == NOT_BOUND


def test_a_lock_of_an_unregistered_enterprise_is_told_as_unbound(entrance):
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(invent_uscc()), Purpose.LOGIN), HERE
            )
        )
        == LOCK_UNBOUND
    )


def test_every_key_of_a_bound_lock_logs_in(entrance):
    enterprise = entrance.enterprise()
    rsa, sm2 = lock(enterprise.uscc, "rsa", uid="U1"), lock(enterprise.uscc, "sm2", uid="U1")
    proof = entrance.proof(rsa, Purpose.BIND, enterprise.uscc, beside=[sm2])
    bind(entrance.visitor(entrance.session(enterprise)), proof)
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(sm2, Purpose.LOGIN), HERE))
        == ALLOWED
    )


def test_a_certificate_of_another_holder_beside_the_lock_is_not_bound_with_it(entrance):
    enterprise, other = entrance.enterprise(), entrance.enterprise()
    proof = entrance.proof(
        lock(enterprise.uscc),
        Purpose.BIND,
        enterprise.uscc,
        beside=[lock(other.uscc), b'{"kind": "person"}'],
    )
    bind(entrance.visitor(entrance.session(enterprise)), proof)
    assert (
        outcome(
            lambda: log_in_by_lock(
                entrance.front, entrance.proof(lock(other.uscc), Purpose.LOGIN), HERE
            )
        )
        == LOCK_UNBOUND
    )


def test_an_imported_binding_takes_the_key_over_at_the_first_login_of_its_own_enterprise(entrance):
    enterprise, other = entrance.enterprise(), entrance.enterprise()
    own = lock(enterprise.uscc)
    serial = entrance.front.verifier.verify(own, AT).serial
    with entrance.store.transaction() as tx:
        tx.bindings.add(
            Binding(0, enterprise.id, serial, "BJCA", primary=True, system="s", bound_at=AT)
        )
    assert (
        outcome(lambda: log_in_by_lock(entrance.front, entrance.proof(own, Purpose.LOGIN), HERE))
        == ALLOWED
    )
    with entrance.store.transaction() as tx:
        assert (
            tx.bindings.by_key(entrance.front.verifier.verify(own, AT).spki_sha256).enterprise_id
            == enterprise.id
        )
        foreign = entrance.front.verifier.verify(lock(other.uscc), AT).serial
        tx.bindings.add(
            Binding(0, enterprise.id, foreign, "BJCA", primary=False, system="s", bound_at=AT)
        )
    with pytest.raises(EntryRefused, match="不一致"):
        log_in_by_lock(entrance.front, entrance.proof(lock(other.uscc), Purpose.LOGIN), HERE)


@pytest.mark.parametrize(
    "twist",
    [
        {"purpose": Purpose.BIND},
        {"origin": "https://evil.example.net"},
        {"account": "someone"},
    ],
)
def test_a_signature_is_good_for_its_purpose_origin_and_account_only(entrance, twist):
    enterprise = entrance.enterprise()
    bound(entrance, enterprise)
    nonce = challenge(entrance.front, ORIGIN, Purpose.LOGIN)
    proof = sign(lock(enterprise.uscc), nonce, **({"purpose": Purpose.LOGIN} | twist))
    with pytest.raises(EntryRefused) as refused:
        log_in_by_lock(entrance.front, proof, HERE)
    assert refused.value.code == "signature.wrong"


def test_a_challenge_of_another_purpose_or_origin_is_gone(entrance):
    nonce = challenge(entrance.front, ORIGIN, Purpose.BIND)
    with pytest.raises(EntryRefused, match="过期或已使用"):
        log_in_by_lock(entrance.front, sign(lock("x" * 18), nonce, Purpose.LOGIN), HERE)
    with pytest.raises(EntryRefused, match="未在办理台登记"):
        challenge(entrance.front, "https://evil.example.net", Purpose.LOGIN)


def test_a_challenge_lives_sixty_seconds_and_serves_once(entrance):
    enterprise = entrance.enterprise()
    bound(entrance, enterprise)
    proof = entrance.proof(lock(enterprise.uscc), Purpose.LOGIN)
    entrance.clock.at += timedelta(seconds=59)
    log_in_by_lock(entrance.front, proof, HERE)
    late = entrance.proof(lock(enterprise.uscc), Purpose.LOGIN)
    entrance.clock.at += timedelta(seconds=60)
    for used in (proof, late):
        with pytest.raises(EntryRefused, match="过期或已使用"):
            log_in_by_lock(entrance.front, used, HERE)


def test_a_persons_lock_is_refused_and_noted_only_where_it_matters(entrance):
    enterprise = entrance.enterprise()
    person = lock(enterprise.uscc, kind="person")
    with pytest.raises(CertificateRefused):
        log_in_by_lock(entrance.front, entrance.proof(person, Purpose.LOGIN), HERE)
    with entrance.store.transaction() as tx:
        assert tx.refused_certificates.latest() == []
    for _ in range(2):
        with pytest.raises(CertificateRefused):
            bind(
                entrance.visitor(entrance.session(enterprise)),
                entrance.proof(person, Purpose.BIND, enterprise.uscc),
            )
    with entrance.store.transaction() as tx:
        assert [(r.reason, r.times) for r in tx.refused_certificates.latest()] == [
            ("holder.person", 2)
        ]


def test_wrong_password_and_unknown_account_get_the_same_answer_and_lock_alike(entrance):
    enterprise = entrance.enterprise()
    answers = {
        name: [
            outcome(lambda name=name: log_in_by_password(entrance.front, name, "wrong", HERE))
            for _ in range(6)
        ]
        for name in (enterprise.name, "北京没有这家有限公司")
    }
    known, unknown = answers.values()
    assert known == unknown
    assert known[:4] == [f"账号或密码不正确。还可尝试 {left} 次。" for left in (4, 3, 2, 1)]
    assert known[4] == known[5]
    assert known[4].startswith(
        "账号被锁定：密码连续输错 5 次。本网络暂停账号登录，1 分钟后自动恢复。"
    )
    assert "锁定" in outcome(
        lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE)
    ), "the right one does not open a lock"


def test_a_locked_password_leaves_the_lock_alone_and_a_login_by_lock_opens_it(entrance):
    enterprise = entrance.enterprise()
    binding = bound(entrance, enterprise)
    for _ in range(5):
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, "wrong", HERE))
    with entrance.store.transaction() as tx:
        assert tx.tries.closed_until(enterprise_account(enterprise.name))
    log_in_by_lock(entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE)
    with entrance.store.transaction() as tx:
        assert tx.tries.closed_until(enterprise_account(enterprise.name)) is None
        tx.bindings.end([binding.id])
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
        == ALLOWED
    )


def test_a_right_password_starts_the_count_anew(entrance):
    enterprise = entrance.enterprise()
    for _ in range(3):
        for _ in range(4):
            outcome(lambda: log_in_by_password(entrance.front, enterprise.name, "wrong", HERE))
        assert (
            outcome(lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE))
            == ALLOWED
        )


def test_whether_a_lock_is_bound_is_said_only_to_who_knows_the_password(entrance):
    enterprise = entrance.enterprise()
    bound(entrance, enterprise)
    assert (
        outcome(lambda: log_in_by_password(entrance.front, enterprise.name, "wrong", HERE))
        == "账号或密码不正确。还可尝试 4 次。"
    )


def test_a_session_ends_with_its_lock_its_time_its_account_and_its_logout(entrance):
    enterprise = entrance.enterprise()
    binding = bound(entrance, enterprise)

    def fresh():
        return log_in_by_lock(
            entrance.front, entrance.proof(lock(enterprise.uscc), Purpose.LOGIN), HERE
        )[1]

    token = fresh()
    assert session_of(entrance.front, token)
    log_out(entrance.front, session_of(entrance.front, token)[0])
    assert session_of(entrance.front, token) is None
    token = fresh()
    entrance.clock.at += timedelta(hours=8)
    assert session_of(entrance.front, token) is None
    token = fresh()
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=entrance.clock.now()))
    assert session_of(entrance.front, token) is None
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=None))
        assert tx.logins.session("unknown") is None
    assert session_of(entrance.front, token)
    with entrance.store.transaction() as tx:
        tx.bindings.end([binding.id])
    assert session_of(entrance.front, token) is None


@pytest.mark.parametrize("hours", [0, 25])
def test_a_login_lasts_a_day_at_most(hours):
    assert parse("entrance: {session_hours: 24}").entrance.session_hours == 24
    with pytest.raises(ConfigError, match="session_hours"):
        parse(f"entrance: {{session_hours: {hours}}}")


def test_a_frozen_account_lets_nobody_in(entrance):
    enterprise = entrance.enterprise()
    with entrance.store.transaction() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=entrance.clock.now()))
    assert "冻结" in outcome(
        lambda: log_in_by_password(entrance.front, enterprise.name, PASSWORD, HERE)
    )


def test_a_password_that_is_replaced_while_it_is_verified_opens_nothing(entrance):
    enterprise = entrance.enterprise()

    class Replaced(type(entrance.front.passwords)):
        def verify(self, password_hash, password):
            with entrance.store.transaction() as tx:
                tx.accounts.set_columns(enterprise.id, password_hash=self.hash("another-word-7"))
            return super().verify(password_hash, password)

    front = replace(entrance.front, passwords=Replaced())
    with pytest.raises(EntryRefused, match=r"^账号或密码不正确。$"):
        log_in_by_password(front, enterprise.name, PASSWORD, HERE)
