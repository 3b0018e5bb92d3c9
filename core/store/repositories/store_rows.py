"""How records are stored in their tables.

A field lies in the column of its name, a digest by which it is found in a column of the type
Digest. Sealed values name their table, column and row, so that none opens in another place.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, ClassVar, Generic, TypeVar, get_args

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Insert, Row, Select, Table, Update, bindparam, select
from sqlalchemy.sql.selectable import TypedReturnsRows

from core.store.repositories.store_context import Rows
from core.store.tables.columns import Digest, Sealed, digests_of

Record = TypeVar("Record")


def given(**values: Any) -> dict[str, Any]:
    """Those of the values that are given: not None, "" or empty."""
    return {name: value for name, value in values.items() if value or value == 0}


class Records(Rows, Generic[Record]):
    """The records of one class in one table.

    A subclass names the dataclass in its brackets (`kind`), its table, what people call a record
    (`title`), and whether one is never written without an audit row (`acts`). `conditions` are
    SQLAlchemy's;
    `values` name columns with their value, or a collection of values of which they have one. A
    Digest column is named by its field. What every class needs is built once here: SQLAlchemy takes
    several times as long over a statement that is built anew.
    """

    kind: ClassVar[type[Any]]
    table: ClassVar[Table]
    title: ClassVar[str] = ""
    acts: ClassVar[bool] = False
    _id: ClassVar[Column[Any]]
    _rows: ClassVar[Select[Any]]
    _by_id: ClassVar[Select[Any]]
    _new: ClassVar[Insert]
    _change: ClassVar[Update]
    read: ClassVar[list[Column[Any]]]
    _plain: ClassVar[list[str]]
    _defaults: ClassVar[dict[str, Any]]
    _sealed: ClassVar[list[Column[Any]]]
    _digests: ClassVar[dict[str, Digest]]
    _by_digest: ClassVar[dict[str, Column[Any]]]

    def __init_subclass__(cls) -> None:
        """Find out which columns hold which fields: as they are, sealed, or as a digest."""
        if "table" not in vars(cls):
            return
        [cls.kind] = get_args(vars(cls)["__orig_bases__"][0])
        names = {field.name for field in fields(cls.kind)}
        own = [column for column in cls.table.c if column.key in names]
        cls._id = next(iter(cls.table.primary_key.columns))
        cls._new = cls.table.insert()
        cls._change = cls.table.update().where(cls._id == bindparam("this"))
        cls._read_columns(own)
        cls._sealed = [column for column in own if isinstance(column.type, Sealed)]
        cls._plain = [column.key for column in own if column not in cls._sealed]
        cls._defaults = {
            field.name: field.default
            for field in fields(cls.kind)
            if field.default is not MISSING and field.default is not None
        }
        cls._digests = {
            name: digest for name, digest in digests_of(cls.table).items() if digest.of in names
        }
        cls._by_digest = {digest.of: cls.table.c[name] for name, digest in cls._digests.items()}

    @classmethod
    def _read_columns(cls, columns: list[Column[Any]]) -> None:
        """These columns make a record."""
        cls.read = columns
        cls._rows = select(*columns)
        cls._by_id = cls._rows.where(cls._id == bindparam("this"))

    def get(self, record_id: int | str) -> Record:
        """The record of an id. Raises LookupError."""
        found = self.by_id(record_id)
        if found is None:
            raise LookupError(f"{self.title} {record_id} 不存在。")
        return found

    def by_id(self, record_id: int | str) -> Record | None:
        """The record of an id, where it exists."""
        return self.first(self._by_id, this=record_id)

    def optional(self, record_id: int | None) -> Record | None:
        """The record of an id; None without one. Raises LookupError."""
        return self.get(record_id) if record_id else None

    def by(self, **values: Any) -> Record | None:
        """The record with these values, where one exists."""
        return self.first(self.query(**values))

    def query(self, *conditions: Any, **values: Any) -> Select[Any]:
        return self._rows.where(*conditions, *self._with(values))

    def _with(self, values: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
        for name, value in values.items():
            if name in self._by_digest:
                yield self.matches(self._by_digest[name], value)
            elif isinstance(value, Collection) and not isinstance(value, str):
                yield self.table.c[name].in_(value)
            else:
                yield self.table.c[name] == value

    def fetch(self, query: TypedReturnsRows[Any], **values: Any) -> list[Record]:
        return [self.record(row) for row in self.execute(query, values)]

    def first(self, query: TypedReturnsRows[Any], **values: Any) -> Record | None:
        row = self.execute(query, values).first()
        return self.record(row) if row else None

    def oldest(
        self, *conditions: Any, limit: int | None = None, after: int = 0, **values: Any
    ) -> list[Record]:
        """The first of the records by id, from behind the id `after`."""
        query = self.query(*conditions, **values).order_by(self._id).limit(limit)
        return self.fetch(query.where(self._id > after) if after else query)

    def newest(
        self,
        *conditions: Any,
        limit: int | None = None,
        before: int | None = None,
        **values: Any,
    ) -> list[Record]:
        """The last of the records by id, the newest first, from before the id `before`."""
        query = self.query(*conditions, **values).order_by(self._id.desc()).limit(limit)
        return self.fetch(query if before is None else query.where(self._id < before))

    def last(self, *conditions: Any, **values: Any) -> Record | None:
        """The newest of the records."""
        return next(iter(self.newest(*conditions, limit=1, **values)), None)

    def ids(self, *conditions: Any, limit: int | None = None, **values: Any) -> list[int]:
        """The ids of the records, in their order."""
        its = select(self._id).where(*conditions, *self._with(values))
        return self.scalars(its.order_by(self._id).limit(limit))

    def insert(self, record: Record, **more: Any) -> None:
        """Store it, and `more` columns."""
        self.context.acted |= self.acts
        self.execute(self._new, self.row(record) | more)

    def insert_numbered(self, record: Record, **more: Any) -> Record:
        """Store it under the next id; the record with its id."""
        number = self.context.next_id(self.table)
        numbered: Record = replace(record, id=number)  # type: ignore[type-var]
        self.insert(numbered, **more)
        return numbered

    def insert_new(self, record: Record, **more: Any) -> int:
        """Store it under an id that the database gives; that id."""
        self.context.acted |= self.acts
        row = self.row(record) | more
        del row[self._id.key]
        new_id: int = self.execute(self._new.returning(self._id), row).scalar_one()
        return new_id

    def store(self, record: Record) -> None:
        """Insert the record, or write it over its row."""
        self.context.acted |= self.acts
        self.put(self.table, self.row(record))

    def set_columns(self, ids: int | str | Collection[int | str], **columns: Any) -> None:
        """Write columns of the records with these ids."""
        self.context.acted |= self.acts
        self.change(self.table, *self._with({self._id.key: ids}), **columns)

    def remove(self, **values: Any) -> None:
        """Delete the records."""
        self.context.acted |= self.acts
        self.delete(self.table, *self._with(values))

    def save(self, record: Record) -> None:
        """Write the record over its row.

        Values go beside the statement, not into it: SQLAlchemy takes ten times as long over one
        that holds them.
        """
        self.context.acted |= self.acts
        self.execute(self._change, self.changes(record))

    def changes(self, record: Record) -> dict[str, Any]:
        """The columns of a record but its key, which comes as `this`. A key that is written, even
        if it stays the same, makes SQLite look for all rows that refer to it.
        """
        row = self.row(record)
        return {"this": row.pop(self._id.key), **row}

    def row(self, record: Record) -> dict[str, Any]:
        """The columns of a record."""
        row = {name: getattr(record, name) for name in self._plain}
        for name, digest in self._digests.items():
            value = getattr(record, digest.of)
            row[name] = self.key(digest.fold(value)) if value else None
        for column in self._sealed:
            value = getattr(record, column.key)
            wanted = value or not column.nullable
            sealed = self.seal(column, value.encode(), row[self._id.key]) if wanted else None
            row[column.key] = sealed
        return row

    def record(self, row: Row[Any]) -> Record:
        """The record of a row of `query`; NULL is the default of its field."""
        values = {column.key: value for column, value in zip(self.read, row, strict=True)}
        for column in self._sealed:
            sealed = values[column.key]
            if sealed is not None:
                values[column.key] = self.open(column, sealed, values[self._id.key]).decode()
        for name, default in self._defaults.items():
            if name in values and values[name] is None:
                values[name] = default
        record: Record = self.kind(**values)
        return record


class SealedRecords(Records[Record]):
    """Records whose row holds them whole, sealed as JSON; its other columns serve look-ups."""

    _json: ClassVar[TypeAdapter[Any]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._read_columns([cls._id, cls.table.c.sealed])
        cls._json = TypeAdapter(cls.kind)

    def by_ids(self, ids: Collection[int | None]) -> dict[int | None, Record]:
        """Those of these records that exist, by their ids; None is nobody's."""
        rows = self.execute(self.query(id=ids))
        return {row.id: self.record(row) for row in rows}

    def row(self, record: Record) -> dict[str, Any]:
        row = super().row(record)
        row["sealed"] = self.seal(self.table.c.sealed, self._json.dump_json(record), row["id"])
        return row

    def record(self, row: Row[Any]) -> Record:
        plain = self.open(self.table.c.sealed, row.sealed, row.id)
        record: Record = self._json.validate_json(plain)
        return record
