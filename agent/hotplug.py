"""Notices by readings that a lock was pulled out or plugged in, without PIN (`signing` reads again
when a page sends a request). A change that nobody notices causes the 主键为空 of the help page.
"""

import threading

from agent.lock import Inventory


class HotplugWatch:
    """Counts changes of the plugged-in locks."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tokens: frozenset[tuple[str, str]] | None = None
        self._count_at_list: int | None = None
        self._count = 0

    def count(self) -> int:
        """How many changes there were since the agent started."""
        with self._guard:
            return self._count

    def note_reading(self, inventory: Inventory) -> None:
        """Compare a reading with the one before."""
        tokens = inventory.names()
        with self._guard:
            self._count += self._tokens not in {None, tokens}
            self._tokens = tokens

    def note_list(self) -> bool:
        """Note that a page gets the list of locks. Returns whether anything changed since the
        previous list; False for the first one."""
        with self._guard:
            changed = self._count_at_list not in {None, self._count}
            self._count_at_list = self._count
            return changed
