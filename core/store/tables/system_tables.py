"""Tables of logins at trading systems and of the events for them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from core.data.system_event import EventKind
from core.store.tables.columns import Code, Instant, Sealed, metadata

subjects = Table(
    "subjects",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("subject", String(32), nullable=False, unique=True),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(32), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("sealed", Sealed, key="private", nullable=False),
)

system_logins = Table(
    "system_logins",
    metadata,
    Column("sid", String(64), primary_key=True),
    Column("session_sha256", String(64), nullable=False),
    Column("system_id", String(40), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
    Column("binding_id", ForeignKey("bindings.id")),
    Column("auth_time", Instant, nullable=False),
    UniqueConstraint("session_sha256", "system_id"),
)

system_codes = Table(
    "system_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True),
    Column("sid", ForeignKey("system_logins.sid"), nullable=False, index=True),
    Column("system_id", String(40), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("challenge", String(128), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

system_tokens = Table(
    "system_tokens",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("system_id", String(40), nullable=False),
    Column("scope", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("sid", ForeignKey("system_logins.sid"), index=True),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(40), nullable=False),
    Column("receiver", String(60), nullable=False),
    Column("kind", Code(EventKind, 24), nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Instant),
)
Index("ix_events_receiver", events.c.receiver, events.c.id)

event_receivers = Table(
    "event_receivers",
    metadata,
    Column("name", String(60), primary_key=True),
)
