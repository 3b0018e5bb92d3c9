"""How one signing key follows another."""

from datetime import UTC, datetime, timedelta

from core.accounts.systems import ended_keys, keys_now, signing, wants_another
from core.data.trading_systems import SigningKey
from core.keys import jws
from tests.web.harness import Harness

AT = datetime(2026, 11, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIFE = timedelta(days=90)


def key(name, at):
    return SigningKey(name, "private", at)


def test_the_first_key_signs_at_once_and_a_later_one_once_it_was_published_for_a_while():
    first, second = key("1", AT), key("2", AT + LIFE)
    assert signing([first], AT) is first
    assert signing([first, second], AT + LIFE) is first
    assert signing([first, second], AT + LIFE + HOUR - timedelta(seconds=1)) is first
    assert signing([first, second], AT + LIFE + HOUR) is second


def test_a_key_lives_for_its_time():
    assert wants_another([], AT)
    assert not wants_another([key("1", AT)], AT + LIFE - timedelta(seconds=1))
    assert wants_another([key("1", AT)], AT + LIFE)


def test_a_key_is_published_until_nothing_counts_that_it_signed():
    keys = [key("1", AT), key("2", AT + LIFE)]
    begun = AT + LIFE + HOUR
    assert ended_keys(keys, begun + 48 * HOUR - timedelta(seconds=1)) == []
    assert ended_keys(keys, begun + 48 * HOUR) == [keys[0]]
    assert ended_keys(keys[:1], AT + 10 * LIFE) == []


def test_keys_are_made_and_dropped_when_it_is_time_and_both_are_recorded(tmp_path, monkeypatch):
    harness, made = Harness(tmp_path), iter("123456789")
    monkeypatch.setattr(jws, "make", lambda now: key(next(made), now))

    def keys(at):
        return [one.kid for one in keys_now(harness.store, at)]

    assert keys(AT) == keys(AT + timedelta(days=89)) == ["1"]
    assert keys(AT + LIFE) == ["1", "2"]
    assert keys(AT + LIFE + HOUR + 48 * HOUR) == ["2"]
    with harness.tx() as tx:
        assert [entry.action for entry in reversed(tx.audit.entries())] == [
            "signing_key.made",
            "signing_key.made",
            "signing_key.dropped",
        ]
    harness.store.close()
