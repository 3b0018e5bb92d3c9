"""Logins of enterprises and tries of passwords."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from core.store.tables.columns import Instant, key, metadata, required, where

used_challenges = Table(
    "used_challenges",
    metadata,
    key("nonce_sha256"),
    required("expires_at", Instant, index=True),
)

login_tries = Table(
    "login_tries",
    metadata,
    key("counter_key"),
    Column("account_key", String(64), index=True),
    required("audience", String(16)),
    Column("account_id", Integer),
    required("failed", Integer),
    required("at", Instant, index=True),
    required("closed_until", Instant),
    required("tell", Boolean),
)
Index("ix_login_tries_tell", login_tries.c.tell, **where("tell"))

enterprise_sessions = Table(
    "enterprise_sessions",
    metadata,
    key("token_sha256"),
    required("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("binding_id", ForeignKey("bindings.id")),
    required("csrf", String(64)),
    required("made_at", Instant),
    required("expires_at", Instant),
)
