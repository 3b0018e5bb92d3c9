"""What is kept of an administrator's second factors."""

from dataclasses import dataclass
from datetime import datetime


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
