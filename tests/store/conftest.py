"""A store of its own for every test, migrated as in production: on SQLite in a temporary folder and on PostgreSQL."""

import secrets

import pytest

from core.adapters.schema import upgrade
from core.adapters.store import SqlStore
from core.adapters.vault import Vault
from tests.servers.postgres import fresh_database


def make_store(url: str) -> SqlStore:
    store = SqlStore(url, Vault(secrets.token_bytes(32)))
    upgrade(store.engine)
    return store


@pytest.fixture
def sqlite_store(tmp_path):
    store = make_store(f"sqlite:///{tmp_path}/desk.db")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    store = make_store(f"sqlite:///{tmp_path}/desk.db" if request.param == "sqlite" else fresh_database())
    yield store
    store.close()
