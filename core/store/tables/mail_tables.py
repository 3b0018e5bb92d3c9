"""Mails with the pictures of their pages."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from core.data.mail_record import Disposition
from core.store.tables.columns import Code, Digest, Instant, Sealed, metadata, where

UNREAD, UNSETTLED, IN_BOX = (
    text("mails.unread"),
    text("NOT mails.settled"),
    text("mails.purged_at IS NOT NULL AND NOT mails.removed"),
)
"""As the partial indexes say it: SQLAlchemy writes a comparison with 1 or 0 for SQLite,
which then looks at all mails."""

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
    Column("disposition", Code(Disposition, 16), nullable=False),
    Column("headers_only", Boolean, nullable=False, default=False),
    Column("message_key", Digest("message_id"), index=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("settled", Boolean, nullable=False, default=False),
    Column("sealed", Sealed, nullable=False),
    Column("reading", Sealed),
    Column("sender_key", Digest("")),
    Column("vouched", Boolean, nullable=False, server_default=false()),
    Column("authentication", String(8), nullable=False, server_default=""),
    Column("unread", Boolean, nullable=False, server_default=false()),
    Column("urgent", Boolean, nullable=False, server_default=false()),
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
    **where("disposition = 'received'"),
)
Index("ix_mails_unread", mails.c.case_id, **where("unread"))
Index("ix_mails_unsettled", mails.c.mailbox, **where("NOT settled"))
Index("ix_mails_purged", mails.c.mailbox, **where("purged_at IS NOT NULL AND NOT removed"))

mail_bodies = Table(
    "mail_bodies",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("sealed", Sealed, nullable=False),
)

blocked_senders = Table(
    "blocked_senders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sender_key", Digest("sender"), nullable=False, unique=True),
    Column("until", Instant, nullable=False),
    Column("sealed", Sealed, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("sealed", Sealed, nullable=False),
)

page_images = Table(
    "page_images",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("sha256", ForeignKey("images.sha256"), primary_key=True, index=True),
)
