"""Tables of the desk's own work: audit, alerts, counters, ticks of the engine, the calendar that
administrators decide."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, false

from core.store.tables.columns import HourMinute, Instant, metadata

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

ticks = Table(
    "ticks",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("at", Instant, nullable=False),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("workday", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

extra_windows = Table(
    "extra_windows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("opens", HourMinute, nullable=False),
    Column("closes", HourMinute, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", String(64)),
    Index("ix_audit_at", "at"),
    Index("ix_audit_actor_at", "actor", "at"),
    Index("ix_audit_action_at", "action", "at"),
    Index("ix_audit_actor_action_at", "actor", "action", "at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("kind", String(80), primary_key=True),
    Column("id", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Column("times", Integer, nullable=False, default=1),
    Column("announced", Boolean, nullable=False, default=False, server_default=false()),
)
