"""What all parts of a transaction share: the connection, the vault, and the way a sealed noun is read."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, or_

from core.adapters.vault import Vault


class Rows:
    """Base of the parts of SqlTransaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.connection = connection
        self.vault = vault

    def key(self, value: str | None) -> str | None:
        """The keyed digest by which a value is looked up; None for nothing."""
        return self.vault.digest(value.casefold()) if value else None


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column is one of some values, for statements that are written once: an IN list is written out anew at each execution."""
    return or_(false(), *(column == value for value in values))
