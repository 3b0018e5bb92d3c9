"""Tables of logins at trading systems and of the events for them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from core.data.system_event import EventKind
from core.store.tables.columns import Instant, Sealed, code, key, metadata, numbered, required

subjects = Table(
    "subjects",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    required("subject", String(32), unique=True),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    key("kid", 32),
    required("made_at", Instant),
    required("sealed", Sealed, key="private"),
)

system_logins = Table(
    "system_logins",
    metadata,
    key("sid"),
    required("session_sha256", String(64)),
    required("system_id", String(40)),
    required("enterprise_id", ForeignKey("enterprises.id")),
    Column("binding_id", ForeignKey("bindings.id")),
    required("auth_time", Instant),
    UniqueConstraint("session_sha256", "system_id"),
)

system_codes = Table(
    "system_codes",
    metadata,
    key("code_sha256"),
    required("sid", ForeignKey("system_logins.sid"), index=True),
    required("system_id", String(40)),
    required("redirect_uri", Text),
    required("scope", Text),
    required("nonce", Text),
    required("challenge", String(128)),
    required("expires_at", Instant, index=True),
    Column("used_at", Instant),
)

system_tokens = Table(
    "system_tokens",
    metadata,
    key("token_sha256"),
    required("system_id", String(40)),
    required("scope", Text),
    required("expires_at", Instant, index=True),
    Column("sid", ForeignKey("system_logins.sid"), index=True),
)

events = numbered(
    "events",
    required("uid", String(40)),
    required("receiver", String(60)),
    required("kind", code(EventKind, 24)),
    required("body", Text),
    required("attempts", Integer),
    Column("next_try_at", Instant),
)
Index("ix_events_receiver", events.c.receiver, events.c.id)

event_receivers = Table(
    "event_receivers",
    metadata,
    key("name", 60),
)
