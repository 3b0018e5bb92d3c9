"""Letters in the store: the outbox, and what the limits of RULES.md section 3 count."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, literal_column, select

from core.data.case_ports import Backlog
from core.data.due import DELIVER, act_due
from core.data.letter import BY_PERSON, Lane, Letter, LetterFile, LetterKind, LetterState, Limit
from core.store.repositories.store_cases import without_case_data
from core.store.repositories.store_rows import SealedRecords
from core.store.repositories.store_words import write_words
from core.store.tables.case_tables import letter_files, letters, rejection_keys

MOST_TO_RECIPIENT = 500
LONGEST_WAIT = timedelta(days=1)
_WAITING = letters.c.state == literal_column(f"'{LetterState.WAITING}'")
"""Written exactly as in the partial index: SQLite uses no index for a bound value."""
_WAITING_TO = select(letters.c.id).where(
    _WAITING, letters.c.recipient_key == bindparam("recipient")
)
_WAITING_TO_ONE = (  # built once (see store_rows.Records), for the window
    select(letters.c.id, letters.c.case_id, letters.c.lane)
    .where(letters.c.id.in_(_WAITING_TO.correlate(None)))
    .order_by(letters.c.case_id.is_distinct_from(bindparam("case_id")), letters.c.id)
    .limit(MOST_TO_RECIPIENT)
)
_WAITING_IN_LANE = (
    select(letters.c.id, letters.c.recipient_key, letters.c.origin_key)
    .where(_WAITING, letters.c.lane == bindparam("lane"))
    .order_by(letters.c.id)
)


class LetterRows(SealedRecords[Letter]):
    """The letters in a transaction."""

    table = letters
    title = "回执"

    def add(self, letter: Letter) -> int:
        self.must_be_audited()
        letter = self.insert_numbered(letter)
        if letter.kind in BY_PERSON:
            its = (letter.recipient, letter.rendered.subject, letter.rendered.text)
            write_words(self, its, letter_id=letter.id)
        self._call_for(letter)
        return letter.id

    def save(self, letter: Letter) -> None:
        if letter.state is not LetterState.PENDING:  # a try, or the next one, is no act
            self.must_be_audited()
        super().save(letter)
        if letter.kind in BY_PERSON and not letter.rendered.text:
            write_words(self, (), letter_id=letter.id)
            self.delete(letter_files, _files_of(letter.id))
        self._call_for(letter)

    def add_files(self, letter_id: int, files: Iterable[LetterFile]) -> None:
        """Store the files that go with a letter."""
        for file in files:
            number = self.context.next_id(letter_files)
            row = {
                "id": number,
                "letter_id": letter_id,
                "name": self.seal(letter_files.c.name, file.name.encode(), number),
                "content": self.seal(letter_files.c.content, file.content, number),
            }
            self.execute(letter_files.insert(), row)

    def files(self, letter_id: int) -> tuple[LetterFile, ...]:
        """The files that go with a letter."""
        query = select(letter_files).where(_files_of(letter_id)).order_by(letter_files.c.id)
        return tuple(
            LetterFile(
                self.open(letter_files.c.name, row.name, row.id).decode(),
                self.open(letter_files.c.content, row.content, row.id),
            )
            for row in self.execute(query)
        )

    def _call_for(self, letter: Letter) -> None:
        """One that was tried waits for its next time, which the tables know."""
        if letter.is_untried:
            self.call(act_due(DELIVER))

    def by_message_id(self, message_ids: Collection[str]) -> Letter | None:
        """The letter of ours that has one of these Message-IDs."""
        keys = {self.key(one) for one in message_ids if one}
        return self.last(letters.c.message_key.in_(keys)) if keys else None

    def bounced_among(self, addresses: Collection[str]) -> frozenset[str]:
        """Those of these addresses to which a letter was sent back for good."""
        keys = {address: self.key(address) for address in addresses if address}
        bounced = select(letters.c.recipient_key).where(
            letters.c.recipient_key.in_(set(keys.values())),
            letters.c.bounced == "permanent",
        )
        found = self.scalars(bounced) if keys else ()
        return frozenset(address for address, key in keys.items() if key in found)

    def of_dealings(self, case_ids: Collection[int], recipient: str, limit: int) -> list[Letter]:
        """The newest letters of these cases, and those of no case to this address."""
        to_it = self.matches(letters.c.recipient_key, recipient)
        its = letters.c.case_id.in_(case_ids) | (letters.c.case_id.is_(None) & to_it)
        return self.newest(its, limit=limit)

    def written_between(
        self, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Letter]:
        """The next letters by id of those that were written in a period."""
        within = (letters.c.created_at >= since, letters.c.created_at < until)
        return self.oldest(*within, after=after, limit=limit)

    def kinds_by_case(self, since: datetime) -> set[tuple[int, LetterKind]]:
        """Which kinds of letters were written in which cases since then."""
        query = select(letters.c.case_id, letters.c.kind).where(
            letters.c.created_at >= since,
            letters.c.case_id.is_not(None),
        )
        return {(case_id, kind) for case_id, kind in self.execute(query.distinct())}

    def next_due(self) -> Letter | None:
        """The pending letter whose time came first. One that would wait for more than a day was
        written by a wrong clock."""
        time = letters.c.next_try_at
        is_due = (time <= self.now) | (time > self.now + LONGEST_WAIT)
        due = self.query(letters.c.state == LetterState.PENDING, is_due)
        return self.first(due.order_by(letters.c.next_try_at, letters.c.id).limit(1))

    def backlog(self) -> Backlog:
        """The letters that nothing but the sending keeps."""
        since = func.coalesce(letters.c.admitted_at, letters.c.created_at)
        query = select(func.count(), func.min(since))
        pending = query.where(letters.c.state == LetterState.PENDING)
        return Backlog(*self.execute(pending).one())

    def count_refused(self) -> int:
        """How many letters are parked that no unproved sender brought about."""
        ours = letters.c.lane.is_distinct_from(Lane.UNPROVED)
        return self.count_rows(letters, letters.c.state == LetterState.PARKED, ours)

    def waiting_to(
        self, recipient: str, case_id: int | None
    ) -> list[tuple[int, int | None, Lane | None]]:
        """Ids, cases and lanes of the letters to this address that wait for a limit.

        Those of the case first, then the oldest; MOST_TO_RECIPIENT at most. SQLite reads a partial
        index alone where nothing else is wanted of it; else it would go through all waiting letters
        in their order.
        """
        its = {"recipient": self.key(recipient), "case_id": case_id}
        found = self.execute(_WAITING_TO_ONE, its)
        return [tuple(row) for row in found]

    def count_waiting(self, most: int) -> int:
        """How many letters wait for a limit, counted to `most`."""
        counted = select(letters.c.id).where(_WAITING).limit(most).subquery()
        return self.scalar(select(func.count()).select_from(counted)) or 0

    def next_waiting(self, lane: Lane, limit: Limit) -> list[Letter]:
        """The letters of a lane that its limit allows to leave now.

        Who had least in the last day comes first, then the oldest. Where the day of a recipient is
        used up, the newest of an origin that had none leaves within the hour.
        """
        by_origin = self._admitted(lane, timedelta(hours=1), letters.c.origin_key)
        free = limit.per_hour - by_origin.total()
        if free <= 0:
            return []
        waiting = self.execute(_WAITING_IN_LANE, {"lane": lane}).all()
        if not waiting:
            return []
        ways = letters.c.recipient_key, letters.c.origin_key
        by_recipient = self._admitted(lane, timedelta(days=1), letters.c.recipient_key)
        by_way = self._admitted(lane, timedelta(days=1), *ways)
        of_hour = self._admitted(lane, timedelta(hours=1), letters.c.recipient_key)
        turns, late = [], {}
        for letter_id, recipient, origin in waiting:
            left = limit.per_recipient_day - by_recipient[recipient]
            if left > (by_way[recipient, origin] if limit.leaves_a_share else 0):
                by_recipient[recipient] += 1
                by_way[recipient, origin] += 1
                of_hour[recipient] += 1
                turns.append((by_recipient[recipient], letter_id, origin))
            elif limit.leaves_a_share and not (of_hour[recipient] or by_way[recipient, origin]):
                late[recipient] = by_recipient[recipient], letter_id, origin
        chosen = []
        for _, letter_id, origin in sorted([*turns, *late.values()]):
            by_origin[origin] += 1
            if by_origin[origin] <= limit.per_origin_hour:
                chosen.append(letter_id)
        found = self.by_ids(chosen[:free])
        return [found[letter_id] for letter_id in chosen[:free]]

    def _admitted(self, lane: Lane, within: timedelta, *keys: Any) -> Counter[Any]:
        """How many letters of a lane were let go within the time, by a column, or by several as a
        tuple."""
        its = (letters.c.lane == lane) & (letters.c.admitted_at > self.now - within)
        counted = self.execute(select(*keys, func.count()).where(its).group_by(*keys))
        return Counter({key[0] if len(key) == 1 else tuple(key): count for *key, count in counted})

    def count_since(
        self,
        since: datetime,
        kinds: Collection[LetterKind],
        most: int,
        recipient: str | None = None,
    ) -> int:
        """How many letters of these kinds were written since then, counted to `most`.

        `recipient`: to this one alone. Parked and cancelled letters do not count.
        """
        own = {} if recipient is None else {"recipient": recipient}
        states = (LetterState.PENDING, LetterState.SENT)
        written = letters.c.created_at > since
        return len(self.ids(written, limit=most, state=states, kind=kinds, **own))

    def was_written(self, case_id: int, kind: LetterKind, recipient: str, since: datetime) -> bool:
        """Whether such a letter was written since then, whatever became of it."""
        its = {"case_id": case_id, "kind": kind, "recipient": recipient}
        return bool(self.ids(letters.c.created_at > since, limit=1, **its))

    def note_rejection(self, key: str, since: datetime) -> bool:
        """Note that such a rejection is written now; False where one was since then."""
        row = {"key": self.key(key), "at": self.now}
        return self.put(rejection_keys, row, where=rejection_keys.c.at <= since)

    def drop_rejection_keys(self, before: datetime) -> None:
        self.delete(rejection_keys, rejection_keys.c.at < before)

    def to_purge(
        self,
        written_before: datetime,
        states: Collection[LetterState],
        removed: str,
        limit: int,
    ) -> list[Letter]:
        """Letters in these states, of no case or of one that was purged, written before then.

        `removed`: the recipient of those that were purged already.
        """
        old = (letters.c.created_at < written_before) & without_case_data(letters.c.case_id)
        old &= ~self.matches(letters.c.recipient_key, removed) & letters.c.state.in_(states)
        return self.oldest(old, limit=limit)

    def row(self, letter: Letter) -> dict[str, Any]:
        first_try = letter.next_try_at or letter.created_at
        return super().row(letter) | {"next_try_at": first_try}

    def record(self, row: Row[Any]) -> Letter:
        """The id is the row's: letters of earlier versions were sealed before they had one."""
        return replace(super().record(row), id=row.id)


def _files_of(letter_id: int) -> ColumnElement[bool]:
    return letter_files.c.letter_id == letter_id
