"""What all parts of a transaction share: the connection, the vault, and the way a sealed noun is read."""

from sqlalchemy import Connection

from core.adapters.vault import Vault


class Rows:
    """Base of the parts of SqlTransaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.connection = connection
        self.vault = vault

    def key(self, value: str | None) -> str | None:
        """The keyed digest by which a value is looked up; None for nothing."""
        return self.vault.digest(value.casefold()) if value else None
