"""Random secrets that people carry, in cookies and links or on paper.

Only their digests or hashes are stored.
"""

import hashlib
import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without 0 and o, 1, i and l, which people mistake for each other."""


def typed_secret() -> str:
    """A secret of 79 bits that a person reads and types: four groups of four characters.

    Who reads the table guesses none from its digest.
    """
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def digest(token: str) -> str:
    """The digest by which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
