"""Tables of the desk's own work: audit, alerts, counters, ticks of the engine, the calendar that
administrators decide."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, false

from core.store.tables.columns import HourMinute, Instant, key, metadata, numbered, required

counters = Table(
    "counters",
    metadata,
    key("name", 40),
    required("value", Integer),
)

ticks = Table(
    "ticks",
    metadata,
    key("name", 80),
    required("at", Instant),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    required("workday", Boolean),
    required("reason", Text),
    required("actor", String(80)),
    required("at", Instant),
)

extra_windows = numbered(
    "extra_windows",
    required("day", Date),
    required("opens", HourMinute),
    required("closes", HourMinute),
    required("reason", Text),
    required("actor", String(80)),
    required("at", Instant),
)

audit = numbered(
    "audit",
    required("at", Instant),
    required("actor", String(80)),
    required("action", String(40)),
    Column("case_id", ForeignKey("cases.id"), index=True),
    required("state", String(16)),
    required("detail", Text),
    Column("mac", String(64)),
    Index("ix_audit_at", "at"),
    Index("ix_audit_actor_at", "actor", "at"),
    Index("ix_audit_action_at", "action", "at"),
    Index("ix_audit_actor_action_at", "actor", "action", "at"),
)

alerts = Table(
    "alerts",
    metadata,
    key("kind", 80),
    required("id", Integer),
    required("at", Instant),
    required("text", Text),
    required("times", Integer, default=1),
    required("announced", Boolean, default=False, server_default=false()),
)
