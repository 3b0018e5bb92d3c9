"""Parts that all tables share: their metadata, the types of their columns, and indexes over some
rows."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; SQLite forgets zones, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        instant: datetime | None = value
        return instant.replace(tzinfo=UTC) if instant and dialect.name == "sqlite" else instant


class Codes(TypeDecorator[frozenset[StrEnum]]):
    """Members of an enumeration, stored as their values with blanks between, in its order; of a
    column that is never NULL."""

    impl = String(80)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        return " ".join(one for one in self.kind if one in value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> frozenset[StrEnum]:
        return frozenset(map(self.kind, value.split()))


class HourMinute(TypeDecorator[time]):
    """A time of day, stored as HH:MM; of a column that is never NULL."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        return f"{value:%H:%M}"

    def process_result_value(self, value: Any, _dialect: Dialect) -> time:
        return time.fromisoformat(value)


class Sealed(TypeDecorator[bytes]):
    """Ciphertext of the vault, bound to its table, column and row
    (core.store.repositories.store_rows).

    In a column named `sealed` it is the JSON of the record, else of one value.
    """

    impl = LargeBinary
    cache_ok = True


class Digest(TypeDecorator[str]):
    """The keyed digest of a field of the record, by which rows are found; NULL of an empty one.

    `of`: the field; "" where no plain text of it is stored. `fold`: what makes spellings equal, by
    default lower case: casefold makes fass.de of the address of another, in faß.de.
    """

    impl = String(64)
    cache_ok = True

    def __init__(self, of: str, fold: Callable[[str], str] = str.lower) -> None:
        super().__init__()
        self.of = of
        self.fold = fold


def code(kind: type[StrEnum], length: int) -> Enum:
    """The type of a member of an enumeration, which is stored as its value."""
    values = [member.value for member in kind]
    return Enum(kind, values_callable=lambda _: values, native_enum=False, length=length)


def key(name: str, length: int = 64) -> Column[Any]:
    """A text that names the row, by default a digest."""
    return Column(name, String(length), primary_key=True)


def required(name: str, *parts: Any, **options: Any) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, *parts, nullable=False, **options)


def sealed_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that hold ciphertext."""
    return [column for column in table.columns if isinstance(column.type, Sealed)]


def digests_of(table: Table) -> dict[str, Digest]:
    """The columns of a table that hold keyed digests."""
    return {column.key: column.type for column in table.columns if isinstance(column.type, Digest)}


def where(condition: str) -> dict[str, Any]:
    """Arguments of an Index over the rows that meet the condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def numbered(name: str, *parts: Any) -> Table:
    """A table whose rows have a number as their id."""
    return Table(name, metadata, Column("id", Integer, primary_key=True), *parts)
