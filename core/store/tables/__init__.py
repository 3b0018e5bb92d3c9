"""The tables, by subject.

What must be found, ordered or counted stands in a column of its own; everything about a person is
stored sealed. Whoever imports one of these modules imports all, so that `metadata` is complete.
"""

from sqlalchemy import Column, Table

from core.store.tables import (
    administrator_tables,
    case_tables,
    enterprise_tables,
    letter_tables,
    lock_tables,
    login_tables,
    mail_tables,
    record_tables,
    search_tables,
    system_tables,
)
from core.store.tables.columns import metadata

__all__ = [
    "administrator_tables",
    "case_tables",
    "enterprise_tables",
    "letter_tables",
    "lock_tables",
    "login_tables",
    "mail_tables",
    "metadata",
    "place_of",
    "record_tables",
    "search_tables",
    "system_tables",
]


def place_of(table: Table) -> tuple[Column[object], ...]:
    """The columns that name a row in what is sealed in it."""
    if table is mail_tables.mails:
        return mail_tables.mails.c.id, mail_tables.mails.c.sha256
    if table is mail_tables.mail_bodies:
        return (mail_tables.mails.c.sha256,)
    return tuple(table.primary_key.columns)
