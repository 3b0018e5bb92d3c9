"""A whole desk for measuring: the real store, letters, rules and clock on files of its own."""

import secrets
from pathlib import Path

from core.cases.desk import CaseSettings, Desk
from core.clock import SystemClock
from core.keys.passwords import Argon2Passwords
from core.keys.vault import Vault
from core.store.schema import upgrade
from core.store.store import Store
from tests.world import desk_on


def make_desk(folder: Path, settings: CaseSettings | None = None) -> Desk:
    """A desk on a new SQLite database in the folder."""
    store = Store(f"sqlite:///{folder}/desk.db", Vault(secrets.token_bytes(32)))
    upgrade(store.engine)
    real = {"clock": SystemClock(), "passwords": Argon2Passwords()}
    return desk_on(store, settings=settings or CaseSettings(), **real)
