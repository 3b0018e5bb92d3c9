"""Shared by the tests of attacks."""

import pytest

from tests.sender.conftest import Post
from tests.world import World, store_in


@pytest.fixture
def post(tmp_path):
    world = World(store_in(tmp_path))
    world.register()
    yield Post(world)
    world.store.close()
