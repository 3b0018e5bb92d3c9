"""Finding changes made to the audit outside the desk: rows changed, added, dropped, reordered,
or cut off at the end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import RowMapping

from core.keys.audit_chain import HEAD_FILE, VERIFIED_FILE, Link, LinkFile, next_link
from core.keys.vault import Vault
from core.store.repositories.store_records import AuditRows

BATCH: Final = 1000
"""Rows that are looked at together."""
MOST_LISTED: Final = 10


class Audited(Protocol):
    """What is asked of a transaction."""

    audit: AuditRows


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
        """From here on nothing of before is held against the rows:
        a person has looked at what was found."""
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
    view: Callable[[], AbstractContextManager[Audited]],
    heads: AuditHeads,
    *,
    whole: bool,
    progress: Callable[[int], None],
) -> list[str]:
    """What is wrong, in Chinese; [] when all is well.

    Rows that were found good before are passed over unless `whole`.
    """
    # read first: the chain may only grow beyond them
    head, verified = heads.head(), heads.verified()
    walk = _Walk(view, progress)
    start = verified if verified and not whole and walk.holds(verified) else None
    found = (
        []
        if start or whole or not verified
        else [f"审计记录 #{verified.id} 在上次核对之后被改动或删除"]
    )
    last, broken = walk.through(start, [link for link in (head, verified) if link])
    found += [
        f"审计记录 #{number} 与它之前的记录不衔接：它或它之前的记录被改动、删除、插入或调换"
        for number in broken[:MOST_LISTED]
    ]
    furthest = max((link.id for link in (head, verified) if link), default=0)
    if last.id < furthest:
        found.append(f"审计记录的末尾被删除：应到 #{furthest}，现到 #{last.id}")
    if last.id and not found:
        heads.found_good(last)
    return found


class _Walk:
    """Goes through the rows in batches, each in a view of its own."""

    def __init__(
        self, view: Callable[[], AbstractContextManager[Audited]], progress: Callable[[int], None]
    ) -> None:
        self._view = view
        self._report = progress

    def holds(self, link: Link) -> bool:
        """Whether the row of this link is there and has its MAC."""
        with self._view() as tx:
            return any(
                (row["id"], row["mac"]) == (link.id, link.mac)
                for row in tx.audit.rows(link.id - 1, 1)
            )

    def through(self, start: Link | None, known: list[Link]) -> tuple[Link, list[int]]:
        """The last link, and the ids of rows that do not follow from the row before, or have
        another MAC than a known link."""
        macs = {link.id: link.mac for link in known}
        last, broken = start or Link(), []
        for vault, row in self._rows(last.id):
            if (
                next_link(vault, last, row).mac != row["mac"]
                or macs.get(row["id"], row["mac"]) != row["mac"]
            ):
                broken.append(row["id"])
            last = Link(row["id"], row["mac"] or "")
        return last, sorted(set(broken))

    def _rows(self, above: int) -> Iterator[tuple[Vault, RowMapping]]:
        seen = 0
        while True:
            with self._view() as tx:
                batch, vault = tx.audit.rows(above, BATCH), tx.audit.vault
            for row in batch:
                yield vault, row
            if len(batch) < BATCH:
                return
            above, seen = batch[-1]["id"], seen + len(batch)
            self._report(seen)
