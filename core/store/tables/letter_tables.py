"""Letters: the outbox."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from core.data.letter import Lane, LetterKind, LetterState
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

letters = numbered(
    "letters",
    required("kind", code(LetterKind, 24)),
    required("state", code(LetterState, 16)),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("link_id", ForeignKey("links.id")),
    required("recipient_key", Digest("recipient")),
    required("message_key", Digest("message_id"), unique=True),
    required("created_at", Instant),
    Column("next_try_at", Instant),
    required("sealed", Sealed),
    Column("bounced", String(16)),
    Column("lane", code(Lane, 16)),
    Column("origin_key", Digest("origin")),
    Column("admitted_at", Instant),
    Index("ix_letters_recipient_key_created_at", "recipient_key", "created_at"),
    Index("ix_letters_created_at", "created_at"),
    Index("ix_letters_state_id", "state", "id"),
    Index("ix_letters_lane_admitted_at", "lane", "admitted_at"),
)
Index("ix_letters_due", letters.c.next_try_at, **where("state = 'pending'"))
Index("ix_letters_waiting", letters.c.recipient_key, letters.c.id, **where("state = 'waiting'"))

letter_files = numbered(
    "letter_files",
    required("letter_id", ForeignKey("letters.id"), index=True),
    required("name", Sealed),
    required("content", Sealed),
)

rejection_keys = Table(
    "rejection_keys",
    metadata,
    key("key"),
    required("at", Instant),
)
