"""Nouns to sealed JSON and back. One adapter per noun, built once; a field that an older row lacks takes its default."""

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from core.adapters.vault import Vault

Noun = TypeVar("Noun")


class Sealed(Generic[Noun]):
    """Seals values of one noun as one column ("table.column"). `row`: what makes the row the one it is, the same at sealing and at opening."""

    def __init__(self, noun: type[Noun], column: str) -> None:
        self._json: TypeAdapter[Noun] = TypeAdapter(noun)
        self._column = column

    def seal(self, vault: Vault, value: Noun, *row: object) -> bytes:
        """Ciphertext of the value's JSON."""
        return vault.seal(self._json.dump_json(value), self._column, *row)

    def open(self, vault: Vault, sealed: bytes, *row: object) -> Noun:
        """The value. Raises VaultError for a wrong key, and for a value of another row."""
        return self._json.validate_json(vault.open(sealed, self._column, *row))


def only(row: Any, what: str, key: object) -> Any:
    """The row, or LookupError naming what was looked for."""
    if row is None:
        raise LookupError(f"{what} {key} 不存在。")
    return row
