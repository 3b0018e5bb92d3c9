"""The people of the centre who judge the queue."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Administrator:
    """An administrator's account. `must_change`: the password is a one-time password that must be replaced at the first login."""

    id: int
    name: str
    password_hash: str
    created_at: datetime
    must_change: bool = True
    failed_logins: int = 0
    locked_until: datetime | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class AdministratorSession:
    """A login of an administrator. Only the SHA-256 of its cookie is stored; `csrf` must come back with every form."""

    token_sha256: str
    administrator_id: int
    csrf: str
    made_at: datetime
    expires_at: datetime
