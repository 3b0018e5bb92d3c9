"""Signing keys and signed tokens (RS256, which every OpenID client knows), by joserfc."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from core.data.trading_systems import SigningKey

ALGORITHM = "RS256"
BITS = 2048
LONGEST = 8 * 1024  # characters of a token


def make(now: datetime) -> SigningKey:
    """A new RSA key."""
    kid = secrets.token_hex(16)
    key = RSAKey.generate_key(BITS, {"kid": kid, "use": "sig", "alg": ALGORITHM}, private=True)
    return SigningKey(kid, json.dumps(key.as_dict(private=True)), now)


def published(keys: Iterable[SigningKey]) -> Mapping[str, object]:
    """The public parts of the keys, as a JWK Set."""
    return KeySet([_rsa(key) for key in keys]).as_dict(private=False)


def sign(key: SigningKey, claims: Mapping[str, object], kind: str) -> str:
    """A token of this kind that makes the claims."""
    head = {"alg": ALGORITHM, "kid": key.kid, "typ": kind}
    return jwt.encode(head, dict(claims), _rsa(key), [ALGORITHM])


def claims(token: str, keys: Iterable[SigningKey]) -> Mapping[str, object] | None:
    """What a token claims; None unless one of these keys signed it."""
    if len(token) > LONGEST:
        return None
    try:
        known = KeySet([_rsa(key) for key in keys])
        return dict(jwt.decode(token, known, [ALGORITHM]).claims)
    except (JoseError, ValueError, TypeError):
        return None


def public_keys(file: Path) -> str:
    """The public keys (RSA or EC) of a JWK Set in a file, as JSON; "" for any other file."""
    try:
        keys = KeySet.import_key_set(json.loads(file.read_text(encoding="utf-8")))
        usable = keys and all(key.key_type in {"RSA", "EC"} for key in keys)
        return json.dumps(keys.as_dict(private=False)) if usable else ""
    except (JoseError, OSError, ValueError, TypeError, LookupError):
        return ""


def _rsa(key: SigningKey) -> RSAKey:
    return RSAKey.import_key(json.loads(key.private))
