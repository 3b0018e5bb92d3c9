"""Audit rows and alerts in the store."""

import json
from datetime import datetime

from sqlalchemy import bindparam, func, select

from core.adapters.store_rows import Rows
from core.adapters.tables import alerts, audit
from core.cases.case import Case
from core.cases.ports import Alert, AuditEntry

_ADD_AUDIT = audit.insert()
_RENEW_ALERT = alerts.update().where(alerts.c.kind == bindparam("known"))


class RecordRows(Rows):
    """The records' part of a transaction."""

    def audit(self, at: datetime, actor: str, action: str, case: Case | None = None, **detail: str) -> None:
        if case:
            detail["version"] = str(case.version)
        values = {
            "at": at,
            "actor": actor,
            "action": action,
            "case_id": case.id if case else None,
            "state": case.state.value if case else "",
            "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True),
        }
        self.connection.execute(_ADD_AUDIT, values)

    def record(self, at: datetime, actor: str, action: str, **detail: str) -> None:
        self.audit(at, actor, action, None, **detail)

    def audit_entries(self, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]:
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if case_id is not None:
            query = query.where(audit.c.case_id == case_id)
        rows = self.connection.execute(query).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]

    def raise_alert(self, at: datetime, kind: str, text: str) -> None:
        renewed = self.connection.execute(_RENEW_ALERT, {"known": kind, "at": at, "text": text})
        if renewed.rowcount == 0:
            number = (self.connection.scalar(select(func.max(alerts.c.id))) or 0) + 1
            self.connection.execute(alerts.insert().values(kind=kind, id=number, at=at, text=text))

    def clear_alert(self, kind: str) -> None:
        self.connection.execute(alerts.delete().where(alerts.c.kind == kind))

    def alerts(self) -> list[Alert]:
        return [Alert(**row) for row in self.connection.execute(select(alerts).order_by(alerts.c.at.desc())).mappings()]
