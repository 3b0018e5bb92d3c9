"""Databases with the desk's tables: copies of one that was migrated once for the process, since the
migrations take 0.15 s each time."""

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from core.store.database import open_engine
from core.store.schema import upgrade
from tests.servers.postgres import empty_database


def sqlite_database(path: Path) -> str:
    """The URL of a new SQLite file with the tables."""
    shutil.copyfile(Path(_sqlite_template().name) / "desk.db", path)
    return f"sqlite:///{path}"


def database_of(home: Path) -> None:
    """The tables of a desk that will keep its data in `data` of this folder,
    where its first start would migrate them."""
    (home / "data").mkdir(mode=0o700)
    sqlite_database(home / "data" / "desk.sqlite3")
    (home / "data" / "desk.sqlite3").chmod(0o600)


def postgres_database() -> str:
    """The URL of a new PostgreSQL database with the tables."""
    return empty_database(template=_postgres_template())


def libpq(url: str) -> str:
    """The URL as libpq reads it."""
    return url.replace("+psycopg", "", 1)


@contextmanager
def working(engine: Engine) -> Iterator[None]:
    """As if a process worked on the PostgreSQL database."""
    with engine.begin() as connection:
        worker = connection.scalar(text("SELECT worker_id FROM procrastinate_register_worker_v1()"))
    yield
    with engine.begin() as connection:
        connection.execute(
            text("SELECT procrastinate_unregister_worker_v1(:worker)"), {"worker": worker}
        )


@functools.cache
def _sqlite_template() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="tables")
    _migrate(open_engine(f"sqlite:///{folder.name}/desk.db"))
    return folder


@functools.cache
def _postgres_template() -> str:
    url = empty_database()
    _migrate(open_engine(url))
    return url.partition("@/")[2].partition("?")[0]


def _migrate(engine: Engine) -> None:
    upgrade(engine)
    # SQLite writes its WAL back; PostgreSQL copies no database that somebody is connected to
    engine.dispose()
