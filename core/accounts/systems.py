"""The entrance for trading systems, and the keys that sign messages to them.

A key is published for PUBLISHED_BEFORE before it signs, so that caches of the key set have it by
then. It stays published until nothing that it signed is valid any more: ID tokens come back at
logout, so that is PUBLISHED_AFTER after its successor began.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from core.data.audit_entry import DESK
from core.data.trading_systems import SigningKey
from core.keys import jws
from core.store.store import Store

LIFE = timedelta(days=90)
"""After it the next key is made."""
PUBLISHED_BEFORE = timedelta(hours=1)
PUBLISHED_AFTER = timedelta(hours=48)
"""Longer than a session may last (`entrance.session_hours`, 24 at most)."""


def signing(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The key that signs now: the newest that was published long enough;
    while there is none, the oldest."""
    return next((key for key in reversed(keys) if now - key.made_at >= PUBLISHED_BEFORE), keys[0])


published, claims_of = jws.published, jws.claims
"""For the pages, which know no keys."""


def wants_another(keys: Sequence[SigningKey], now: datetime) -> bool:
    """Whether it is time for a new key."""
    return not keys or now - keys[-1].made_at >= LIFE


def ended_keys(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """The keys whose tokens have all ended."""
    return [
        key
        for key, successor in pairwise(keys)
        if now - successor.made_at >= PUBLISHED_BEFORE + PUBLISHED_AFTER
    ]


def keys_now(store: Store, now: datetime) -> list[SigningKey]:
    """The keys to publish, the oldest first; a new one is made where it is time.

    Making takes a moment, so it is done outside of transactions.
    """
    with store.view() as tx:
        keys = tx.signing_keys.all()
    if not wants_another(keys, now) and not ended_keys(keys, now):
        return keys
    fresh = jws.make(now)
    with store.transaction() as tx:
        keys = tx.signing_keys.all()
        if wants_another(keys, now):
            tx.signing_keys.insert(fresh)
            tx.audit.write(DESK, "signing_key.made", key=fresh.kid)
        for key in ended_keys(keys, now):
            tx.signing_keys.remove(kid=key.kid)
            tx.audit.write(DESK, "signing_key.dropped", key=key.kid)
        return tx.signing_keys.all()


def replace_key(store: Store, now: datetime, actor: str, *, at_once: bool) -> SigningKey:
    """A new key before its time.

    `at_once`: the present keys are leaked: they are deleted with what they signed, and the new one
    signs from now on. Otherwise it follows them as usual.
    """
    fresh = jws.make(now)
    with store.transaction() as tx:
        for leaked in tx.signing_keys.all() if at_once else []:
            tx.signing_keys.remove(kid=leaked.kid)
            tx.audit.write(actor, "signing_key.dropped", key=leaked.kid)
        tx.signing_keys.insert(fresh)
        tx.audit.write(actor, "signing_key.made", key=fresh.kid)
    return fresh
