"""A store of its own for every test: SQLite in a temporary folder, migrated as in production."""

import secrets

import pytest

from core.adapters.schema import upgrade
from core.adapters.store import SqlStore
from core.adapters.vault import Vault


@pytest.fixture
def store(tmp_path):
    store = SqlStore(f"sqlite:///{tmp_path}/desk.db", Vault(secrets.token_bytes(32)))
    upgrade(store.engine)
    yield store
    store.close()
