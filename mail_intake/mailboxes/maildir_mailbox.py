"""A mailbox in a Maildir: the embedded default, and any folder that a local
mail server delivers into.

A Maildir has no UIDs, so a list beside the mails gives them (`uid_list`, `.unbind-uidlist`). The
name of a mail gives its arrival (seconds since 1970, and microseconds behind an M, as delivery
agents write it), else the time when its file was last changed. UIDs ascend by arrival; among names
of one second without microseconds the file's time decides.
"""

import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from core.clock import Clock
from core.data.mail_record import NewMail
from core.errors import MailboxError
from core.maildir import make_maildir
from mail_intake.mailboxes.mailbox import MAX_MAIL_BYTES, MailKeys, Position, from_start
from mail_intake.mailboxes.uid_list import numbered

UIDLIST = ".unbind-uidlist"
HEADERS_MAX_BYTES = 1024 * 1024
_TIME_IN_NAME = re.compile(r"(\d{9,10})\.(?:[^.]*?M(\d{1,6})(?!\d))?")


def arrival(path: Path) -> datetime:
    """When the mail in `path` arrived. Raises OSError when it is gone."""
    named = _TIME_IN_NAME.match(path.name)
    if named is None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime.fromtimestamp(int(named[1]), UTC).replace(microsecond=int(named[2] or 0))


class MaildirMailbox:
    """The Mailbox in a Maildir, made where there is none.

    `poll_s`: how often the folder is looked at while waiting.

    `remove_stored`: a mail that is stored whole is deleted here, because nothing encrypts it; one
    over `max_bytes` stays, since only its headers are stored.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        max_bytes: int = MAX_MAIL_BYTES,
        poll_s: float = 0.2,
        remove_stored: bool = False,
    ) -> None:
        self.path = path
        self.name = "maildir"
        self._clock = clock
        self._max_bytes = max_bytes
        self._poll_s = poll_s
        self._remove_stored = remove_stored
        self._stopped = threading.Event()
        self._seen: tuple[int, ...] = ()
        self._uidvalidity, self._paths = 0, dict[int, Path]()

    def listed(self, after: Position = from_start) -> tuple[int, Sequence[int]]:
        """See Mailbox. Raises MailboxError."""
        self._seen = self._changes()
        with self._translated_failures():
            self._look()
        last = after(self._uidvalidity)
        return self._uidvalidity, [uid for uid in self._paths if uid > last]

    def fetch(self, uidvalidity: int, uids: Collection[int]) -> Iterator[NewMail]:
        """See Mailbox. Raises MailboxError."""
        with self._translated_failures():
            self._look()
        if self._uidvalidity != uidvalidity:
            return
        for uid in sorted(self._paths.keys() & set(uids)):
            if self._stopped.is_set():
                return
            with self._translated_failures():
                mail = self._read(uid)
            if mail is not None:
                yield mail

    def _look(self) -> None:
        """Find the mails that are there, and give the new ones their UIDs, by arrival."""
        found = self._mails()
        self._uidvalidity, self._paths = numbered(
            self.path / UIDLIST,
            self._clock,
            found,
            lambda fresh: in_order_of_arrival(fresh, found),
        )

    def _read(self, uid: int) -> NewMail | None:
        """The mail, wherever another program may have moved it meanwhile; None when it is gone."""
        for _ in range(2):
            try:
                return self._incoming(uid, self._paths[uid])
            except (FileNotFoundError, KeyError):
                self._look()
        return None

    def _incoming(self, uid: int, path: Path) -> NewMail:
        arrived = arrival(path)
        with path.open("rb") as file:
            size_bytes = path.stat().st_size
            if size_bytes <= self._max_bytes:
                raw, headers_only = file.read(self._max_bytes), False
            else:
                raw, headers_only = header_block(file.read(HEADERS_MAX_BYTES)), True
        return NewMail(self.name, self._uidvalidity, uid, arrived, size_bytes, raw, headers_only)

    def settle(self, mails: MailKeys) -> bool:
        """See Mailbox: nothing becomes of them, or with `remove_stored` they are deleted."""
        if not self._remove_stored or not mails:
            return True
        try:
            paths = self._files(mails)
        except OSError:
            return False
        for path in paths:
            # moved by another program, or no permission: the mail is stored, so nothing is lost
            with suppress(OSError):
                if path.stat().st_size <= self._max_bytes:
                    path.unlink()
        return True

    def used_share(self) -> float:
        """See Mailbox."""
        return 0.0

    def remove(self, mails: MailKeys) -> None:
        """See Mailbox."""
        with self._translated_failures():
            for path in self._files(mails):
                path.unlink(missing_ok=True)

    def _files(self, mails: MailKeys) -> list[Path]:
        """The files of mails that are there. Raises OSError."""
        self._look()
        return [
            self._paths[uid]
            for uidvalidity, uid in mails
            if uidvalidity == self._uidvalidity and uid in self._paths
        ]

    def wait(self, timeout_s: float) -> None:
        """See Mailbox. Looks at the folders' times, which costs two calls of the system."""
        until = time.monotonic() + timeout_s
        while self._changes() == self._seen:
            left_s = until - time.monotonic()
            if left_s <= 0 or self._stopped.wait(min(self._poll_s, left_s)):
                return

    def stop(self) -> None:
        """See Mailbox."""
        self._stopped.set()

    def log_out(self) -> None:
        """Does nothing: no file is open."""

    def close(self) -> None:
        self.stop()

    def _changes(self) -> tuple[int, ...]:
        try:
            return tuple((self.path / sub).stat().st_mtime_ns for sub in ("new", "cur"))
        except OSError:
            return ()

    def _mails(self) -> dict[str, Path]:
        """Base name → file. new/ is listed before cur/, because that is the way a mail moves."""
        make_maildir(self.path)
        found = {}
        for sub in ("new", "cur"):
            for path in (self.path / sub).iterdir():
                if not path.name.startswith(".") and "\n" not in path.name:
                    found[path.name.partition(":2,")[0]] = path
        return found

    @contextmanager
    def _translated_failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MailboxError(
                f"邮件目录 {self.path} 无法读写（{error.strerror or error}）："
                "请检查路径、权限和磁盘空间。"
            ) from error


def in_order_of_arrival(bases: Iterable[str], paths: Mapping[str, Path]) -> list[str]:
    stamped = []
    for base in bases:
        with suppress(FileNotFoundError):  # it moves just now; the next look finds it
            path = paths[base]
            stamped.append((arrival(path), path.stat().st_mtime_ns, base))
    return [base for *_, base in sorted(stamped)]


def header_block(beginning: bytes) -> bytes:
    """The header block at the beginning of a mail, with the empty line that ends it."""
    end = re.search(rb"\r?\n\r?\n", beginning)
    return beginning[: end.end()] if end else beginning
