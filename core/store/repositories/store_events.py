"""Events for trading systems in the store: a row for each that a receiver has yet to receive."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, or_, select

from core.data.due import TELL, act_due
from core.data.enterprise import Binding
from core.data.system_event import Event, EventKind
from core.data.trading_systems import SystemLogin
from core.store.repositories.store_rows import Records, Rows
from core.store.tables.enterprise_tables import enterprises
from core.store.tables.lock_tables import bindings
from core.store.tables.system_tables import event_receivers, events, subjects

EVENTS: Final = "events "
LOGOUTS: Final = "logouts "
SUBJECT_BYTES: Final = 16
_ENTERPRISE = select(enterprises.c.name, enterprises.c.uscc)
_BINDING = select(
    bindings.c.serial,
    bindings.c.label,
    bindings.c.primary.label("primary"),
    bindings.c.system,
    bindings.c.bound_at,
    bindings.c.ended_at,
    bindings.c.lost_at,
    bindings.c.valid_until,
)


class EventRows(Records[Event]):
    """The events in a transaction."""

    kind = Event
    table = events

    def add(self, kind: EventKind, enterprise_id: int) -> None:
        """Note an event of an account, if anybody receives events."""
        _note(self, kind, enterprise_id)

    def receivers(self) -> frozenset[str]:
        """The names of those for whom events are written."""
        if self.context.receivers is None:
            self.context.receivers = frozenset(self.scalars(select(event_receivers.c.name)))
        return self.context.receivers

    def set_receivers(self, names: frozenset[str]) -> None:
        """A new one receives what happens from now on; what waits for a former one goes."""
        fresh = names - self.receivers()
        self.delete(event_receivers, event_receivers.c.name.not_in(names))
        self.delete(events, events.c.receiver.not_in(names))
        for name in fresh:
            self.connection.execute(event_receivers.insert(), {"name": name})
        self.context.receivers = names

    def next_for(
        self,
        receiver: str,
        now: datetime,
        longest_pause: timedelta,
        *,
        in_order: bool,
    ) -> Event | None:
        """The oldest event that is due. `in_order`: only if no older one waits.

        A clock that was set back holds none up for longer than `longest_pause`.
        """
        at = events.c.next_try_at
        due = or_(at.is_(None), at <= now, at > now + longest_pause)
        oldest = select(func.min(events.c.id)).where(events.c.receiver == receiver)
        oldest = oldest if in_order else oldest.where(due)
        return self.first(self.query(events.c.id == oldest.scalar_subquery(), due))

    def put_off(self, event: Event, until: datetime) -> None:
        """Note a try, and when the next one is due."""
        tried = {"attempts": event.attempts + 1, "next_try_at": until}
        self.change(events, events.c.id == event.id, **tried)

    def drop(self, event: Event) -> None:
        self.delete(events, events.c.id == event.id)

    def call_now(self) -> None:
        """Whatever waits is due."""
        self.change(events, next_try_at=None)


def subject_of(rows: Rows, enterprise_id: int) -> str:
    """The subject of an enterprise; drawn when it is wanted for the first time."""
    found = select(subjects.c.subject).where(subjects.c.enterprise_id == enterprise_id)
    known: str | None = rows.connection.scalar(found)
    if known is None:
        known = secrets.token_hex(SUBJECT_BYTES)
        row = {"enterprise_id": enterprise_id, "subject": known}
        rows.connection.execute(subjects.insert(), row)
    return known


def note_all(rows: Rows, kind: EventKind, locks: Iterable[Binding]) -> None:
    """Note an event of each of these bindings, if anybody receives events."""
    for lock in locks:
        _note(rows, kind, lock.enterprise_id, lock.id)


def _note(rows: Rows, kind: EventKind, enterprise_id: int, binding_id: int | None = None) -> None:
    """Write an event down for each receiver, with the account and the binding as they are now."""
    receivers = [name for name in EventRows(rows.context).receivers() if name.startswith(EVENTS)]
    if not receivers:
        return
    data: dict[str, Any] = {"sub": subject_of(rows, enterprise_id)}
    data |= _row(rows, _ENTERPRISE.where(enterprises.c.id == enterprise_id))
    if binding_id is not None:
        data["binding"] = _row(rows, _BINDING.where(bindings.c.id == binding_id))
    _add(rows, kind, receivers, {"type": kind, "timestamp": rows.now, "data": data})


def add_logouts(rows: Rows, logins: Iterable[SystemLogin]) -> None:
    """Write down that logins at systems are over, for those that receive it."""
    known = EventRows(rows.context).receivers()
    for login in logins:
        body = {"sub": subject_of(rows, login.enterprise_id), "sid": login.sid}
        _add(rows, EventKind.LOGOUT, known & {LOGOUTS + login.system_id}, body)


def _row(rows: Rows, query: Select[Any]) -> dict[str, Any]:
    return dict(rows.connection.execute(query).mappings().one())


def _add(rows: Rows, kind: EventKind, receivers: Iterable[str], body: Mapping[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False, default=datetime.isoformat)
    uid = f"evt_{secrets.token_hex(16)}"
    for receiver in receivers:
        event = Event(0, uid, kind, text)
        row = EventRows(rows.context).row(event)
        row |= {"id": rows.draw("events"), "receiver": receiver}
        rows.connection.execute(events.insert(), row)
        rows.call(act_due(TELL))
