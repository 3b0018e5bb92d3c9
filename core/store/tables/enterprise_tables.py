"""The registry: enterprises with papers, contacts and links, their locks, their logins here and at
trading systems, and the events for these."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.data.enterprise import digits_of
from core.data.link import LinkPurpose
from core.data.system_event import EventKind
from core.enterprise_names import fold_name
from core.store.tables.columns import (
    Digest,
    Instant,
    Sealed,
    code,
    key,
    metadata,
    numbered,
    required,
    where,
)

enterprises = numbered(
    "enterprises",
    required("name", Text),
    required("name_folded", Text, unique=True),
    required("uscc", String(18), unique=True),
    required("sealed", Sealed),
    Column("password_hash", Text),
    Column("contact_key", Digest("contact_email"), index=True),
    Column("person_key", Digest("contact_name", fold_name), index=True),
    Column("phone_key", Digest("contact_phone", digits_of), index=True),
)

enterprise_papers = numbered(
    "enterprise_papers",
    required("enterprise_id", ForeignKey("enterprises.id"), index=True),
    required("at", Instant),
    required("kept", Boolean),
    required("sealed", Sealed),
    required("content", Sealed),
    Column("picture", Sealed),
)

links = numbered(
    "links",
    required("purpose", code(LinkPurpose, 16)),
    required("token_sha256", String(64), unique=True),
    required("seed", String(64)),
    Column("sealed_token", Sealed),
    required("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("case_id", ForeignKey("cases.id")),
    required("made_at", Instant),
    required("expires_at", Instant),
    Column("used_at", Instant),
    Column("voided_at", Instant),
)

contact_changes = numbered(
    "contact_changes",
    required("enterprise_id", ForeignKey("enterprises.id"), index=True),
    required("link_id", ForeignKey("links.id"), index=True),
    Column("objection_id", ForeignKey("links.id"), index=True),
    required("sealed", Sealed),
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
    Index("ix_bindings_ending", "valid_until", **where("ended_at IS NULL")),
    Index("uq_bindings_active_serial", "serial", unique=True, **where("ended_at IS NULL")),
    Index(
        "uq_bindings_active_primary",
        "enterprise_id",
        unique=True,
        **where("ended_at IS NULL AND is_primary"),
    ),
)

lock_keys = numbered(
    "lock_keys",
    required("spki_sha256", String(64)),
    required("binding_id", ForeignKey("bindings.id"), index=True),
    Column("ended_at", Instant),
    Index("uq_lock_keys_active", "spki_sha256", unique=True, **where("ended_at IS NULL")),
)

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
    Index("ix_login_tries_tell", "tell", **where("tell")),
)

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
    Index("ix_events_receiver", "receiver", "id"),
)

event_receivers = Table(
    "event_receivers",
    metadata,
    key("name", 60),
)
