"""Bindings of locks to enterprises, their keys and their owners."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from core.store.tables.columns import (
    Digest,
    Instant,
    Sealed,
    key,
    metadata,
    numbered,
    required,
    where,
)

bindings = numbered(
    "bindings",
    required("enterprise_id", ForeignKey("enterprises.id"), index=True),
    required("serial", String(128)),
    required("label", Text),
    required("is_primary", Boolean, key="primary"),
    required("system", String(40)),
    required("bound_at", Instant),
    Column("ended_at", Instant),
    Column("ended_by_case", ForeignKey("cases.id")),
    Column("unique_id_key", Digest("ca_unique_id"), index=True),
    Column("ca_unique_id", Sealed),
    Column("lost_at", Instant),
    Column("issuer_profile", String(40)),
    Column("valid_until", Instant),
    Column("warned_days", Integer),
)
Index("ix_bindings_ending", bindings.c.valid_until, **where("ended_at IS NULL"))
Index("uq_bindings_active_serial", bindings.c.serial, unique=True, **where("ended_at IS NULL"))
Index(
    "uq_bindings_active_primary",
    bindings.c.enterprise_id,
    unique=True,
    **where("ended_at IS NULL AND is_primary"),
)

lock_keys = numbered(
    "lock_keys",
    required("spki_sha256", String(64)),
    required("binding_id", ForeignKey("bindings.id"), index=True),
    Column("ended_at", Instant),
)
Index("uq_lock_keys_active", lock_keys.c.spki_sha256, unique=True, **where("ended_at IS NULL"))

announced_keys = Table(
    "announced_keys",
    metadata,
    key("spki_sha256"),
    Column("binding_id", ForeignKey("bindings.id"), primary_key=True),
)

lock_owners = Table(
    "lock_owners",
    metadata,
    key("unique_id_key"),
    required("enterprise_id", ForeignKey("enterprises.id")),
)

refused_certificates = Table(
    "refused_certificates",
    metadata,
    key("sha256"),
    required("reason", String(40)),
    required("at", Instant),
    required("times", Integer),
    required("sealed", Sealed, key="subject"),
)
