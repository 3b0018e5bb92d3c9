"""Finding changes made to the audit outside the desk: rows changed, added, dropped, reordered,
or cut off at the end."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import RowMapping

from core.keys.audit_chain import HEAD_FILE, VERIFIED_FILE, Link, LinkFile, next_link
from core.keys.vault import Vault

BATCH = 1000
"""Rows that are looked at together."""
MOST_LISTED = 10


Rows = Callable[[int, int], Sequence[RowMapping]]
"""Reads the audit's rows with an id above the first number, at most so many."""


class AuditHeads:
    """The newest link of the chain and the last one that was found good, each noted in a file of
    the storage folder; nowhere without a folder."""

    def __init__(self, folder: Path | None, vault: Vault) -> None:
        self._head = LinkFile(folder / HEAD_FILE, vault) if folder else None
        self._verified = LinkFile(folder / VERIFIED_FILE, vault) if folder else None
        self._noted = 0
        self._one_at_a_time = threading.Lock()

    def note(self, link: Link) -> None:
        """A commit moved the head there.

        Threads may come here in another order than they committed in.
        """
        with self._one_at_a_time:
            if self._head and link.id > self._noted:
                self._head.write(link)
                self._noted = link.id

    def head(self) -> Link | None:
        return self._head.read() if self._head else None

    def verified(self) -> Link | None:
        return self._verified.read() if self._verified else None

    def found_good(self, link: Link) -> None:
        """All rows up to there were looked at and are good."""
        if self._verified:
            self._verified.write(link)
        if (self.head() or Link()).id < link.id:
            self.note(link)

    def begin_anew(self, link: Link) -> None:
        """From here on, earlier rows are not compared with the rows:
        a person has looked at the differences."""
        if self._head and self._verified:
            self._head.write(link)
            self._verified.write(link)
            self._noted = link.id

    def forget(self) -> None:
        """Another database stands here now: the next check looks at its whole
        chain and begins there."""
        for noted in (self._head, self._verified):
            if noted:
                noted.forget()


def verify(
    read: Rows,
    vault: Vault,
    heads: AuditHeads,
    *,
    whole: bool,
    progress: Callable[[int], None],
) -> list[str]:
    """The problems of the chain, in Chinese; [] without any.

    Rows that were found good before are passed over unless `whole`. `progress`: rows read so far.
    """
    head, verified = heads.head(), heads.verified()  # read first: the chain may only grow
    known = [link for link in (head, verified) if link]
    start, found = Link(), []
    if verified and not whole:
        here = [Link(row["id"], row["mac"]) for row in read(verified.id - 1, 1)]
        if here == [verified]:
            start = verified
        else:
            found.append(f"审计记录 #{verified.id} 在上次核对之后被改动或删除")
    last, broken = _through(each_row(read, start.id, progress), vault, start, known)
    found += [
        f"审计记录 #{number} 与它之前的记录不衔接：它或它之前的记录被改动、删除、插入或调换"
        for number in broken[:MOST_LISTED]
    ]
    furthest = max((link.id for link in known), default=0)
    if last.id < furthest:
        found.append(f"审计记录的末尾被删除：应到 #{furthest}，现到 #{last.id}")
    if last.id and not found:
        heads.found_good(last)
    return found


def each_row(
    read: Rows,
    above: int = 0,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Iterator[RowMapping]:
    """The rows above an id in their order, read in batches."""
    seen = 0
    while batch := read(above, BATCH):
        yield from batch
        above = batch[-1]["id"]
        seen += len(batch)
        progress(seen)


def _through(
    rows: Iterable[RowMapping],
    vault: Vault,
    start: Link,
    known: Iterable[Link],
) -> tuple[Link, list[int]]:
    """The last link, and the ids of rows that do not follow from the row before.

    Or that have another MAC than a known link.
    """
    macs = {link.id: link.mac for link in known}
    last, broken = start, []
    for row in rows:
        follows = next_link(vault, last, row).mac == row["mac"]
        if not follows or macs.get(row["id"], row["mac"]) != row["mac"]:
            broken.append(row["id"])
        last = Link(row["id"], row["mac"] or "")
    return last, broken
