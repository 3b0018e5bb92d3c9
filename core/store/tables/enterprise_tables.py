"""Enterprises, their papers, their contact's changes and the links in letters to them."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Text

from core.data.enterprise import digits_of
from core.data.link import LinkPurpose
from core.enterprise_names import fold_name
from core.store.tables.columns import Digest, Instant, Sealed, code, numbered, required

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
