"""Audit rows and alerts in the store."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, RowMapping, bindparam, func, or_, select

from core.adapters.audit_chain import Link, anchor, next_link
from core.adapters.store_rows import Rows
from core.adapters.tables import alerts, audit
from core.cases.case import Case
from core.cases.ports import MORE, Alert, AuditEntry
from core.errors import UnauditedStep

ENTRY = [c for c in audit.c if c.name != "mac"]
_ADD_AUDIT = audit.insert()
_LAST = select(audit.c.id, audit.c.mac).order_by(audit.c.id.desc()).limit(1)
_ABOVE = select(audit).where(audit.c.id > bindparam("above")).order_by(audit.c.id).limit(bindparam("most", type_=Integer))
_RENEW_ALERT = alerts.update().where(alerts.c.kind == bindparam("known"))
_RENEW_ALERT = _RENEW_ALERT.values(at=bindparam("at"), text=bindparam("text"), times=alerts.c.times + bindparam("more"))

MOST_OF_A_FAMILY = 30
"""Alerts that are listed one by one: anybody can bring about many of some families, and an objection must not drown among them."""


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
        self.unwritten.append(values)

    def close_audit(self, *, required: bool = True) -> Link | None:
        """Append this transaction's audit rows; the new head of the chain, None where it has not moved.

        Raises UnauditedStep when the transaction acted and no audit row says who did it: such a step is not kept.
        """
        if required and self.acted and not (self.unwritten or self.head):
            raise UnauditedStep("本步骤改动了工单、账号、绑定、管理员或回执，却没有审计记录，未予保存。这是程序错误，请报告。")
        self._write_audit()
        return self.head

    def _write_audit(self) -> None:
        if self.unwritten:
            rows, self.head = self._chained(self.head or self.audit_head())
            self.connection.execute(_ADD_AUDIT, rows)
            self.unwritten = []

    def _chained(self, head: Link) -> tuple[list[dict[str, Any]], Link]:
        rows = []
        for values in self.unwritten:
            row = values | {"id": head.id + 1}
            head = next_link(self.vault, head, row)
            rows.append(row | {"mac": head.mac})
        return rows, head

    def audit_head(self) -> Link:
        """The last row's place in the chain."""
        row = self.connection.execute(_LAST).first()
        if row is None:
            return Link()
        return Link(row.id, row.mac) if row.mac else anchor(self.connection.execute(select(audit).order_by(audit.c.id)).mappings())

    def audit_rows(self, above: int, limit: int) -> list[RowMapping]:
        """The rows with their MACs, in their order."""
        return list(self.connection.execute(_ABOVE, {"above": above, "most": limit}).mappings())

    def record(self, at: datetime, actor: str, action: str, **detail: str) -> None:
        self.audit(at, actor, action, None, **detail)

    def audit_entries(self, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]:
        self._write_audit()
        query = select(*ENTRY).order_by(audit.c.id.desc()).limit(limit)
        if case_id is not None:
            query = query.where(audit.c.case_id == case_id)
        rows = self.connection.execute(query).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]

    def raise_alert(self, at: datetime, kind: str, text: str) -> None:
        if self._renewed(kind, at, text):
            return
        family = kind.partition(".")[0]
        if self._alerts_of(family) < MOST_OF_A_FAMILY:
            self._add_alert(kind, at, text)
        elif not self._renewed(f"{family}.{MORE}", at, text, more=1):
            self._add_alert(f"{family}.{MORE}", at, text)

    def _renewed(self, kind: str, at: datetime, text: str, more: int = 0) -> bool:
        return self.connection.execute(_RENEW_ALERT, {"known": kind, "at": at, "text": text, "more": more}).rowcount > 0

    def _add_alert(self, kind: str, at: datetime, text: str) -> None:
        number = (self.connection.scalar(select(func.max(alerts.c.id))) or 0) + 1
        self.connection.execute(alerts.insert().values(kind=kind, id=number, at=at, text=text, times=1))

    def _alerts_of(self, family: str) -> int:
        return self.connection.scalar(select(func.count()).where(alerts.c.kind.startswith(f"{family}.", autoescape=True))) or 0

    def clear_alert(self, kind: str) -> None:
        self.connection.execute(alerts.delete().where(alerts.c.kind == kind))

    def alert(self, kind: str) -> Alert | None:
        row = self.connection.execute(select(alerts).where(alerts.c.kind == kind)).mappings().first()
        return Alert(**row) if row else None

    def alerts(self, limit: int = 200, families: Collection[str] = ()) -> list[Alert]:
        query = select(alerts).order_by(alerts.c.at.desc(), alerts.c.id.desc()).limit(limit)
        if families:
            query = query.where(or_(*(alerts.c.kind.startswith(f"{family}.", autoescape=True) for family in families)))
        return [Alert(**row) for row in self.connection.execute(query).mappings()]

    def count_alerts(self) -> int:
        return self.connection.scalar(select(func.count()).select_from(alerts)) or 0
