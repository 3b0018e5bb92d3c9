from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.administrator import Administrator, AdministratorSession
from core.data.tries import (
    FORGOTTEN_AFTER,
    Counter,
    Pace,
    Tries,
    administrator_account,
    enterprise_account,
)
from core.locks.challenge import EnterpriseSession
from tests.store.contract.test_accounts import bound, two_enterprises
from tests.store.test_store import AT

HOUR = timedelta(hours=1)
ACCOUNT = enterprise_account("name", 1)


def counter(name="source", account=ACCOUNT):
    return Counter(name, Pace(5), account)


def test_a_challenge_is_used_once_until_it_is_over(store):
    with store.transaction() as tx:
        assert tx.logins.use_challenge("nonce", AT)
        assert not tx.logins.use_challenge("nonce", AT)
        tx.now = AT
        tx.logins.drop_old()
        assert not tx.logins.use_challenge("nonce", AT)
        tx.now = AT + HOUR
        tx.logins.drop_old()
        assert tx.logins.use_challenge("nonce", AT)


def test_a_session_of_an_enterprise_ends_alone_with_all_or_with_its_lock(store):
    with store.transaction() as tx:
        one, _ = two_enterprises(tx)
        binding = bound(tx, one)
        first, second, by_lock = (
            EnterpriseSession(t, one, b, "csrf", AT, AT + HOUR)
            for t, b in (("1", None), ("2", None), ("3", binding.id))
        )
        for session in (first, second, by_lock):
            tx.logins.insert(session)
        assert [tx.logins.session(token) for token in "1234"] == [first, second, by_lock, None]
        tx.logins.end_sessions(one, "1")
        tx.bindings.mark(binding.id, lost=True)
        assert [tx.logins.session(token) for token in "123"] == [None, second, None]
        tx.logins.end_sessions(one)
        assert tx.logins.session("2") is None


def test_a_refused_certificate_is_kept_once_with_its_count(store):
    with store.transaction() as tx:
        for number, sha256 in enumerate(("a", "b", "a")):
            tx.now = AT + number * HOUR
            tx.refused_certificates.add(sha256, f"reason {number}", f"subject of {sha256}")
        newest = tx.refused_certificates.latest()
        assert [(one.sha256, one.reason, one.subject, one.times) for one in newest] == [
            ("a", "reason 2", "subject of a", 2),
            ("b", "reason 1", "subject of b", 1),
        ]
        tx.refused_certificates.drop(None, 1)
        assert tx.refused_certificates.latest() == newest[:1]
        tx.refused_certificates.drop(AT + 3 * HOUR, 1)
        assert tx.refused_certificates.latest() == []


def test_administrators_and_their_sessions(store):
    with store.transaction() as tx:
        first, second = (
            replace(one, id=tx.administrators.insert_new(one))
            for one in (Administrator(0, name, "hash", AT) for name in ("wang", "li"))
        )
        assert tx.administrators.oldest() == [first, second]
        assert tx.administrators.by(name="li") == second
        assert tx.administrators.by(name="zhao") is None
        tx.administrators.save(replace(first, disabled=True))
        assert tx.administrators.get(first.id).disabled
        with pytest.raises(LookupError):
            tx.administrators.get(99)
        for token in ("1", "2"):
            tx.sessions.insert(AdministratorSession(token, first.id, "csrf", AT, AT, AT + HOUR))
        tx.now = AT + HOUR
        tx.sessions.set_columns("1", seen_at=tx.now)
        assert [tx.sessions.by_id(token).seen_at for token in "12"] == [AT + HOUR, AT]
        tx.sessions.remove(token_sha256="1")
        assert tx.sessions.by_id("1") is None
        assert tx.sessions.by_id("2").administrator_id == first.id
        tx.sessions.remove(administrator_id=first.id)
        assert tx.sessions.by_id("2") is None


def test_counters_of_tries_are_an_accounts_own(store):
    closed = AT + HOUR
    state = Tries(3, AT, closed)
    with store.transaction() as tx:
        assert tx.tries.of(counter()) is None
        tx.tries.save(counter(), state, tell=True)
        tx.tries.save(counter(), replace(state, failed=4), tell=False)
        tx.tries.save(counter("other", administrator_account("wang")), state, tell=False)
        assert tx.tries.of(counter()).failed == 4
        assert tx.tries.closed_until(ACCOUNT) == closed
        tx.now = closed
        assert tx.tries.closed_until(ACCOUNT) is None
        assert [account.id for account in tx.tries.accounts_to_notify(10)] == [1], (
            "what was to be told stays so"
        )
        assert tx.tries.accounts_to_notify(10) == []
        tx.tries.clear(ACCOUNT)
        assert tx.tries.of(counter()) is None
        tx.tries.drop(counter("other"))
        assert tx.tries.of(counter("other")) is None


def test_what_counts_no_more_is_dropped(store):
    with store.transaction() as tx:
        tx.tries.save(counter(), Tries(1, AT, AT), tell=False)
        tx.tries.save(counter("told"), Tries(1, AT, AT), tell=True)
        tx.now = AT + FORGOTTEN_AFTER - HOUR
        tx.logins.drop_old()
        assert tx.tries.of(counter())
        tx.now = AT + FORGOTTEN_AFTER
        tx.logins.drop_old()
        assert tx.tries.of(counter()) is None
        assert tx.tries.of(counter("told")), "its owner was not notified yet"
