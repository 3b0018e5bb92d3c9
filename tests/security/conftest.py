"""Shared by the tests of attacks."""

import pytest

from core.cases.desk import CaseSettings
from tests.sender.conftest import Post
from tests.world import World, store_in


@pytest.fixture
def post(tmp_path):
    world = World(store_in(tmp_path))
    world.register()
    yield Post(world)
    world.store.close()


@pytest.fixture
def here(tmp_path):
    """A desk with the settings that a centre has from the start."""
    world = World(store_in(tmp_path), settings=CaseSettings())
    yield world
    world.store.close()
