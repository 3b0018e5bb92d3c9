"""Logins of enterprises and tries of passwords."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table

from core.store.tables.columns import Instant, metadata, where

used_challenges = Table(
    "used_challenges",
    metadata,
    Column("nonce_sha256", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

login_tries = Table(
    "login_tries",
    metadata,
    Column("counter_key", String(64), primary_key=True),
    Column("account_key", String(64), index=True),
    Column("audience", String(16), nullable=False),
    Column("account_id", Integer),
    Column("failed", Integer, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("closed_until", Instant, nullable=False),
    Column("tell", Boolean, nullable=False),
)
Index("ix_login_tries_tell", login_tries.c.tell, **where("tell"))

enterprise_sessions = Table(
    "enterprise_sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("binding_id", ForeignKey("bindings.id")),
    Column("csrf", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
