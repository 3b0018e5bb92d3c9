"""The databases that a benchmark is run over: SQLite in a folder, PostgreSQL in a private cluster
whose commits are written through as SQLite's are.

A program that can be run over either takes `--database sqlite` or `--database postgresql`;
without it both are measured, one after the other in one run.
"""

import secrets
import time
from pathlib import Path

from sqlalchemy import create_engine, event, text

from core.cases.desk import CaseSettings, Desk
from core.clock import SystemClock
from core.keys.passwords import Argon2Passwords
from core.keys.vault import Vault
from core.store.schema import upgrade
from core.store.store import Store
from scheduler.engines.queue import Queue
from tests.servers.postgres import empty_database
from tests.world import desk_on

DATABASES = ("sqlite", "postgresql")


def new_database(database: str, folder: Path, name: str) -> str:
    """The URL of a new database; SQLite's is the file `name` in the folder."""
    return (
        f"sqlite:///{folder}/{name}.db"
        if database == "sqlite"
        else empty_database(written_through=True)
    )


def open_store(url: str, key: bytes) -> Store:
    """The store at the URL, with its tables, as a process of the desk has it."""
    store = Store(url, Vault(key), announced=None if url.startswith("sqlite") else Queue())
    upgrade(store.engine)
    return store


def make_desk(folder: Path, settings: CaseSettings | None = None) -> Desk:
    """A whole desk on a new SQLite database in the folder: the real store, rules and clock."""
    store = open_store(f"sqlite:///{folder}/desk.db", secrets.token_bytes(32))
    clock, passwords = SystemClock(), Argon2Passwords()
    return desk_on(store, clock=clock, passwords=passwords, settings=settings or CaseSettings())


def bare_commits(url: str, count: int) -> float:
    """Seconds for as many transactions of one small row each,
    without any turn that is waited for."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(
            engine,
            "connect",
            lambda driver, _: [
                driver.execute(f"PRAGMA {one}") for one in ("journal_mode=WAL", "synchronous=FULL")
            ],
        )
    with engine.begin() as connection:
        blob = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
        connection.execute(text(f"CREATE TABLE floor (id INTEGER PRIMARY KEY, words {blob})"))
    began = time.perf_counter()
    for number in range(count):
        with engine.begin() as connection:
            connection.execute(
                text("INSERT INTO floor (id, words) VALUES (:number, :words)"),
                {"number": number, "words": bytes(200)},
            )
    took_s = time.perf_counter() - began
    engine.dispose()
    return took_s
