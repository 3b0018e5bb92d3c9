"""Enterprises, their papers, their contact's changes and the links in letters to them."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from core.data.enterprise import digits_of
from core.data.link import LinkPurpose
from core.enterprise_names import fold_name
from core.store.tables.columns import Code, Digest, Instant, Sealed, metadata

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False, unique=True),
    Column("uscc", String(18), nullable=False, unique=True),
    Column("sealed", Sealed, nullable=False),
    Column("password_hash", Text),
    Column("contact_key", Digest("contact_email"), index=True),
    Column("person_key", Digest("contact_name", fold_name), index=True),
    Column("phone_key", Digest("contact_phone", digits_of), index=True),
)

enterprise_papers = Table(
    "enterprise_papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("content", Sealed, nullable=False),
    Column("picture", Sealed),
)

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", Code(LinkPurpose, 16), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("seed", String(64), nullable=False),
    Column("sealed_token", Sealed),
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
    Column("sealed", Sealed, nullable=False),
)
