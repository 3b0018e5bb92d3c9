"""Events for trading systems in the store, and how far each receiver was told."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import func, select

from core.accounts.events import Event, EventKind, EventQueue
from core.accounts.systems import SystemLogin
from core.adapters.store_rows import Rows
from core.adapters.tables.systems import event_queues, events
from core.cases.due import TELL, act_due

_RECEIVER = select(event_queues.c.name).limit(1)
_NO_LOGOUT = events.c.kind != EventKind.LOGOUT.value


class EventRows(Rows):
    """The events in a transaction."""

    def add(self, kind: EventKind, enterprise_id: int, at: datetime, binding_id: int | None = None) -> None:
        note(self, kind, enterprise_id, at, binding_id)

    def queue(self, name: str) -> EventQueue:
        row = self.connection.execute(select(event_queues).where(event_queues.c.name == name)).mappings().first()
        if row:
            return EventQueue(**row)
        fresh = EventQueue(name, self.newest())
        self.connection.execute(event_queues.insert().values(asdict(fresh)))
        self.context.has_receiver = None
        return fresh

    def queues(self) -> Mapping[str, EventQueue]:
        return {row["name"]: EventQueue(**row) for row in self.connection.execute(select(event_queues), {}).mappings()}

    def save_queue(self, queue: EventQueue) -> None:
        self.connection.execute(event_queues.update().where(event_queues.c.name == queue.name).values(asdict(queue)))

    def keep_queues(self, names: frozenset[str]) -> None:
        self.connection.execute(event_queues.delete().where(event_queues.c.name.not_in(names)))
        self.context.has_receiver = None

    def next_for(self, queue: EventQueue, system_id: str) -> Event | None:
        wanted = (events.c.system_id == system_id) if system_id else _NO_LOGOUT
        query = select(events).where(events.c.id > queue.last_id, wanted).order_by(events.c.id).limit(1)
        row = self.connection.execute(query).mappings().first()
        return Event(**{**row, "kind": EventKind(row["kind"])}) if row else None

    def catch_up(self, queue: EventQueue) -> None:
        newest = self.newest()
        if newest > queue.last_id:
            self.save_queue(replace(queue, last_id=newest))

    def drop_told(self) -> None:
        told = select(func.min(event_queues.c.last_id)).scalar_subquery()
        self.connection.execute(events.delete().where(events.c.id <= func.coalesce(told, events.c.id)))

    def newest(self) -> int:
        return self.connection.scalar(select(func.max(events.c.id)), {}) or 0


def note(rows: Rows, kind: EventKind, enterprise_id: int, at: datetime | None, binding_id: int | None = None) -> None:
    """Write an event down, if there is a receiver."""
    note_all(rows, kind, at, [(enterprise_id, binding_id)])


def note_all(rows: Rows, kind: EventKind, at: datetime | None, what: Iterable[tuple[int, int | None]]) -> None:
    """Write an event down for each (enterprise, binding), if there is a receiver."""
    if rows.context.has_receiver is None:
        rows.context.has_receiver = rows.connection.scalar(_RECEIVER, {}) is not None
    if rows.context.has_receiver:
        _add(rows, [
            {"kind": kind.value, "enterprise_id": enterprise_id, "binding_id": binding_id, "system_id": "", "sid": "", "at": at}
            for enterprise_id, binding_id in what
        ])


def add_logouts(rows: Rows, logins: Iterable[SystemLogin]) -> None:
    """Write down that logins at systems are over."""
    _add(rows, [
        {"kind": EventKind.LOGOUT.value, "enterprise_id": one.enterprise_id, "binding_id": None, "system_id": one.system_id, "sid": one.sid, "at": None}
        for one in logins
    ])


def _add(rows: Rows, values: list[dict[str, object]]) -> None:
    if not values:
        return
    [first] = rows.draw("events", count=len(values))
    rows.connection.execute(events.insert(), [{"id": first + place, "uid": f"evt_{secrets.token_hex(16)}", **one} for place, one in enumerate(values)])
    rows.call(act_due(TELL))
