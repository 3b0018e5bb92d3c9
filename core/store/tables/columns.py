"""What all tables share: their metadata with the names of constraints, the type of an instant,
and indexes over some rows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator, text


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; SQLite forgets zones, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return (
            value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)
            if value
            else None
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        instant: datetime | None = value
        return instant.replace(tzinfo=UTC) if instant and dialect.name == "sqlite" else instant


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
