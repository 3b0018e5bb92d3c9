"""Bindings in the store, and what keeps a lock with one enterprise (RULES.md section 7).

The database holds the invariants: one active binding per serial, one per key (SPKI digest), one
enterprise per CA unique id, one active primary lock per enterprise. Bindings are ended, never
deleted.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, or_, select
from sqlalchemy.exc import IntegrityError

from core.data.enterprise import Binding
from core.data.system_event import EventKind
from core.errors import Conflict
from core.store.repositories.store_rows import Records
from core.store.repositories.store_sessions import END_SESSIONS, EventRows, SystemRows
from core.store.tables.columns import Instant
from core.store.tables.enterprise_tables import (
    announced_keys,
    bindings,
    enterprise_sessions,
    lock_keys,
    lock_owners,
)

_ACTIVE = bindings.c.ended_at.is_(None)
_KEYLESS = bindings.c.id.not_in(select(lock_keys.c.binding_id))

# What every login and every case in the window asks is built once (see store_rows.Records).
_COLUMNS = [column for column in bindings.c if column.key in Binding.__dataclass_fields__]
_WITH_KEY = select(lock_keys.c.binding_id).where(
    lock_keys.c.spki_sha256 == bindparam("spki"), lock_keys.c.ended_at.is_(None)
)
_BY_KEY = select(*_COLUMNS).where(_ACTIVE, bindings.c.id.in_(_WITH_KEY))
_THESE: BindParameter[int] = bindparam("these", expanding=True)
_END = (
    bindings.update()
    .where(bindings.c.id.in_(_THESE), _ACTIVE)
    .values(ended_at=bindparam("at"), ended_by_case=bindparam("of_case"))
    .returning(*_COLUMNS)
)
_END_KEYS = (
    lock_keys.update()
    .where(lock_keys.c.binding_id.in_(_THESE), lock_keys.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
)
_BY_PASSWORD = END_SESSIONS.where(
    enterprise_sessions.c.enterprise_id == bindparam("owner"),
    enterprise_sessions.c.binding_id.is_(None),
)
_ITS_SESSIONS = END_SESSIONS.where(
    enterprise_sessions.c.enterprise_id.in_(bindparam("owners", expanding=True)),
    enterprise_sessions.c.binding_id.in_(_THESE),
)


class BindingRows(Records[Binding]):
    """The bindings in a transaction."""

    table = bindings
    title = "绑定"
    acts = True

    def add(self, binding: Binding) -> int:
        """Raises Conflict when the lock is bound, or a primary lock is bound, already."""
        try:
            with self.connection.begin_nested():
                binding = self.insert_numbered(binding)
        except IntegrityError as error:
            raise Conflict("此锁已被绑定，或该企业已有主锁，请刷新后重试。") from error
        self._begin(binding)
        return binding.id

    def of_enterprise(self, enterprise_id: int, *, ended: bool = False) -> list[Binding]:
        """Active bindings, primary first; with `ended` the ended ones too."""
        query = self.query(*(() if ended else (_ACTIVE,)), enterprise_id=enterprise_id)
        has_ended = bindings.c.ended_at.is_not(None)
        return self.fetch(query.order_by(has_ended, bindings.c.primary.desc(), bindings.c.id))

    def active_ids(self, enterprise_ids: Collection[int | None]) -> dict[int | None, list[int]]:
        """Ids of the active bindings of each of these enterprises that has any; None has none."""
        query = select(bindings.c.enterprise_id, bindings.c.id)
        query = query.where(bindings.c.enterprise_id.in_(enterprise_ids), _ACTIVE)
        found: dict[int | None, list[int]] = {}
        for enterprise_id, binding_id in self.execute(query):
            found.setdefault(enterprise_id, []).append(binding_id)
        return found

    def end(
        self,
        binding_ids: Collection[int],
        case_id: int | None = None,
    ) -> list[Binding]:
        """End active bindings with the sessions of their locks, and give the locks free.

        Returns those that were active.
        """
        self.must_be_audited()
        locks = self.fetch(_END, these=list(binding_ids), at=self.now, of_case=case_id)
        if not locks:
            return []
        locks.sort(key=lambda lock: lock.id)
        self.execute(_END_KEYS, {"these": [lock.id for lock in locks], "at": self.now})
        self._end_sessions(locks)
        self._note(EventKind.UNBOUND, locks)
        self._free({lock.ca_unique_id for lock in locks if lock.ca_unique_id})
        return locks

    def _free(self, ca_unique_ids: Iterable[str]) -> None:
        """Give CA unique ids free of which no active binding is left."""
        owned = [self.key(one) for one in ca_unique_ids]
        if owned:
            left = select(bindings.c.unique_id_key).where(bindings.c.unique_id_key.in_(owned))
            its = lock_owners.c.unique_id_key
            free = its.in_(owned) & its.not_in(left.where(_ACTIVE))
            self.delete(lock_owners, free)

    def owners_by_serial(self, part: str, limit: int) -> list[int]:
        """The enterprises that have, or had, a lock with this part in its serial."""
        query = select(bindings.c.enterprise_id).distinct()
        has_part = bindings.c.serial.contains(part.upper(), autoescape=True)
        return self.scalars(query.where(has_part).limit(limit))

    def last_ended(self, enterprise_ids: Collection[int | None]) -> dict[int | None, datetime]:
        """When a binding of each of these enterprises ended the last time, if one did."""
        query = select(bindings.c.enterprise_id, func.max(bindings.c.ended_at, type_=Instant))
        query = query.where(bindings.c.enterprise_id.in_(enterprise_ids), ~_ACTIVE)
        return self.pairs(query.group_by(bindings.c.enterprise_id))

    def restore(self, binding_id: int) -> bool:
        """Make an ended binding active again.

        False when its lock or the place of the primary lock is taken meanwhile.
        """
        binding = replace(self.get(binding_id), ended_at=None, ended_by_case=None)
        keys = select(lock_keys.c.spki_sha256).where(lock_keys.c.binding_id == binding_id)
        known = self.scalars(keys.distinct())
        is_active = self.claim_lock(binding, known, ended_at=None, ended_by_case=None)
        if is_active:
            self._begin(binding)
        return is_active

    def mark(self, binding_id: int, *, lost: bool) -> None:
        """The lock was reported lost, and its sessions end; or it was found, and the logins of
        before do not come back with it.
        """
        self.must_be_audited()
        lost_at, event = (self.now, EventKind.LOST) if lost else (None, EventKind.FOUND)
        marked = bindings.update().where(bindings.c.id == binding_id).values(lost_at=lost_at)
        locks = self.fetch(marked.returning(*self.read))
        self._end_sessions(locks)
        self._note(event, locks)

    def note_certificate(
        self,
        binding_id: int,
        issuer_profile: str,
        valid_until: datetime,
    ) -> None:
        """Write down what the lock's certificate shows: the CA profile if unknown, and its end."""
        same_end = bindings.c.valid_until == valid_until
        self.set_columns(
            binding_id,
            issuer_profile=func.coalesce(
                func.nullif(bindings.c.issuer_profile, ""), issuer_profile
            ),
            valid_until=valid_until,
            warned_days=case((same_end, bindings.c.warned_days), else_=None),
        )

    def due_for_warning(self, stages: Collection[int], limit: int) -> list[Binding]:
        """Active bindings, not lost, whose certificates end within the days of a new stage.

        The nearest end first.
        """
        due = [
            (bindings.c.valid_until <= self.now + timedelta(days=days))
            & or_(bindings.c.warned_days.is_(None), bindings.c.warned_days > days)
            for days in stages
        ]
        bound = _ACTIVE & bindings.c.lost_at.is_(None) & (bindings.c.valid_until > self.now)
        query = self.query(bound, or_(*due))
        return self.fetch(query.order_by(bindings.c.valid_until, bindings.c.id).limit(limit))

    def claim_lock(self, binding: Binding, keys: Collection[str], **columns: Any) -> bool:
        """Give a binding its lock: the keys' SPKI digests and the CA's unique id; and `columns`.

        False, and nothing is written, when another enterprise has one of them.
        """
        self.must_be_audited()
        enterprise_id, unique_id = binding.enterprise_id, self.key(binding.ca_unique_id)
        owned = {"unique_id_key": unique_id, "enterprise_id": enterprise_id}
        its_own = lock_owners.c.enterprise_id == enterprise_id
        try:
            with self.connection.begin_nested() as claiming:
                if columns:
                    self.set_columns(binding.id, **columns)
                for spki in keys:
                    row = {"spki_sha256": spki, "binding_id": binding.id}
                    self.execute(lock_keys.insert(), row)
                is_own = not unique_id or self.put(lock_owners, owned, where=its_own)
                if not is_own:
                    claiming.rollback()
        except IntegrityError:
            return False
        return is_own

    def by_key(self, spki_sha256: str) -> Binding | None:
        """The active binding that holds this key."""
        return self.first(_BY_KEY, spki=spki_sha256)

    def keyless_by_serial(self, serial: str) -> Binding | None:
        """The active binding of this serial that holds no key yet (imported from a table)."""
        return self.last(_ACTIVE, _KEYLESS, serial=serial)

    def by_announced_key(self, spki_sha256: str) -> Binding | None:
        """The active binding with which this key was announced, the newest of several."""
        its = select(announced_keys.c.binding_id).where(announced_keys.c.spki_sha256 == spki_sha256)
        return self.last(_ACTIVE, bindings.c.id.in_(its))

    def announce_keys(self, binding_id: int, keys: Collection[str]) -> None:
        """Note keys that came beside the one that signed; they hold nothing until they sign."""
        for spki in sorted(keys):
            self.put_new(announced_keys, {"spki_sha256": spki, "binding_id": binding_id})

    def announced_keys(self, binding_id: int) -> frozenset[str]:
        """SPKI digests that were announced with a binding, signed since or not."""
        its = announced_keys.c.binding_id == binding_id
        return frozenset(self.scalars(select(announced_keys.c.spki_sha256).where(its)))

    def was_lost(self, spki_sha256: str, serial: str) -> bool:
        """Whether a lock was reported lost, and not found since, that held or announced this key.

        Also one without a key that is known by this serial only.
        """
        with_key = [
            bindings.c.id.in_(select(table.c.binding_id).where(table.c.spki_sha256 == spki_sha256))
            for table in (lock_keys, announced_keys)
        ]
        its = or_((bindings.c.serial == serial) & _KEYLESS, *with_key)
        return self.count_rows(bindings, its, bindings.c.lost_at.is_not(None)) > 0

    def _begin(self, binding: Binding) -> None:
        """The enterprise logs in by its locks from now on: logins by password end."""
        SystemRows(self.context).end_sessions(_BY_PASSWORD, owner=binding.enterprise_id)
        self._note(EventKind.BOUND, [binding])

    def _note(self, kind: EventKind, locks: Iterable[Binding]) -> None:
        """Note an event of each of these bindings."""
        for lock in locks:
            EventRows(self.context).add(kind, lock.enterprise_id, lock)

    def _end_sessions(self, locks: Collection[Binding]) -> None:
        """Delete the sessions of locks: those of before do not come back with a binding."""
        these = [lock.id for lock in locks]
        owners = list({lock.enterprise_id for lock in locks})  # by the index of enterprises
        SystemRows(self.context).end_sessions(_ITS_SESSIONS, these=these, owners=owners)
