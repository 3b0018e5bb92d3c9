"""Figures in the store (core.cases.upkeep.figures).

What a case adds to the totals of its day and month is written with the case:
a year is read from its months.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import CompoundSelect, Date, bindparam, func, select, text, union_all

from core.data.audit_entry import AuditEntry
from core.data.figure import CaseFigure, DayFigure, FindingFigure, Total, totals_of
from core.store.repositories.store_rows import Rows
from core.store.tables.case_tables import case_figures, figure_totals, finding_figures
from core.store.tables.mail_tables import mails
from core.store.tables.record_tables import audit, counters

CURSOR: Final = "figures.audit"
_COUNTS: Final = (Total.RECEIVED, Total.FIRST_TRY, Total.RETURNED, Total.COMPLETED, Total.OTHERWISE)
_SPREAD: Final = (Total.ANSWER_S.value, Total.COMPLETE_MIN.value, Total.HANDLED_S.value)
_ADD = text(
    "INSERT INTO figure_totals (by_month, first_day, what, value, count) VALUES (:by_month, "
    ":first_day, :what, :value, :count) "
    "ON CONFLICT (by_month, first_day, what, value) DO UPDATE SET count = figure_totals.count + "
    "excluded.count"
).bindparams(bindparam("first_day", type_=Date))
_ENTRY = [column for column in audit.c if column.name != "mac"]


class FigureRows(Rows):
    """The figures in a transaction."""

    def uncounted(self, limit: int) -> list[AuditEntry]:
        above = (
            self.connection.scalar(select(counters.c.value).where(counters.c.name == CURSOR)) or 0
        )
        query = select(*_ENTRY).where(audit.c.id > above).order_by(audit.c.id).limit(limit)
        return [
            AuditEntry(**{**row, "detail": json.loads(row["detail"])})
            for row in self.connection.execute(query).mappings()
        ]

    def counted(self, entry_id: int) -> None:
        if not self.connection.execute(
            counters.update().where(counters.c.name == CURSOR).values(value=entry_id)
        ).rowcount:
            self.connection.execute(counters.insert().values(name=CURSOR, value=entry_id))

    def arrived(self, mail_id: int) -> datetime | None:
        return self.connection.scalar(select(mails.c.arrived).where(mails.c.id == mail_id))

    def case(self, case_id: int) -> CaseFigure | None:
        row = (
            self.connection.execute(select(case_figures).where(case_figures.c.case_id == case_id))
            .mappings()
            .first()
        )
        return CaseFigure(**row) if row else None

    def save(self, figure: CaseFigure) -> None:
        before, values = self.case(figure.case_id), asdict(figure)
        if before:
            self.connection.execute(
                case_figures.update().where(case_figures.c.case_id == figure.case_id).values(values)
            )
        else:
            self.connection.execute(case_figures.insert().values(values))
        self._move(figure.day, totals_of(before), totals_of(figure))

    def _move(
        self,
        day: date,
        before: Mapping[tuple[Total, int], int],
        after: Mapping[tuple[Total, int], int],
    ) -> None:
        """Put what a case adds to the totals in the place of what it added."""
        changed = {
            key: after.get(key, 0) - before.get(key, 0) for key in after.keys() ^ before.keys()
        }
        rows = [
            {
                "by_month": by_month,
                "first_day": first,
                "what": what.value,
                "value": value,
                "count": more,
            }
            for (what, value), more in changed.items()
            for by_month, first in ((False, day), (True, day.replace(day=1)))
        ]
        if rows:
            self.connection.execute(_ADD, rows)

    def count(
        self, day: date, code: str, *, told: int = 0, returned: int = 0, overruled: int = 0
    ) -> None:
        its, table = (
            (finding_figures.c.day == day) & (finding_figures.c.code == code),
            finding_figures.c,
        )
        more = {
            "told": table.told + told,
            "returned": table.returned + returned,
            "overruled": table.overruled + overruled,
        }
        if not self.connection.execute(finding_figures.update().where(its).values(more)).rowcount:
            self.connection.execute(
                finding_figures.insert().values(
                    day=day, code=code, told=told, returned=returned, overruled=overruled
                )
            )

    def days(self, since: date, until: date) -> list[DayFigure]:
        its = figure_totals.c
        query = select(its.first_day, its.what, its.count).where(
            ~its.by_month, its.first_day.between(since, until), its.what.not_in(_SPREAD)
        )
        return _by_day((day, what, count) for day, what, count in self.connection.execute(query))

    def months(self, since: date, until: date) -> list[DayFigure]:
        totals = _totals(since, until).subquery()
        query = select(totals.c.first_day, totals.c.what, totals.c.count).where(
            totals.c.what.not_in(_SPREAD)
        )
        return _by_day(
            (day.replace(day=1), what, count) for day, what, count in self.connection.execute(query)
        )

    def findings(self, since: date, until: date) -> list[FindingFigure]:
        table = finding_figures.c
        sums = [func.sum(column) for column in (table.told, table.returned, table.overruled)]
        query = (
            select(table.code, *sums)
            .where(table.day.between(since, until))
            .group_by(table.code)
            .order_by(sums[0].desc(), table.code)
        )
        return [FindingFigure(*row) for row in self.connection.execute(query)]

    def answers(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(Total.ANSWER_S, since, until)

    def completions(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(Total.COMPLETE_MIN, since, until)

    def handled(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(Total.HANDLED_S, since, until)

    def _spread(self, what: Total, since: date, until: date) -> list[tuple[int, int]]:
        totals = _totals(since, until, what).subquery()
        sums = func.sum(totals.c.count)
        query = (
            select(totals.c.value, sums)
            .group_by(totals.c.value)
            .having(sums > 0)
            .order_by(totals.c.value)
        )
        return [(value, int(count)) for value, count in self.connection.execute(query)]


def _totals(since: date, until: date, what: Total | None = None) -> CompoundSelect[Any]:
    """The totals of a period: of whole months by month,
    of what lies before and behind them by day."""
    its, end = figure_totals.c, until + timedelta(days=1)
    first = since if since.day == 1 else _next_month(since)
    behind = max(end.replace(day=1), first) if first <= until else end
    wanted = select(its.first_day, its.what, its.value, its.count)
    wanted = wanted.where(its.what == what.value) if what else wanted
    parts = ((False, since, min(first, end)), (True, first, behind), (False, behind, end))
    return union_all(
        *(
            wanted.where(its.by_month == by_month, its.first_day >= low, its.first_day < high)
            for by_month, low, high in parts
        )
    )


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _by_day(rows: Iterable[tuple[date, str, int]]) -> list[DayFigure]:
    days: dict[date, Counter[str]] = {}
    for day, what, count in rows:
        days.setdefault(day, Counter())[what] += count
    return [DayFigure(day, *(days[day][what] for what in _COUNTS)) for day in sorted(days)]
