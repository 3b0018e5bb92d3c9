"""Logins at trading systems, their codes and tokens, the keys that sign, and what events are written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.accounts.challenge import EnterpriseSession
from core.accounts.enterprise import Binding
from core.accounts.events import EventKind
from core.accounts.signing_keys import SigningKey
from core.accounts.systems import AccessToken, LoginCode, SystemLogin
from tests.store.test_store import AT
from tests.validators.builders import OTHER_NAME, OTHER_USCC, enterprise


@pytest.fixture
def tx(store):
    with store.step(audited=False) as tx:
        yield tx


def entered(tx, session="a" * 64, system="zonghe", sid="s1", binding_id=None):
    if tx.logins.session(session) is None:
        tx.logins.add_session(EnterpriseSession(session, 1, binding_id, "csrf", AT, AT + timedelta(hours=8)))
    return tx.systems.enter(SystemLogin(sid, session, system, 1, binding_id, AT))


def code(sid="s1", name="c" * 64):
    return LoginCode(name, sid, "zonghe", "https://z.example/cb", "openid", "n", "h", AT + timedelta(minutes=1))


def binding(tx, serial="SN1", **changes):
    one = Binding(0, 1, serial, "BJCA", True, "综合交易系统", AT, **changes)
    return replace(one, id=tx.bindings.add(one))


def events(tx):
    queue, found = tx.events.queue("events zonghe"), []
    while event := tx.events.next_for(queue, ""):
        found.append((event.kind, event.binding_id, event.at))
        queue = replace(queue, last_id=event.id)
    return found


def test_a_subject_is_made_once_and_says_nothing(tx):
    tx.accounts.add(enterprise())
    tx.accounts.add(enterprise(name=OTHER_NAME, uscc=OTHER_USCC))
    first = tx.systems.subject(1)
    assert tx.systems.subject(1) == first != tx.systems.subject(2)
    assert tx.systems.by_subject(first) == 1
    assert tx.systems.by_subject("nobody") is None


def test_a_session_has_one_login_at_each_system(tx):
    tx.accounts.add(enterprise())
    assert entered(tx).sid == "s1"
    assert entered(tx, sid="s2").sid == "s1"
    assert entered(tx, system="zhengcai", sid="s3").sid == "s3"
    assert tx.systems.login("s1").system_id == "zonghe"
    assert tx.systems.login("s2") is None


def test_the_end_of_a_session_ends_its_logins_with_codes_and_tokens_and_is_to_be_told(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    entered(tx, system="zhengcai", sid="s2")
    entered(tx, session="b" * 64, sid="s3")
    tx.systems.add_code(code())
    tx.systems.add_token(AccessToken("t" * 64, "zonghe", "openid", AT + timedelta(minutes=9), "s1"))
    before = tx.events.queue("logouts zonghe")
    tx.logins.end_sessions(1, "a" * 64)
    assert [tx.systems.login(sid) is None for sid in ("s1", "s2", "s3")] == [True, True, False]
    assert tx.systems.code("c" * 64) is None
    assert tx.systems.token("t" * 64) is None
    told = tx.events.next_for(before, "zonghe")
    assert (told.kind, told.sid, told.enterprise_id) == (EventKind.LOGOUT, "s1", 1)
    assert tx.events.next_for(replace(before, last_id=told.id), "zonghe") is None
    assert tx.events.next_for(before, "") is None, "nobody else is told of it"


def test_a_lock_that_is_unbound_or_lost_ends_the_logins_that_came_by_it(tx):
    tx.accounts.add(enterprise())
    one = binding(tx)
    entered(tx, binding_id=one.id)
    tx.bindings.mark_lost(one.id, AT)
    assert tx.systems.login("s1") is None
    entered(tx, session="b" * 64, sid="s2", binding_id=None)
    tx.bindings.end([one.id], AT)
    assert tx.systems.login("s2") is not None, "that one came by the password"


def test_a_code_serves_once(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    tx.systems.add_code(code())
    assert tx.systems.use_code("c" * 64, AT)
    assert not tx.systems.use_code("c" * 64, AT)
    assert tx.systems.code("c" * 64).used_at == AT


def test_what_expired_is_forgotten_a_used_code_a_while_later(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    tx.systems.add_code(code())
    tx.systems.add_token(AccessToken("t" * 64, "zonghe", "accounts:read", AT + timedelta(minutes=10)))
    tx.systems.drop_old(AT + timedelta(minutes=11))
    assert tx.systems.token("t" * 64) is None
    assert tx.systems.code("c" * 64) is not None
    tx.systems.drop_old(AT + timedelta(hours=2))
    assert tx.systems.code("c" * 64) is None
    tx.tries.drop_old(AT + timedelta(hours=9))
    tx.systems.drop_old(AT + timedelta(hours=9))
    assert tx.systems.login("s1") is None


def test_keys_come_oldest_first(tx):
    for number in (2, 1):
        tx.signing_keys.add(SigningKey(f"{number:016x}", f"private {number}", AT + timedelta(days=number)))
    assert [key.private for key in tx.signing_keys.all()] == ["private 1", "private 2"]
    tx.signing_keys.drop(f"{1:016x}")
    assert [key.private for key in tx.signing_keys.all()] == ["private 2"]


def test_without_a_receiver_no_event_is_written(tx):
    tx.accounts.add(enterprise())
    binding(tx)
    assert events(tx) == []


def test_every_change_of_a_binding_is_an_event(tx):
    tx.accounts.add(enterprise())
    tx.events.queue("events zonghe")
    one, later = binding(tx), AT + timedelta(days=1)
    tx.bindings.mark_lost(one.id, later)
    tx.bindings.mark_lost(one.id, None)
    tx.bindings.end([one.id, one.id + 1], later)
    tx.bindings.end([one.id], later)
    assert tx.bindings.restore(one.id)
    tx.events.add(EventKind.LOCKED, 1, later)
    kinds = [EventKind.BOUND, EventKind.LOST, EventKind.FOUND, EventKind.UNBOUND, EventKind.BOUND]
    assert events(tx) == [*zip(kinds, [one.id] * 5, [AT, later, None, later, None], strict=True), (EventKind.LOCKED, None, later)]


def test_a_new_receiver_begins_behind_what_happened_and_a_former_one_is_forgotten(tx):
    tx.accounts.add(enterprise())
    tx.events.queue("events zonghe")
    binding(tx)
    fresh = tx.events.queue("events zhengcai")
    assert tx.events.next_for(fresh, "") is None
    tx.events.drop_told()
    assert len(events(tx)) == 1, "one has yet to be told"
    tx.events.keep_queues(frozenset({"events zhengcai"}))
    tx.events.drop_told()
    assert events(tx) == []


def test_a_receiver_for_whom_nothing_waits_keeps_nothing(tx):
    tx.accounts.add(enterprise())
    queue = tx.events.queue("logouts zonghe")
    tx.events.queue("events zonghe")
    binding(tx)
    tx.events.catch_up(queue)
    assert tx.events.queue("logouts zonghe").last_id > queue.last_id
