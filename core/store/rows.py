"""Records to sealed JSON and back.

One adapter per type, built once; a field that an older row lacks takes its default.
"""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from core.keys.vault import RowName, Vault

Record = TypeVar("Record")


class Sealed(Generic[Record]):
    """Seals values of one type as one column ("table.column").

    `row`: what makes the row the one it is, the same at sealing and at opening.
    """

    def __init__(self, kind: type[Record], column: str) -> None:
        self._json: TypeAdapter[Record] = TypeAdapter(kind)
        self._column = column

    def seal(self, vault: Vault, value: Record, *row: RowName) -> bytes:
        """Ciphertext of the value's JSON."""
        return vault.seal(self._json.dump_json(value), self._column, *row)

    def open(self, vault: Vault, sealed: bytes, *row: RowName) -> Record:
        """The value. Raises VaultError for a wrong key, and for a value of another row."""
        return self._json.validate_json(vault.open(sealed, self._column, *row))


def only(row: Record | None, what: str, key: int) -> Record:
    """The row, or LookupError naming what was looked for."""
    if row is None:
        raise LookupError(f"{what} {key} 不存在。")
    return row
