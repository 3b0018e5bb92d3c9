"""Limits of the web process: the tries of a client within a minute, and slow work at the same time.

The counts are in memory. `core.accounts.tries` stops the guessing of passwords, in the database.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from math import ceil
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Generic, TypeVar

from core.errors import Busy
from web.common.page_settings import Act

Answer = TypeVar("Answer")

MINUTE = timedelta(minutes=1)
MOST_ADDRESSES = 50_000  # of all acts; beyond it the longest idle one is removed


class Tries:
    """Counts the tries of each act over the last minute, by client address or system. `most`: the
    limits, by act."""

    def __init__(self, most: Mapping[Act, int]) -> None:
        self._most = most
        self._tries: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def count(self, act: Act, address: str, now: datetime) -> int:
        """Count a try and return 0; at the limit, count nothing and return the seconds to wait."""
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

    def take_back(self, act: Act, address: str) -> None:
        """Remove the last try from the count."""
        with self._lock:
            if tries := self._tries.get((act, address)):
                tries.pop()


class SharedLook(Generic[Answer]):
    """A slow check that runs once for all callers at a time, in its own thread. `every_s`: the
    least seconds between the starts of two runs; callers in between get the last result."""

    def __init__(self, look: Callable[[], Answer], every_s: float = 0.0) -> None:
        self._look, self._pool = look, ThreadPoolExecutor(1, "look")
        self._run: Future[Answer] | None = None
        self._every_s, self._began_s = every_s, 0.0

    async def within(self, limit_s: float, otherwise: Answer) -> Answer:
        """The result of `look`, or `otherwise` after `limit_s`. The run then continues, and later
        callers wait for it."""
        is_over = self._run is None or self._run.done()
        if is_over and monotonic() >= self._began_s + self._every_s:
            self._began_s = monotonic()
            self._run = self._pool.submit(self._look)
        assert self._run is not None
        done, _ = await asyncio.wait([asyncio.wrap_future(self._run)], timeout=limit_s)
        return done.pop().result() if done else otherwise


class OwnThreads:
    """A few threads for slow work: logins (slow on purpose) and the reading of files. In the forty
    threads that all pages share, it could block every page. `places`: how many acts may run or
    wait."""

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
