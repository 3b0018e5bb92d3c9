"""Figures in the store (core.cases.figures): counted by SQL over narrow rows, which one index holds whole."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import case, func, select

from core.adapters.store_rows import Rows
from core.adapters.tables import audit, case_figures, counters, finding_figures, mails
from core.cases.case import State
from core.cases.figures import COUNTED, CaseFigure, DayFigure, FindingFigure
from core.cases.ports import AuditEntry

CURSOR: Final = "figures.audit"
_ENTRY = [column for column in audit.c if column.name != "mac"]


class FigureRows(Rows):
    """The figures in a transaction."""

    def uncounted(self, limit: int) -> list[AuditEntry]:
        above = self.connection.scalar(select(counters.c.value).where(counters.c.name == CURSOR)) or 0
        query = select(*_ENTRY).where(audit.c.id > above, audit.c.action.in_(COUNTED)).order_by(audit.c.id).limit(limit)
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in self.connection.execute(query).mappings()]

    def counted(self, entry_id: int) -> None:
        if not self.connection.execute(counters.update().where(counters.c.name == CURSOR).values(value=entry_id)).rowcount:
            self.connection.execute(counters.insert().values(name=CURSOR, value=entry_id))

    def arrived(self, mail_id: int) -> datetime | None:
        return self.connection.scalar(select(mails.c.arrived).where(mails.c.id == mail_id))

    def case(self, case_id: int) -> CaseFigure | None:
        row = self.connection.execute(select(case_figures).where(case_figures.c.case_id == case_id)).mappings().first()
        return CaseFigure(**row) if row else None

    def save(self, figure: CaseFigure) -> None:
        values = asdict(figure)
        if not self.connection.execute(case_figures.update().where(case_figures.c.case_id == figure.case_id).values(values)).rowcount:
            self.connection.execute(case_figures.insert().values(values))

    def count(self, day: date, code: str, *, told: int = 0, returned: int = 0, overruled: int = 0) -> None:
        its, table = (finding_figures.c.day == day) & (finding_figures.c.code == code), finding_figures.c
        more = {"told": table.told + told, "returned": table.returned + returned, "overruled": table.overruled + overruled}
        if not self.connection.execute(finding_figures.update().where(its).values(more)).rowcount:
            self.connection.execute(finding_figures.insert().values(day=day, code=code, told=told, returned=returned, overruled=overruled))

    def days(self, since: date, until: date) -> list[DayFigure]:
        one, done, table = func.sum, State.COMPLETED.value, case_figures.c
        query = (
            select(
                table.day, func.count(), one(case((table.first_try, 1), else_=0)), one(case((table.returned > 0, 1), else_=0)),
                one(case((table.outcome == done, 1), else_=0)), one(case((table.outcome.not_in(["", done]), 1), else_=0)),
            )
            .where(table.day.between(since, until)).group_by(table.day).order_by(table.day)
        )  # fmt: skip
        return [DayFigure(*row) for row in self.connection.execute(query)]

    def findings(self, since: date, until: date) -> list[FindingFigure]:
        table = finding_figures.c
        sums = [func.sum(column) for column in (table.told, table.returned, table.overruled)]
        query = select(table.code, *sums).where(table.day.between(since, until)).group_by(table.code).order_by(sums[0].desc(), table.code)
        return [FindingFigure(*row) for row in self.connection.execute(query)]

    def answers(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(case_figures.c.answer_s, since, until)

    def completions(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(case_figures.c.complete_min, since, until)

    def handled(self, since: date, until: date) -> list[tuple[int, int]]:
        return self._spread(case_figures.c.handled_s, since, until)

    def _spread(self, column: Any, since: date, until: date) -> list[tuple[int, int]]:
        query = select(column, func.count()).where(case_figures.c.day.between(since, until), column.is_not(None)).group_by(column).order_by(column)
        return [(value, count) for value, count in self.connection.execute(query)]
