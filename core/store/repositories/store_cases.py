"""Cases in the store, and what lists filter and order them by."""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from core.clock import local
from core.data.case import ASIDE, ENDED, OPEN, PLANNED, Case, State
from core.data.case_query import CaseQuery, Only, is_from_stranger, reasons_in_case
from core.data.due import WINDOW, act_due
from core.data.finding import COMPETING
from core.data.mail_record import Disposition
from core.data.workday import Window
from core.errors import Conflict
from core.mail_domains import domain_share
from core.store.repositories.store_rows import SealedRecords, given
from core.store.tables.case_tables import (
    BY_HAND,
    FROM_STRANGER,
    NOT_TO_LOOK,
    UNREAD,
    cases,
    letters,
    mails,
    page_images,
)
from core.store.tables.columns import Instant
from core.store.tables.enterprise_tables import bindings, enterprises

MOST_OF_A_THREAD = 100
MOST_OF_A_SENDER = 50
_OPEN = cases.c.state.in_(OPEN)
_ONLY: dict[Only, Any] = {
    Only.CHECKED: NOT_TO_LOOK,
    Only.STRANGER: FROM_STRANGER,
    Only.NO_ACCOUNT: cases.c.enterprise_id.is_(None),
    Only.UNREAD: cases.c.id.in_(select(mails.c.case_id).where(UNREAD)),
}
_NO_WINDOW = datetime.max.replace(tzinfo=UTC)
_WINDOW = func.coalesce(cases.c.window_opens_at, literal(_NO_WINDOW, Instant), type_=Instant)
_NEXT_VERSION = cases.update().where(
    cases.c.id == bindparam("this"),
    cases.c.version == bindparam("former"),
)
"""Built once, for the window: SQLAlchemy takes several times as long over one built anew."""


def without_case_data(case_id: Column[int]) -> ColumnElement[bool]:
    """Whether a mail or letter belongs to no case, or to one whose personal data are removed."""
    purged = select(cases.c.id).where(cases.c.purged_at.is_not(None))
    return case_id.is_(None) | case_id.in_(purged)


class CaseRows(SealedRecords[Case]):
    """The cases in a transaction."""

    table = cases
    title = "工单"
    acts = True

    def add(self, case: Case) -> Case:
        """Store a case under a new id and number (those of `case` are not used)."""
        day = f"{local(case.opened_at):%Y%m%d}"
        number = f"JB{day}-{self.draw(f'case.{day}'):04d}"
        return self.insert_numbered(replace(case, number=number))

    def save(self, case: Case) -> None:
        """Write the next version of a case.

        Raises Conflict when the stored one is not exactly one version before.
        """
        self.must_be_audited()
        former = {"former": case.version - 1}
        if self.execute(_NEXT_VERSION, self.changes(case) | former).rowcount != 1:
            raise Conflict(f"工单 {case.number} 刚刚被改动，请刷新后重试。")
        if case.state is State.APPROVED:
            self.call(act_due(WINDOW))

    def current(self, case: Case) -> Case:
        """The case, or the one that continues it after a merge."""
        while case.merged_into is not None:
            case = self.get(case.merged_into)
        return case

    def status_token(self, number: str) -> str:
        """The token of a case's own link, derived by the vault's key."""
        return self.vault.token(f"status\n{number}")

    def by_status_token(self, number: str, token: str) -> Case | None:
        """The case of a link, if the token is that number's."""
        own = self.status_token(number)
        return self.by(number=number) if hmac.compare_digest(own.encode(), token.encode()) else None

    def of_enterprise(self, enterprise_id: int, limit: int) -> list[Case]:
        """Its newest cases that still hold personal data."""
        return self.newest(enterprise_id=enterprise_id, purged_at=None, limit=limit)

    def with_pictures(self, sha256s: Collection[str], limit: int) -> list[Case]:
        """The newest cases whose mails brought one of these page pictures."""
        shown = select(page_images.c.mail_id).where(page_images.c.sha256.in_(sha256s))
        its = select(mails.c.case_id).where(mails.c.id.in_(shown), mails.c.case_id.is_not(None))
        return self.newest(cases.c.id.in_(its), limit=limit)

    def of_thread(self, message_ids: Collection[str], sender: str) -> list[Case]:
        """The cases that sent or received one of these Message-IDs, those with a request of the
        sender's first, then the newest.

        They may be many: strangers' mails may have the Message-ID of another's.
        """
        keys = [self.key(one) for one in message_ids if one]
        by_letter, by_mail = (
            cases.c.id.in_(select(table.c.case_id).where(table.c.message_key.in_(keys)))
            for table in (letters, mails)
        )
        if not keys:
            return []
        of_sender = [self.key(one) for one in (sender, domain_share(sender))]
        its = mails.c.sender_key.in_(of_sender) & (mails.c.disposition == Disposition.CASE)
        is_own = exists().where(mails.c.case_id == cases.c.id, its)
        own = self.newest(by_letter | by_mail, is_own, limit=MOST_OF_A_THREAD)
        newest = self.newest(by_letter | by_mail, limit=MOST_OF_A_THREAD)
        return list({one.id: one for one in (*own, *newest)}.values())

    def of_sender(self, enterprise_id: int, sender: str) -> list[Case]:
        """The newest cases of the enterprise that this sender asked for, ended ones too."""
        return self.newest(enterprise_id=enterprise_id, sender=sender, limit=MOST_OF_A_SENDER)

    def waiting_for(self, state: State, window: Window, limit: int) -> list[Case]:
        """The first cases that wait for this window, and of those that an earlier one left. A
        later one of the same day is another window.
        """
        its = cases.c.window_opens_at <= window.opens_at
        return self.oldest(its, state=state, limit=limit)

    def count_waiting(self, state: State, window: Window) -> int:
        """How many `waiting_for` would list without a limit."""
        its = cases.c.window_opens_at <= window.opens_at
        return self.count_rows(cases, cases.c.state == state, its)

    def opening_before(self, state: State, before: datetime) -> list[int]:
        """Cases whose window opens before that instant."""
        return self.ids(cases.c.window_opens_at < before, state=state)

    def openings(self, since: datetime) -> list[datetime]:
        """When the windows open that cases wait for, from that instant on."""
        opens_at = cases.c.window_opens_at
        waits = cases.c.state.in_(PLANNED)
        return self.scalars(select(opens_at).where(waits, opens_at >= since).distinct())

    def open_naming(
        self,
        enterprise_id: int | None,
        name: str | None = None,
        uscc: str | None = None,
    ) -> list[Case]:
        """Open cases of the enterprise, by any of the three."""
        return self.oldest(self._naming(enterprise_id, name, uscc), state=OPEN)

    def enterprises_of_contact(self, address: str, since: datetime) -> list[int]:
        """The enterprises of a registered contact with open cases, or with such as were carried out
        since then."""
        done = (cases.c.state == State.COMPLETED) & (cases.c.changed_at > since)
        its = self.matches(enterprises.c.contact_key, address)
        query = select(cases.c.enterprise_id).join(enterprises).where(its, _OPEN | done)
        return self.scalars(query.distinct().order_by(cases.c.enterprise_id))

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
        """Open cases of the enterprise with papers, besides `of`.

        All that do not show yet that they compete, and the first `most` of those that do, however
        many a stranger opened. `but_from`: without those of this sender.
        """
        sender = "" if but_from is None else self.key(but_from)
        rival = and_(
            self._naming(enterprise_id, name, uscc),
            _OPEN,
            cases.c.has_papers.is_not(False),
            cases.c.id != of,
            cases.c.sender_key.is_distinct_from(sender),
        )
        shown = select(cases.c.id).where(rival, cases.c.competing).order_by(cases.c.id).limit(most)
        return self.oldest(rival, ~cases.c.competing | cases.c.id.in_(shown))

    def _naming(
        self,
        enterprise_id: int | None,
        name: str | None,
        uscc: str | None,
    ) -> ColumnElement[bool]:
        """Whether a case names the enterprise by one of these. What is not named equals nothing."""
        by_id = cases.c.enterprise_id == enterprise_id if enterprise_id else false()
        by_name = self.matches(cases.c.name_key, name)
        return or_(by_id, by_name, self.matches(cases.c.uscc_key, uscc))

    def without_letter(self) -> list[Case]:
        """Open cases to whose sender nothing was ever written. Of those set aside a person decides
        whether to write."""
        written = select(letters.c.case_id).where(letters.c.case_id.is_not(None))
        aside = cases.c.state.in_(ASIDE)
        found = self.oldest(~aside, cases.c.id.not_in(written), state=OPEN)
        return [case for case in found if case.sender]

    def count_by_window(self, state: State) -> dict[datetime | None, int]:
        """How many cases in this state wait for each window, by when it opens."""
        opens_at = cases.c.window_opens_at
        query = select(opens_at, func.count()).where(cases.c.state == state)
        return self.pairs(query.group_by(opens_at))

    def find(
        self,
        query: CaseQuery = CaseQuery(),  # noqa: B008  a frozen value
    ) -> list[Case]:
        """The cases that a list holds, in its order."""
        values = given(
            state=query.states, window_date=query.window, owner=query.owner, tag=query.tag
        )
        chosen = self.query(*(_ONLY[one] for one in query.only if one in _ONLY), **values)
        if query.ids is not None:
            chosen = chosen.where(cases.c.id.in_(query.ids))
        if query.by_hand:
            chosen = chosen.where(cases.c.id.in_(select(cases.c.id).where(BY_HAND).correlate(None)))
        if query.opened:
            chosen = chosen.where(*_opened(*query.opened))
        return self.fetch(_ordered(chosen, query).limit(query.limit))

    def last_change(self) -> datetime | None:
        """When a case was last changed."""
        changed_at: datetime | None = self.scalar(select(func.max(cases.c.changed_at)))
        return changed_at

    def changed_since(self, since: datetime) -> list[tuple[int, int]]:
        """Ids and versions of the cases that were changed since then.

        Sorted here: SQLite would rather read all of them in the order of their ids.
        """
        query = select(cases.c.id, cases.c.version).where(cases.c.changed_at >= since)
        return sorted(self.execute(query))

    def opened_between(
        self, since: datetime, until: datetime, after: int, limit: int
    ) -> list[Case]:
        """The next cases by id of those that were opened in a period."""
        return self.oldest(*_opened(since, until), after=after, limit=limit)

    def ids_of_enterprises(self, enterprise_ids: Collection[int], limit: int) -> list[int]:
        """Ids of the cases of these enterprises, the newest first."""
        query = select(cases.c.id).where(cases.c.enterprise_id.in_(enterprise_ids))
        return self.scalars(query.order_by(cases.c.id.desc()).limit(limit))

    def numbers(self, case_ids: Iterable[int | None]) -> dict[int, str]:
        """The numbers of cases by their ids."""
        query = select(cases.c.id, cases.c.number).where(cases.c.id.in_(set(case_ids) - {None}))
        return self.pairs(query)

    def count_by_owner(self) -> dict[str, int]:
        """How many open cases each owner has."""
        query = select(cases.c.owner, func.count()).where(_OPEN, cases.c.owner != "")
        return self.pairs(query.group_by(cases.c.owner))

    def count(self) -> dict[State, int]:
        query = select(cases.c.state, func.count()).group_by(cases.c.state)
        return self.pairs(query)

    def unchanged(self, state: State, since: datetime) -> list[int]:
        """Ids of cases in this state, last changed before then, that still hold personal data."""
        old = cases.c.changed_at < since
        return self.ids(old, state=state, purged_at=None)

    def ended_since(self, since: datetime) -> list[Case]:
        """Cases that ended and were last changed since then."""
        return self.oldest(cases.c.changed_at >= since, state=ENDED)

    def unfinished_that_ended_locks(self) -> list[str]:
        """Numbers of cases that ended a binding although they are not COMPLETED."""
        ended = select(bindings.c.ended_by_case).where(bindings.c.ended_by_case.is_not(None))
        query = select(cases.c.number).where(
            cases.c.id.in_(ended),
            cases.c.state != State.COMPLETED,
        )
        return self.scalars(query.order_by(cases.c.id))

    @classmethod
    def _read_columns(cls, columns: list[Column[Any]]) -> None:
        super()._read_columns([*columns, cases.c.window_opens_at])

    def record(self, row: Row[Any]) -> Case:
        """What was sealed before migration 0002 lacks the window, which that wrote beside it; what
        is sealed prevails over the plain column."""
        case = super().record(row)
        return replace(case, window_opens_at=case.window_opens_at or row.window_opens_at)

    def row(self, case: Case) -> dict[str, Any]:
        return super().row(case) | {
            "window_date": case.window_date,
            "competing": any(finding.code == COMPETING for finding in case.findings),
            "from_stranger": is_from_stranger(case),
            "to_look": bool(reasons_in_case(case)),
        }


def _opened(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a case was opened in a period.

    Ids grow with time: naming them, too, cuts the order of ids, or of a state's, short.
    """
    within = (cases.c.opened_at >= since, cases.c.opened_at < until)
    first, last = (
        select(end(cases.c.id)).where(*within).scalar_subquery() for end in (func.min, func.max)
    )
    return (*within, cases.c.id >= first, cases.c.id <= last)


def _ordered(chosen: Select[Any], query: CaseQuery) -> Select[Any]:
    """In the order of the list, and only what comes after `query.beyond` in it."""
    place = (cases.c.id,) if query.newest else (_WINDOW, cases.c.opened_at, cases.c.id)
    down = query.newest is not query.backwards
    chosen = chosen.order_by(*(column.desc() if down else column for column in place))
    if query.beyond is None:
        return chosen
    beyond = query.beyond
    opens_at = beyond.window_opens_at or _NO_WINDOW
    values = (beyond.id,) if query.newest else (opens_at, beyond.opened_at, beyond.id)
    here = tuple_(
        *(literal(value, column.type) for value, column in zip(values, place, strict=True))
    )
    return chosen.where(tuple_(*place) < here if down else tuple_(*place) > here)
