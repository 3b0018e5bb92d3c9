"""The store's audit rows, what is counted from them of each case, day and code
(core.cases.upkeep.figures), alerts, and ticks: when each recurring job last succeeded."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, RowMapping, func, literal, or_, select, tuple_

from core.data.audit_entry import AuditEntry
from core.data.case import Case, State
from core.data.case_ports import MORE, PEOPLE, Alert
from core.data.figure import CaseFigure, DayFigure, DurationKind, FindingFigure
from core.errors import UnauditedStep
from core.keys.audit_chain import Link, next_link
from core.store.repositories.store_context import Context, Rows
from core.store.repositories.store_rows import Records, given
from core.store.tables.case_tables import case_figures, finding_figures, mails
from core.store.tables.desk_tables import alerts, audit, counters, ticks

_LAST = select(audit.c.id, audit.c.mac).order_by(audit.c.id.desc()).limit(1)
_WHO_AND_WHAT = tuple_(audit.c.actor, audit.c.action)
"""Compared as a range and not as two values, or PostgreSQL goes through all rows by time, which it
believes to be the shorter way to what never occurs together."""
_DETAIL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
MOST_OF_A_FAMILY = 30
"""Alerts of a family that are listed one by one. Anybody can cause many of some families, and they
must not hide an objection."""


class AuditRows(Records[AuditEntry]):
    """The audit in a transaction.

    `unwritten`: its rows that are not in the database yet; `head`: its last row that is.
    """

    table = audit

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.unwritten: list[dict[str, Any]] = []
        self.head: Link | None = None

    def write(
        self,
        actor: str,
        action: str,
        case: Case | None = None,
        /,
        **detail: str | int,
    ) -> None:
        """Add a row about an account or a case. `detail`: ids and codes only, stored as text."""
        if case:
            detail["version"] = case.version
        row = {
            "at": self.now,
            "actor": actor,
            "action": action,
            "case_id": case.id if case else None,
            "state": case.state.value if case else "",
            "detail": _DETAIL.encode({key: str(value) for key, value in detail.items()}),
        }
        self.unwritten.append(row)

    def close(self) -> Link | None:
        """Write this transaction's audit rows. Returns the new head of the chain, None without any.

        Raises UnauditedStep for a transaction that changed something without an audit row: it is
        not committed.
        """
        if self.context.acted and not (self.unwritten or self.head):
            raise UnauditedStep(
                "本步骤改动了工单、账号、绑定、管理员或回执，却没有审计记录，未予保存。"
                "这是程序错误，请报告。"
            )
        self._write_unwritten()
        return self.head

    def _write_unwritten(self) -> None:
        if not self.unwritten:
            return
        head = self.head or self.read_head()
        for row in self.unwritten:
            row["id"] = head.id + 1
            head = next_link(self.vault, head, row)
            row["mac"] = head.mac
        self.execute(self._new, self.unwritten)
        self.unwritten, self.head = [], head

    def read_head(self) -> Link:
        """The last row's place in the chain."""
        row = self.execute(_LAST).first()
        return Link(row.id, row.mac or "") if row else Link()

    def rows(self, above: int, limit: int) -> list[RowMapping]:
        """The rows after the id `above` with their MACs, in ascending order."""
        query = select(audit).where(audit.c.id > above).order_by(audit.c.id).limit(limit)
        return list(self.execute(query).mappings())

    def entries(
        self, case_id: int | None = None, limit: int = 200, action: str | None = None
    ) -> list[AuditEntry]:
        """The newest rows, of one case or of all, of one action or of all. What a decision asks for
        is named: anybody who writes to a case adds rows to it."""
        self._write_unwritten()
        return self.newest(limit=limit, **given(case_id=case_id, action=action))

    def search(
        self,
        limit: int,
        before: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **wanted: str | int | None,
    ) -> list[AuditEntry]:
        """The newest rows that match, by time. `wanted`: columns with their values, "" and None for
        any. `since` is included, `until` is not. `before`: only rows older than this one."""
        self._write_unwritten()
        chosen = given(**wanted)
        order = [audit.c.at.desc(), audit.c.id.desc()]
        both: list[ColumnElement[bool]] = []
        if "actor" in chosen and "action" in chosen:
            pair = tuple_(literal(chosen.pop("actor")), literal(chosen.pop("action")))
            both = [_WHO_AND_WHAT.between(pair, pair)]
            order = [audit.c.actor.desc(), audit.c.action.desc(), *order]
        query = self.query(*both, **chosen).order_by(*order).limit(limit)
        if since:
            query = query.where(audit.c.at >= since)
        if until:
            query = query.where(audit.c.at < until)
        if before is not None:
            at = self.scalar(select(audit.c.at).where(audit.c.id == before))
            if at:
                is_older = or_(audit.c.at < at, audit.c.id < before)
                query = query.where(audit.c.at <= at, is_older)
        return self.fetch(query)

    def of_action(self, action: str, since: datetime) -> list[AuditEntry]:
        self._write_unwritten()
        return self.oldest(audit.c.at >= since, action=action)

    def numbers(self, action: str, key: str, since: datetime) -> list[int]:
        """What the rows of an action have had under a key since then, one number for each row."""
        return [entry.number(key) for entry in self.of_action(action, since)]

    def count_of_action(self, action: str, since: datetime) -> int:
        self._write_unwritten()
        return self.count_rows(audit, audit.c.action == action, audit.c.at >= since)

    def record(self, row: Row[Any]) -> AuditEntry:
        return AuditEntry(**{**row._asdict(), "detail": json.loads(row.detail)})


class AlertRows(Records[Alert]):
    """The alerts in a transaction."""

    table = alerts

    def add(self, kind: str, text: str) -> None:
        """Raise an alert, or renew the one of this kind. Beyond MOST_OF_A_FAMILY, all further
        alerts of a family are one alert with a count, except of PEOPLE."""
        number, more = (self.scalar(select(func.max(alerts.c.id))) or 0) + 1, 0
        alert = Alert(number, self.now, kind, text)
        listed = self.count_rows(alerts, _of_family(alert.family))
        is_collected = listed >= MOST_OF_A_FAMILY and alert.family != PEOPLE
        if is_collected and self.by_id(kind) is None:
            alert, more = replace(alert, kind=f"{alert.family}.{MORE}"), 1
        renewed = {"at": self.now, "text": text, "times": alerts.c.times + more}
        self.put(alerts, self.row(alert), again=renewed)

    def clear(self, kind: str) -> None:
        self.remove(kind=kind)

    def find(self, limit: int = 200, families: Collection[str] = ()) -> list[Alert]:
        """The newest alerts, by default of every family."""
        query = self.query().order_by(alerts.c.at.desc(), alerts.c.id.desc()).limit(limit)
        if families:
            query = query.where(or_(*map(_of_family, families)))
        return self.fetch(query)

    def count(self) -> int:
        return self.count_rows(alerts)

    def unannounced(self, limit: int) -> list[Alert]:
        """The alerts that were not announced to administrators yet, oldest first. A renewed alert
        is not announced again."""
        query = self.query(~alerts.c.announced).order_by(alerts.c.at, alerts.c.id)
        return self.fetch(query.limit(limit))


def _of_family(family: str) -> Any:
    return alerts.c.kind.startswith(f"{family}.", autoescape=True)


class TickRows(Rows):
    """The ticks in a transaction."""

    def note(self, name: str, every: timedelta = timedelta(0)) -> None:
        """Record that the job `name` succeeded now, unless a success is recorded that is no longer
        than `every` ago. Fails if the database refuses writes."""
        self.put(ticks, {"name": name, "at": self.now}, where=ticks.c.at < self.now - every)

    def all(self) -> Mapping[str, datetime]:
        return self.pairs(select(ticks.c.name, ticks.c.at))


CURSOR = "figures.audit"
_REQUESTS = case_figures.c.outcome.not_in([State.DISMISSED.value, State.MERGED.value])


class FigureRows(Records[CaseFigure]):
    """The figures in a transaction."""

    table = case_figures

    def uncounted(self, limit: int) -> list[AuditEntry]:
        """The next rows of the audit, in their order."""
        cursor = select(counters.c.value).where(counters.c.name == CURSOR)
        return AuditRows(self.context).oldest(after=self.scalar(cursor) or 0, limit=limit)

    def counted(self, entry_id: int) -> None:
        """All rows up to this one are counted."""
        self.put(counters, {"name": CURSOR, "value": entry_id})

    def arrived(self, mail_id: int) -> datetime | None:
        return self.scalar(select(mails.c.arrived).where(mails.c.id == mail_id))

    def count(
        self,
        day: date,
        codes: Sequence[str],
        *,
        told: int = 0,
        returned: int = 0,
        overruled: int = 0,
    ) -> None:
        """Add to the counts of these codes on a day."""
        more = {"told": told, "returned": returned, "overruled": overruled}
        added = {name: finding_figures.c[name] + count for name, count in more.items()}
        for code in codes:
            self.put(finding_figures, {"day": day, "code": code, **more}, again=added)

    def days(self, since: date, until: date) -> list[DayFigure]:
        """The days of a period, both ends included, that had any."""
        its, completed = case_figures.c, State.COMPLETED.value
        counted = (
            its.first_try,
            its.returned > 0,
            its.outcome == completed,
            its.outcome.not_in(["", completed]),
        )
        query = select(its.day, func.count(), *(func.count().filter(one) for one in counted))
        query = query.where(its.day.between(since, until), _REQUESTS)
        query = query.group_by(its.day).order_by(its.day)
        return [DayFigure(*row) for row in self.execute(query)]

    def findings(self, since: date, until: date) -> list[FindingFigure]:
        table = finding_figures.c
        sums = [func.sum(column) for column in (table.told, table.returned, table.overruled)]
        query = select(table.code, *sums).where(table.day.between(since, until))
        query = query.group_by(table.code).order_by(sums[0].desc(), table.code)
        return [FindingFigure(*row) for row in self.execute(query)]

    def durations(self, what: DurationKind, since: date, until: date) -> list[tuple[int, int]]:
        """Each duration of the cases of a period, ascending, with how many took it."""
        its, column = case_figures.c, case_figures.c[what.value]
        query = select(column, func.count()).where(its.day.between(since, until), _REQUESTS)
        query = query.where(column.is_not(None)).group_by(column).order_by(column)
        return [(value, count) for value, count in self.execute(query)]
