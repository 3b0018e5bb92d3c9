"""Logins of enterprises, here and at trading systems, in the store: sessions, refused certificates,
counters of password tries, and a row for each event that a receiver has yet to receive.

Names and sources of tries are stored as digests only.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.sql.dml import ReturningDelete

from core.data.due import TELL, act_due
from core.data.enterprise import Binding
from core.data.system_event import Event, EventKind
from core.data.trading_systems import AccessToken, LoginCode, SigningKey, SystemLogin
from core.data.tries import FORGOTTEN_AFTER, Account, Audience, Counter, Tries
from core.locks.challenge import EnterpriseSession
from core.locks.lock_certificate import RefusedCertificate
from core.store.repositories.store_context import Rows
from core.store.repositories.store_rows import Records
from core.store.tables.desk_tables import sessions
from core.store.tables.enterprise_tables import (
    bindings,
    enterprise_sessions,
    enterprises,
    event_receivers,
    events,
    login_tries,
    refused_certificates,
    signing_keys,
    subjects,
    system_codes,
    system_logins,
    system_tokens,
    used_challenges,
)

EVENTS = "events "
LOGOUTS = "logouts "
SUBJECT_BYTES = 16
_ENTERPRISE = select(enterprises.c.name, enterprises.c.uscc)
_OF_BINDING = (
    "serial",
    "label",
    "primary",
    "system",
    "bound_at",
    "ended_at",
    "lost_at",
    "valid_until",
)


class EventRows(Records[Event]):
    """The events in a transaction."""

    table = events

    def add(self, kind: EventKind, enterprise_id: int, binding: Binding | None = None) -> None:
        """Note an event of an account, or of its binding, for each receiver."""
        receivers = [name for name in self.receivers() if name.startswith(EVENTS)]
        if not receivers:
            return
        data: dict[str, Any] = {"sub": SystemRows(self.context).subject(enterprise_id)}
        its = _ENTERPRISE.where(enterprises.c.id == enterprise_id)
        data |= self.execute(its).mappings().one()
        if binding:
            data["binding"] = {name: getattr(binding, name) for name in _OF_BINDING}
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


NOTICED_FOR = timedelta(hours=1)
"""So long a code or a challenge that expired is noticed when it comes a second time."""

END_SESSIONS = enterprise_sessions.delete().returning(enterprise_sessions.c.token_sha256)


class CodeRows(Records[LoginCode]):
    """The codes of logins at trading systems in a transaction."""

    table = system_codes

    def use(self, code_sha256: str) -> bool:
        """Mark used; False when it already was."""
        its = (system_codes.c.code_sha256 == code_sha256, system_codes.c.used_at.is_(None))
        return self.change(system_codes, *its, used_at=self.now) == 1


class TokenRows(Records[AccessToken]):
    """The tokens of trading systems in a transaction."""

    table = system_tokens


class SystemRows(Records[SystemLogin]):
    """The logins at trading systems in a transaction: those whose session has not ended."""

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
        self.forget(system_logins.c.sid == sid)

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
        self.forget(its)

    def forget(self, which: ColumnElement[bool]) -> None:
        """Delete logins at systems with their codes and tokens."""
        sids = select(system_logins.c.sid).where(which)
        for table in (system_codes, system_tokens):
            self.delete(table, table.c.sid.in_(sids))
        self.delete(system_logins, which)


class KeyRows(Records[SigningKey]):
    """The signing keys in a transaction, sealed by the vault."""

    table = signing_keys
    acts = True

    def all(self) -> list[SigningKey]:
        """The oldest first."""
        return self.fetch(self.query().order_by(signing_keys.c.made_at, signing_keys.c.kid))


class LoginRows(Records[EnterpriseSession]):
    """The logins of enterprises in a transaction."""

    table = enterprise_sessions

    def use_challenge(self, nonce_sha256: str, expires_at: datetime) -> bool:
        """Note a challenge as used; False when it already was (one use, also under a race)."""
        row = {"nonce_sha256": nonce_sha256, "expires_at": expires_at}
        return self.put_new(used_challenges, row)

    def drop_old(self) -> None:
        """Forget what expired, logins at systems whose sessions are over, and counters of tries
        that count no more."""
        for table, before in (
            (used_challenges, self.now - NOTICED_FOR),
            (system_codes, self.now - NOTICED_FOR),
            (system_tokens, self.now),
            (enterprise_sessions, self.now),
            (sessions, self.now),
        ):
            self.delete(table, table.c.expires_at <= before)
        live = select(enterprise_sessions.c.token_sha256)
        SystemRows(self.context).forget(system_logins.c.session_sha256.not_in(live))
        old = (login_tries.c.at <= self.now - FORGOTTEN_AFTER) & ~login_tries.c.tell
        self.delete(login_tries, old)

    def session(self, token_sha256: str) -> EnterpriseSession | None:
        """A session; None also when the binding of its lock has ended or the lock is lost."""
        live = bindings.c.ended_at.is_(None) & bindings.c.lost_at.is_(None)
        by_password = enterprise_sessions.c.binding_id.is_(None)
        by_lock = exists().where(bindings.c.id == enterprise_sessions.c.binding_id, live)
        its = enterprise_sessions.c.token_sha256 == token_sha256
        return self.first(self.query(its, by_password | by_lock))

    def end_sessions(self, enterprise_id: int, token_sha256: str | None = None) -> None:
        ending = END_SESSIONS.where(enterprise_sessions.c.enterprise_id == enterprise_id)
        if token_sha256:
            ending = ending.where(enterprise_sessions.c.token_sha256 == token_sha256)
        SystemRows(self.context).end_sessions(ending)


class RefusedCertificateRows(Records[RefusedCertificate]):
    """The refused certificates in a transaction."""

    table = refused_certificates

    def add(self, sha256: str, reason: str, subject: str) -> None:
        row = self.row(RefusedCertificate(sha256, reason, subject, self.now, times=1))
        again = {"reason": reason, "at": self.now, "times": refused_certificates.c.times + 1}
        self.put(refused_certificates, row, again)

    def latest(self, limit: int = 100) -> list[RefusedCertificate]:
        return self.fetch(self.query().order_by(refused_certificates.c.at.desc()).limit(limit))

    def drop(self, shown_before: datetime | None, keep: int) -> None:
        """Forget those that last came before then, and all but the `keep` newest."""
        at = refused_certificates.c.at
        newest_too_many = select(at).order_by(at.desc()).offset(keep).limit(1).scalar_subquery()
        over = at <= newest_too_many
        if shown_before:
            over |= at < shown_before
        self.delete(refused_certificates, over)


_CLEAR = login_tries.delete().where(login_tries.c.account_key == bindparam("account"))
"""Built once (see store_rows.Records), for logins and the window."""


class TryRows(Rows):
    """The counters of password tries in a transaction."""

    def of(self, counter: Counter) -> Tries | None:
        its = login_tries.c
        query = select(its.failed, its.at, its.closed_until)
        query = query.where(its.counter_key == self.vault.digest(counter.name))
        row = self.execute(query).first()
        return Tries(*row) if row else None

    def save(self, counter: Counter, tries: Tries, *, tell: bool) -> None:
        """Write a counter; `tell`: the owner of the account has to be notified."""
        account = counter.account
        row = {
            "counter_key": self.vault.digest(counter.name),
            "account_key": self._account(account) if account else None,
            "account_id": account.id if account else None,
            "audience": account.audience.value if account else "",
            "failed": tries.failed,
            "at": tries.at,
            "closed_until": tries.closed_until,
            "tell": tell,
        }
        self.put(login_tries, row, again=row | {"tell": login_tries.c.tell | tell})

    def drop(self, counter: Counter) -> None:
        self.delete(login_tries, login_tries.c.counter_key == self.vault.digest(counter.name))

    def clear(self, account: Account) -> None:
        """Open an account for all sources at once."""
        self.execute(_CLEAR, {"account": self._account(account)})

    def closed_until(self, account: Account) -> datetime | None:
        """Until when an account is closed for at least one source; None where it is not."""
        its = login_tries.c.account_key == self._account(account)
        latest = select(func.max(login_tries.c.closed_until)).where(its)
        closed = latest.where(login_tries.c.closed_until > self.now)
        until: datetime | None = self.scalar(closed)
        return until

    def any_to_notify(self) -> bool:
        """Whether `accounts_to_notify` would give any; hands nothing out."""
        return self.count_rows(login_tries, login_tries.c.tell) > 0

    def accounts_to_notify(self, limit: int) -> list[Account]:
        """Accounts that were locked and whose owners were not notified yet.

        What is handed out here counts as notified.
        """
        columns = (login_tries.c.counter_key, login_tries.c.audience, login_tries.c.account_id)
        query = select(*columns).where(login_tries.c.tell).limit(limit)
        found = self.execute(query).all()
        notified = login_tries.c.counter_key.in_([row.counter_key for row in found])
        self.change(login_tries, notified, tell=False)
        known = {(row.audience, row.account_id) for row in found if row.account_id is not None}
        return [Account(Audience(audience), "", number) for audience, number in sorted(known)]

    def browser_mac(self, account: Account, expires_s: int) -> str:
        """The MAC of a known browser, by the vault's key."""
        known = f"known browser\n{account.key}\n{account.id}\n{account.password_hash}\n{expires_s}"
        return self.vault.digest(known)

    def _account(self, account: Account) -> str:
        return self.vault.digest(account.key)
