"""Whose turn it is, where several processes work on one database: one keeps time and the mailboxes, and no two judge mails of one sender.

Turns save work and keep order; they decide nothing. What two processes do at once all the same, because one of them stood still for a while, the tables decide
once. tests/scheduler/test_turns.py holds what every kind of turns owes.
"""

from typing import Protocol


class Turns(Protocol):
    """The turns of one process."""

    def mine(self, what: str) -> bool:
        """Take the turn, or keep it; False while another process has it, and while nobody can tell."""

    def release(self, what: str) -> None:
        """Leave it to others."""

    def close(self) -> None:
        """Leave everything to others."""


class Alone:
    """The turns of the one process that works on an SQLite database; the lock of the storage folder sees to that (app.process_lock)."""

    def mine(self, what: str) -> bool:  # noqa: ARG002
        return True

    def release(self, what: str) -> None:
        pass

    def close(self) -> None:
        pass
