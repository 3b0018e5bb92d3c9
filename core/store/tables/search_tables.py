"""Words by which mails and answers are searched."""

from sqlalchemy import Column, ForeignKey, Integer, Table

from core.store.tables.columns import Sealed, metadata, required

search_words = Table(
    "search_words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("letter_id", ForeignKey("letters.id"), index=True),
    required("sealed", Sealed),
)
