"""Administrators, their sessions and second factors."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, false

from core.data.roles import Role
from core.store.tables.columns import Codes, Instant, Sealed, metadata

administrators = Table(
    "administrators",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("once_until", Instant),
    Column("disabled", Boolean, nullable=False),
    Column(
        "roles", Codes(Role, 80), nullable=False, server_default="reviewer approver auditor system"
    ),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("administrator_id", ForeignKey("administrators.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("pending", Boolean, nullable=False, server_default=false()),
    Column("challenge", String(64), nullable=False, server_default=""),
)

totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("administrator_id", ForeignKey("administrators.id"), primary_key=True),
    Column("sealed", Sealed, key="secret", nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("confirmed_at", Instant),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("administrator_id", ForeignKey("administrators.id"), nullable=False, index=True),
    Column("credential", Text, nullable=False, unique=True),
    Column("cose", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("name", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("used_at", Instant),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("administrator_id", ForeignKey("administrators.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("used_at", Instant),
)
