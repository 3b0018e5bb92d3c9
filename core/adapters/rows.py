"""Nouns to sealed JSON and back. One adapter per noun, built once; a field that an older row lacks takes its default."""

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from core.adapters.vault import Vault

Noun = TypeVar("Noun")


class Sealed(Generic[Noun]):
    """Seals values of one noun under one context of the Vault."""

    def __init__(self, noun: type[Noun], context: str) -> None:
        self._json: TypeAdapter[Noun] = TypeAdapter(noun)
        self._context = context

    def seal(self, vault: Vault, value: Noun) -> bytes:
        """Ciphertext of the value's JSON."""
        return vault.seal(self._json.dump_json(value), self._context)

    def open(self, vault: Vault, sealed: bytes) -> Noun:
        """The value. Raises VaultError for a wrong key."""
        return self._json.validate_json(vault.open(sealed, self._context))


def only(row: Any, what: str, key: object) -> Any:
    """The row, or LookupError naming what was looked for."""
    if row is None:
        raise LookupError(f"{what} {key} 不存在。")
    return row
