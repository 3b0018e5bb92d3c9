"""What administrators decided of days and windows, in the store.

Windows are computed in and outside of transactions, at every look: `Decided` keeps what stands
there for a second, and reads it beside the transactions, whose turns and connections it must not
wait for.
"""

import threading
from datetime import date, time
from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine, Select, select

from core.data.workday import DayDecision, Decisions, ExtraWindow
from core.store.repositories.store_rows import Rows
from core.store.rows import only
from core.store.tables.record_tables import calendar_days, extra_windows

KEPT_S: Final = 1.0


class CalendarRows(Rows):
    """Decisions of the calendar in a transaction."""

    def days(self) -> list[DayDecision]:
        return [
            DayDecision(**row)
            for row in self.connection.execute(
                select(calendar_days).order_by(calendar_days.c.day)
            ).mappings()
        ]

    def windows(self) -> list[ExtraWindow]:
        query = select(extra_windows).order_by(extra_windows.c.day, extra_windows.c.opens)
        return [_window(row) for row in self.connection.execute(query).mappings()]

    def window(self, window_id: int) -> ExtraWindow:
        row = (
            self.connection.execute(select(extra_windows).where(extra_windows.c.id == window_id))
            .mappings()
            .first()
        )
        return _window(only(row, "窗口", window_id))

    def save_day(self, decision: DayDecision) -> None:
        self.drop_day(decision.day)
        self.connection.execute(
            calendar_days.insert().values(
                day=decision.day,
                workday=decision.workday,
                reason=decision.reason,
                actor=decision.actor,
                at=decision.at,
            )
        )

    def drop_day(self, day: date) -> None:
        self._change()
        self.connection.execute(calendar_days.delete().where(calendar_days.c.day == day))

    def add_window(self, window: ExtraWindow) -> None:
        self._change()
        self.connection.execute(
            extra_windows.insert().values(
                day=window.day,
                opens=f"{window.opens:%H:%M}",
                closes=f"{window.closes:%H:%M}",
                reason=window.reason,
                actor=window.actor,
                at=window.at,
            )
        )

    def drop_window(self, window_id: int) -> None:
        self._change()
        self.connection.execute(extra_windows.delete().where(extra_windows.c.id == window_id))

    def _change(self) -> None:
        self.must_be_audited()
        self.context.decided = True


class Decided:
    """Gives what was decided as it is now, within KEPT_S.

    A database that does not answer leaves what was read before.
    """

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect
        # transactions that hold all connections of the engine's may be the ones that ask
        self._pool = engine.pool.recreate()
        self._read_s = float("-inf")
        self._known = Decisions()
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> Decisions:
        with self._one_at_a_time:
            if monotonic() - self._read_s >= KEPT_S:
                self._known, self._read_s = self._read() or self._known, monotonic()
            return self._known

    def forget(self) -> None:
        """What was decided has changed here."""
        self._read_s = float("-inf")

    def close(self) -> None:
        """Give the connection back."""
        self._pool.dispose()

    def _read(self) -> Decisions | None:
        try:
            days = self._rows(select(calendar_days.c.day, calendar_days.c.workday))
            extra: dict[date, list[tuple[time, time]]] = {}
            for day, opens, closes in self._rows(
                select(extra_windows.c.day, extra_windows.c.opens, extra_windows.c.closes)
            ):
                extra.setdefault(_date(day), []).append((_time(opens), _time(closes)))
        except self._dialect.loaded_dbapi.Error:
            return None
        return Decisions({_date(day): bool(workday) for day, workday in days}, extra)

    def _rows(self, query: Select[Any]) -> list[Any]:
        """Beside the transactions: a connection of the driver."""
        connection = self._pool.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(str(query.compile(dialect=self._dialect)))
            return list(cursor.fetchall())
        finally:
            connection.close()


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _time(value: str) -> time:
    return time.fromisoformat(value)


def _window(row: Any) -> ExtraWindow:
    return ExtraWindow(**{**row, "opens": _time(row["opens"]), "closes": _time(row["closes"])})
