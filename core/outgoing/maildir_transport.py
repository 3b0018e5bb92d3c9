"""The transport of the embedded default: a Maildir, where the replies can be looked at."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.data.letter import OutgoingLetter
from core.errors import TemporaryFailure
from core.maildir import deliver, holds, make_maildir
from core.outgoing.composing import compose

KEPT = timedelta(days=7)
"""Until a letter is deleted, because nothing encrypts it."""


def end_of_name(message_id: str) -> str:
    """How the name of a letter's file ends, but for flags."""
    return f"{hashlib.sha256(message_id.encode()).hexdigest()[:32]}.unbind"


@dataclass(frozen=True)
class MaildirTransport:
    """The Transport into a Maildir.

    A letter's file is named by its Message-ID, so that a second try finds the first one's.
    """

    path: Path

    def send(self, letter: OutgoingLetter) -> None:
        """See Transport."""
        raw = compose(letter)
        name = f"{int(letter.date.timestamp())}.{end_of_name(letter.message_id)}"
        try:
            make_maildir(self.path)
            if not holds(self.path, name):
                deliver(self.path, name, raw)
        except OSError as error:
            raise TemporaryFailure(
                f"发件目录 {self.path} 无法写入（{error.strerror}）：请检查路径、权限和磁盘空间。",
                unusable=True,
            ) from error

    def forget(self, now: datetime) -> None:
        """See Transport. What cannot be deleted now is tried at the next call."""
        before = now - KEPT
        with suppress(OSError):
            for path in self.path.glob("*/*.unbind*"):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """Does nothing: no connection is open."""
