"""A challenge (挑战): the random bytes that a lock signs to prove that it is plugged in now, for one purpose, at one origin, for one account.

256 bits, 60 seconds, one use. Only the SHA-256 of its nonce is stored; the bytes to sign are built by `lock_protocol` on both sides.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

NONCE_BYTES: Final = 32
LIFETIME_S: Final = 60


class Purpose(StrEnum):
    """What a signature of a lock is asked for."""

    LOGIN = "login"
    REGISTER = "register"
    BIND = "bind"
    UNBIND = "unbind"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it is stored. `account` is what the signature is bound to beside origin and purpose; "" for a login."""

    nonce_sha256: str
    origin: str
    purpose: Purpose
    account: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What a browser brings back: the nonce, the certificate (DER) of the key that signed, and the signature.

    `beside`: the other signing certificates (DER) that the same token holds, so that a lock is bound with all its keys (ECCASM2, ECCARSA1 …).
    """

    nonce: bytes
    certificate: bytes
    signature: bytes
    beside: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class EnterpriseSession:
    """A login of an enterprise. `binding_id`: the lock it came in with, None for a password. A session ends with its lock's binding."""

    token_sha256: str
    enterprise_id: int
    binding_id: int | None
    csrf: str
    made_at: datetime
    expires_at: datetime
