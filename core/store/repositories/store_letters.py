"""Letters in the store: the outbox, and what the caps of RULES.md section 3 count."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    select,
)

from core.data.case_ports import Backlog
from core.data.due import DELIVER, act_due
from core.data.letter import Lane, Letter, LetterKind, LetterState
from core.store.repositories.store_cases import in_no_kept_case
from core.store.repositories.store_rows import Rows, one_of
from core.store.rows import Sealed
from core.store.tables.letter_tables import letters, rejection_keys

_letter = Sealed(Letter, "letters.sealed")

_ROW = (letters.c.id, letters.c.sealed)

# Written once, since SQLAlchemy takes five times as long over a statement
# that is built anew for each letter.
_ADD = letters.insert()
_SAVE = letters.update().where(letters.c.id == bindparam("letter"))
_ACCEPTED = (
    letters.update().where(letters.c.id == bindparam("letter")).values(accepted_at=bindparam("at"))
)


def looked_up(letter: Letter) -> dict[str, str | None]:
    """The words whose digests stand in columns, by their columns."""
    return {
        "recipient_key": letter.recipient,
        "message_key": letter.message_id,
        "origin_key": letter.origin,
    }


@cache
def _count_since(kinds: frozenset[LetterKind], *, to_one: bool) -> Select[Any]:
    """Written once for each set of kinds: there are three."""
    query = select(letters.c.id).where(
        letters.c.created_at > bindparam("since"),
        one_of(letters.c.state, (LetterState.PENDING.value, LetterState.SENT.value)),
        one_of(letters.c.kind, sorted(kind.value for kind in kinds)),
    )
    query = query.where(letters.c.recipient_key == bindparam("recipient")) if to_one else query
    return select(func.count()).select_from(
        query.limit(bindparam("most", type_=Integer)).subquery()
    )


# as the partial index says it
_WAITING = letters.c.state == literal_column(f"'{LetterState.WAITING.value}'")
_BACKLOG = select(
    func.count(), func.min(func.coalesce(letters.c.admitted_at, letters.c.created_at))
)
_BACKLOG = _BACKLOG.where(letters.c.state == LetterState.PENDING.value)
_REFUSED = select(func.count()).where(
    letters.c.state == LetterState.PARKED.value,
    func.coalesce(letters.c.lane, "") != Lane.UNPROVED.value,
)
_MOST_OF_ONE = 500
# SQLite reads a partial index alone where nothing else is asked of it; else it would rather go
# through all waiting letters in their order.
_TO_RECIPIENT = (
    select(letters.c.id)
    .where(_WAITING, letters.c.recipient_key == bindparam("recipient"))
    .correlate(None)
)
_WAITING_TO = (
    select(letters.c.id, letters.c.case_id, letters.c.lane)
    .where(letters.c.id.in_(_TO_RECIPIENT))
    .order_by(letters.c.id)
    .limit(_MOST_OF_ONE)
)
_DUE = select(*_ROW).where(
    letters.c.state == LetterState.PENDING.value, letters.c.next_try_at <= bindparam("now")
)
_DUE = _DUE.order_by(letters.c.next_try_at, letters.c.id).limit(bindparam("most", type_=Integer))
_WRITTEN = (
    select(letters.c.id)
    .where(
        letters.c.case_id == bindparam("of_case"),
        letters.c.kind == bindparam("of_kind"),
        letters.c.recipient_key == bindparam("recipient"),
        letters.c.created_at > bindparam("since"),
    )
    .limit(1)
)
_LANE = letters.c.lane == bindparam("of_lane")


def _had(key: ColumnElement[Any], since: str) -> Subquery:
    """How many letters of the lane each recipient, or each origin, had since then."""
    return (
        select(key.label("key"), func.count().label("had"))
        .where(_LANE, letters.c.admitted_at > bindparam(since))
        .group_by(key)
        .subquery()
    )


def _next_waiting() -> Select[Any]:
    recipients, origins = _had(letters.c.recipient_key, "day"), _had(letters.c.origin_key, "hour")
    own = func.row_number().over(partition_by=letters.c.recipient_key, order_by=letters.c.id)
    turn = own + func.coalesce(recipients.c.had, 0)
    turns = select(letters.c.id, letters.c.origin_key, turn.label("turn")).where(_WAITING, _LANE)
    turns = turns.outerjoin(recipients, recipients.c.key == letters.c.recipient_key)
    turned = turns.subquery()
    within = func.row_number().over(
        partition_by=turned.c.origin_key, order_by=(turned.c.turn, turned.c.id)
    )
    shares = select(
        turned.c.id, turned.c.turn, (within + func.coalesce(origins.c.had, 0)).label("share")
    )
    shares = shares.outerjoin(origins, origins.c.key == turned.c.origin_key).where(
        turned.c.turn <= bindparam("per_recipient_day")
    )
    shared = shares.subquery()
    query = (
        select(*_ROW)
        .join(shared, shared.c.id == letters.c.id)
        .where(shared.c.share <= bindparam("per_origin_hour"))
    )
    return query.order_by(shared.c.turn, letters.c.id).limit(bindparam("free", type_=Integer))


_NEXT_WAITING = _next_waiting()


class LetterRows(Rows):
    """The letters in a transaction."""

    def add(self, letter: Letter) -> int:
        self.must_be_audited()
        letter_id = self.context.next_of("letters")
        self.connection.send(_ADD, {"id": letter_id, **self._letter_columns(letter, letter_id)})
        self._call_for(letter)
        return letter_id

    def save(self, letter: Letter) -> None:
        if letter.state is not LetterState.PENDING:  # taking it in hand, or trying again, is no act
            self.must_be_audited()
        self.connection.send(_SAVE, self._letter_columns(letter, letter.id) | {"letter": letter.id})
        self._call_for(letter)

    def _call_for(self, letter: Letter) -> None:
        """One that was tried waits for its next time, which the tables know."""
        if letter.state is LetterState.PENDING and not letter.attempts:
            self.call(act_due(DELIVER))

    def by_id(self, letter_id: int) -> Letter | None:
        return next(iter(self._letters(select(*_ROW).where(letters.c.id == letter_id))), None)

    def by_message_id(self, message_ids: Collection[str]) -> Letter | None:
        keys = [key for key in map(self.key, message_ids) if key]
        query = (
            select(*_ROW)
            .where(letters.c.message_key.in_(keys))
            .order_by(letters.c.id.desc())
            .limit(1)
        )
        return next(iter(self._letters(query)), None)

    def bounced_among(self, addresses: Collection[str]) -> frozenset[str]:
        keys = {address: self.key(address) for address in addresses if address}
        query = (
            select(letters.c.recipient_key)
            .where(
                letters.c.recipient_key.in_(set(keys.values())), letters.c.bounced == "permanent"
            )
            .distinct()
        )
        found = set(self.connection.scalars(query)) if keys else set()
        return frozenset(address for address, key in keys.items() if key in found)

    def last_bounced(self, address: str) -> Letter | None:
        query = select(*_ROW).where(
            letters.c.recipient_key == self.key(address), letters.c.bounced == "permanent"
        )
        return next(iter(self._letters(query.order_by(letters.c.id.desc()).limit(1))), None)

    def find(
        self,
        case_id: int | None = None,
        states: Collection[LetterState] = (),
        limit: int | None = 200,
        before: int | None = None,
    ) -> list[Letter]:
        query = select(*_ROW).order_by(letters.c.id.desc()).limit(limit)
        query = query if before is None else query.where(letters.c.id < before)
        if states:
            query = query.where(letters.c.state.in_([s.value for s in states]))
        return self._letters(
            query if case_id is None else query.where(letters.c.case_id == case_id)
        )

    def of_mail(self, mail_id: int) -> list[Letter]:
        return self._letters(
            select(*_ROW).where(letters.c.mail_id == mail_id).order_by(letters.c.id.desc())
        )

    def kinds_by_case(self, since: datetime) -> set[tuple[int, LetterKind]]:
        query = (
            select(letters.c.case_id, letters.c.kind)
            .where(letters.c.created_at >= since, letters.c.case_id.is_not(None))
            .distinct()
        )
        return {(case_id, LetterKind(kind)) for case_id, kind in self.connection.execute(query)}

    def made_since(self, since: datetime) -> list[Letter]:
        return self._letters(
            select(*_ROW).where(letters.c.created_at >= since).order_by(letters.c.id)
        )

    def due(self, now: datetime, limit: int) -> list[Letter]:
        return self._letters(_DUE, {"now": now, "most": limit})

    def note_accepted(self, letter_id: int, at: datetime) -> None:
        """See core.data.case_ports.Store."""
        self.connection.send(_ACCEPTED, {"letter": letter_id, "at": at})

    def accepted_among(self, letter_ids: Collection[int]) -> frozenset[int]:
        query = select(letters.c.id).where(
            letters.c.id.in_(letter_ids), letters.c.accepted_at.is_not(None)
        )
        return frozenset(self.connection.scalars(query) if letter_ids else ())

    def backlog(self) -> Backlog:
        return Backlog(*self.connection.execute(_BACKLOG).one())

    def count_refused(self) -> int:
        return self.connection.scalar(_REFUSED) or 0

    def waiting_to(self, recipient: str) -> list[tuple[int, int | None, Lane | None]]:
        rows = self.connection.execute(_WAITING_TO, {"recipient": self.key(recipient)})
        return [
            (letter_id, case_id, Lane(lane) if lane else None) for letter_id, case_id, lane in rows
        ]

    def count_waiting(self, most: int) -> int:
        return (
            self.connection.scalar(
                select(func.count()).select_from(
                    select(letters.c.id).where(_WAITING).limit(most).subquery()
                )
            )
            or 0
        )

    def next_waiting(
        self, lane: Lane, per_hour: int, per_recipient_day: int, per_origin_hour: int, now: datetime
    ) -> list[Letter]:
        hour, day = now - timedelta(hours=1), now - timedelta(days=1)
        admitted = (
            select(func.count())
            .select_from(letters)
            .where(letters.c.lane == lane.value, letters.c.admitted_at > hour)
        )
        free_now = per_hour - (self.connection.scalar(admitted) or 0)
        limits = {
            "per_recipient_day": per_recipient_day,
            "per_origin_hour": per_origin_hour,
            "free": free_now,
        }
        return (
            self._letters(
                _NEXT_WAITING, {"of_lane": lane.value, "hour": hour, "day": day, **limits}
            )
            if free_now > 0
            else []
        )

    def count_since(
        self,
        since: datetime,
        kinds: Collection[LetterKind],
        most: int,
        recipient: str | None = None,
    ) -> int:
        counted = _count_since(frozenset(kinds), to_one=recipient is not None)
        to_one = {} if recipient is None else {"recipient": self.key(recipient)}
        return self.connection.scalar(counted, {"since": since, "most": most, **to_one}) or 0

    def was_written(self, case_id: int, kind: LetterKind, recipient: str, since: datetime) -> bool:
        asked = {
            "of_case": case_id,
            "of_kind": kind.value,
            "recipient": self.key(recipient),
            "since": since,
        }
        return self.connection.scalar(_WRITTEN, asked) is not None

    def rejection_key_seen(self, key: str, since: datetime) -> bool:
        query = select(rejection_keys.c.key).where(
            rejection_keys.c.key == self.key(key), rejection_keys.c.at > since
        )
        return self.connection.scalar(query) is not None

    def add_rejection_key(self, key: str, at: datetime) -> None:
        self.connection.execute(
            rejection_keys.delete().where(rejection_keys.c.key == self.key(key))
        )
        self.connection.execute(rejection_keys.insert().values(key=self.key(key), at=at))

    def drop_rejection_keys(self, before: datetime) -> None:
        self.connection.execute(rejection_keys.delete().where(rejection_keys.c.at < before))

    def to_purge(
        self, written_before: datetime, states: Collection[LetterState], removed: str, limit: int
    ) -> list[Letter]:
        old = (
            (letters.c.created_at < written_before)
            & in_no_kept_case(letters.c.case_id)
            & (letters.c.recipient_key != self.key(removed))
        )
        query = select(*_ROW).where(old & letters.c.state.in_([state.value for state in states]))
        return self._letters(query.order_by(letters.c.id).limit(limit))

    def _letters(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[Letter]:
        """The number of a letter is the row's: when it was sealed there was none yet."""
        return [
            replace(_letter.open(self.vault, sealed, letter_id), id=letter_id)
            for letter_id, sealed in self.connection.execute(query, values)
        ]

    def _letter_columns(self, letter: Letter, letter_id: int) -> dict[str, Any]:
        return {
            "kind": letter.kind.value,
            "state": letter.state.value,
            "case_id": letter.case_id,
            "mail_id": letter.mail_id,
            "link_id": letter.link_id,
            **{column: self.key(word) for column, word in looked_up(letter).items()},
            "created_at": letter.created_at,
            "next_try_at": letter.next_try_at or letter.created_at,
            "bounced": letter.bounced or None,
            "lane": letter.lane.value if letter.lane else None,
            "admitted_at": letter.admitted_at,
            "sealed": _letter.seal(self.vault, letter, letter_id),
        }
