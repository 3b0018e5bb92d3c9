"""Bindings in the store, and what keeps a lock with one enterprise (RULES.md section 7).

The database holds the invariants: one active binding per serial, one per key (SPKI digest), one
enterprise per CA unique id, one active primary lock per enterprise. Bindings are ended, never
deleted.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Update, bindparam, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from core.data.enterprise import Binding
from core.data.system_event import EventKind
from core.errors import Conflict
from core.store.repositories.store_events import note_all
from core.store.repositories.store_rows import Rows, any_of, slots, spread
from core.store.repositories.store_systems import ENDED, end_sessions, forget_sessions
from core.store.rows import only
from core.store.tables.lock_tables import announced_keys, bindings, lock_keys, lock_owners
from core.store.tables.login_tables import enterprise_sessions

_UNIQUE_ID = "bindings.ca_unique_id"

# Written once: SQLAlchemy takes five times as long over a statement that is built anew.
_OF_ENTERPRISE = (
    select(bindings)
    .where(bindings.c.enterprise_id == bindparam("enterprise"))
    .order_by(bindings.c.ended_at.is_not(None), bindings.c.is_primary.desc(), bindings.c.id)
)
_ACTIVE_OF_ENTERPRISE = _OF_ENTERPRISE.where(bindings.c.ended_at.is_(None))
_STILL_OWNED = (
    select(bindings.c.id)
    .where(bindings.c.unique_id_key == lock_owners.c.unique_id_key, bindings.c.ended_at.is_(None))
    .exists()
)
_FREE_OWNERS = lock_owners.delete().where(
    lock_owners.c.unique_id_key.in_(bindparam("owned", expanding=True)), ~_STILL_OWNED
)


@cache
def _end(count: int) -> ReturningUpdate[Any]:
    """The end of so many bindings."""
    ended = bindings.update().where(
        any_of(bindings.c.id, "this", count), bindings.c.ended_at.is_(None)
    )
    ended = ended.values(ended_at=bindparam("at"), ended_by_case=bindparam("of_case"))
    return ended.returning(*bindings.c)


@cache
def _end_keys(count: int) -> Update:
    """The end of the keys of so many bindings."""
    return (
        lock_keys.update()
        .where(any_of(lock_keys.c.binding_id, "this", count), lock_keys.c.ended_at.is_(None))
        .values(ended_at=bindparam("at"))
    )


@cache
def _end_sessions(count: int) -> ReturningDelete[tuple[str]]:
    """The end of the sessions by so many bindings, found by their enterprises."""
    owners = select(bindings.c.enterprise_id).where(any_of(bindings.c.id, "this", count))
    return ENDED.where(
        enterprise_sessions.c.enterprise_id.in_(owners),
        any_of(enterprise_sessions.c.binding_id, "this", count),
    )


class BindingRows(Rows):
    """The bindings in a transaction."""

    def add(self, binding: Binding) -> int:
        self.must_be_audited()
        [binding_id] = self.draw("bindings")
        values = {
            "id": binding_id,
            "enterprise_id": binding.enterprise_id,
            "serial": binding.serial,
            "label": binding.label,
            "is_primary": binding.primary,
            "system": binding.system,
            "bound_at": binding.bound_at,
            "ended_at": binding.ended_at,
            "ended_by_case": binding.ended_by_case,
            "unique_id_key": self.key(binding.ca_unique_id),
            "lost_at": binding.lost_at,
            "issuer_profile": binding.issuer_profile or None,
            "valid_until": binding.valid_until,
            "ca_unique_id": self.vault.seal(binding.ca_unique_id.encode(), _UNIQUE_ID, binding_id)
            if binding.ca_unique_id
            else None,
        }
        try:
            with self.connection.begin_nested():
                self.connection.execute(bindings.insert().values(values))
        except IntegrityError as error:
            raise Conflict("此锁已被绑定，或该企业已有主锁，请刷新后重试。") from error
        bound = [(binding.enterprise_id, binding_id)]
        note_all(self, EventKind.BOUND, binding.bound_at, bound)
        return binding_id

    def get(self, binding_id: int) -> Binding:
        return only(
            next(iter(self._bindings(select(bindings).where(bindings.c.id == binding_id))), None),
            "绑定",
            binding_id,
        )

    def of_enterprise(self, enterprise_id: int, *, ended: bool = False) -> list[Binding]:
        return self._bindings(
            _OF_ENTERPRISE if ended else _ACTIVE_OF_ENTERPRISE, {"enterprise": enterprise_id}
        )

    def active_ids(self, enterprise_ids: Collection[int]) -> dict[int, list[int]]:
        query = select(bindings.c.enterprise_id, bindings.c.id).where(
            bindings.c.enterprise_id.in_(enterprise_ids), bindings.c.ended_at.is_(None)
        )
        found: dict[int, list[int]] = {}
        for enterprise_id, binding_id in self.connection.execute(query):
            found.setdefault(enterprise_id, []).append(binding_id)
        return found

    def end(
        self, binding_ids: Collection[int], at: datetime, case_id: int | None = None
    ) -> list[Binding]:
        self.must_be_audited()
        if not binding_ids:
            return []
        count, these = slots(binding_ids), spread("this", [*binding_ids])
        answers = self.connection.execute_all(
            (_end(count), {**these, "at": at, "of_case": case_id}), (_end_sessions(count), these)
        )
        ended, sessions = answers[0].mappings().all(), answers[1].all()
        forget_sessions(self, [token for [token] in sessions])
        if ended:
            self.connection.send(_end_keys(count), {**these, "at": at})
            note_all(
                self,
                EventKind.UNBOUND,
                at,
                sorted((row["enterprise_id"], row["id"]) for row in ended),
            )
        if owned := [row["unique_id_key"] for row in ended if row["unique_id_key"]]:
            self.connection.execute(_FREE_OWNERS, {"owned": owned})
        return sorted(map(self._binding, ended), key=lambda lock: lock.id)

    def serials(self, after: int, limit: int) -> list[tuple[int, int, str]]:
        query = (
            select(bindings.c.id, bindings.c.enterprise_id, bindings.c.serial)
            .where(bindings.c.id > after)
            .order_by(bindings.c.id)
            .limit(limit)
        )
        return list(self.connection.execute(query))

    def last_ended(self, enterprise_ids: Collection[int]) -> dict[int, datetime]:
        last = select(bindings.c.enterprise_id, func.max(bindings.c.ended_at).label("at")).where(
            bindings.c.enterprise_id.in_(enterprise_ids)
        )
        ended = last.where(bindings.c.ended_at.is_not(None)).group_by(bindings.c.enterprise_id)
        return {row.enterprise_id: row.at for row in self.connection.execute(ended)}

    def restore(self, binding_id: int, at: datetime) -> bool:
        self.must_be_audited()
        one = self.get(binding_id)
        keys = self.connection.scalars(
            select(lock_keys.c.spki_sha256).where(lock_keys.c.binding_id == binding_id).distinct()
        ).all()
        try:
            with self.connection.begin_nested():
                self.connection.execute(
                    bindings.update()
                    .where(bindings.c.id == binding_id)
                    .values(ended_at=None, ended_by_case=None)
                )
                self._claimed(one, keys)
        except (IntegrityError, _Taken):
            return False
        note_all(self, EventKind.BOUND, at, [(one.enterprise_id, binding_id)])
        return True

    def mark_lost(self, binding_id: int, at: datetime) -> None:
        self._mark(binding_id, at, EventKind.LOST, at)

    def mark_found(self, binding_id: int, at: datetime) -> None:
        self._mark(binding_id, None, EventKind.FOUND, at)

    def _mark(
        self,
        binding_id: int,
        lost_at: datetime | None,
        kind: EventKind,
        at: datetime,
    ) -> None:
        self.must_be_audited()
        mark = bindings.update().where(bindings.c.id == binding_id).values(lost_at=lost_at)
        owners = self.connection.scalars(mark.returning(bindings.c.enterprise_id)).all()
        self._end_sessions([binding_id])
        note_all(self, kind, at, [(owner, binding_id) for owner in owners])

    def note_certificate(self, binding_id: int, issuer_profile: str, valid_until: datetime) -> None:
        warned = case((bindings.c.valid_until == valid_until, bindings.c.warned_days), else_=None)
        noted = {
            "issuer_profile": func.coalesce(bindings.c.issuer_profile, issuer_profile or None),
            "valid_until": valid_until,
            "warned_days": warned,
        }
        self.connection.execute(bindings.update().where(bindings.c.id == binding_id).values(noted))

    def due_for_warning(self, now: datetime, stages: Collection[int], limit: int) -> list[Binding]:
        reached = [
            (bindings.c.valid_until <= now + timedelta(days=days))
            & or_(bindings.c.warned_days.is_(None), bindings.c.warned_days > days)
            for days in stages
        ]
        bound = (
            bindings.c.ended_at.is_(None)
            & bindings.c.lost_at.is_(None)
            & (bindings.c.valid_until > now)
        )
        return self._bindings(
            select(bindings)
            .where(bound, or_(*reached))
            .order_by(bindings.c.valid_until, bindings.c.id)
            .limit(limit)
        )

    def note_warned(self, binding_id: int, days: int) -> None:
        self.connection.execute(
            bindings.update().where(bindings.c.id == binding_id).values(warned_days=days)
        )

    def claim_lock(self, binding: Binding, keys: Collection[str]) -> bool:
        self.must_be_audited()
        try:
            with self.connection.begin_nested():
                return self._claimed(binding, keys)
        except (IntegrityError, _Taken):
            return False

    def by_key(self, spki_sha256: str) -> Binding | None:
        held = select(lock_keys.c.binding_id).where(
            lock_keys.c.spki_sha256 == spki_sha256, lock_keys.c.ended_at.is_(None)
        )
        return next(
            iter(
                self._bindings(
                    select(bindings).where(bindings.c.id.in_(held), bindings.c.ended_at.is_(None))
                )
            ),
            None,
        )

    def announce_keys(self, binding_id: int, keys: Collection[str]) -> None:
        known = self.announced_keys(binding_id)
        for spki in sorted(set(keys) - known):
            self.connection.execute(
                announced_keys.insert().values(spki_sha256=spki, binding_id=binding_id)
            )

    def announced_keys(self, binding_id: int) -> frozenset[str]:
        query = select(announced_keys.c.spki_sha256).where(
            announced_keys.c.binding_id == binding_id
        )
        return frozenset(self.connection.scalars(query))

    def by_announced_key(self, spki_sha256: str) -> Binding | None:
        announced = select(announced_keys.c.binding_id).where(
            announced_keys.c.spki_sha256 == spki_sha256
        )
        query = (
            select(bindings)
            .where(bindings.c.id.in_(announced), bindings.c.ended_at.is_(None))
            .order_by(bindings.c.id.desc())
        )
        return next(iter(self._bindings(query)), None)

    def was_lost(self, spki_sha256: str, serial: str) -> bool:
        held = (
            select(table.c.binding_id).where(table.c.spki_sha256 == spki_sha256)
            for table in (lock_keys, announced_keys)
        )
        keyless = (bindings.c.serial == serial) & bindings.c.id.not_in(
            select(lock_keys.c.binding_id)
        )
        its = or_(keyless, *(bindings.c.id.in_(one) for one in held))
        return (
            self.connection.scalar(
                select(bindings.c.id).where(its, bindings.c.lost_at.is_not(None)).limit(1)
            )
            is not None
        )

    def by_serial(self, serial: str) -> Binding | None:
        return next(
            iter(
                self._bindings(
                    select(bindings).where(
                        bindings.c.serial == serial, bindings.c.ended_at.is_(None)
                    )
                )
            ),
            None,
        )

    def keyless_by_serial(self, serial: str) -> Binding | None:
        keyed = select(lock_keys.c.binding_id)
        query = select(bindings).where(
            bindings.c.serial == serial, bindings.c.ended_at.is_(None), bindings.c.id.not_in(keyed)
        )
        return next(iter(self._bindings(query)), None)

    def of_unique_id(self, ca_unique_id: str) -> list[Binding]:
        return self._bindings(
            select(bindings)
            .where(bindings.c.unique_id_key == self.key(ca_unique_id))
            .order_by(bindings.c.id.desc())
        )

    def _claimed(self, binding: Binding, keys: Collection[str]) -> bool:
        """Write keys and owner; raises IntegrityError or _Taken inside the savepoint
        when another has them."""
        for spki in keys:
            self.connection.execute(
                lock_keys.insert().values(spki_sha256=spki, binding_id=binding.id)
            )
        if binding.ca_unique_id:
            self._own(str(self.key(binding.ca_unique_id)), binding.enterprise_id)
        return True

    def _own(self, unique_id_key: str, enterprise_id: int) -> None:
        insert = (
            postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        )
        values = {"unique_id_key": unique_id_key, "enterprise_id": enterprise_id}
        self.connection.execute(
            insert(lock_owners)
            .values(values)
            .on_conflict_do_nothing(index_elements=["unique_id_key"])
        )
        owner = self.connection.scalar(
            select(lock_owners.c.enterprise_id).where(lock_owners.c.unique_id_key == unique_id_key)
        )
        if owner != enterprise_id:
            raise _Taken

    def _end_sessions(self, binding_ids: Collection[int]) -> None:
        """Delete them: a binding that comes back does not bring the logins of before with it."""
        end_sessions(self, _end_sessions(slots(binding_ids)), spread("this", [*binding_ids]))

    def _bindings(self, query: Any, values: Mapping[str, Any] | None = None) -> list[Binding]:
        return [self._binding(row) for row in self.connection.execute(query, values).mappings()]

    def _binding(self, row: RowMapping) -> Binding:
        unique_id = (
            self.vault.open(row["ca_unique_id"], _UNIQUE_ID, row["id"]).decode()
            if row["ca_unique_id"]
            else ""
        )
        return Binding(
            id=row["id"],
            enterprise_id=row["enterprise_id"],
            serial=row["serial"],
            label=row["label"],
            primary=row["is_primary"],
            system=row["system"],
            bound_at=row["bound_at"],
            ended_at=row["ended_at"],
            ended_by_case=row["ended_by_case"],
            ca_unique_id=unique_id,
            lost_at=row["lost_at"],
            issuer_profile=row["issuer_profile"] or "",
            valid_until=row["valid_until"],
        )


class _Taken(Exception):
    """The CA unique id belongs to another enterprise."""
