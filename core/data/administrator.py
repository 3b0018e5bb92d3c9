"""The people of the centre who judge the queue."""

from dataclasses import dataclass
from datetime import datetime

from core.data.roles import ALL_ROLES, RIGHTS, Right, Role


@dataclass(frozen=True)
class Administrator:
    """An administrator's account.

    `once_until`: the password is a one-time password, good until then,
    that must be replaced at the first login.
    """

    id: int
    name: str
    password_hash: str
    created_at: datetime
    once_until: datetime | None = None
    disabled: bool = False
    roles: frozenset[Role] = ALL_ROLES

    def may(self, right: Right) -> bool:
        """Whether the roles give the right."""
        return any(right in RIGHTS[role] for role in self.roles)

    @property
    def must_change(self) -> bool:
        """Whether the password is a one-time password."""
        return self.once_until is not None


@dataclass(frozen=True)
class AdministratorSession:
    """A login of an administrator.

    Only the SHA-256 of its cookie is stored; `csrf` must come back with every form.
    `seen_at`: its last use.

    `pending`: it waits for the second factor and opens nothing else. `challenge`: what a passkey
    has to sign, "" where none was asked for.
    """

    token_sha256: str
    administrator_id: int
    csrf: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    pending: bool = False
    challenge: str = ""


@dataclass(frozen=True)
class Totp:
    """The secret of one-time codes by the clock, base32.

    `last_step`: no code of a step up to it is taken; `confirmed_at`: None until its first code.
    """

    administrator_id: int
    secret: str
    last_step: int = 0
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
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
