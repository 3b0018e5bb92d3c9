"""A challenge (挑战): the random bytes that a lock signs to prove that it is plugged in now, for
one purpose, at one origin, for one account.

A nonce is 256 random bits, the second it expires at, and a MAC over these with origin, purpose and
account, by a key of the vault: the desk knows its own challenges again without having stored them.
What is stored is the SHA-256 of a nonce that was used, in the transaction that it served, so that
it serves once. The bytes to sign are built by `lock_protocol` on both sides.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lock_protocol import Purpose

RANDOM_BYTES = 32
EXPIRY_BYTES = 8
MAC_BYTES = 16
LIFE_S = 60
Mac = Callable[[str], str]
"""A keyed MAC as text (the vault's token)."""


@dataclass(frozen=True)
class Proof:
    """A browser's proof: the nonce, the certificate (DER) of the key that signed, the signature,
    and the origin of the page that it is for.

    `beside`: the other signing certificates (DER) that the same token holds (ECCASM2, ECCARSA1 …).
    They prove nothing (core.accounts.enterprises.lock_proof).
    """

    nonce: bytes
    certificate: bytes
    signature: bytes
    origin: str
    beside: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class EnterpriseSession:
    """A login of an enterprise. `binding_id`: the lock of the login, None for a password.

    A session ends with its lock's binding.
    """

    token_sha256: str
    enterprise_id: int
    binding_id: int | None
    csrf: str
    made_at: datetime
    expires_at: datetime


def make_nonce(
    mac: Mac, origin: str, purpose: Purpose, account: str, expires_at: datetime
) -> bytes:
    """A new nonce: random bytes, expiry, MAC."""
    body = secrets.token_bytes(RANDOM_BYTES) + int(expires_at.timestamp()).to_bytes(
        EXPIRY_BYTES, "big"
    )
    return body + _mac(mac, body, origin, purpose, account)


def expiry_of(
    mac: Mac, nonce: bytes, origin: str, purpose: Purpose, account: str
) -> datetime | None:
    """When a nonce of ours expires; None for a nonce of another origin,
    purpose, account or desk."""
    body, tag = nonce[: RANDOM_BYTES + EXPIRY_BYTES], nonce[RANDOM_BYTES + EXPIRY_BYTES :]
    if len(nonce) != RANDOM_BYTES + EXPIRY_BYTES + MAC_BYTES or not hmac.compare_digest(
        tag, _mac(mac, body, origin, purpose, account)
    ):
        return None
    return datetime.fromtimestamp(int.from_bytes(body[RANDOM_BYTES:], "big"), UTC)


def _mac(mac: Mac, body: bytes, origin: str, purpose: Purpose, account: str) -> bytes:
    """Fields are separated by their lengths, so that none can run over into its neighbour."""
    fields = (body.hex(), origin, purpose.value, account)
    return mac("challenge:" + "".join(f"{len(field)}:{field}" for field in fields)).encode()[
        :MAC_BYTES
    ]
