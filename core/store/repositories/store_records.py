"""Audit rows and alerts in the store."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, RowMapping, Select, bindparam, func, or_, select

from core.data.audit_entry import AuditEntry, AuditFilter
from core.data.case import Case
from core.data.case_ports import MORE, Alert
from core.errors import UnauditedStep
from core.keys.audit_chain import Link, next_link
from core.store.repositories.store_rows import Context, Rows
from core.store.tables.record_tables import alerts, audit

_ENTRY = [c for c in audit.c if c.name != "mac"]
_DETAIL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_ADD_AUDIT = audit.insert()
_LAST = select(audit.c.id, audit.c.mac).order_by(audit.c.id.desc()).limit(1)
_ABOVE = (
    select(audit)
    .where(audit.c.id > bindparam("above"))
    .order_by(audit.c.id)
    .limit(bindparam("most", type_=Integer))
)
_RENEW_ALERT = alerts.update().where(alerts.c.kind == bindparam("known"))
_RENEW_ALERT = _RENEW_ALERT.values(
    at=bindparam("at"), text=bindparam("text"), times=alerts.c.times + bindparam("more")
)

_ALERT = [column for column in alerts.c if column.name != "announced"]
MOST_OF_A_FAMILY = 30
"""Alerts that are listed one by one: anybody can bring about many of some families, and an
objection must not drown among them."""


class AuditRows(Rows):
    """The audit in a transaction.

    `unwritten`: rows that are yet to be written; `head`: the last one that was written in it.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.unwritten: list[dict[str, Any]] = []
        self.head: Link | None = None

    def write(
        self, at: datetime, actor: str, action: str, case: Case | None = None, /, **detail: str
    ) -> None:
        if case:
            detail["version"] = str(case.version)
        words = _DETAIL.encode(detail)
        about = {"case_id": case.id if case else None, "state": case.state.value if case else ""}
        self.unwritten.append(
            {"at": at, "actor": actor, "action": action, "detail": words, **about}
        )

    def close(self, *, required: bool = True) -> Link | None:
        """Append this transaction's audit rows; the new head of the chain,
        None where it has not moved.

        Raises UnauditedStep when the transaction acted and no audit row says who did it:
        such a step is not kept.
        """
        if required and self.context.acted and not (self.unwritten or self.head):
            raise UnauditedStep(
                "本步骤改动了工单、账号、绑定、管理员或回执，却没有审计记录，未予保存。"
                "这是程序错误，请报告。"
            )
        self._write_unwritten()
        return self.head

    def _write_unwritten(self) -> None:
        if self.unwritten:
            rows, self.head = self._chained(self.head or self.read_head())
            self.connection.send(_ADD_AUDIT, rows)
            self.unwritten = []

    def _chained(self, head: Link) -> tuple[list[dict[str, Any]], Link]:
        rows = []
        for values in self.unwritten:
            row = values | {"id": head.id + 1}
            head = next_link(self.vault, head, row)
            rows.append(row | {"mac": head.mac})
        return rows, head

    def read_head(self) -> Link:
        """The last row's place in the chain."""
        row = self.connection.execute(_LAST, {}).first()
        return Link(row.id, row.mac or "") if row else Link()

    def rows(self, above: int, limit: int) -> list[RowMapping]:
        """The rows with their MACs, in their order."""
        return list(self.connection.execute(_ABOVE, {"above": above, "most": limit}).mappings())

    def entries(self, case_id: int | None = None, limit: int = 200) -> list[AuditEntry]:
        query = select(*_ENTRY).order_by(audit.c.id.desc()).limit(limit)
        return self._entries(query if case_id is None else query.where(audit.c.case_id == case_id))

    def search(
        self, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> list[AuditEntry]:
        query = select(*_ENTRY).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        for column, value in (
            (audit.c.actor, wanted.actor),
            (audit.c.action, wanted.action),
            (audit.c.case_id, wanted.case_id),
        ):
            query = query.where(column == value) if value else query
        query = query.where(audit.c.at >= wanted.since) if wanted.since else query
        query = query.where(audit.c.at < wanted.until) if wanted.until else query
        if before is not None:
            at = self.connection.scalar(select(audit.c.at).where(audit.c.id == before))
            query = (
                query.where(audit.c.at <= at, or_(audit.c.at < at, audit.c.id < before))
                if at
                else query
            )
        return self._entries(query)

    def of_action(self, action: str, since: datetime) -> list[AuditEntry]:
        return self._entries(
            select(*_ENTRY)
            .where(audit.c.action == action, audit.c.at >= since)
            .order_by(audit.c.id)
        )

    def count_of_action(self, action: str, since: datetime) -> int:
        self._write_unwritten()
        return (
            self.connection.scalar(
                select(func.count())
                .select_from(audit)
                .where(audit.c.action == action, audit.c.at >= since)
            )
            or 0
        )

    def _entries(self, query: Select[Any]) -> list[AuditEntry]:
        self._write_unwritten()
        rows = self.connection.execute(query).mappings()
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]


class AlertRows(Rows):
    """The alerts in a transaction."""

    def add(self, at: datetime, kind: str, text: str) -> None:
        if self._renewed(kind, at, text):
            return
        family = kind.partition(".")[0]
        if self._count_of(family) < MOST_OF_A_FAMILY:
            self._insert(kind, at, text)
        elif not self._renewed(f"{family}.{MORE}", at, text, more=1):
            self._insert(f"{family}.{MORE}", at, text)

    def _renewed(self, kind: str, at: datetime, text: str, more: int = 0) -> bool:
        return (
            self.connection.execute(
                _RENEW_ALERT, {"known": kind, "at": at, "text": text, "more": more}
            ).rowcount
            > 0
        )

    def _insert(self, kind: str, at: datetime, text: str) -> None:
        number = (self.connection.scalar(select(func.max(alerts.c.id))) or 0) + 1
        self.connection.execute(
            alerts.insert().values(kind=kind, id=number, at=at, text=text, times=1, announced=False)
        )

    def _count_of(self, family: str) -> int:
        return (
            self.connection.scalar(
                select(func.count()).where(alerts.c.kind.startswith(f"{family}.", autoescape=True))
            )
            or 0
        )

    def clear(self, kind: str) -> None:
        self.connection.execute(alerts.delete().where(alerts.c.kind == kind))

    def by_kind(self, kind: str) -> Alert | None:
        row = (
            self.connection.execute(select(*_ALERT).where(alerts.c.kind == kind)).mappings().first()
        )
        return Alert(**row) if row else None

    def find(self, limit: int = 200, families: Collection[str] = ()) -> list[Alert]:
        query = select(*_ALERT).order_by(alerts.c.at.desc(), alerts.c.id.desc()).limit(limit)
        if families:
            query = query.where(
                or_(
                    *(
                        alerts.c.kind.startswith(f"{family}.", autoescape=True)
                        for family in families
                    )
                )
            )
        return [Alert(**row) for row in self.connection.execute(query).mappings()]

    def count(self) -> int:
        return self.connection.scalar(select(func.count()).select_from(alerts)) or 0

    def unannounced(self, limit: int) -> list[Alert]:
        query = (
            select(*_ALERT)
            .where(~alerts.c.announced)
            .order_by(alerts.c.at, alerts.c.id)
            .limit(limit)
        )
        return [Alert(**row) for row in self.connection.execute(query).mappings()]

    def mark_announced(self, kinds: Collection[str]) -> None:
        self.connection.execute(
            alerts.update().where(alerts.c.kind.in_(kinds)).values(announced=True)
        )
