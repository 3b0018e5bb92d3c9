"""The state of a transaction, and what all of its groups do with rows."""

from collections import Counter, deque
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, false, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.selectable import TypedReturnsRows

from core.clock import Clock
from core.data.due import Due
from core.keys.vault import RowName, Vault
from core.store.tables.columns import Digest

_DRAW = text(
    "INSERT INTO counters (name, value) VALUES (:name, :count) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value"
)


class Context:
    """One transaction.

    `announces`: somebody takes what it makes `due`, each turn once. `acted`: it changed what must
    never change without an audit row.
    `receivers`: of events; None until they are read.
    """

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        clock: Clock,
        *,
        announces: bool = False,
    ) -> None:
        self.connection = connection
        self.vault = vault
        self.clock = clock
        self.announces = announces
        self.acted = False
        self.receivers: frozenset[str] | None = None
        self.due: dict[str, Due] = {}
        self._ids: dict[str, deque[int]] = {}
        self._drawn: Counter[str] = Counter()

    @cached_property
    def now(self) -> datetime:
        """The moment of this transaction, one for all that it writes."""
        return self.clock.now()

    def key(self, value: str | None) -> str | None:
        """The keyed digest by which a value is looked up; None for an empty one."""
        return self.vault.digest(value.lower()) if value else None

    def draw(self, name: str, count: int = 1) -> int:
        """The next number of a counter, from 1; with `count` the first of so many.

        The counter of a table's ids has its name: what is sealed names its row, whose id must be
        known before it is written.
        """
        last: int = self.connection.execute(_DRAW, {"name": name, "count": count}).scalar_one()
        return last - count + 1

    def next_id(self, table: Table) -> int:
        """The next id of a table. A step that needs many draws ever more at once.

        Those that it does not use are left out.
        """
        ids = self._ids.setdefault(table.name, deque())
        if not ids:
            count = self._drawn[table.name] or 1
            first = self.draw(table.name, count)
            ids.extend(range(first, first + count))
            self._drawn[table.name] += count
        return ids.popleft()

    def call(self, due: Due) -> None:
        """Note what this transaction makes due; the first of a turn counts."""
        self.due.setdefault(due.turn, due)


class Rows:
    """Base of the groups of a transaction."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.connection = context.connection
        self.execute = context.connection.execute
        self.scalar = context.connection.scalar
        self.vault = context.vault
        self.key = context.key
        self.draw = context.draw
        self.call = context.call

    @property
    def now(self) -> datetime:
        """The moment of this transaction."""
        return self.context.now

    def must_be_audited(self) -> None:
        """This transaction is not kept without an audit row."""
        self.context.acted = True

    def matches(self, column: Column[Any], value: str | None) -> ColumnElement[bool]:
        """Whether a Digest column is the digest of a value; nothing is that of an empty one."""
        digest = column.type
        assert isinstance(digest, Digest)
        folded = digest.fold(value or "")
        return column == self.key(folded) if folded else false()

    def scalars(self, query: TypedReturnsRows[Any]) -> list[Any]:
        """The first column of a query."""
        return list(self.connection.scalars(query))

    def pairs(self, query: TypedReturnsRows[Any]) -> dict[Any, Any]:
        """The second column of a query by the first."""
        return dict(self.execute(query).all())

    def change(self, table: Table, *conditions: Any, **values: Any) -> int:
        """Write values over the rows that meet the conditions; how many there were."""
        changed = table.update().where(*conditions).values(values)
        return self.execute(changed).rowcount

    def delete(self, table: Table, *conditions: Any) -> int:
        """Delete the rows that meet the conditions; how many there were."""
        return self.execute(table.delete().where(*conditions)).rowcount

    def count_rows(self, table: Table, *conditions: Any) -> int:
        counted = select(func.count()).select_from(table).where(*conditions)
        return self.scalar(counted) or 0

    def seal(self, column: Column[Any], plain: bytes, *row: RowName) -> bytes:
        return self.vault.seal(plain, f"{column.table.name}.{column.name}", *row)

    def open(self, column: Column[Any], sealed: bytes, *row: RowName) -> bytes:
        return self.vault.open(sealed, f"{column.table.name}.{column.name}", *row)

    def opened(self, column: Column[Any], row_id: RowName) -> bytes | None:
        """The plain bytes of a sealed column in the row of this key, where there are any."""
        [key] = column.table.primary_key.columns
        sealed = self.scalar(select(column).where(key == row_id))
        return self.open(column, sealed, row_id) if sealed else None

    def put(
        self,
        table: Table,
        row: dict[str, Any],
        again: dict[str, Any] | None = None,
        where: ColumnElement[bool] | None = None,
    ) -> bool:
        """Insert a row, or write `again` over the one with its primary key, by default the row.

        `where`: nothing is written over a row that does not meet it; False where it did not.
        """
        key = list(table.primary_key.columns)
        insert = _insert_into(table, self.connection.dialect.name).values(row).returning(*key)
        changed = row if again is None else again
        written = insert.on_conflict_do_update(index_elements=key, set_=changed, where=where)
        return self.scalar(written) is not None

    def put_new(self, table: Table, row: dict[str, Any]) -> bool:
        """Insert a row; False where one exists that has something unique of it."""
        insert = _insert_new(table, self.connection.dialect.name)
        return self.scalar(insert, row) is not None


def _insert_into(table: Table, database: str) -> Any:
    """An insert of this database, for what SQLAlchemy has no common words."""
    return postgresql.insert(table) if database == "postgresql" else sqlite.insert(table)


@cache
def _insert_new(table: Table, database: str) -> Any:
    """An insert that gives the key of the row, or nothing where the row is not new."""
    [key, *_] = table.primary_key.columns
    return _insert_into(table, database).on_conflict_do_nothing().returning(key)
