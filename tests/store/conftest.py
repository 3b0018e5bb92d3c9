"""A store of its own for every test: on SQLite in a temporary folder and on PostgreSQL."""

import secrets

import pytest

from core.keys.vault import Vault
from core.store.store import Store
from tests.servers.databases import postgres_database, sqlite_database


def make_store(url: str) -> Store:
    return Store(url, Vault(secrets.token_bytes(32)))


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
