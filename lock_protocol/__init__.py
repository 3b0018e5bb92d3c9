"""The bytes that a lock signs, and whether it signed them (`signatures`). The desk and the agent on
an enterprise's PC share this package and nothing else.

Decides one thing: how a challenge becomes bytes. Each field is hashed on its own, so no value can
run over into its neighbour, and the first line keeps a signature made here from ever meaning
anything elsewhere (the pattern of Web eID: the lock signs hash(origin) + hash(nonce)). Refuses an
unknown purpose and a nonce shorter than 256 bits, on both sides, because both sides build the bytes
themselves.
"""

import hashlib
from enum import StrEnum

HEADER = b"UNBIND-DESK LOCK 1\n"
SHORTEST_NONCE_BYTES = 32


class Purpose(StrEnum):
    """The act that a lock's signature is for."""

    LOGIN = "login"
    REGISTER = "register"
    BIND = "bind"
    UNBIND = "unbind"
    LOST = "lost"
    RENEW = "renew"
    CONTACT = "contact"
    PASSWORD = "password"  # noqa: S105  a purpose, no password


class KeyType(StrEnum):
    """The keys that are verified."""

    RSA = "rsa"
    P256 = "p256"
    SM2 = "sm2"


def signed_bytes(origin: str, purpose: str, nonce: bytes, account: str) -> bytes:
    """HEADER + SHA-256 of origin, purpose, nonce and account, in this order: 147 bytes.

    Text is UTF-8.

    `origin` as the browser sends it (`https://host[:port]`); `account` is the challenge's
    account, empty where none is known yet. Raises ValueError for an unknown purpose, a short
    nonce, or text that is no Unicode text (lone surrogates).
    """
    if len(nonce) < SHORTEST_NONCE_BYTES:
        raise ValueError(
            f"a nonce has at least {SHORTEST_NONCE_BYTES} bytes, this one {len(nonce)}"
        )
    fields = (origin.encode(), Purpose(purpose).encode(), nonce, account.encode())
    return HEADER + b"".join(hashlib.sha256(field).digest() for field in fields)
