"""Logins at trading systems, their codes and tokens, the keys that sign,
and what events are written."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.enterprise import Binding
from core.data.system_event import EventKind
from core.data.trading_systems import AccessToken, LoginCode, SigningKey, SystemLogin
from core.locks.challenge import EnterpriseSession
from tests.store.test_store import AT
from tests.unaudited import unaudited
from tests.validators.builders import OTHER_NAME, OTHER_USCC, enterprise

HOUR = timedelta(hours=1)
EVENTS = frozenset({"events zonghe"})


@pytest.fixture
def tx(store):
    with unaudited(store) as tx:
        yield tx


def entered(tx, session="a" * 64, system="zonghe", sid="s1", binding_id=None):
    if tx.logins.session(session) is None:
        tx.logins.insert(
            EnterpriseSession(session, 1, binding_id, "csrf", AT, AT + timedelta(hours=8))
        )
    return tx.systems.enter(SystemLogin(sid, session, system, 1, binding_id, AT))


def code(sid="s1", name="c" * 64):
    return LoginCode(
        name, sid, "zonghe", "https://z.example/cb", "openid", "n", "h", AT + timedelta(minutes=1)
    )


def binding(tx, serial="SN1", **changes):
    one = Binding(0, 1, serial, "BJCA", True, "综合交易系统", AT, **changes)
    return replace(one, id=tx.bindings.add(one))


def waiting(tx, receiver="events zonghe", **order):
    """What a receiver has yet to be told; taken."""
    found = []
    while event := tx.events.next_for(receiver, HOUR, **{"in_order": True} | order):
        found.append((event.kind, json.loads(event.body)))
        tx.events.remove(id=event.id)
    return found


def events(tx):
    return [
        (kind, body["data"].get("binding", {}).get("serial"), body["timestamp"])
        for kind, body in waiting(tx)
    ]


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
    assert tx.systems.by_id("s1").system_id == "zonghe"
    assert tx.systems.by_id("s2") is None


def test_the_end_of_a_session_ends_its_logins_with_codes_and_tokens_and_is_to_be_told(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    entered(tx, system="zhengcai", sid="s2")
    entered(tx, session="b" * 64, sid="s3")
    tx.codes.insert(code())
    tx.tokens.insert(AccessToken("t" * 64, "zonghe", "openid", AT + timedelta(minutes=9), "s1"))
    tx.events.set_receivers(frozenset({"logouts zonghe", "events zonghe"}))
    tx.logins.end_sessions(1, "a" * 64)
    assert [tx.systems.by_id(sid) is None for sid in ("s1", "s2", "s3")] == [True, True, False]
    assert tx.codes.by_id("c" * 64) is None
    assert tx.tokens.by_id("t" * 64) is None
    ended = {"sub": tx.systems.subject(1), "sid": "s1"}
    assert waiting(tx, "logouts zonghe", in_order=False) == [(EventKind.LOGOUT, ended)]
    assert len(tx.events.oldest()) == 0, "nobody else is told of it"


def test_a_lock_that_is_unbound_or_lost_ends_the_logins_that_came_by_it(tx):
    tx.accounts.add(enterprise())
    one = binding(tx)
    entered(tx, binding_id=one.id)
    tx.bindings.mark(one.id, lost=True)
    assert tx.systems.by_id("s1") is None
    entered(tx, session="b" * 64, sid="s2", binding_id=None)
    tx.bindings.end([one.id])
    assert tx.systems.by_id("s2") is not None, "that one came by the password"


def test_a_code_serves_once(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    tx.codes.insert(code())
    assert tx.codes.use("c" * 64)
    assert not tx.codes.use("c" * 64)
    assert tx.codes.by_id("c" * 64).used_at == AT


def test_what_expired_is_forgotten_a_used_code_a_while_later(tx):
    tx.accounts.add(enterprise())
    entered(tx)
    tx.codes.insert(code())
    tx.tokens.insert(AccessToken("t" * 64, "zonghe", "accounts:read", AT + timedelta(minutes=10)))
    tx.now = AT + timedelta(minutes=11)
    tx.logins.drop_old()
    assert tx.tokens.by_id("t" * 64) is None
    assert tx.codes.by_id("c" * 64) is not None
    tx.now = AT + timedelta(hours=2)
    tx.logins.drop_old()
    assert tx.codes.by_id("c" * 64) is None
    tx.now = AT + timedelta(hours=9)
    tx.logins.drop_old()
    assert tx.systems.by_id("s1") is None


def test_keys_come_oldest_first(tx):
    for number in (2, 1):
        tx.signing_keys.insert(
            SigningKey(f"{number:016x}", f"private {number}", AT + timedelta(days=number))
        )
    assert [key.private for key in tx.signing_keys.all()] == ["private 1", "private 2"]
    tx.signing_keys.remove(kid=f"{1:016x}")
    assert [key.private for key in tx.signing_keys.all()] == ["private 2"]


def test_without_a_receiver_no_event_is_written(tx):
    tx.accounts.add(enterprise())
    binding(tx)
    assert events(tx) == []


def test_every_change_of_a_binding_is_an_event(tx):
    tx.accounts.add(enterprise())
    tx.events.set_receivers(EVENTS)
    one, times = binding(tx), [AT + timedelta(days=day) for day in range(6)]
    tx.now = times[1]
    tx.bindings.mark(one.id, lost=True)
    tx.now = times[2]
    tx.bindings.mark(one.id, lost=False)
    tx.now = times[3]
    tx.bindings.end([one.id, one.id + 1])
    tx.now = times[3]
    tx.bindings.end([one.id])
    tx.now = times[4]
    assert tx.bindings.restore(one.id)
    tx.now = times[5]
    tx.events.add(EventKind.LOCKED, 1)
    kinds = [
        EventKind.BOUND,
        EventKind.LOST,
        EventKind.FOUND,
        EventKind.UNBOUND,
        EventKind.BOUND,
        EventKind.LOCKED,
    ]
    serials = [*["SN1"] * 5, None]
    assert events(tx) == [*zip(kinds, serials, (at.isoformat() for at in times), strict=True)]


def test_what_is_told_is_what_was_so_when_it_happened(tx):
    tx.accounts.add(enterprise())
    tx.events.set_receivers(EVENTS)
    one = binding(tx)
    tx.bindings.mark(one.id, lost=True)
    tx.bindings.end([one.id])
    tx.accounts.save(replace(tx.accounts.get(1), name=OTHER_NAME))
    told = [body["data"] for _, body in waiting(tx)]
    assert {data["name"] for data in told} == {enterprise().name}
    ends = [(data["binding"]["lost_at"], data["binding"]["ended_at"]) for data in told]
    assert ends == [(None, None), (AT.isoformat(), None), (AT.isoformat(), AT.isoformat())]


def test_a_new_receiver_begins_behind_what_happened_and_what_waits_for_a_former_one_goes(tx):
    tx.accounts.add(enterprise())
    tx.events.set_receivers(EVENTS)
    binding(tx)
    tx.events.set_receivers(EVENTS | {"events zhengcai"})
    assert waiting(tx, "events zhengcai") == []
    tx.events.add(EventKind.LOCKED, 1)
    assert len(tx.events.oldest()) == 3, "a row for each receiver"
    tx.events.set_receivers(frozenset({"events zhengcai"}))
    assert (tx.events.receivers(), len(tx.events.oldest())) == ({"events zhengcai"}, 1)


def test_an_event_waits_for_its_next_try_and_those_in_order_behind_it(tx):
    tx.accounts.add(enterprise())
    tx.events.set_receivers(EVENTS)
    for _ in range(2):
        tx.events.add(EventKind.LOCKED, 1)
    first = tx.events.next_for("events zonghe", HOUR, in_order=True)
    tx.events.set_columns(first.id, attempts=1, next_try_at=AT + HOUR)
    assert tx.events.next_for("events zonghe", HOUR, in_order=True) is None
    second = tx.events.next_for("events zonghe", HOUR, in_order=False)
    assert second.id > first.id
    tx.now = AT - timedelta(days=1)
    again = tx.events.next_for("events zonghe", HOUR, in_order=True)
    assert (again.id, again.attempts) == (first.id, 1), "a clock that was set back holds none up"
    tx.now = AT
    tx.events.set_receivers(EVENTS)
    assert tx.events.next_for("events zonghe", HOUR, in_order=True).id == first.id
