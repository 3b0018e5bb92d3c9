"""Letters: the outbox."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from core.store.tables.columns import Instant, metadata, where

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
    Column("accepted_at", Instant),
    Index("ix_letters_recipient_key_created_at", "recipient_key", "created_at"),
    Index("ix_letters_created_at", "created_at"),
    Index("ix_letters_state_id", "state", "id"),
    Index("ix_letters_lane_admitted_at", "lane", "admitted_at"),
)
Index("ix_letters_due", letters.c.next_try_at, **where("state = 'pending'"))
Index("ix_letters_waiting", letters.c.recipient_key, letters.c.id, **where("state = 'waiting'"))

rejection_keys = Table(
    "rejection_keys",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
)
