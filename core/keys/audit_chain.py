"""The chain over the audit: each row has a MAC over its content and the MAC of the row before, and
the newest one is noted outside the database.

Who may write to the database and has no key can neither change, add, drop nor reorder rows unseen,
and cutting off the newest ones is found by the head in the storage folder, which the database does
not hold. Who has the vault's key, or may write to the folder too, is not stopped by it.
"""

import contextlib
import json
import os
import threading
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from core.keys.vault import Vault

HEAD_FILE = "audit.head"
VERIFIED_FILE = "audit.verified"
NOWHERE = Path(os.devnull)
"""A folder in which nothing is noted: no file lies below it."""
_ID_DIGITS = 12
_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class Link:
    """A place in the chain: a row's id and its MAC; 0 and "" before the first row."""

    id: int = 0
    mac: str = ""


def content(row: Any) -> bytes:
    """The content of a row (a mapping of its columns) that its MAC covers: all of it, the instant
    in UTC."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return _JSON.encode(
        [row["id"], at, row["actor"], row["action"], row["case_id"], row["state"], row["detail"]]
    ).encode()


def next_link(vault: Vault, before: Link, row: Any) -> Link:
    """The link of `row` after `before`."""
    return Link(row["id"], vault.chained(before.mac, content(row)))


@dataclass(frozen=True)
class LinkFile:
    """A link noted in a file of its own, with a MAC of its own.

    Written after each commit, so it is at most one step older than the database.
    """

    path: Path
    vault: Vault

    def read(self) -> Link | None:
        """The link; None where there is no file, or none that this key signed."""
        with contextlib.suppress(OSError, ValueError):
            number, mac, signature = self.path.read_text(encoding="ascii").split()
            if signature == self._signature(Link(int(number), mac)):
                return Link(int(number), mac)
        return None

    def write(self, link: Link) -> None:
        """Put a link in the place of the one before, as one write of one length.

        A file that cannot be written is found by its age; no step fails for it.
        """
        line = f"{link.id:>{_ID_DIGITS}} {link.mac} {self._signature(link)}\n".encode("ascii")
        with contextlib.suppress(OSError):
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(file, line, 0)
            finally:
                os.close(file)

    def forget(self) -> None:
        """Drop the file: the next check begins with the first row."""
        self.path.unlink(missing_ok=True)

    def _signature(self, link: Link) -> str:
        return self.vault.chained(self.path.name, f"{link.id} {link.mac}".encode())


class AuditHeads:
    """The newest link of the chain (`head`) and the last one that was found good (`verified`), each
    noted in a file of the storage folder."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.head = LinkFile(folder / HEAD_FILE, vault)
        self.verified = LinkFile(folder / VERIFIED_FILE, vault)
        self._noted = 0
        self._one_at_a_time = threading.Lock()

    def note(self, link: Link) -> None:
        """A commit moved the head there.

        Threads may come here in another order than they committed in.
        """
        with self._one_at_a_time:
            if link.id > self._noted:
                self.head.write(link)
                self._noted = link.id

    def found_good(self, link: Link) -> None:
        """All rows up to there were looked at and are good."""
        self.verified.write(link)
        if (self.head.read() or Link()).id < link.id:
            self.note(link)

    def begin_anew(self, link: Link) -> None:
        """From here on, earlier rows are not compared with the rows:
        a person has looked at the differences."""
        self.head.write(link)
        self.verified.write(link)
        self._noted = link.id

    def forget(self) -> None:
        """Another database stands here now: the next check looks at its whole
        chain and begins there."""
        self.head.forget()
        self.verified.forget()
