"""Cases with what is counted of them, mails, letters (the outbox), and the words of a search."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from core.data.case import State
from core.data.letter import Lane, LetterKind, LetterState
from core.data.mail_record import Disposition
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

BY_HAND, FROM_STRANGER, NOT_TO_LOOK = (
    text(f"cases.{said}")
    for said in ("by_hand IS NOT FALSE", "from_stranger IS NOT FALSE", "to_look IS NOT TRUE")
)
"""What lists ask: rows that say so, and those in which it is not written down yet.

As the partial indexes say it.
"""

cases = numbered(
    "cases",
    required("number", String(24), unique=True),
    required("version", Integer),
    required("state", code(State, 16)),
    Column("window_date", Date, index=True),
    Column("window_opens_at", Instant),
    Column("enterprise_id", ForeignKey("enterprises.id"), index=True),
    Column("name_key", Digest("enterprise_name", fold_name), index=True),
    Column("uscc_key", Digest("uscc"), index=True),
    Column("sender_key", Digest("sender"), index=True),
    Column("handler_key", Digest("handler_mark"), index=True),
    required("competing", Boolean, server_default=false()),
    required("opened_at", Instant, index=True),
    required("changed_at", Instant, index=True),
    required("sealed", Sealed),
    Column("purged_at", Instant),
    Column("by_hand", Boolean),
    Column("from_stranger", Boolean),
    Column("to_look", Boolean),
    Column("has_papers", Boolean),
    Column("owner", String(40)),
    Column("tag", String(20)),
    Index("ix_cases_state_window_date", "state", "window_date"),
    Index("ix_cases_state_id", "state", "id"),
    Index("ix_cases_owner_id", "owner", "id"),
    Index("ix_cases_tag_id", "tag", "id"),
    Index("ix_cases_by_hand", "state", **where("by_hand IS NOT FALSE")),
    Index("ix_cases_from_stranger", "id", **where("from_stranger IS NOT FALSE")),
)

case_figures = Table(
    "case_figures",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    required("day", Date),
    required("arrived", Instant),
    required("opened_at", Instant),
    required("first_try", Boolean),
    required("returned", Integer),
    required("outcome", String(16)),
    Column("answer_s", Integer),
    Column("complete_min", Integer),
    Column("answer_letter", Integer),
    required("codes", Text),
    Column("handled_s", Integer),
)

finding_figures = Table(
    "finding_figures",
    metadata,
    Column("day", Date, primary_key=True),
    key("code", 60),
    required("told", Integer),
    required("returned", Integer),
    required("overruled", Integer),
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
    required("headers_only", Boolean),
    Column("message_key", Digest("message_id"), index=True),
    Column("case_id", ForeignKey("cases.id"), index=True),
    required("attempts", Integer),
    required("settled", Boolean),
    required("sealed", Sealed),
    Column("reading", Sealed),
    Column("sender_key", Digest("")),
    required("vouched", Boolean, server_default=false()),
    required("authentication", String(8), server_default=""),
    required("unread", Boolean, server_default=false()),
    required("urgent", Boolean, server_default=false()),
    Column("purged_at", Instant),
    required("removed", Boolean, server_default=false()),
    UniqueConstraint("mailbox", "uidvalidity", "uid"),
    Index("ix_mails_disposition_id", "disposition", "id"),
    Index(
        "ix_mails_waiting",
        "sender_key",
        "arrived",
        "id",
        **where("disposition = 'received'"),
    ),
    Index("ix_mails_unread", "case_id", **where("unread")),
    Index("ix_mails_unsettled", "mailbox", **where("NOT settled")),
    Index("ix_mails_purged", "mailbox", **where("purged_at IS NOT NULL AND NOT removed")),
)

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


letters = numbered(
    "letters",
    required("kind", code(LetterKind, 24)),
    required("state", code(LetterState, 16)),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("link_id", ForeignKey("links.id")),
    required("recipient_key", Digest("recipient")),
    required("message_key", Digest("message_id"), unique=True),
    required("created_at", Instant, index=True),
    Column("next_try_at", Instant),
    required("sealed", Sealed),
    Column("bounced", String(16)),
    Column("lane", code(Lane, 16)),
    Column("origin_key", Digest("origin")),
    Column("admitted_at", Instant),
    Index("ix_letters_recipient_key_created_at", "recipient_key", "created_at"),
    Index("ix_letters_state_id", "state", "id"),
    Index("ix_letters_lane_admitted_at", "lane", "admitted_at"),
    Index("ix_letters_due", "next_try_at", **where("state = 'pending'")),
    Index("ix_letters_waiting", "recipient_key", "id", **where("state = 'waiting'")),
)

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


search_words = numbered(
    "search_words",
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("letter_id", ForeignKey("letters.id"), index=True),
    required("sealed", Sealed, key="text"),
)


def place_of(table: Table) -> tuple[Column[object], ...]:
    """The columns that name a row in what is sealed in it."""
    if table is mails:
        return mails.c.id, mails.c.sha256
    if table is mail_bodies:
        return (mails.c.sha256,)
    return tuple(table.primary_key.columns)
