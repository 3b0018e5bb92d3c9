"""Copying a desk's whole database into another one, of the same or of the other kind.

Tables go in the order in which they refer to one another, in one transaction of the target: a copy
that was cut off, or that differs from its source, leaves nothing there. Values are copied as they
are, sealed ones with the ids they are bound to.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, inspect, select
from sqlalchemy.exc import DBAPIError

from core.errors import StoreError
from core.failpoints import pass_point
from core.store.database import closing_engine, explained
from core.store.queue_tables import make_queue
from core.store.schema import new_schema
from core.store.tables.columns import metadata

ROWS = 1000
BATCH_BYTES = 16 * 2**20
"""At most so many rows, and about so many sealed bytes, are in memory."""
FETCHED = 20
"""Rows that are fetched at once: each may hold a whole mail."""
_FORBIDDEN = "42501"  # insufficient_privilege
_RESTORING = "unbind_restoring"
Progress = Callable[[int, int], None]
"""Called with what is done, and with all."""


def silent(_done: int, _total: int) -> None:
    """Reports no progress."""


def put_in_place(source: Connection, target: Engine, former: str, progress: Progress) -> str:
    """Copy into a schema of its own, then exchange its tables for those of a PostgreSQL database,
    in one transaction. `former` names the schema that keeps what stood there; given back, or ""
    where nothing stood there. Raises StoreError."""
    tables = [*metadata.tables, "alembic_version"]
    try:
        with target.begin() as connection:
            connection.exec_driver_sql(
                f"DROP SCHEMA IF EXISTS {_RESTORING} CASCADE; CREATE SCHEMA {_RESTORING}"
            )
        with closing_engine(
            target.url.update_query_dict({"options": f"-csearch_path={_RESTORING}"})
        ) as aside:
            copy(source, aside, progress)
        with target.begin() as connection:
            looked = inspect(connection)
            here = looked.default_schema_name
            there = set(tables).intersection(looked.get_table_names())
            connection.exec_driver_sql(f"CREATE SCHEMA {former}")
            for table in tables:
                connection.exec_driver_sql(
                    f'ALTER TABLE IF EXISTS "{here}".{table} SET SCHEMA {former}'
                )
                connection.exec_driver_sql(f'ALTER TABLE {_RESTORING}.{table} SET SCHEMA "{here}"')
            connection.exec_driver_sql(
                f"DROP SCHEMA {_RESTORING if there else f'{_RESTORING}, {former}'} CASCADE"
            )
            make_queue(connection)
    except DBAPIError as error:
        raise _in_words(error) from error
    return former if there else ""


def copy(source: Connection, target: Engine, progress: Progress) -> dict[str, int]:
    """Copy everything that `source` sees into an empty database; rows by table. Raises StoreError.

    `source`: in a transaction whose view does not change, on a database that is at the program's
    schema. `progress`: rows done, rows in all.
    """
    try:
        with new_schema(target) as connection:
            for side in (source, connection):
                if side.dialect.name == "postgresql":
                    # each is silent while the other one is read or written
                    side.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            return _copied(source, connection, progress)
    except DBAPIError as error:
        raise _in_words(error) from error


def _in_words(error: DBAPIError) -> Exception:
    explanation = explained(error)
    if explanation is not error:
        return explanation
    if getattr(error.orig, "sqlstate", "") == _FORBIDDEN:
        return StoreError(
            "数据库用户没有在目标库建表的权限。请把库交给它：ALTER DATABASE 库名 OWNER TO 用户名，"
            "再执行一次。"
        )
    return StoreError(
        f"目标库不接受某一行（{type(error.orig).__name__}），复制未完成，源数据库未改动。"
        "请报告此问题。"
    )


def _copied(source: Connection, target: Connection, progress: Progress) -> dict[str, int]:
    counts = rows(source)
    done, total, differing = 0, 2 * sum(counts.values()), []
    for table in metadata.sorted_tables:
        for batch in _batches(table, source):
            target.execute(table.insert(), batch)
            pass_point("copy")
            done += len(batch)
            progress(done, total)
    for table in metadata.sorted_tables:
        if _digest(source, table) != _digest(target, table):
            differing.append(table.name)
        done += counts[table.name]
        progress(done, total)
    if differing:
        raise StoreError(
            f"复制后核对不一致：{'、'.join(differing)}。没有复制任何内容，请重试；"
            "仍然如此，请报告此问题。"
        )
    return counts


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
    }


def _batches(table: Table, source: Connection) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    size = 0
    query = select(table).order_by(*table.primary_key.columns)
    for row in source.execute(query.execution_options(yield_per=FETCHED)):
        batch.append(dict(zip(table.columns.keys(), row, strict=True)))
        size += sum(len(value) for value in row if isinstance(value, bytes))
        if len(batch) == ROWS or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _digest(connection: Connection, table: Table) -> tuple[int, int]:
    """How many rows, and the sum of their digests: two databases need
    not agree on an order of words."""
    count = total = 0
    for row in connection.execute(select(table).execution_options(yield_per=FETCHED)):
        count, total = count + 1, total + int.from_bytes(_row_digest(row))
    return count, total


def _row_digest(row: Row[Any]) -> bytes:
    digest = hashlib.sha256()
    for value in row:
        plain = value.astimezone(UTC) if isinstance(value, datetime) else value
        written = plain if isinstance(plain, bytes) else repr(plain).encode()
        digest.update(b"%d:" % len(written) + written)
    return digest.digest()
