"""Shared by the tests of attacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.cases.desk import CaseSettings
from core.data.case import Case
from core.keys.vault import Vault
from core.store.store import Store
from tests.sender.conftest import PASS, STRANGER, Post
from tests.world import World, store_in


class Asked(NamedTuple):
    """A desk at which a rival has asked: what its next day begins with."""

    database: bytes
    vault: Vault
    uid: int
    case: Case

    def opened(self, file: Path) -> Post:
        """A copy of the desk."""
        file.write_bytes(self.database)
        post = Post(World(Store(f"sqlite:///{file}", self.vault)))
        post.uid = self.uid
        return post


@pytest.fixture(scope="session")
def asked(tmp_path_factory) -> Asked:
    """Read and judged once: what the tests are about comes after it."""
    folder = tmp_path_factory.mktemp("asked")
    world = World(store_in(folder))
    world.register()
    post = Post(world)
    case = post.case(post.sends(STRANGER, PASS))
    world.send_letters()
    world.store.close()
    return Asked((folder / "desk.db").read_bytes(), world.store.vault, post.uid, case)


@pytest.fixture
def post(request, tmp_path) -> Iterator[Post]:
    """A desk with the enterprise of the builders; where the test has a rival, with its case."""
    if "rival" in request.fixturenames:
        post = request.getfixturevalue("asked").opened(tmp_path / "desk.db")
    else:
        post = Post(World(store_in(tmp_path)))
        post.harness.register()
    yield post
    post.harness.store.close()


@pytest.fixture
def rival(asked) -> Case:
    """The case of a stranger with the enterprise's papers, of which the contact is notified."""
    return asked.case


@pytest.fixture
def here(tmp_path):
    """A desk with the settings that a centre has from the start."""
    world = World(store_in(tmp_path), settings=CaseSettings())
    yield world
    world.store.close()
