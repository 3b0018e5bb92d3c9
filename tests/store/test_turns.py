"""Steps take turns on SQLite: who waits gets its turn as soon as there is one,
and is told when there is none for long."""

import threading

import pytest

from core.errors import StoreError
from core.store import database
from core.store.store import Store


def test_a_step_that_waits_follows_at_once(sqlite_store):
    holding, let_go, order = threading.Event(), threading.Event(), []

    def first():
        with sqlite_store.transaction() as tx:
            holding.set()
            let_go.wait(20)
            order.append("first")
            tx.alerts.clear("none")

    thread = threading.Thread(target=first)
    thread.start()
    assert holding.wait(20)
    threading.Timer(0.05, let_go.set).start()
    with sqlite_store.transaction():
        order.append("second")
    thread.join(20)
    assert order == ["first", "second"]


def test_a_database_that_another_holds_for_too_long_is_told(sqlite_store, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    other = Store(sqlite_store.engine.url, sqlite_store._vault)
    with sqlite_store.transaction(), pytest.raises(StoreError, match="locked"), other.transaction():
        pass
    with other.transaction() as tx:
        assert tx.alerts.find() == [], "the waiting left nothing behind"
    other.close()
