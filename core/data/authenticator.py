"""What is kept of an administrator's second factors."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Totp:
    """The secret of one-time codes by the clock, base32.

    `last_step`: no code of a step up to it is taken; `confirmed_at`: None until its first code.
    """

    secret: str
    last_step: int = 0
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey.

    `credential` and `cose` (its public key): base64url, as WebAuthn has them; `count`: its counter
    of signatures, 0 where it has none.
    """

    id: int
    credential: str
    cose: str
    count: int
    name: str = ""
    made_at: datetime | None = None
    used_at: datetime | None = None


class SecondFactorRepository(Protocol):
    """Second factors by their administrator."""

    def totp(self, administrator_id: int) -> Totp | None: ...
    def save_totp(self, administrator_id: int, totp: Totp) -> None: ...
    def drop_totp(self, administrator_id: int) -> None: ...
    def passkeys(self, administrator_id: int) -> list[Passkey]:
        """In the order they were added."""

    def add_passkey(self, administrator_id: int, passkey: Passkey) -> bool:
        """False where the credential is known already, whosever it is."""

    def save_passkey(self, passkey: Passkey) -> None:
        """Its counter and its last use."""

    def drop_passkey(self, administrator_id: int, passkey_id: int) -> None: ...
    def set_recovery(self, administrator_id: int, digests: Collection[str]) -> None:
        """These codes in place of all of before."""

    def use_recovery(self, administrator_id: int, sha256: str, at: datetime) -> bool:
        """Mark a code used; False where there is none, or it was used."""

    def recovery_left(self, administrator_id: int) -> int: ...
