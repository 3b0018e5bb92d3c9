"""The tables, by room.

Columns named `sealed` hold the Vault's ciphertext of the record's JSON;
`*_key` columns hold keyed digests for look-ups.

What must be found, ordered or counted stands in a column of its own; everything about a person is
stored sealed. Whoever imports one room imports all, so that `metadata` is never a part of the
whole.
"""

from core.store.tables import (
    administrator_tables,
    case_tables,
    enterprise_tables,
    letter_tables,
    lock_tables,
    login_tables,
    mail_tables,
    record_tables,
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
    "record_tables",
    "system_tables",
]
