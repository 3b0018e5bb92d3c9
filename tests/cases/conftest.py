"""A world for each test."""

import pytest

from tests.world import (  # noqa: F401  names that branches under way import from here
    CONTACT,
    WEDNESDAY_10,
    Accepting,
    PlainPasswords,
    World,
    decline,
    store_in,
)


@pytest.fixture
def harness(tmp_path):
    store = store_in(tmp_path)
    yield World(store)
    store.close()
