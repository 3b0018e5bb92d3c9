"""Cases in the store.

The record is sealed as JSON; its state, version, window,
keys and what lists filter by stand in columns.
"""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Integer,
    Select,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from core.clock import local
from core.data.case import ENDED, Case, State
from core.data.case_query import CaseQuery, is_from_stranger, reasons_in_case
from core.data.due import WINDOW, act_due
from core.data.finding import COMPETING
from core.enterprise_names import fold_name
from core.errors import Conflict
from core.store.repositories.store_rows import Rows, any_of, one_of, slots, spread
from core.store.rows import Sealed, only
from core.store.tables.case_tables import BY_HAND, FROM_STRANGER, NOT_TO_LOOK, cases
from core.store.tables.letter_tables import letters
from core.store.tables.lock_tables import bindings
from core.store.tables.mail_tables import UNREAD, mails, page_images

_case = Sealed(Case, "cases.sealed")
MOST_OF_A_THREAD = 100
MOST_OF_A_SENDER = 50
_WINDOW = func.coalesce(cases.c.window_date, literal(date.max, Date), type_=Date)
_OPEN = [s.value for s in State if s not in ENDED]
_ENDED = [s.value for s in ENDED]

# Written once, since SQLAlchemy takes five times as long over a statement
# that is built anew for each case.
_ADD = cases.insert()
_SAVE = cases.update().where(
    cases.c.id == bindparam("case"), cases.c.version == bindparam("before")
)
_ROW = (cases.c.id, cases.c.sealed)
_NOTE = cases.update().where(cases.c.id == bindparam("case"))
_BY_ID = select(cases.c.sealed).where(cases.c.id == bindparam("case"))
# What is not named is NULL, which nothing equals.
_NAMING = or_(
    cases.c.enterprise_id == bindparam("enterprise"),
    cases.c.name_key == bindparam("name"),
    cases.c.uscc_key == bindparam("uscc"),
)
_NAMING &= one_of(cases.c.state, _OPEN)
_OPEN_NAMING = select(*_ROW).where(_NAMING).order_by(cases.c.id)
_OF_SENDER = (
    select(*_ROW)
    .where(
        one_of(cases.c.state, _OPEN),
        cases.c.name_key == bindparam("name"),
        cases.c.sender_key == bindparam("sender"),
    )
    .order_by(cases.c.id)
)
_RIVAL = (
    _NAMING
    & (cases.c.id != bindparam("itself"))
    & cases.c.sender_key.is_distinct_from(bindparam("sender"))
)
_RIVAL &= cases.c.has_papers.is_not(False)
_FIRST_COMPETING = (
    select(cases.c.id)
    .where(_RIVAL, cases.c.competing)
    .order_by(cases.c.id)
    .limit(bindparam("most", type_=Integer))
)
_RIVALS = (
    select(*_ROW)
    .where(_RIVAL, ~cases.c.competing | cases.c.id.in_(_FIRST_COMPETING))
    .order_by(cases.c.id)
)


@cache
def _of_thread(count: int) -> Select[Any]:
    """Cases by so many Message-IDs."""
    by_letter, by_mail = (
        cases.c.id.in_(select(table.c.case_id).where(any_of(table.c.message_key, "key", count)))
        for table in (letters, mails)
    )
    return (
        select(*_ROW).where(by_letter | by_mail).order_by(cases.c.id.desc()).limit(MOST_OF_A_THREAD)
    )


def looked_up(case: Case) -> dict[str, str | None]:
    """The words whose digests stand in columns, by their columns."""
    name = fold_name(case.enterprise_name) if case.enterprise_name else None
    return {
        "name_key": name,
        "uscc_key": case.uscc,
        "sender_key": case.sender,
        "handler_key": case.handler_mark or None,
    }


def _said(case: Case) -> dict[str, bool]:
    """What the case itself says to the filters of lists, by the columns."""
    return {
        "by_hand": case.by_hand,
        "from_stranger": is_from_stranger(case),
        "to_look": bool(reasons_in_case(case)),
        "has_papers": case.has_papers,
    }


def in_no_kept_case(case_id: Column[int]) -> ColumnElement[bool]:
    """Whether a mail or letter belongs to no case, or to one whose personal data were
    removed before it came."""
    return case_id.is_(None) | case_id.in_(select(cases.c.id).where(cases.c.purged_at.is_not(None)))


class CaseRows(Rows):
    """The cases in a transaction."""

    def add(self, case: Case) -> Case:
        self.must_be_audited()
        day = f"{local(case.opened_at):%Y%m%d}"
        case_id, of_day, letter_id = self.draw("cases", f"case.{day}", "letters")
        self.context.keep("letters", letter_id)  # the answer is next
        number = f"JB{day}-{of_day:04d}"
        stored = replace(case, id=case_id, number=number)
        self.connection.send(_ADD, {"id": case_id, "number": number, **self._case_columns(stored)})
        return stored

    def get(self, case_id: int) -> Case:
        return _case.open(
            self.vault,
            only(self.connection.scalar(_BY_ID, {"case": case_id}), "工单", case_id),
            case_id,
        )

    def by_number(self, number: str) -> Case | None:
        return next(iter(self._cases(select(*_ROW).where(cases.c.number == number))), None)

    def status_token(self, number: str) -> str:
        return self.vault.token(f"status\n{number}")

    def by_status_token(self, number: str, token: str) -> Case | None:
        return (
            self.by_number(number)
            if hmac.compare_digest(self.status_token(number).encode(), token.encode())
            else None
        )

    def of_enterprise(self, enterprise_id: int, limit: int) -> list[Case]:
        its = (cases.c.enterprise_id == enterprise_id) & cases.c.purged_at.is_(None)
        return self._cases(select(*_ROW).where(its).order_by(cases.c.id.desc()).limit(limit))

    def of_handler(self, handler_mark: str, limit: int) -> list[Case]:
        return self._cases(
            select(*_ROW)
            .where(cases.c.handler_key == self.key(handler_mark))
            .order_by(cases.c.id.desc())
            .limit(limit)
        )

    def with_pictures(self, sha256s: Collection[str], limit: int) -> list[Case]:
        shown = select(page_images.c.mail_id).where(page_images.c.sha256.in_(sha256s))
        its = select(mails.c.case_id).where(mails.c.id.in_(shown), mails.c.case_id.is_not(None))
        return self._cases(
            select(*_ROW).where(cases.c.id.in_(its)).order_by(cases.c.id.desc()).limit(limit)
        )

    def save(self, case: Case) -> None:
        self.must_be_audited()
        written = self.connection.execute(
            _SAVE, self._case_columns(case) | {"case": case.id, "before": case.version - 1}
        )
        if written.rowcount != 1:
            raise Conflict(f"工单 {case.number} 刚刚被改动，请刷新后重试。")
        if case.state is State.APPROVED:
            self.call(act_due(WINDOW))

    def find(
        self, states: Collection[State] = (), window_until: date | None = None, limit: int = 500
    ) -> list[Case]:
        query = (
            select(*_ROW).order_by(cases.c.window_date, cases.c.opened_at, cases.c.id).limit(limit)
        )
        if states:
            query = query.where(cases.c.state.in_([s.value for s in states]))
        return self._cases(
            query if window_until is None else query.where(cases.c.window_date <= window_until)
        )

    def ids_in(self, state: State, window_until: date | None = None) -> list[int]:
        query = (
            select(cases.c.id)
            .where(cases.c.state == state.value)
            .order_by(cases.c.window_date, cases.c.id)
        )
        return list(
            self.connection.scalars(
                query if window_until is None else query.where(cases.c.window_date <= window_until)
            )
        )

    def of_thread(self, message_ids: Collection[str]) -> list[Case]:
        keys = [key for key in map(self.key, message_ids) if key]
        return self._cases(_of_thread(slots(keys)), spread("key", keys)) if keys else []

    def open_naming(
        self, enterprise_id: int | None, name: str | None, uscc: str | None
    ) -> list[Case]:
        if not (enterprise_id or name or uscc):
            return []
        return self._cases(_OPEN_NAMING, self._named(enterprise_id, name, uscc))

    def open_of_sender(self, sender: str, name: str) -> list[Case]:
        return self._cases(
            _OF_SENDER, {"sender": self.key(sender), "name": self.key(fold_name(name))}
        )

    def of_sender(self, enterprise_id: int, sender: str) -> list[Case]:
        its = (cases.c.enterprise_id == enterprise_id) & (cases.c.sender_key == self.key(sender))
        return self._cases(
            select(*_ROW).where(its).order_by(cases.c.id.desc()).limit(MOST_OF_A_SENDER)
        )

    def rivals(
        self,
        enterprise_id: int | None,
        name: str | None,
        uscc: str | None,
        most: int,
        *,
        of: int = 0,
        but_from: str | None = None,
    ) -> list[Case]:
        if not (enterprise_id or name or uscc):
            return []
        others = {
            "itself": of,
            "sender": "" if but_from is None else self.key(but_from),
            "most": most,
        }
        return self._cases(_RIVALS, self._named(enterprise_id, name, uscc) | others)

    def _named(
        self, enterprise_id: int | None, name: str | None, uscc: str | None
    ) -> dict[str, Any]:
        return {
            "enterprise": enterprise_id or None,
            "name": self.key(fold_name(name)) if name else None,
            "uscc": self.key(uscc),
        }

    def idle_incomplete(self, changed_before: datetime) -> list[int]:
        query = select(cases.c.id).where(
            cases.c.state == State.INCOMPLETE.value, cases.c.changed_at < changed_before
        )
        return list(self.connection.scalars(query.order_by(cases.c.id)))

    def without_letter(self) -> list[str]:
        written = select(letters.c.case_id).where(letters.c.case_id.is_not(None))
        query = (
            select(*_ROW)
            .where(one_of(cases.c.state, _OPEN), cases.c.id.not_in(written))
            .order_by(cases.c.id)
        )
        return [case.number for case in self._cases(query) if case.sender and not case.by_hand]

    def count_by_window(self, state: State) -> dict[date | None, int]:
        query = (
            select(cases.c.window_date, func.count())
            .where(cases.c.state == state.value)
            .group_by(cases.c.window_date)
        )
        return dict(self.connection.execute(query).all())

    def listed(self, query: CaseQuery) -> list[Case]:
        place = (cases.c.id,) if query.newest else (_WINDOW, cases.c.opened_at, cases.c.id)
        down = query.newest is not query.backwards
        chosen = (
            select(*_ROW)
            .order_by(*(column.desc() if down else column for column in place))
            .limit(query.limit)
        )
        if query.states:
            chosen = chosen.where(cases.c.state.in_([state.value for state in query.states]))
        for asked, condition in (
            (query.window, cases.c.window_date == query.window),
            (query.without_account, cases.c.enterprise_id.is_(None)),
            (query.with_unread, cases.c.id.in_(select(mails.c.case_id).where(UNREAD))),
            (query.by_hand, cases.c.id.in_(select(cases.c.id).where(BY_HAND).correlate(None))),
            (query.from_stranger, FROM_STRANGER),
            (query.not_to_look, NOT_TO_LOOK),
            (query.ids is not None, cases.c.id.in_(query.ids or ())),
        ):
            chosen = chosen.where(condition) if asked else chosen
        if query.opened:
            of_day = (cases.c.opened_at >= query.opened[0], cases.c.opened_at < query.opened[1])
            first, last = (
                select(end(cases.c.id)).where(*of_day).scalar_subquery()
                for end in (func.min, func.max)
            )
            # ids grow with time: the order of ids, or of a state's, is cut short
            chosen = chosen.where(*of_day, cases.c.id >= first, cases.c.id <= last)
        if query.beyond:
            values = (
                (query.beyond.id,)
                if query.newest
                else (query.beyond.window_date or date.max, query.beyond.opened_at, query.beyond.id)
            )
            here = tuple_(
                *(literal(value, column.type) for value, column in zip(values, place, strict=True))
            )
            chosen = chosen.where(tuple_(*place) < here if down else tuple_(*place) > here)
        return self._cases(chosen)

    def note_filters(self, after: int, limit: int) -> int | None:
        """Write down what the next cases behind `after` say to the filters, where it is not; the
        last one's id, None after the last."""
        unknown = or_(
            *(cases.c[name].is_(None) for name in ("by_hand", "from_stranger", "to_look"))
        )
        found = self._cases(
            select(*_ROW).where(cases.c.id > after, unknown).order_by(cases.c.id).limit(limit)
        )
        if found:
            self.connection.execute(_NOTE, [{"case": case.id} | _said(case) for case in found])
        return found[-1].id if found else None

    def changed_since(self, since: datetime) -> list[tuple[int, int]]:
        # in no order: SQLite would rather read all of them in the order of their ids
        query = select(cases.c.id, cases.c.version)
        rows = self.connection.execute(query.where(cases.c.changed_at >= since))
        return sorted((case_id, version) for case_id, version in rows)

    def behind(self, case_id: int, limit: int) -> list[Case]:
        return self._cases(
            select(*_ROW).where(cases.c.id > case_id).order_by(cases.c.id).limit(limit)
        )

    def ids_of_enterprises(self, enterprise_ids: Collection[int], limit: int) -> list[int]:
        its = cases.c.enterprise_id.in_(enterprise_ids)
        return list(
            self.connection.scalars(
                select(cases.c.id).where(its).order_by(cases.c.id.desc()).limit(limit)
            )
        )

    def by_ids(self, case_ids: Collection[int]) -> list[Case]:
        return self._cases(select(*_ROW).where(cases.c.id.in_(case_ids)))

    def numbers(self, case_ids: Collection[int]) -> dict[int, str]:
        return dict(
            self.connection.execute(
                select(cases.c.id, cases.c.number).where(cases.c.id.in_(case_ids))
            ).all()
        )

    def count(self) -> dict[State, int]:
        rows = self.connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state))
        return {State(state): count for state, count in rows}

    def to_purge(self, state: State, ended_before: datetime, limit: int) -> list[int]:
        query = select(cases.c.id).where(
            cases.c.state == state.value,
            cases.c.changed_at < ended_before,
            cases.c.purged_at.is_(None),
        )
        return list(self.connection.scalars(query.order_by(cases.c.id).limit(limit)))

    def ended_since(self, since: datetime) -> list[Case]:
        return self._cases(
            select(*_ROW)
            .where(cases.c.state.in_(_ENDED), cases.c.changed_at >= since)
            .order_by(cases.c.id)
        )

    def unfinished_that_ended_locks(self) -> list[str]:
        ended = select(bindings.c.ended_by_case).where(bindings.c.ended_by_case.is_not(None))
        query = (
            select(cases.c.number)
            .where(cases.c.id.in_(ended), cases.c.state != State.COMPLETED.value)
            .order_by(cases.c.id)
        )
        return list(self.connection.scalars(query))

    def _cases(self, query: Any, values: Mapping[str, Any] | None = None) -> list[Case]:
        return [
            _case.open(self.vault, sealed, case_id)
            for case_id, sealed in self.connection.execute(query, values)
        ]

    def _case_columns(self, case: Case) -> dict[str, Any]:
        return {
            "version": case.version,
            "state": case.state.value,
            "window_date": case.window_date,
            "enterprise_id": case.enterprise_id,
            **{column: self.key(word) for column, word in looked_up(case).items()},
            "competing": any(finding.code == COMPETING for finding in case.findings),
            **_said(case),
            "opened_at": case.opened_at,
            "changed_at": case.changed_at,
            "purged_at": case.purged_at,
            "sealed": _case.seal(self.vault, case, case.id),
        }
