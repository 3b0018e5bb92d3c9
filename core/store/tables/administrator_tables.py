"""Administrators, their sessions and second factors."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, Text, false

from core.data.roles import Role
from core.store.tables.columns import Codes, Instant, Sealed, key, metadata, numbered, required

administrators = numbered(
    "administrators",
    required("name", String(64), unique=True),
    required("password_hash", Text),
    required("created_at", Instant),
    Column("once_until", Instant),
    required("disabled", Boolean),
    required("roles", Codes(Role, 80), server_default="reviewer approver auditor system"),
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
