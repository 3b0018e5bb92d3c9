"""A store of its own for every test: on SQLite in a temporary folder and on PostgreSQL."""

import secrets
from datetime import UTC, datetime

import pytest

from core.keys.vault import Vault
from core.store.store import Store
from tests.fixed_clock import FixedClock
from tests.servers.databases import postgres_database, sqlite_database

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def make_store(url: str) -> Store:
    store = Store(url, Vault(secrets.token_bytes(32)))
    store.clock = FixedClock(AT)
    return store


@pytest.fixture
def sqlite_store(tmp_path):
    store = make_store(sqlite_database(tmp_path / "desk.db"))
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    store = make_store(
        sqlite_database(tmp_path / "desk.db") if request.param == "sqlite" else postgres_database()
    )
    yield store
    store.close()
