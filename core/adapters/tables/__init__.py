"""The tables, by room. Columns named `sealed` hold the Vault's ciphertext of the record's JSON; `*_key` columns hold keyed digests for look-ups.

What must be found, ordered or counted stands in a column of its own; everything about a person is stored sealed. Whoever imports one room imports all,
so that `metadata` is never a part of the whole.
"""

from core.adapters.tables import administrators, cases, enterprises, letters, locks, logins, mails, records, systems
from core.adapters.tables.columns import metadata

__all__ = ["administrators", "cases", "enterprises", "letters", "locks", "logins", "mails", "metadata", "records", "systems"]
