"""Logins at trading systems in the store, and a row for each event that a receiver has yet to
receive.

The end of sessions is here, too, since it ends all of them.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.sql.dml import ReturningDelete

from core.data.due import TELL, act_due
from core.data.system_event import Event, EventKind
from core.data.trading_systems import AccessToken, LoginCode, SigningKey, SystemLogin
from core.store.repositories.store_rows import Records
from core.store.tables.enterprise_tables import (
    bindings,
    enterprise_sessions,
    enterprises,
    event_receivers,
    events,
    signing_keys,
    subjects,
    system_codes,
    system_logins,
    system_tokens,
)

EVENTS = "events "
LOGOUTS = "logouts "
SUBJECT_BYTES = 16
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

    def add(self, kind: EventKind, enterprise_id: int, binding_id: int | None = None) -> None:
        """Note an event of an account, or of its binding, for each receiver: both as they are
        now."""
        receivers = [name for name in self.receivers() if name.startswith(EVENTS)]
        if not receivers:
            return
        data: dict[str, Any] = {"sub": SystemRows(self.context).subject(enterprise_id)}
        data |= self._row(_ENTERPRISE.where(enterprises.c.id == enterprise_id))
        if binding_id is not None:
            data["binding"] = self._row(_BINDING.where(bindings.c.id == binding_id))
        self.write(kind, receivers, {"type": kind, "timestamp": self.now, "data": data})

    def write(self, kind: EventKind, receivers: Iterable[str], body: Mapping[str, Any]) -> None:
        """Note an event of which the receivers get this."""
        text = json.dumps(body, ensure_ascii=False, default=datetime.isoformat)
        uid = f"evt_{secrets.token_hex(16)}"
        for receiver in receivers:
            self.insert_numbered(Event(0, uid, kind, text), receiver=receiver)
            self.call(act_due(TELL))

    def receivers(self) -> frozenset[str]:
        """The names of those for whom events are written."""
        if self.context.receivers is None:
            self.context.receivers = frozenset(self.scalars(select(event_receivers.c.name)))
        return self.context.receivers

    def set_receivers(self, names: frozenset[str]) -> None:
        """A new one receives what happens from now on; what waits for a former one goes, and what
        waits for another is due."""
        fresh = names - self.receivers()
        self.delete(event_receivers, event_receivers.c.name.not_in(names))
        self.delete(events, events.c.receiver.not_in(names))
        for name in fresh:
            self.execute(event_receivers.insert(), {"name": name})
        self.change(events, next_try_at=None)
        self.context.receivers = names

    def next_for(self, receiver: str, longest_pause: timedelta, *, in_order: bool) -> Event | None:
        """The oldest event that is due. `in_order`: only if no older one waits.

        A clock that was set back holds none up for longer than `longest_pause`.
        """
        at = events.c.next_try_at
        due = or_(at.is_(None), at <= self.now, at > self.now + longest_pause)
        oldest = select(func.min(events.c.id)).where(events.c.receiver == receiver)
        oldest = oldest if in_order else oldest.where(due)
        return self.first(self.query(events.c.id == oldest.scalar_subquery(), due))

    def _row(self, query: Select[Any]) -> dict[str, Any]:
        return dict(self.execute(query).mappings().one())


CODES_KNOWN = timedelta(hours=1)
"""So long a code that comes a second time is noticed."""

END_SESSIONS = enterprise_sessions.delete().returning(enterprise_sessions.c.token_sha256)


class CodeRows(Records[LoginCode]):
    """The codes of logins at trading systems in a transaction."""

    kind = LoginCode
    table = system_codes

    def use(self, code_sha256: str) -> bool:
        """Mark used; False when it already was."""
        its = (system_codes.c.code_sha256 == code_sha256, system_codes.c.used_at.is_(None))
        return self.change(system_codes, *its, used_at=self.now) == 1


class TokenRows(Records[AccessToken]):
    """The tokens of trading systems in a transaction."""

    kind = AccessToken
    table = system_tokens


class SystemRows(Records[SystemLogin]):
    """The logins at trading systems in a transaction: those whose session has not ended."""

    kind = SystemLogin
    table = system_logins

    def subject(self, enterprise_id: int) -> str:
        """The subject of an enterprise; drawn when it is wanted for the first time."""
        found = select(subjects.c.subject).where(subjects.c.enterprise_id == enterprise_id)
        known: str | None = self.scalar(found)
        if known is None:
            known = secrets.token_hex(SUBJECT_BYTES)
            row = {"enterprise_id": enterprise_id, "subject": known}
            self.execute(subjects.insert(), row)
        return known

    def by_subject(self, subject: str) -> int | None:
        """The id of the enterprise with that subject."""
        query = select(subjects.c.enterprise_id).where(subjects.c.subject == subject)
        return self.scalar(query)

    def enter(self, login: SystemLogin) -> SystemLogin:
        """Note a login; where its session is logged in at the system already, that one."""
        known = self.by(session_sha256=login.session_sha256, system_id=login.system_id)
        if known is None:
            self.insert(login)
        return known or login

    def leave(self, sid: str) -> None:
        """End a login at one system, with its codes and tokens. The system is not informed."""
        self._forget(system_logins.c.sid == sid)

    def drop_old(self) -> None:
        """Forget codes and tokens that expired, and logins whose sessions are over."""
        for table, before in ((system_tokens, self.now), (system_codes, self.now - CODES_KNOWN)):
            self.delete(table, table.c.expires_at <= before)
        live = select(enterprise_sessions.c.token_sha256)
        self._forget(system_logins.c.session_sha256.not_in(live))

    def end_sessions(self, ending: ReturningDelete[str], **values: Any) -> None:
        """Delete sessions of enterprises with their logins at trading systems, which are informed.

        `ending`: a statement built on END_SESSIONS.
        """
        ended = self.connection.scalars(ending, values).all()
        if not ended:
            return
        its, events = system_logins.c.session_sha256.in_(ended), EventRows(self.context)
        for login in self.fetch(self.query(its)):
            receivers = events.receivers() & {LOGOUTS + login.system_id}
            body = {"sub": self.subject(login.enterprise_id), "sid": login.sid}
            events.write(EventKind.LOGOUT, receivers, body)
        self._forget(its)

    def _forget(self, which: ColumnElement[bool]) -> None:
        sids = select(system_logins.c.sid).where(which)
        for table in (system_codes, system_tokens):
            self.delete(table, table.c.sid.in_(sids))
        self.delete(system_logins, which)


class KeyRows(Records[SigningKey]):
    """The signing keys in a transaction, sealed by the vault."""

    kind = SigningKey
    table = signing_keys
    acts = True

    def all(self) -> list[SigningKey]:
        """The oldest first."""
        return self.fetch(self.query().order_by(signing_keys.c.made_at, signing_keys.c.kid))
