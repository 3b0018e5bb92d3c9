"""Figures in the store (core.cases.upkeep.figures): of each case, and of each day and code."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from core.data.audit_entry import AuditEntry
from core.data.case import State
from core.data.figure import CaseFigure, DayFigure, DurationKind, FindingFigure
from core.store.repositories.store_records import AuditRows
from core.store.repositories.store_rows import Records
from core.store.tables.case_tables import case_figures, finding_figures, mails
from core.store.tables.desk_tables import counters

CURSOR = "figures.audit"
_REQUESTS = case_figures.c.outcome.not_in([State.DISMISSED.value, State.MERGED.value])


class FigureRows(Records[CaseFigure]):
    """The figures in a transaction."""

    kind = CaseFigure
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
