"""The databases that a benchmark is run over: SQLite in a folder, PostgreSQL in a private cluster
whose commits are written through as SQLite's are.

Benchmarks that can be run over either take --database;
without it both are measured, one after the other in one run.
"""

import argparse
import time
from pathlib import Path

from sqlalchemy import create_engine, event, text

from core.keys.vault import Vault
from core.store.schema import upgrade
from core.store.store import Store
from scheduler.engines.queue import Queue
from tests.servers.postgres import empty_database

DATABASES = ("sqlite", "postgresql")


def asked(description: str | None, counts: str) -> tuple[list[str], list[int]]:
    """The databases and the numbers that the command names; `counts`: what the numbers are."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--database", choices=DATABASES)
    parser.add_argument("counts", nargs="*", type=int, metavar=counts)
    found = parser.parse_args()
    return [found.database] if found.database else list(DATABASES), found.counts


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
