"""When each of the recurring jobs last went well, in the store."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from core.store.repositories.store_rows import Rows
from core.store.tables.record_tables import ticks


class TickRows(Rows):
    """The ticks in a transaction."""

    def note(self, name: str, at: datetime, enough: datetime) -> None:
        """The job `name` went well at `at`. Fails where the database takes no writes.

        Nothing is written when that is noted for `enough` or later.
        """
        self.put(ticks, {"name": name, "at": at}, where=ticks.c.at < enough)

    def all(self) -> Mapping[str, datetime]:
        return self.pairs(select(ticks.c.name, ticks.c.at))
