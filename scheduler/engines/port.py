"""The engine, as the service sees it."""

from typing import Protocol

MAILS = "mails"
DESK = "desk"
MAILBOX = "mailbox"
QUEUES = (MAILS, DESK, MAILBOX)
"""The work that a process may take part in, where several share it: judging mails; window, letters
and upkeep; watching the mailbox."""
TAKE_OVER_S = 6.0
"""Where several share the work, a worker without a sign of life for so long counts as dead."""


class Engine(Protocol):
    """Runs the desk's work.

    It keeps nothing that the tables do not know: after a crash there is nothing to make up
    but what they say is due.
    """

    def start(self) -> None:
        """Do the work that was missed while the desk was down, then go on."""

    def stop(self) -> None:
        """End in order; what is half-way finishes its transaction first."""
