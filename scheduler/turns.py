"""Whose turn a piece of work is. On SQLite one process works, so that each turn is its own; on
PostgreSQL several share them (scheduler.shared_turns)."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

MAILS = "mails"
DESK = "desk"
MAILBOX = "mailbox"
QUEUES = (MAILS, DESK, MAILBOX)
"""The work that a process may take part in, where several share it: judging mails; window, letters
and upkeep; watching the mailbox."""
TAKE_OVER_S = 6.0
"""Where several share the work, a process without a sign of life for so long counts as dead."""
Held = Callable[[], bool]
"""Whether a turn is still held."""


class Turns:
    """The turns of a process that works alone."""

    @contextmanager
    def turn(self, _name: str) -> Iterator[Held | None]:
        """Take a turn while the block runs; None where another process has it, or nobody knows."""
        yield lambda: True

    @contextmanager
    def in_hand(self, _mail_ids: Collection[int]) -> Iterator[Collection[int]]:
        """Mails are judged while the block runs. Gives those to be set aside instead, since process
        after process ended over them."""
        yield ()

    def keep(self) -> None:
        """Give a sign of life."""

    def close(self) -> None:
        """Give all turns back."""
