"""The tables, by subject: cases with mails and letters, the registry, the desk's own work.

What must be found, ordered or counted stands in a column of its own; everything about a person is
stored sealed. Whoever imports one of these modules imports all, so that `metadata` is complete.
"""

from core.store.tables import case_tables, desk_tables, enterprise_tables  # noqa: F401
