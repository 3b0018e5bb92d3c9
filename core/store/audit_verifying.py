"""Finding changes made to the audit outside the desk: rows changed, added, dropped, reordered,
or cut off at the end."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import RowMapping

from core.keys.audit_chain import Link, next_link
from core.keys.vault import Vault
from core.store.store import Store

BATCH = 1000
"""Rows that are looked at together."""
MOST_LISTED = 10


def verify_audit(
    store: Store,
    *,
    whole: bool = False,
    progress: Callable[[int], None] = lambda _row_id: None,
) -> list[str]:
    """The problems of the chain, in Chinese; [] without any. Not within a transaction.

    Rows that were found good before are passed over unless `whole`. `progress`: the last row that
    was looked at.
    """

    def read(above: int, limit: int) -> Sequence[RowMapping]:
        with store.view() as tx:
            return tx.audit.rows(above, limit)

    # read first: the chain may only grow
    head, verified = store.heads.head.read(), store.heads.verified.read()
    noted = {link.id: link.mac for link in (head, verified) if link}
    start, broken, found = Link(), [], []
    if verified and not whole:
        here = [Link(row["id"], row["mac"]) for row in read(verified.id - 1, 1)]
        if here == [verified]:
            start = verified
        else:
            found.append(f"审计记录 #{verified.id} 在上次核对之后被改动或删除")
    last = start
    for _, last, follows in each_link(read, store.vault, start, progress):
        if not follows or noted.get(last.id, last.mac) != last.mac:
            broken.append(last.id)
    found += [
        f"审计记录 #{number} 与它之前的记录不衔接：它或它之前的记录被改动、删除、插入或调换"
        for number in broken[:MOST_LISTED]
    ]
    furthest = max(noted, default=0)
    if last.id < furthest:
        found.append(f"审计记录的末尾被删除：应到 #{furthest}，现到 #{last.id}")
    if last.id and not found:
        store.heads.found_good(last)
    return found


def each_link(
    read: Callable[[int, int], Sequence[RowMapping]],
    vault: Vault,
    last: Link = Link(),  # noqa: B008  a frozen value
    progress: Callable[[int], None] = lambda _row_id: None,
) -> Iterator[tuple[RowMapping, Link, bool]]:
    """The rows behind the link `last` in their order, each with its own link, and whether it
    follows from the row before. `read` gives rows above an id, at most so many.
    """
    while batch := read(last.id, BATCH):
        for row in batch:
            follows = next_link(vault, last, row).mac == row["mac"]
            last = Link(row["id"], row["mac"] or "")
            yield row, last, follows
        progress(last.id)


def accept_audit(store: Store, actor: str, found: int) -> None:
    """A person has looked at what is wrong with the chain: the hourly check goes on from here.

    The whole check keeps finding it.
    """
    with store.transaction() as tx:
        tx.audit.write(actor, "audit.accepted", found=found)
    with store.transaction() as tx:
        store.heads.begin_anew(tx.audit.read_head())
