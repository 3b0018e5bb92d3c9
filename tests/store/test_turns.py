"""Steps take turns: who waits gets its turn as soon as there is one, sees what the step before it
left, and is told when there is none for long."""

import secrets
import threading
from contextlib import closing

import psycopg
import pytest

from core.errors import StoreError
from core.keys.vault import Vault
from core.store import database
from core.store.store import Store
from tests.servers.databases import libpq, postgres_database


def test_a_step_that_waits_follows_at_once(sqlite_store):
    holding, let_go, order = threading.Event(), threading.Event(), []

    def first():
        with sqlite_store.transaction() as tx:
            holding.set()
            let_go.wait(40)
            order.append("first")
            tx.alerts.clear("none")

    thread = threading.Thread(target=first)
    thread.start()
    assert holding.wait(40)
    threading.Timer(0.05, let_go.set).start()
    with sqlite_store.transaction():
        order.append("second")
    thread.join(40)
    assert order == ["first", "second"]


def test_a_database_that_another_holds_for_too_long_is_told(sqlite_store, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    other = Store(sqlite_store.engine.url, sqlite_store.vault)
    with sqlite_store.transaction(), pytest.raises(StoreError, match="locked"), other.transaction():
        pass
    with other.transaction() as tx:
        assert tx.alerts.find() == [], "the waiting left nothing behind"
    other.close()


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read", "serializable"])
def test_a_step_that_waited_sees_what_the_one_before_it_left(isolation):
    """Two processes on a PostgreSQL whose operator set another isolation for all."""
    url, key = postgres_database(), secrets.token_bytes(32)
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'"
        )
    with closing(Store(url, Vault(key))) as one, closing(Store(url, Vault(key))) as other:
        seen = []

        def second():
            with other.transaction() as tx:
                seen.extend(alert.kind for alert in tx.alerts.find())

        thread = threading.Thread(target=second)
        with one.transaction() as tx:
            thread.start()
            wait_for_a_second_turn(url)
            tx.alerts.add("first", "first")
        thread.join(40)
    assert seen == ["first"]


def wait_for_a_second_turn(url):
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        for _ in range(8000):
            if connection.execute(waiting).fetchone() == (1,):
                return
            threading.Event().wait(0.005)
    pytest.fail("nobody waits for a turn")
