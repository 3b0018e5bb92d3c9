"""The keys that sign what trading systems are told, and how one follows another.

A key is published for PUBLISHED_BEFORE before it signs, so that whoever keeps the key set for a
while knows it by then. It stays published until nothing that it signed counts any more: ID tokens
are shown again at logout, so that is KEPT after its successor began.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Protocol

from core.data.account_ports import AuditLog

PUBLISHED_BEFORE: Final = timedelta(hours=1)
KEPT: Final = timedelta(hours=48)
"""Longer than a session may last (`entrance.session_hours`, 24 at most)."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key. `private`: the private JWK as JSON, with its `kid`."""

    kid: str
    private: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SigningKey(NewKey):
    """A key as it is kept."""

    made_at: datetime


class KeyRepository(Protocol):
    """The signing keys, sealed by the vault."""

    def all(self) -> list[SigningKey]:
        """The oldest first."""

    def add(self, key: SigningKey) -> None: ...
    def drop(self, kid: str) -> None: ...


class _Transaction(Protocol):
    @property
    def signing_keys(self) -> KeyRepository: ...
    @property
    def audit(self) -> AuditLog: ...


class _Store(Protocol):
    def transaction(self) -> AbstractContextManager[_Transaction]: ...
    def view(self) -> AbstractContextManager[_Transaction]: ...


def signing(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """The key that signs now: the newest that was published long enough;
    while there is none, the oldest."""
    return next((key for key in reversed(keys) if now - key.made_at >= PUBLISHED_BEFORE), keys[0])


def wants_another(keys: Sequence[SigningKey], now: datetime, life: timedelta) -> bool:
    """Whether it is time for a new key."""
    return not keys or now - keys[-1].made_at >= life


def over(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """The keys whose tokens have all ended."""
    return [
        key
        for key, successor in pairwise(keys)
        if now - successor.made_at >= PUBLISHED_BEFORE + KEPT
    ]


def keys_now(
    store: _Store, make: Callable[[], NewKey], now: datetime, life: timedelta
) -> list[SigningKey]:
    """The keys to publish, the oldest first; a new one is made where it is time.

    Making takes a moment, so it is done outside of transactions.
    """
    with store.view() as tx:
        keys = tx.signing_keys.all()
    if not wants_another(keys, now, life) and not over(keys, now):
        return keys
    made = make()
    with store.transaction() as tx:
        keys = tx.signing_keys.all()
        if wants_another(keys, now, life):
            tx.signing_keys.add(SigningKey(made.kid, made.private, now))
            tx.audit.write(now, "desk", "signing_key.made", key=made.kid)
        for key in over(keys, now):
            tx.signing_keys.drop(key.kid)
            tx.audit.write(now, "desk", "signing_key.dropped", key=key.kid)
        return tx.signing_keys.all()


def replace_key(
    transaction: Callable[[], AbstractContextManager[_Transaction]],
    make: Callable[[], NewKey],
    now: datetime,
    actor: str,
    *,
    at_once: bool,
) -> SigningKey:
    """A new key before its time.

    `at_once`: the keys there are leaked, so that they go; the new one is alone, signs from now on,
    and what they signed counts no more. Otherwise it follows them as usual.
    """
    made = make()
    fresh = SigningKey(made.kid, made.private, now)
    with transaction() as tx:
        for leaked in tx.signing_keys.all() if at_once else []:
            tx.signing_keys.drop(leaked.kid)
            tx.audit.write(now, actor, "signing_key.dropped", key=leaked.kid)
        tx.signing_keys.add(fresh)
        tx.audit.write(now, actor, "signing_key.made", key=fresh.kid)
    return fresh
