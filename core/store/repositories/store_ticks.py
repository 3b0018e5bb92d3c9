"""When each of the recurring jobs last went well, in the store."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from core.store.repositories.store_rows import Rows
from core.store.tables.record_tables import ticks


class TickRows(Rows):
    """The ticks in a transaction."""

    def note(self, name: str, at: datetime, enough: datetime) -> None:
        insert = (
            postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        )
        row = insert(ticks).values(name=name, at=at)
        self.connection.execute(
            row.on_conflict_do_update(
                index_elements=["name"], set_={"at": at}, where=ticks.c.at < enough
            )
        )

    def all(self) -> Mapping[str, datetime]:
        return {row.name: row.at for row in self.connection.execute(select(ticks))}
