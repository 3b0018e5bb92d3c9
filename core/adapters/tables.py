"""The tables. Columns named `sealed` hold the Vault's ciphertext of the record's JSON; `*_key` columns hold keyed digests for look-ups.

What must be found, ordered or counted stands in a column of its own; everything about a person is stored sealed.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC; SQLite forgets zones, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        instant: datetime | None = value
        return instant.replace(tzinfo=UTC) if instant and dialect.name == "sqlite" else instant


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

counters = Table("counters", metadata, Column("name", String(40), primary_key=True), Column("value", Integer, nullable=False))

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False, unique=True),
    Column("uscc", String(18), nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("password_hash", Text),
    Column("contact_key", String(64), index=True),
)

enterprise_papers = Table(
    "enterprise_papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("picture", LargeBinary),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("serial", String(128), nullable=False),
    Column("label", Text, nullable=False),
    Column("is_primary", Boolean, nullable=False),
    Column("system", String(40), nullable=False),
    Column("bound_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by_case", ForeignKey("cases.id")),
    Column("unique_id_key", String(64), index=True),
    Column("ca_unique_id", LargeBinary),
    Column("lost_at", Instant),
    Column("issuer_profile", String(40)),
    Column("valid_until", Instant),
    Column("warned_days", Integer),
)
Index("ix_bindings_ending", bindings.c.valid_until, sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"))
Index(
    "uq_bindings_active_serial",
    bindings.c.serial,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "uq_bindings_active_primary",
    bindings.c.enterprise_id,
    unique=True,
    sqlite_where=text("ended_at IS NULL AND is_primary"),
    postgresql_where=text("ended_at IS NULL AND is_primary"),
)

lock_keys = Table(
    "lock_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spki_sha256", String(64), nullable=False),
    Column("binding_id", ForeignKey("bindings.id"), nullable=False, index=True),
    Column("ended_at", Instant),
)
Index("uq_lock_keys_active", lock_keys.c.spki_sha256, unique=True, sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"))

announced_keys = Table(
    "announced_keys",
    metadata,
    Column("spki_sha256", String(64), primary_key=True),
    Column("binding_id", ForeignKey("bindings.id"), primary_key=True),
)

lock_owners = Table(
    "lock_owners",
    metadata,
    Column("unique_id_key", String(64), primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
)

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
Index("ix_login_tries_tell", login_tries.c.tell, sqlite_where=text("tell"), postgresql_where=text("tell"))

login_devices = Table(
    "login_devices",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("account_key", String(64), primary_key=True),
    Column("source_key", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Index("ix_login_devices_account_key_source_key", "account_key", "source_key"),
)

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

refused_certificates = Table(
    "refused_certificates",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("times", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(24), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("window_date", Date),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("name_key", String(64), index=True),
    Column("uscc_key", String(64), index=True),
    Column("sender_key", String(64), index=True),
    Column("handler_key", String(64), index=True),
    Column("competing", Boolean, nullable=False, server_default=false()),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("purged_at", Instant),
    Index("ix_cases_state_window_date", "state", "window_date"),
    Index("ix_cases_state_id", "state", "id"),
    Index("ix_cases_changed_at", "changed_at"),
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_window_date", "window_date"),
)

_IN_BOX = text("purged_at IS NOT NULL AND NOT removed")
UNREAD, UNSETTLED, IN_BOX = text("mails.unread"), text("NOT mails.settled"), text("mails.purged_at IS NOT NULL AND NOT mails.removed")
"""As the partial indexes say it: SQLAlchemy writes a comparison with 1 or 0 for SQLite, which then looks at all mails."""
mails = Table(
    "mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox", String(200), nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("arrived", Instant, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("disposition", String(16), nullable=False),
    Column("headers_only", Boolean, nullable=False, default=False),
    Column("message_key", String(64), index=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("settled", Boolean, nullable=False, default=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("reading", LargeBinary),
    Column("sender_key", String(64)),
    Column("vouched", Boolean, nullable=False, server_default=false()),
    Column("authentication", String(8), nullable=False, server_default=""),
    Column("unread", Boolean, nullable=False, server_default=false()),
    Column("purged_at", Instant),
    Column("removed", Boolean, nullable=False, default=False, server_default=false()),
    UniqueConstraint("mailbox", "uidvalidity", "uid"),
    Index("ix_mails_disposition_id", "disposition", "id"),
)
Index(
    "ix_mails_waiting",
    mails.c.sender_key,
    mails.c.arrived,
    mails.c.id,
    sqlite_where=text("disposition = 'received'"),
    postgresql_where=text("disposition = 'received'"),
)
Index("ix_mails_unread", mails.c.case_id, sqlite_where=text("unread"), postgresql_where=text("unread"))
Index("ix_mails_unsettled", mails.c.mailbox, sqlite_where=text("NOT settled"), postgresql_where=text("NOT settled"))

Index("ix_mails_purged", mails.c.mailbox, sqlite_where=_IN_BOX, postgresql_where=_IN_BOX)

mail_bodies = Table(
    "mail_bodies", metadata, Column("mail_id", ForeignKey("mails.id"), primary_key=True), Column("sealed", LargeBinary, nullable=False)
)

images = Table("images", metadata, Column("sha256", String(64), primary_key=True), Column("sealed", LargeBinary, nullable=False))

page_images = Table(
    "page_images",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("sha256", ForeignKey("images.sha256"), primary_key=True, index=True),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("link_id", ForeignKey("links.id")),
    Column("recipient_key", String(64), nullable=False),
    Column("message_key", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("next_try_at", Instant),
    Column("sealed", LargeBinary, nullable=False),
    Column("bounced", String(16)),
    Column("lane", String(16)),
    Column("origin_key", String(64)),
    Column("admitted_at", Instant),
    Index("ix_letters_recipient_key_created_at", "recipient_key", "created_at"),
    Index("ix_letters_created_at", "created_at"),
    Index("ix_letters_state_id", "state", "id"),
    Index("ix_letters_lane_admitted_at", "lane", "admitted_at"),
)
Index("ix_letters_due", letters.c.next_try_at, sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'"))
Index(
    "ix_letters_waiting", letters.c.recipient_key, letters.c.id, sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")
)

ticks = Table("ticks", metadata, Column("name", String(80), primary_key=True), Column("at", Instant, nullable=False))

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
    Column("opens", String(5), nullable=False),
    Column("closes", String(5), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

rejection_keys = Table("rejection_keys", metadata, Column("key", String(64), primary_key=True), Column("at", Instant, nullable=False))

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("seed", String(64), nullable=False),
    Column("sealed_token", LargeBinary),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id")),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("voided_at", Instant),
)

contact_changes = Table(
    "contact_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("link_id", ForeignKey("links.id"), nullable=False, index=True),
    Column("objection_id", ForeignKey("links.id"), index=True),
    Column("sealed", LargeBinary, nullable=False),
)

administrators = Table(
    "administrators",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("once_until", Instant),
    Column("disabled", Boolean, nullable=False),
    Column("roles", String(80), nullable=False, server_default="reviewer approver auditor system"),
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
    Column("sealed", LargeBinary, nullable=False),
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

case_figures = Table(
    "case_figures",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("day", Date, nullable=False),
    Column("arrived", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("first_try", Boolean, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("answer_s", Integer),
    Column("complete_min", Integer),
    Column("answer_letter", Integer),
    Column("codes", Text, nullable=False),
    Column("handled_s", Integer),
)

figure_totals = Table(
    "figure_totals",
    metadata,
    Column("by_month", Boolean, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("value", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)

finding_figures = Table(
    "finding_figures",
    metadata,
    Column("day", Date, primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("told", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("overruled", Integer, nullable=False),
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
    Column("sealed", LargeBinary, nullable=False),
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
    Column("uid", String(40), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
    Column("at", Instant),
    Column("binding_id", ForeignKey("bindings.id")),
    Column("system_id", String(40), nullable=False),
    Column("sid", String(64), nullable=False),
)

event_queues = Table(
    "event_queues",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("last_id", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Instant),
)
