"""Tables of the desk's own work: audit, alerts, counters, ticks of the engine, the calendar that
administrators decide, and administrators themselves."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
)

from core.data.roles import Role
from core.store.tables.columns import (
    Codes,
    HourMinute,
    Instant,
    Sealed,
    key,
    metadata,
    numbered,
    required,
)

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
    required("at", Instant, index=True),
    required("actor", String(80)),
    required("action", String(40)),
    Column("case_id", ForeignKey("cases.id"), index=True),
    required("state", String(16)),
    required("detail", Text),
    Column("mac", String(64)),
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
    required("times", Integer),
    required("announced", Boolean, server_default=false()),
)


administrators = numbered(
    "administrators",
    required("name", String(64), unique=True),
    required("password_hash", Text),
    required("created_at", Instant),
    Column("once_until", Instant),
    required("disabled", Boolean),
    required("roles", Codes(Role), server_default="reviewer approver auditor system"),
)

sessions = Table(
    "sessions",
    metadata,
    key("token_sha256"),
    required("administrator_id", ForeignKey("administrators.id"), index=True),
    required("csrf", String(64)),
    required("made_at", Instant),
    required("seen_at", Instant),
    required("expires_at", Instant),
    required("pending", Boolean, server_default=false()),
    required("challenge", String(64), server_default=""),
)

totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("administrator_id", ForeignKey("administrators.id"), primary_key=True),
    required("sealed", Sealed, key="secret"),
    required("last_step", BigInteger),
    Column("confirmed_at", Instant),
)

passkeys = numbered(
    "passkeys",
    required("administrator_id", ForeignKey("administrators.id"), index=True),
    required("credential", Text, unique=True),
    required("cose", Text),
    required("count", BigInteger),
    required("name", String(40)),
    required("made_at", Instant),
    Column("used_at", Instant),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("administrator_id", ForeignKey("administrators.id"), primary_key=True),
    key("sha256"),
    Column("used_at", Instant),
)
