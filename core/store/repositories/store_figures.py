"""Figures in the store (core.cases.upkeep.figures)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from core.data.audit_entry import AuditEntry
from core.data.case import State
from core.data.figure import CaseFigure, DayFigure, DurationKind, FindingFigure
from core.store.repositories.store_rows import Rows
from core.store.tables.case_tables import case_figures, finding_figures
from core.store.tables.mail_tables import mails
from core.store.tables.record_tables import audit, counters

CURSOR: Final = "figures.audit"
_ENTRY = [column for column in audit.c if column.name != "mac"]


class FigureRows(Rows):
    """The figures in a transaction."""

    def uncounted(self, limit: int) -> list[AuditEntry]:
        cursor = select(counters.c.value).where(counters.c.name == CURSOR)
        above = self.connection.scalar(cursor) or 0
        query = select(*_ENTRY).where(audit.c.id > above).order_by(audit.c.id).limit(limit)
        rows = self.connection.execute(query).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]

    def counted(self, entry_id: int) -> None:
        update = counters.update().where(counters.c.name == CURSOR).values(value=entry_id)
        if not self.connection.execute(update).rowcount:
            self.connection.execute(counters.insert().values(name=CURSOR, value=entry_id))

    def arrived(self, mail_id: int) -> datetime | None:
        return self.connection.scalar(select(mails.c.arrived).where(mails.c.id == mail_id))

    def case(self, case_id: int) -> CaseFigure | None:
        query = select(case_figures).where(case_figures.c.case_id == case_id)
        row = self.connection.execute(query).mappings().first()
        return CaseFigure(**row) if row else None

    def save(self, figure: CaseFigure) -> None:
        its = case_figures.c.case_id == figure.case_id
        update = case_figures.update().where(its).values(asdict(figure))
        if not self.connection.execute(update).rowcount:
            self.connection.execute(case_figures.insert().values(asdict(figure)))

    def count(
        self,
        day: date,
        codes: Sequence[str],
        *,
        told: int = 0,
        returned: int = 0,
        overruled: int = 0,
    ) -> None:
        more = {"told": told, "returned": returned, "overruled": overruled}
        table = finding_figures.c
        for code in codes:
            its = (table.day == day) & (table.code == code)
            added = {name: table[name] + count for name, count in more.items()}
            update = finding_figures.update().where(its).values(added)
            if not self.connection.execute(update).rowcount:
                row = finding_figures.insert().values(day=day, code=code, **more)
                self.connection.execute(row)

    def days(self, since: date, until: date) -> list[DayFigure]:
        its, completed = case_figures.c, State.COMPLETED.value
        counted = (
            its.first_try,
            its.returned > 0,
            its.outcome == completed,
            its.outcome.not_in(["", completed]),
        )
        query = select(its.day, func.count(), *(func.count().filter(one) for one in counted))
        query = query.where(its.day.between(since, until)).group_by(its.day).order_by(its.day)
        return [DayFigure(*row) for row in self.connection.execute(query)]

    def findings(self, since: date, until: date) -> list[FindingFigure]:
        table = finding_figures.c
        sums = [func.sum(column) for column in (table.told, table.returned, table.overruled)]
        query = select(table.code, *sums).where(table.day.between(since, until))
        query = query.group_by(table.code).order_by(sums[0].desc(), table.code)
        return [FindingFigure(*row) for row in self.connection.execute(query)]

    def durations(self, what: DurationKind, since: date, until: date) -> list[tuple[int, int]]:
        its, column = case_figures.c, case_figures.c[what.value]
        query = select(column, func.count()).where(its.day.between(since, until))
        query = query.where(column.is_not(None)).group_by(column).order_by(column)
        return [(value, count) for value, count in self.connection.execute(query)]
