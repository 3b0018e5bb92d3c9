"""Putting the chain over the audit under another key.

It says of every row what it said before: a row that did not follow from the row before it keeps its
MAC, which no key made for that place, so that changes made outside the desk are still found.
"""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import bindparam, update

from core.keys.audit_chain import HEAD_FILE, VERIFIED_FILE, Link, LinkFile, next_link
from core.keys.vault import Vault
from core.store.audit_verifying import BATCH, each_row
from core.store.store import Transaction
from core.store.tables.desk_tables import audit

NOTED = (HEAD_FILE, VERIFIED_FILE)
_SAVE = update(audit).where(audit.c.id == bindparam("row")).values(mac=bindparam("new_mac"))


@dataclass
class Rechained:
    """The result for the chain: how many rows did not follow from those before, and the new MAC for
    each requested link."""

    broken: int = 0
    moved: dict[Link, Link] = field(default_factory=dict)


def rechain(tx: Transaction, old: Vault, new: Vault, known: set[Link]) -> Rechained:
    """Give every row its MAC under the new key, in this transaction.

    `known`: links that are noted elsewhere.
    """
    found = Rechained()
    was = now = Link()
    pending = []
    for row in each_row(tx.audit.rows):
        holds = next_link(old, was, row).mac == row["mac"]
        found.broken += not holds
        mac = next_link(new, now, row).mac if holds else row["mac"]
        was, now = Link(row["id"], row["mac"] or ""), Link(row["id"], mac or "")
        if was in known:
            found.moved[was] = now
        pending.append({"row": row["id"], "new_mac": mac})
        if len(pending) == BATCH:
            tx.connection.execute(_SAVE, pending)
            pending = []
    if pending:
        tx.connection.execute(_SAVE, pending)
    return found


class NotedLinks:
    """The links that are noted in the storage folder, on their way to the new key.

    They are written into a folder of their own before the chain is committed, and moved from there
    after it, so that a kill between the two loses none.
    """

    def __init__(self, folder: Path, old: Vault, new: Vault) -> None:
        self._folder, self._aside = folder, folder / "vault.rotating"
        self._old, self._new = old, new

    def read(self) -> dict[str, Link]:
        """The links by their files, as the old key signed them."""
        read = {name: LinkFile(self._folder / name, self._old).read() for name in NOTED}
        return {name: link for name, link in read.items() if link}

    def prepare(self, links: dict[str, Link]) -> None:
        self._aside.mkdir(mode=0o700, exist_ok=True)
        for name in NOTED:
            (self._aside / name).unlink(missing_ok=True)
        for name, link in links.items():
            LinkFile(self._aside / name, self._new).write(link)

    def settle(self) -> None:
        """The chain is committed: what was prepared takes its place."""
        for name in NOTED:
            if (self._aside / name).exists():
                (self._aside / name).replace(self._folder / name)
        if self._aside.exists():
            self._aside.rmdir()
