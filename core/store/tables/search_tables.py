"""Words by which mails and answers are searched."""

from sqlalchemy import Column, ForeignKey

from core.store.tables.columns import Sealed, numbered, required

search_words = numbered(
    "search_words",
    Column("mail_id", ForeignKey("mails.id"), index=True),
    Column("letter_id", ForeignKey("letters.id"), index=True),
    required("sealed", Sealed, key="text"),
)
