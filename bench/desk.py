"""A whole desk for measuring: the real store, letters, rules and mailbox on files of its own."""

import secrets
from pathlib import Path

from core.cases.desk import CaseSettings, Desk
from core.clock import SystemClock
from core.data.workday import Workdays
from core.keys.passwords import Argon2Passwords
from core.keys.vault import Vault
from core.outgoing.letter_templates import Centre, JinjaLetters
from core.public_holidays import state_council_workday
from core.store.schema import upgrade
from core.store.store import Store
from validators.check import PolicyJudge


def make_desk(folder: Path, settings: CaseSettings | None = None, key: bytes | None = None) -> Desk:
    """A desk on the SQLite database in the folder, by default a new one under a new key."""
    store = Store(f"sqlite:///{folder}/desk.db", Vault(key or secrets.token_bytes(32)))
    upgrade(store.engine)
    return desk_on(store, settings)


def desk_on(store: Store, settings: CaseSettings | None = None) -> Desk:
    """A desk on that store."""
    return Desk(
        store,
        SystemClock(),
        JinjaLetters(Centre()),
        Workdays(state_council_workday),
        PolicyJudge(),
        Argon2Passwords(),
        settings or CaseSettings(),
    )
