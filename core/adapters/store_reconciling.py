"""What reconciliation asks of the store: what followed from what, over some days, in few statements."""

import json
from datetime import datetime

from sqlalchemy import select

from core.adapters.rows import Sealed
from core.adapters.store_records import ENTRY, RecordRows
from core.adapters.tables import audit, bindings, cases, letters
from core.cases.case import ENDED, Case, State
from core.cases.letter import LetterKind
from core.cases.ports import AuditEntry

_case = Sealed(Case, "cases.sealed")
_ENDED = [state.value for state in ENDED]


class ReconcilingRows(RecordRows):
    """Reconciliation's part of a transaction."""

    def ended_cases(self, since: datetime) -> list[Case]:
        query = select(cases.c.id, cases.c.sealed).where(cases.c.state.in_(_ENDED), cases.c.changed_at >= since).order_by(cases.c.id)
        return [_case.open(self.vault, sealed, case_id) for case_id, sealed in self.connection.execute(query)]

    def audited(self, action: str, since: datetime) -> list[AuditEntry]:
        self._write_audit()
        rows = self.connection.execute(select(*ENTRY).where(audit.c.action == action, audit.c.at >= since).order_by(audit.c.id)).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]

    def letter_kinds(self, since: datetime) -> set[tuple[int, LetterKind]]:
        query = select(letters.c.case_id, letters.c.kind).where(letters.c.created_at >= since, letters.c.case_id.is_not(None)).distinct()
        return {(case_id, LetterKind(kind)) for case_id, kind in self.connection.execute(query)}

    def cases_that_ended_locks_unfinished(self) -> list[str]:
        ended = select(bindings.c.ended_by_case).where(bindings.c.ended_by_case.is_not(None))
        query = select(cases.c.number).where(cases.c.id.in_(ended), cases.c.state != State.COMPLETED.value).order_by(cases.c.id)
        return list(self.connection.scalars(query))
