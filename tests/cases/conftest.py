"""A world for each test."""

import secrets

import pytest

from core.keys.vault import Vault
from core.store.store import Store
from tests.servers.databases import sqlite_database
from tests.world import (  # noqa: F401  names that branches under way import from here
    CONTACT,
    WEDNESDAY_10,
    Accepting,
    PlainPasswords,
    World,
    decline,
)


@pytest.fixture
def harness(tmp_path):
    store = Store(sqlite_database(tmp_path / "desk.db"), Vault(secrets.token_bytes(32)))
    yield World(store)
    store.close()
