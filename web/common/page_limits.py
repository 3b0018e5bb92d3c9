"""How many tries one client has in a minute, and how many logins are at work at once.

Kept in memory: what stops guessing is core.accounts.tries, in the database.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from math import ceil
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Final, Generic, TypeVar

from core.errors import Busy

Answer = TypeVar("Answer")

MINUTE: Final = timedelta(minutes=1)
MOST_ADDRESSES: Final = 50_000


class Tries:
    """Counts tries of acts over the last minute, by client address or by system. `most`: of each
    act."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self._most = most
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, act: str, address: str, now: datetime) -> int:
        """Seconds until the next try; 0: now, and it is counted."""
        with self._lock:
            tries = self._tries.setdefault((act, address), deque())
            self._tries.move_to_end((act, address))
            while tries and now - tries[0] >= MINUTE:
                tries.popleft()
            if len(self._tries) > MOST_ADDRESSES:
                self._tries.popitem(last=False)
            if len(tries) >= self._most[act]:
                return ceil((tries[0] + MINUTE - now).total_seconds())
            tries.append(now)
            return 0

    def take_back(self, act: str, address: str) -> None:
        """The last try does not count."""
        with self._lock:
            if tries := self._tries.get((act, address)):
                tries.pop()


class SharedLook(Generic[Answer]):
    """A slow check that runs in a thread of its own, once for all callers. `every_s`: for so long
    one answer serves whoever asks."""

    def __init__(self, look: Callable[[], Answer], every_s: float = 0.0) -> None:
        self._look, self._pool = look, ThreadPoolExecutor(1, "look")
        self._under_way: Future[Answer] | None = None
        self._every_s, self._began_s = every_s, 0.0

    async def within(self, limit_s: float, otherwise: Answer) -> Answer:
        """The result of `look`, or `otherwise` after `limit_s`. `look` then goes on, and no second
        call begins beside it."""
        is_over = self._under_way is None or self._under_way.done()
        if is_over and monotonic() >= self._began_s + self._every_s:
            self._began_s = monotonic()
            self._under_way = self._pool.submit(self._look)
        assert self._under_way is not None
        done, _ = await asyncio.wait([asyncio.wrap_future(self._under_way)], timeout=limit_s)
        return done.pop().result() if done else otherwise


class OwnThreads:
    """A few threads, and a bounded number of places before them, for what is slow: logins, on
    purpose, and the reading of files. In the threads that pages share, forty waiting ones would
    stop every page."""

    def __init__(self, at_once: int = 4, places: int = 32) -> None:
        self._pool = ThreadPoolExecutor(at_once, "own")
        self._places = BoundedSemaphore(places)

    async def run(self, act: Callable[[], Answer]) -> Answer:
        """The result of the act. Raises Busy at once when all places are taken."""
        if not self._places.acquire(blocking=False):
            raise Busy
        done: Future[Answer] = self._pool.submit(act)
        done.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(done)
