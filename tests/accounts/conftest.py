import pytest

from tests.accounts.entrance import Entrance
from tests.store.conftest import sqlite_store, store  # noqa: F401  fixtures


@pytest.fixture
def entrance(sqlite_store):  # noqa: F811
    return Entrance(sqlite_store)


@pytest.fixture
def entrance_on_both(store):  # noqa: F811
    return Entrance(store)
