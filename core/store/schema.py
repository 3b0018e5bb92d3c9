"""The database's schema and its migrations (Alembic): made new, brought up to date, or refused when
it is older or newer than the program.

A migration whose `needs_stop` is False may run while processes of the version before work on the
database; without a word it may not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, func, inspect, select, text

from core.errors import SchemaOutdated, StoreError
from core.store.database import closing_engine, in_words
from core.store.tables.columns import metadata
from core.store.tables.desk_tables import audit

# Alembic takes a quarter of the start of a process;
# one that finds its database up to date needs none of it
if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(engine: Engine) -> None:
    """Bring the database to the program's schema; a new database gets it whole.

    All in one transaction. Raises SchemaOutdated, StoreError.
    """
    now, _ = revisions(engine)
    _refuse_newer(now)
    with _migrating(engine) as connection:
        _to_head(connection)


def needs_stop(engine: Engine) -> bool:
    """Whether a migration that is due forbids processes of the version before beside it.

    Raises SchemaOutdated, StoreError.
    """
    now, _ = revisions(engine)
    _refuse_newer(now)
    due = _scripts().iterate_revisions("head", now or "base")
    return any(getattr(script.module, "needs_stop", True) for script in due)


@contextmanager
def new_schema(engine: Engine) -> Iterator[Connection]:
    """A transaction in which an empty database gets its tables, to be filled; PostgreSQL's
    sequences go on behind the rows. Raises StoreError for a database that is not empty."""
    now, _ = revisions(engine)
    if now or inspect(engine).get_table_names():
        raise StoreError(
            f"目标库不是空的（{f'数据库版本 {now}' if now else '有其他程序的表'}），不会覆盖。"
            "请换一个空库。"
        )
    with _migrating(engine) as connection:
        _to_head(connection)
        yield connection
        for table in metadata.sorted_tables if engine.dialect.name == "postgresql" else []:
            if (number := table.autoincrement_column) is not None:
                sequence = func.pg_get_serial_sequence(table.name, number.name)
                behind = select(func.setval(sequence, func.max(number)))
                connection.execute(behind.having(func.max(number).is_not(None)))


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction in which SQLite may change a table by copying it: the old one is dropped, which
    the rows that refer to it would forbid. They are checked at the end instead."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        embedded = engine.dialect.name == "sqlite"
        if embedded:
            # counts for nothing once a transaction has begun
            driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if embedded and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError("升级后的数据不一致，升级已撤销，数据库未改动。请报告此问题。")
        finally:
            if embedded:
                driver.execute("PRAGMA foreign_keys=ON")


def require_current(engine: Engine) -> None:
    """Raise SchemaOutdated unless the database is exactly at the program's schema."""
    now, wanted = revisions(engine)
    if now == wanted:
        return
    _refuse_newer(now)
    raise SchemaOutdated(
        f"数据库版本为 {now or '空'}，程序需要 {wanted}。请先备份（unbind backup），再执行："
        "unbind db upgrade"
    )


def revisions(engine: Engine) -> tuple[str | None, str]:
    """(revision of the database, revision of the program).

    Raises StoreError for a database that cannot be used.
    """
    with in_words(), engine.connect() as connection:
        has_one = inspect(connection).has_table("alembic_version")
        return connection.scalar(_REVISION) if has_one else None, _head()


def holds_data(url: str) -> bool:
    """Whether anything was done on the database, whatever its version: each act has its row in the
    audit. Raises StoreError."""
    with in_words(), closing_engine(url) as engine, engine.connect() as connection:
        there = inspect(connection).has_table("audit")
        return there and bool(connection.scalar(select(audit.c.id).limit(1)))


def _head() -> str:
    """The newest migration, by the names of their files: each begins with its revision and "_"; a
    test holds Alembic against it."""
    return max(file.stem.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[!_]*.py"))


def _refuse_newer(now: str | None) -> None:
    if now is not None and now not in {
        revision.revision for revision in _scripts().walk_revisions()
    }:
        raise SchemaOutdated(
            f"数据库版本 {now} 比程序新（程序为 {_head()}）。请使用较新的程序，或恢复升级前的备份。"
        )


def _to_head(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
