"""The port of a mailbox: where mails come from, and what happens to them there once they are
stored.

The rule: a mail is stored and committed before anything changes on the server, so reading never
changes the box, and `settle` is called afterwards and may fail without harm. A mail's key is
(mailbox, UIDVALIDITY, UID); nothing else about the box is remembered outside the database. One
thread uses a mailbox; `stop` alone may come from another.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.data.mail_record import NewMail
from core.errors import ConfigError

MAX_MAIL_BYTES = 40 * 1024 * 1024
"""A PDF of 25 MiB (RULES.md section 4) is about 35 MiB in base64; the rest is for the body."""
MailKeys = Sequence[tuple[int, int]]
"""Mails of one box, each by UIDVALIDITY and UID."""
Position = Callable[[int], int]
"""The UID after which to list mails, by the UIDVALIDITY that the box turns out to have."""


def from_start(_uidvalidity: int) -> int:
    """The position before all mails."""
    return 0


class Mailbox(Protocol):
    """A box of mails with ascending UIDs.

    `name` is the box's name in the records, of no other kind, and must not change while its mails
    are known.
    """

    name: str

    def listed(self, after: Position = from_start) -> tuple[int, Sequence[int]]:
        """UIDVALIDITY and the UIDs above `after(uidvalidity)` in the box, ascending,
        without those known to be left alone.

        Connects when needed. Raises MailboxError.
        """

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[NewMail]:
        """The mails of these UIDs that are there, ascending;
        nothing when the box has another UIDVALIDITY by now.

        Changes nothing in the box and holds a few mails in memory at most. Raises MailboxError;
        what was yielded before it counts.
        """

    def used_share(self) -> float:
        """The used share of the space that the account has, 0 where the box does not say.
        Raises MailboxError."""

    def settle(self, mails: MailKeys) -> bool:
        """Do what `after_reading` says to mails whose records are committed, as
        far as the box allows. Returns whether it could be tried; else settle them again. Raises
        NotAllowed, once, for an act that the box does not allow and that people should know."""

    def remove(self, mails: MailKeys) -> None:
        """Delete mails for good, as retention requires; those that are gone are
        passed over. Raises MailboxError, also where the box does not allow it."""

    def wait(self, timeout_s: float) -> None:
        """Return when something may have arrived, after `timeout_s`, or at once when stopped.

        Never raises for a lost connection.
        """

    def stop(self) -> None:
        """Wake `wait` and end `fetch` between two mails, now and from now on.

        May be called from any thread.
        """

    def log_out(self) -> None:
        """Give the connection back; the next call connects anew."""

    def close(self) -> None:
        """Give everything back."""


@dataclass(frozen=True)
class AfterReading:
    """How a read mail is handled in its mailbox.

    `act` is keep, seen, keyword or move; `folder` is where to.
    """

    act: str
    folder: str = ""

    @classmethod
    def parse(cls, text: str) -> "AfterReading":
        """From the setting: "keep", "seen", "keyword" or "move:FOLDER". Raises ConfigError."""
        match = re.fullmatch(
            r"(keep|seen|keyword)|move: *([^\x00-\x20\x7f]"
            r"(?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?) *",
            text,
        )
        if match is None:
            raise ConfigError(
                f"after_reading 的值 {text!r} 无效：请填写 keep、seen、keyword 或 move:文件夹名。"
            )
        return cls(match[1]) if match[1] else cls("move", match[2])
