"""How many tries one client address has in a minute. Kept in memory: it slows guessing, the lock of an account is what stops it."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

MINUTE: Final = timedelta(minutes=1)
MOST_ADDRESSES: Final = 10_000


class Tries:
    """Counts tries by address over the last minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def allowed(self, address: str, now: datetime) -> bool:
        """Whether the address may try now; an allowed try is counted."""
        with self._lock:
            tries = self._tries.setdefault(address, deque())
            self._tries.move_to_end(address)
            while tries and now - tries[0] >= MINUTE:
                tries.popleft()
            if len(self._tries) > MOST_ADDRESSES:
                self._tries.popitem(last=False)
            if len(tries) >= self._most:
                return False
            tries.append(now)
            return True
