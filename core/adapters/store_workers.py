"""Workers in the store: who gives signs of life, and so whose claims on mails and letters hold."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.adapters.store_rows import Rows
from core.adapters.tables import workers


class WorkerRows(Rows):
    """The workers in a transaction."""

    def keep_alive(self, worker: str, until: datetime, enough: datetime) -> None:
        insert = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        self.connection.execute(
            insert(workers)
            .values(name=worker, alive_until=until)
            .on_conflict_do_update(index_elements=["name"], set_={"alive_until": until}, where=workers.c.alive_until < enough)
        )

    def silent(self, since: datetime, until: datetime) -> list[str]:
        query = select(workers.c.name).where(workers.c.alive_until >= since, workers.c.alive_until < until)
        return list(self.connection.scalars(query.order_by(workers.c.name)))

    def dismiss(self, worker: str) -> None:
        self.connection.execute(workers.delete().where(workers.c.name == worker))


def others(now: datetime, worker: str) -> Select[tuple[str]]:
    """The names of the other workers that live."""
    return select(workers.c.name).where(workers.c.alive_until > now, workers.c.name != worker)


def free(claimed_by: ColumnElement[str], now: datetime, worker: str) -> ColumnElement[bool]:
    """Whether `worker` may take up a row with this claim."""
    return or_(claimed_by.is_(None), claimed_by.not_in(others(now, worker)))
