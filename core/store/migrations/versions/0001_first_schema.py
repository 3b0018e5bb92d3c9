"""The first schema: every table, and on PostgreSQL the queue of Procrastinate 3.10."""

import sqlalchemy as sa
from alembic import op

from core.store.queue_tables import make_queue

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
needs_stop = True


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "administrators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column(
            "roles",
            sa.String(length=80),
            server_default="reviewer approver auditor system",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrators")),
        sa.UniqueConstraint("name", name=op.f("uq_administrators_name")),
    )
    op.create_table(
        "alerts",
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_alerts")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("workday", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("contact_key", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_enterprises_name_folded")),
        sa.UniqueConstraint("uscc", name=op.f("uq_enterprises_uscc")),
    )
    op.create_index(
        op.f("ix_enterprises_contact_key"), "enterprises", ["contact_key"], unique=False
    )
    op.create_table(
        "event_receivers",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_receivers")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("receiver", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_receiver", "events", ["receiver", "id"], unique=False)
    op.create_table(
        "extra_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_windows")),
    )
    op.create_table(
        "finding_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("overruled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "code", name=op.f("pk_finding_figures")),
    )
    op.create_table(
        "images",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_images")),
    )
    op.create_table(
        "login_tries",
        sa.Column("counter_key", sa.String(length=64), nullable=False),
        sa.Column("account_key", sa.String(length=64), nullable=True),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tell", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("counter_key", name=op.f("pk_login_tries")),
    )
    op.create_index(
        op.f("ix_login_tries_account_key"), "login_tries", ["account_key"], unique=False
    )
    op.create_index(op.f("ix_login_tries_at"), "login_tries", ["at"], unique=False)
    op.create_index(
        "ix_login_tries_tell",
        "login_tries",
        ["tell"],
        unique=False,
        sqlite_where=sa.text("tell"),
        postgresql_where=sa.text("tell"),
    )
    op.create_table(
        "refused_certificates",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_refused_certificates")),
    )
    op.create_table(
        "rejection_keys",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rejection_keys")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "ticks",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ticks")),
    )
    op.create_table(
        "used_challenges",
        sa.Column("nonce_sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce_sha256", name=op.f("pk_used_challenges")),
    )
    op.create_index(
        op.f("ix_used_challenges_expires_at"), "used_challenges", ["expires_at"], unique=False
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("window_date", sa.Date(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("name_key", sa.String(length=64), nullable=True),
        sa.Column("uscc_key", sa.String(length=64), nullable=True),
        sa.Column("sender_key", sa.String(length=64), nullable=True),
        sa.Column("handler_key", sa.String(length=64), nullable=True),
        sa.Column("competing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=True),
        sa.Column("from_stranger", sa.Boolean(), nullable=True),
        sa.Column("to_look", sa.Boolean(), nullable=True),
        sa.Column("has_papers", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_cases_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(
        "ix_cases_by_hand",
        "cases",
        ["state"],
        unique=False,
        sqlite_where=sa.text("by_hand IS NOT FALSE"),
        postgresql_where=sa.text("by_hand IS NOT FALSE"),
    )
    op.create_index("ix_cases_changed_at", "cases", ["changed_at"], unique=False)
    op.create_index(op.f("ix_cases_enterprise_id"), "cases", ["enterprise_id"], unique=False)
    op.create_index(
        "ix_cases_from_stranger",
        "cases",
        ["id"],
        unique=False,
        sqlite_where=sa.text("from_stranger IS NOT FALSE"),
        postgresql_where=sa.text("from_stranger IS NOT FALSE"),
    )
    op.create_index(op.f("ix_cases_handler_key"), "cases", ["handler_key"], unique=False)
    op.create_index(op.f("ix_cases_name_key"), "cases", ["name_key"], unique=False)
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index(op.f("ix_cases_sender_key"), "cases", ["sender_key"], unique=False)
    op.create_index("ix_cases_state_id", "cases", ["state", "id"], unique=False)
    op.create_index("ix_cases_state_window_date", "cases", ["state", "window_date"], unique=False)
    op.create_index(op.f("ix_cases_uscc_key"), "cases", ["uscc_key"], unique=False)
    op.create_index("ix_cases_window_date", "cases", ["window_date"], unique=False)
    op.create_table(
        "enterprise_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_enterprise_papers_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_papers")),
    )
    op.create_index(
        op.f("ix_enterprise_papers_enterprise_id"),
        "enterprise_papers",
        ["enterprise_id"],
        unique=False,
    )
    op.create_table(
        "lock_owners",
        sa.Column("unique_id_key", sa.String(length=64), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_lock_owners_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("unique_id_key", name=op.f("pk_lock_owners")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("cose", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_passkeys_administrator_id_administrators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    op.create_index(
        op.f("ix_passkeys_administrator_id"), "passkeys", ["administrator_id"], unique=False
    )
    op.create_table(
        "recovery_codes",
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_recovery_codes_administrator_id_administrators"),
        ),
        sa.PrimaryKeyConstraint("administrator_id", "sha256", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("challenge", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_sessions_administrator_id_administrators"),
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(
        op.f("ix_sessions_administrator_id"), "sessions", ["administrator_id"], unique=False
    )
    op.create_table(
        "subjects",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_subjects_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("enterprise_id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("subject", name=op.f("uq_subjects_subject")),
    )
    op.create_table(
        "totp_secrets",
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_totp_secrets_administrator_id_administrators"),
        ),
        sa.PrimaryKeyConstraint("administrator_id", name=op.f("pk_totp_secrets")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_audit_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_action_at", "audit", ["action", "at"], unique=False)
    op.create_index("ix_audit_actor_action_at", "audit", ["actor", "action", "at"], unique=False)
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_case_id"), "audit", ["case_id"], unique=False)
    op.create_table(
        "bindings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(length=128), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_case", sa.Integer(), nullable=True),
        sa.Column("unique_id_key", sa.String(length=64), nullable=True),
        sa.Column("ca_unique_id", sa.LargeBinary(), nullable=True),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issuer_profile", sa.String(length=40), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by_case"], ["cases.id"], name=op.f("fk_bindings_ended_by_case_cases")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_bindings_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
    )
    op.create_index(
        "ix_bindings_ending",
        "bindings",
        ["valid_until"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_bindings_enterprise_id"), "bindings", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_bindings_unique_id_key"), "bindings", ["unique_id_key"], unique=False)
    op.create_index(
        "uq_bindings_active_primary",
        "bindings",
        ["enterprise_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND is_primary"),
        postgresql_where=sa.text("ended_at IS NULL AND is_primary"),
    )
    op.create_index(
        "uq_bindings_active_serial",
        "bindings",
        ["serial"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "case_figures",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("arrived", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_try", sa.Boolean(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("answer_s", sa.Integer(), nullable=True),
        sa.Column("complete_min", sa.Integer(), nullable=True),
        sa.Column("answer_letter", sa.Integer(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("handled_s", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_figures_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_figures")),
    )
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_links_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_links_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_links_token_sha256")),
    )
    op.create_index(op.f("ix_links_enterprise_id"), "links", ["enterprise_id"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.String(length=200), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("arrived", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("headers_only", sa.Boolean(), nullable=False),
        sa.Column("message_key", sa.String(length=64), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reading", sa.LargeBinary(), nullable=True),
        sa.Column("sender_key", sa.String(length=64), nullable=True),
        sa.Column("vouched", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("authentication", sa.String(length=8), server_default="", nullable=False),
        sa.Column("unread", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mails_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint(
            "mailbox", "uidvalidity", "uid", name=op.f("uq_mails_mailbox_uidvalidity_uid")
        ),
    )
    op.create_index(op.f("ix_mails_case_id"), "mails", ["case_id"], unique=False)
    op.create_index("ix_mails_disposition_id", "mails", ["disposition", "id"], unique=False)
    op.create_index(op.f("ix_mails_message_key"), "mails", ["message_key"], unique=False)
    op.create_index(
        "ix_mails_purged",
        "mails",
        ["mailbox"],
        unique=False,
        sqlite_where=sa.text("purged_at IS NOT NULL AND NOT removed"),
        postgresql_where=sa.text("purged_at IS NOT NULL AND NOT removed"),
    )
    op.create_index(op.f("ix_mails_sha256"), "mails", ["sha256"], unique=False)
    op.create_index(
        "ix_mails_unread",
        "mails",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("unread"),
        postgresql_where=sa.text("unread"),
    )
    op.create_index(
        "ix_mails_unsettled",
        "mails",
        ["mailbox"],
        unique=False,
        sqlite_where=sa.text("NOT settled"),
        postgresql_where=sa.text("NOT settled"),
    )
    op.create_index(
        "ix_mails_waiting",
        "mails",
        ["sender_key", "arrived", "id"],
        unique=False,
        sqlite_where=sa.text("disposition = 'received'"),
        postgresql_where=sa.text("disposition = 'received'"),
    )
    op.create_table(
        "announced_keys",
        sa.Column("spki_sha256", sa.String(length=64), nullable=False),
        sa.Column("binding_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_id"], ["bindings.id"], name=op.f("fk_announced_keys_binding_id_bindings")
        ),
        sa.PrimaryKeyConstraint("spki_sha256", "binding_id", name=op.f("pk_announced_keys")),
    )
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_contact_changes_enterprise_id_enterprises"),
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_contact_changes_link_id_links")
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["links.id"], name=op.f("fk_contact_changes_objection_id_links")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_changes")),
    )
    op.create_index(
        op.f("ix_contact_changes_enterprise_id"), "contact_changes", ["enterprise_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_changes_link_id"), "contact_changes", ["link_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_changes_objection_id"), "contact_changes", ["objection_id"], unique=False
    )
    op.create_table(
        "enterprise_sessions",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("binding_id", sa.Integer(), nullable=True),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_id"], ["bindings.id"], name=op.f("fk_enterprise_sessions_binding_id_bindings")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_enterprise_sessions_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_enterprise_sessions")),
    )
    op.create_index(
        op.f("ix_enterprise_sessions_enterprise_id"),
        "enterprise_sessions",
        ["enterprise_id"],
        unique=False,
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("recipient_key", sa.String(length=64), nullable=False),
        sa.Column("message_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("bounced", sa.String(length=16), nullable=True),
        sa.Column("lane", sa.String(length=16), nullable=True),
        sa.Column("origin_key", sa.String(length=64), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_letters_case_id_cases")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_letters_link_id_links")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_letters_mail_id_mails")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("message_key", name=op.f("uq_letters_message_key")),
    )
    op.create_index(op.f("ix_letters_case_id"), "letters", ["case_id"], unique=False)
    op.create_index("ix_letters_created_at", "letters", ["created_at"], unique=False)
    op.create_index(
        "ix_letters_due",
        "letters",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_letters_lane_admitted_at", "letters", ["lane", "admitted_at"], unique=False)
    op.create_index(op.f("ix_letters_mail_id"), "letters", ["mail_id"], unique=False)
    op.create_index(
        "ix_letters_recipient_key_created_at",
        "letters",
        ["recipient_key", "created_at"],
        unique=False,
    )
    op.create_index("ix_letters_state_id", "letters", ["state", "id"], unique=False)
    op.create_index(
        "ix_letters_waiting",
        "letters",
        ["recipient_key", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "lock_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spki_sha256", sa.String(length=64), nullable=False),
        sa.Column("binding_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["binding_id"], ["bindings.id"], name=op.f("fk_lock_keys_binding_id_bindings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lock_keys")),
    )
    op.create_index(op.f("ix_lock_keys_binding_id"), "lock_keys", ["binding_id"], unique=False)
    op.create_index(
        "uq_lock_keys_active",
        "lock_keys",
        ["spki_sha256"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "mail_bodies",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_mail_bodies_mail_id_mails")
        ),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_mail_bodies")),
    )
    op.create_table(
        "page_images",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_page_images_mail_id_mails")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["images.sha256"], name=op.f("fk_page_images_sha256_images")
        ),
        sa.PrimaryKeyConstraint("mail_id", "sha256", name=op.f("pk_page_images")),
    )
    op.create_index(op.f("ix_page_images_sha256"), "page_images", ["sha256"], unique=False)
    op.create_table(
        "system_logins",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("session_sha256", sa.String(length=64), nullable=False),
        sa.Column("system_id", sa.String(length=40), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("binding_id", sa.Integer(), nullable=True),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["binding_id"], ["bindings.id"], name=op.f("fk_system_logins_binding_id_bindings")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_system_logins_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_system_logins")),
        sa.UniqueConstraint(
            "session_sha256", "system_id", name=op.f("uq_system_logins_session_sha256_system_id")
        ),
    )
    op.create_table(
        "system_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("system_id", sa.String(length=40), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sid"], ["system_logins.sid"], name=op.f("fk_system_codes_sid_system_logins")
        ),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_system_codes")),
    )
    op.create_index(
        op.f("ix_system_codes_expires_at"), "system_codes", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_system_codes_sid"), "system_codes", ["sid"], unique=False)
    op.create_table(
        "system_tokens",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("system_id", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["sid"], ["system_logins.sid"], name=op.f("fk_system_tokens_sid_system_logins")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_system_tokens")),
    )
    op.create_index(
        op.f("ix_system_tokens_expires_at"), "system_tokens", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_system_tokens_sid"), "system_tokens", ["sid"], unique=False)
    make_queue(op.get_bind())
