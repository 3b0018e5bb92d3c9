"""A whole desk for measuring: the real store, letters, rules and mailbox on files of its own."""

import secrets
from pathlib import Path

from core.adapters.calendar import state_council_workday
from core.adapters.letters import Centre, JinjaLetters
from core.adapters.passwords import Argon2Passwords
from core.adapters.schema import upgrade
from core.adapters.store import SqlStore
from core.adapters.vault import Vault
from core.cases.desk import CaseSettings, Desk
from core.cases.workday import Workdays
from core.clock import SystemClock
from validators.check import PolicyJudge


def make_desk(folder: Path, settings: CaseSettings | None = None, key: bytes | None = None) -> Desk:
    """A desk on the SQLite database in the folder, by default a new one under a new key."""
    store = SqlStore(f"sqlite:///{folder}/desk.db", Vault(key or secrets.token_bytes(32)))
    upgrade(store.engine)
    return desk_on(store, settings)


def desk_on(store: SqlStore, settings: CaseSettings | None = None) -> Desk:
    """A desk on that store."""
    return Desk(
        store, SystemClock(), JinjaLetters(Centre()), Workdays(state_council_workday), PolicyJudge(), Argon2Passwords(), settings or CaseSettings()
    )
