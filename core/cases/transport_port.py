"""The port of a transport: the way a finished letter leaves the desk.

A transport is called outside every transaction, with a letter whose Message-ID and Date were fixed when its row was written, so that a
second try sends the same letter (DESIGN.md section 3). It decides nothing about when to try again; it says whether that can help.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A letter ready to go: one sender, one recipient, the same words as text and as HTML.

    `message_id`, `in_reply_to` and `references` carry their angle brackets; the latter two may be empty. `date` is aware.
    """

    sender: str
    sender_name: str
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime


class Transport(Protocol):
    """Sends letters, one call a letter."""

    def send(self, letter: OutgoingLetter) -> None:
        """Hand the letter over. Returns only when it was accepted.

        Raises TemporaryFailure (4xx, connection trouble; `outcome_unknown` when it may have been accepted all the same) or
        PermanentFailure (5xx, an address that no mail can go to).
        """

    def close(self) -> None:
        """Give the connection back; a later `send` makes a new one."""
