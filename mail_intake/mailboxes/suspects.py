"""Mails that may be what breaks the connection: some servers close it, stall, refuse or lie about
lengths whenever one certain mail is fetched.

Such a mail must not stop the box, and a bad line must not cost a mail. So what was being fetched
when the connection broke is fetched alone from then on. A mail that broke it alone TRIES times is
put after the next one; where that one came and the connection then broke over the first, the line
is not at fault: from then on the mail is handed on without its body, for a person to look at. While
nothing waits after it, it is only tried again.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import MailboxError

TRIES = 5


@dataclass(frozen=True)
class Head:
    """The data on a mail that is known before its body.

    `arrived` is None where the server gives no usable time.
    """

    uid: int
    size_bytes: int
    arrived: datetime | None = None


Fetch = Callable[[list[Head]], dict[int, bytes]]
"""The bytes of each mail of a batch that is there, by its UID."""


class Suspects:
    """How often the connection broke while a mail was fetched, by UID, of one UIDVALIDITY. Not
    stored: it ends with the process."""

    def __init__(self) -> None:
        self._breaks: Counter[int] = Counter()
        self.proved: set[int] = set()
        """UIDs of mails that are themselves what breaks the connection."""

    def bodies(self, batches: Iterable[list[Head]], fetch: Fetch) -> Iterator[tuple[Head, bytes]]:
        """The mails of the batches in their order, each batch by `fetch`, without those that
        vanished meanwhile. A mail that is proved to break the connection has no bytes. Raises
        MailboxError."""

        def fetched(batch: list[Head], *, line_is_good: bool = False) -> list[tuple[Head, bytes]]:
            if len(batch) == 1 and batch[0].uid in self.proved:
                return [(batch[0], b"")]
            with self.watching(batch, line_is_good=line_is_good):
                found = fetch(batch)
            return [(head, found[head.uid]) for head in batch if head.uid in found]

        behind: list[Head] = []
        for batch in self.split_off(batches):
            if self.doubtful(batch):
                behind += batch
                continue
            found = fetched(batch)
            # this batch came, so the line is good: fetch those that wait behind it, given first
            found = [m for head in behind for m in fetched([head], line_is_good=True)] + found
            behind.clear()
            # popped one by one, so that what was taken over can be freed
            while found:
                yield found.pop(0)
        for head in behind:
            yield from fetched([head])

    @contextlib.contextmanager
    def watching(self, batch: Sequence[Head], *, line_is_good: bool = False) -> Iterator[None]:
        """Around the fetching of a batch.

        `line_is_good`: another mail came over this connection just now.
        """
        uids = [head.uid for head in batch]
        try:
            yield
        except MailboxError:
            for uid in uids:
                self._breaks[uid] += len(uids) == 1
            self.proved.update(uids if line_is_good else ())
            raise
        for uid in uids:
            self._breaks.pop(uid, None)

    def split_off(self, batches: Iterable[list[Head]]) -> Iterator[list[Head]]:
        """The batches, with those that hold a suspect split into single mails."""
        for batch in batches:
            if any(head.uid in self._breaks for head in batch):
                yield from ([head] for head in batch)
            else:
                yield batch

    def doubtful(self, batch: Sequence[Head]) -> bool:
        """Whether this is a single mail that broke the connection too often to be
        fetched before the others."""
        return len(batch) == 1 and self._breaks[batch[0].uid] >= TRIES
