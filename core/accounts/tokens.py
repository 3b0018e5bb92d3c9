"""Random tokens that people carry, in cookies and links. Only their digests are stored."""

import hashlib


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
