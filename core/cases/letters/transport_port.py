"""The port of a transport: the way a finished letter leaves the desk.

A transport is called outside every transaction, with a letter whose Message-ID and Date were fixed
when its row was written, so that a second try sends the same letter. It decides nothing about when
to try again; it says whether that can help.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A letter ready to go: one sender, one recipient, the same words as text and as HTML.

    `message_id`, `in_reply_to` and `references` carry their angle brackets;
    the latter two may be empty. `date` is aware.
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

        Raises TemporaryFailure (4xx, connection trouble; `outcome_unknown` when it may have been
        accepted all the same) or PermanentFailure (5xx, an address that no mail can go to).
        """

    def forget(self, now: datetime) -> None:
        """Delete what this transport itself kept of letters for long enough;
        the copies of a mail server are not its own."""

    def close(self) -> None:
        """Give the connection back; a later `send` makes a new one."""


class SentFolder(Protocol):
    """Where the mail provider keeps a copy of what was sent.

    Never written to: a copy must prove that the provider took the letter.
    """

    def holds(self, message_id: str, since: datetime) -> bool | None:
        """Whether it holds a mail with this Message-ID, written at `since` or later; None when it
        cannot be asked now. Never raises for that."""

    def message_ids_since(self, since: datetime) -> set[str] | None:
        """The Message-IDs of what it took since then; None when it cannot be asked now,
        or there is none."""

    def close(self) -> None:
        """Give the connection back; a later question makes a new one."""
