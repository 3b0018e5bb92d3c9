"""Who looks at which case just now, and which cases an administrator has opened:
courtesies, which decide nothing.

They are kept in memory by each process that serves pages, and forgotten at a restart: then a case
counts as not opened, which is the careful side. That no two people decide one case twice is held by
its version (core.cases.decision.approve), not by this.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

STAYS = timedelta(seconds=40)
"""How long somebody counts as looking after the last call of the page, which calls every 15 s."""
MOST_ENTRIES = 50_000


class Presence:
    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, str], tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, case_id: int, version: int, name: str, now: datetime) -> tuple[str, ...]:
        """Note that somebody has the case's page open, at this version. Returns who else has."""
        with self._lock:
            self._seen[case_id, name] = (now, version)
            self._seen.move_to_end((case_id, name))
            while len(self._seen) > MOST_ENTRIES:
                self._seen.popitem(last=False)
            here = [
                who
                for (one, who), (at, _) in self._seen.items()
                if one == case_id and who != name and now - at < STAYS
            ]
        return tuple(sorted(here))

    def opened(self, case_id: int, version: int, name: str) -> bool:
        """Whether somebody had the page of this version open."""
        with self._lock:
            return self._seen.get((case_id, name), (None, 0))[1] == version
