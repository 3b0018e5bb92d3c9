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

UNREAD, UNSETTLED, IN_BOX = (
    text("mails.unread"),
    text("NOT mails.settled"),
    text("mails.purged_at IS NOT NULL AND NOT mails.removed"),
)
"""As the partial indexes say it: SQLAlchemy writes a comparison with 1 or 0 for SQLite,
which then looks at all mails."""

mails = numbered(
    "mails",
    required("mailbox", String(200)),
    required("uidvalidity", BigInteger),
    required("uid", BigInteger),
    required("sha256", String(64), index=True),
    required("arrived", Instant),
    required("size_bytes", Integer),
    required("disposition", code(Disposition, 16)),
    required("headers_only", Boolean, default=False),
    Column("message_key", Digest("message_id"), index=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    required("attempts", Integer, default=0),
    required("settled", Boolean, default=False),
    required("sealed", Sealed),
    Column("reading", Sealed),
    Column("sender_key", Digest("")),
    required("vouched", Boolean, server_default=false()),
    required("authentication", String(8), server_default=""),
    required("unread", Boolean, server_default=false()),
    required("urgent", Boolean, server_default=false()),
    Column("purged_at", Instant),
    required("removed", Boolean, default=False, server_default=false()),
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
    required("sealed", Sealed),
)

blocked_senders = numbered(
    "blocked_senders",
    required("sender_key", Digest("sender"), unique=True),
    required("until", Instant),
    required("sealed", Sealed),
)

images = Table(
    "images",
    metadata,
    key("sha256"),
    required("sealed", Sealed),
)

page_images = Table(
    "page_images",
    metadata,
    Column("mail_id", ForeignKey("mails.id"), primary_key=True),
    Column("sha256", ForeignKey("images.sha256"), primary_key=True, index=True),
)
