"""Administrators' decisions on days and windows, in the store."""

import threading
from datetime import date, time
from time import monotonic

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from core.data.workday import DayDecision, Decisions, ExtraWindow
from core.errors import StoreError
from core.store.database import begun
from core.store.repositories.store_rows import Records
from core.store.tables.desk_tables import calendar_days, extra_windows

KEPT_S = 1.0


class DayRows(Records[DayDecision]):
    """Decisions on days in a transaction."""

    table = calendar_days
    acts = True


class WindowRows(Records[ExtraWindow]):
    """Added windows in a transaction."""

    table = extra_windows
    title = "窗口"
    acts = True

    def in_order(self) -> list[ExtraWindow]:
        return self.fetch(self.query().order_by(extra_windows.c.day, extra_windows.c.opens))


class Decided:
    """Gives what was decided as it is now, within KEPT_S.

    Windows are computed in and outside of transactions, at every look: it reads beside them, by
    an engine of its own, whose connections no transaction occupies. A database that does not
    answer leaves what was read before.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read_s = float("-inf")
        self._known = Decisions()
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> Decisions:
        with self._one_at_a_time:
            if monotonic() - self._read_s >= KEPT_S:
                self._known = self._read() or self._known
                self._read_s = monotonic()
            return self._known

    def forget(self) -> None:
        """Drop the stored decisions, because they have changed."""
        self._read_s = float("-inf")

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _read(self) -> Decisions | None:
        days = select(calendar_days.c.day, calendar_days.c.workday)
        windows = select(extra_windows.c.day, extra_windows.c.opens, extra_windows.c.closes)
        extra: dict[date, list[tuple[time, time]]] = {}
        try:
            with begun(self._engine) as began:
                decided = dict(began.connection.execute(days).all())
                for day, opens, closes in began.connection.execute(windows):
                    extra.setdefault(day, []).append((opens, closes))
        except (DBAPIError, StoreError):
            return None
        return Decisions(decided, extra)
