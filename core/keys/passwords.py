"""Passwords hashed with argon2id (t=2, 19 MiB, p=1: OWASP's second choice; about 30 ms of a core).

A pool of `at_once` threads of its own computes them, so that a flood of logins costs neither all
cores nor, since each thread of the C library keeps what it once needed, all memory. Who waits
longer than `patience_s`, or comes when `queue` are waiting, is asked to come back.

Passwords that guessers come to early are known by zxcvbn (MIT): it carries 30,000 leaked passwords
and knows rows of keys, dates, repetitions and 1337. Refused is what it takes fewer than
LEAST_GUESSES to reach: with 60 wrong tries of an account an hour, the most that the desk lets
anybody make, that is 190 years. Its dictionaries are English; what Chinese users are known to
choose is added here.
"""

import base64
import secrets
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from core.errors import Busy

Answer = TypeVar("Answer")

LEAST_GUESSES = 10**8
LONGEST_JUDGED = 24
"""Characters; zxcvbn takes 0.7 s for 66 hostile ones.

A beginning that is hard to guess is not made easier by what follows.
"""
CHOSEN_OFTEN = (
    "woaini",
    "woaiwojia",
    "mima",
    "wodemima",
    "nihao",
    "zhongguo",
    "beijing",
    "shanghai",
    "admin",
    "administrator",
    "guanli",
    "guanliyuan",
    "xitong",
    "ggzy",
    "gonggong",
    "ziyuan",
    "jiaoyi",
    "zhongxin",
    "jiebang",
    "unbind",
    "desk",
    "5201314",
    "1314520",
    "520",
    "1314",
    "168",
    "888",
    "666",
)


class Argon2Passwords:
    """Hashes and verifies passwords."""

    def __init__(
        self,
        *,
        time_cost: int = 2,
        memory_kib: int = 19 * 1024,
        at_once: int = 2,
        patience_s: float = 10.0,
        queue: int = 16,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._nobodys = _unopened(self._hasher)
        self._pool = ThreadPoolExecutor(at_once, "argon2")
        self._places = BoundedSemaphore(queue)
        self._patience_s = patience_s

    def hash(self, password: str) -> str:
        """The encoded argon2id hash, with its own salt and parameters. Raises Busy."""
        return self._in_turn(lambda: self._hasher.hash(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash.

        None, where no account is, costs one hash too and is not opened. Raises Busy.
        """
        return self._in_turn(lambda: self._opens(password_hash or self._nobodys, password))

    def guessable(self, password: str, known: Collection[str] = ()) -> bool:
        """Whether a guesser who knows the `known` words (the account's name) needs fewer than
        LEAST_GUESSES tries; in this pool too, because a hostile password takes it long.

        Raises Busy.
        """
        from zxcvbn import zxcvbn  # its word lists take 20 ms to load, and few commands need them

        judged, words = password[:LONGEST_JUDGED], [*known, *CHOSEN_OFTEN]
        guesses = self._in_turn(lambda: zxcvbn(judged, user_inputs=words)["guesses"])
        return int(guesses) < LEAST_GUESSES

    def _opens(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def _in_turn(self, compute: Callable[[], Answer]) -> Answer:
        if not self._places.acquire(blocking=False):
            raise Busy
        computed: Future[Answer] = self._pool.submit(compute)
        computed.add_done_callback(lambda _: self._places.release())
        try:
            return computed.result(self._patience_s)
        except TimeoutError as error:
            computed.cancel()
            raise Busy from error


def _unopened(hasher: PasswordHasher) -> str:
    """A hash with this hasher's parameters that no known password has.

    It is random, not computed: making one must not cost a hash either.
    """
    salt, tag = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (hasher.salt_len, hasher.hash_len)
    )
    return (
        f"$argon2id$v={ARGON2_VERSION}$m={hasher.memory_cost},t={hasher.time_cost},"
        f"p={hasher.parallelism}${salt}${tag}"
    )
