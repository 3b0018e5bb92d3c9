"""A world for each test."""

import pytest

from tests.world import World, store_in


@pytest.fixture
def harness(tmp_path):
    store = store_in(tmp_path)
    yield World(store)
    store.close()
