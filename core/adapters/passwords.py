"""Passwords hashed with argon2id (t=2, 19 MiB, p=1: OWASP's second choice; 27 ms measured, FACTS.md).

At most `at_once` hashes are computed at a time, so that a flood of logins costs neither all memory nor all cores; who waits longer than
`patience_s` is told to come back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import DeskError


class PasswordsBusy(DeskError):
    """Too many passwords are being verified at this moment."""


class Argon2Passwords:
    """Hashes and verifies passwords."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19 * 1024, at_once: int = 2, patience_s: float = 10.0) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._places = BoundedSemaphore(at_once)
        self._patience_s = patience_s

    def hash(self, password: str) -> str:
        """The encoded argon2id hash, with its own salt and parameters. Raises PasswordsBusy."""
        with self._place():
            return self._hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash; a hash that is none is simply not opened. Raises PasswordsBusy."""
        with self._place():
            try:
                return self._hasher.verify(password_hash, password)
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._patience_s):
            raise PasswordsBusy("登录请求过多，请稍候再试。")
        try:
            yield
        finally:
            self._places.release()
