"""Changing the vault's key: every sealed value is sealed anew, every digest is made anew,
and the audit is chained anew.

It is one transaction: cut off, nothing was changed. The desk must not run meanwhile; nothing else
may hold either key.

What cannot be made anew is forgotten, because no plain value of it is kept: which rejections were
sent in the last hours, counters of password tries, and which browsers logged in before. Links of
letters stay valid: where the old key derives a link's token, that token is sealed beside it. What
does not open under the old key, because it was damaged or exchanged, is left as it is and reported.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    RowMapping,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)

from core.data.link import OPENING
from core.errors import StoreError, VaultError
from core.failpoints import pass_point
from core.keys.audit_chain import AuditHeads, Link, next_link
from core.keys.vault import RowName, Vault
from core.store.audit_verifying import BATCH, each_link
from core.store.copying import Progress, silent
from core.store.repositories.store_accounts import UNUSED
from core.store.store import Store, Transaction
from core.store.tables.case_tables import mail_bodies, mails, place_of, rejection_keys
from core.store.tables.columns import digests_of, metadata, sealed_columns
from core.store.tables.desk_tables import audit
from core.store.tables.enterprise_tables import (
    bindings,
    enterprises,
    links,
    lock_owners,
    login_tries,
)

ROTATED = "vault.rotated"
FORGOTTEN = (rejection_keys, login_tries)
REBUILT = (lock_owners,)
"""Tables with digests alone that are filled anew from others."""
SEALED = tuple(table for table in metadata.sorted_tables if sealed_columns(table))


@dataclass(frozen=True)
class Outcome:
    """The result to be reported: values that did not open, rows of the audit that did not follow
    from those before, how many links stay valid, and the enterprises whose links were voided."""

    unopened: tuple[str, ...] = ()
    broken_audit_rows: int = 0
    links_kept: int = 0
    links_voided_of: tuple[str, ...] = ()


class Rotation:
    """From one key to another, on one database. `folder`: where the end of the audit is noted.
    `progress`: rows done, rows in all."""

    def __init__(
        self,
        url: str,
        old: Vault,
        new: Vault,
        folder: Path,
        progress: Progress = silent,
    ) -> None:
        if old.head == new.head:
            raise VaultError("新旧两行密钥相同（或编号恰好相同）。请换一个新密钥。")
        self.store = Store(url, new)  # no folder: what is noted there is signed anew behind it
        self.engine = self.store.engine
        self._folder, self._old, self._new, self._report = folder, old, new, progress
        self._unopened: set[str] = set()

    def close(self) -> None:
        self.store.close()

    def require_known_keys(self) -> None:
        """Raise VaultError where a value was sealed under a third key:
        then one of the two is not this database's."""
        heads = (self._old.head, self._new.head)
        with self.store.view() as tx:
            strange = [table.name for table in SEALED if not_sealed_by(tx, table, *heads)]
        if strange:
            raise VaultError(
                f"{'、'.join(strange)} 中有数据不属于新旧任何一个密钥，未作改动。"
                "请找出这个数据库原来的密钥（vault.key），把它放在第二行。"
            )

    def carry_out(self, actor: str, *, void_links: bool = False) -> Outcome:
        """Change the key. Done before: nothing more than to note the end of the audit."""
        outcome = Outcome()
        with self.store.transaction() as tx:
            if not self._is_done(tx):
                self._reseal(tx)
                outcome = self._finish(tx, actor, void_links=void_links)
            head = tx.audit.close() or tx.audit.read_head()
            pass_point("rotate")
        pass_point("rotate")
        self._note(head)
        pass_point("rotate")
        return outcome

    def sweep(self) -> None:
        """Rewrite an embedded database, in whose free pages values under the old key may still lie.

        Raises StoreError, StorageFull.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with contextlib.closing(self.engine.raw_connection()) as connection:
            try:
                for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    connection.cursor().execute(statement)
            except sqlite3.Error as error:
                raise StoreError(
                    f"{error}。请清理磁盘空间后执行：sqlite3 数据库文件 VACUUM"
                ) from error

    def _reseal(self, tx: Transaction) -> None:
        due = [(table, row) for table in SEALED for row in not_sealed_by(tx, table, self._new.head)]
        for done, (table, row_id) in enumerate(due, 1):
            self._reseal_row(tx, table, row_id)
            pass_point("rotate")
            self._report(done, len(due))

    def _reseal_row(self, tx: Transaction, table: Table, row_id: RowName) -> None:
        """Seal a row anew. What does not open stays."""
        [key] = table.primary_key.columns
        columns = dict.fromkeys((*table.columns, *place_of(table)))
        source = mail_bodies.join(mails) if table is mail_bodies else table
        query = select(*columns).select_from(source).where(key == row_id)
        row = tx.connection.execute(query).mappings().one()
        place = [row[column] for column in place_of(table)]
        if opened := self._opened(table, row, place):
            sealed = {
                name: self._new.seal(plain, f"{table.name}.{table.c[name].name}", *place)
                for name, plain in opened.items()
            }
            values = sealed | self._digests(table, row, opened)
            tx.connection.execute(table.update().where(key == row_id).values(values))

    def _opened(self, table: Table, row: RowMapping, place: list[RowName]) -> dict[str, bytes]:
        """The values of the sealed columns of a row, opened with the old key."""
        opened = {}
        for column in sealed_columns(table):
            sealed = row[column]
            if sealed is None:
                continue
            where = f"{table.name}.{column.name}"
            try:
                opened[column.key] = self._old.open(sealed, where, *place)
            except VaultError:
                [key] = table.primary_key.columns
                self._unopened.add(f"{where} #{row[key]}")
        return opened

    def _digests(
        self,
        table: Table,
        row: RowMapping,
        opened: Mapping[str, bytes],
    ) -> dict[str, str | None]:
        """The digests of a row under the new key.

        One of which no plain text is stored becomes the digest of the digest: equal ones stay so.
        """
        digests = {}
        for name, digest in digests_of(table).items():
            if not digest.of:
                word = row[table.c[name]]
            elif digest.of in opened:
                word = opened[digest.of].decode()
            elif "sealed" in opened:
                word = json.loads(opened["sealed"]).get(digest.of)
            else:
                continue
            digests[name] = self._new.digest(digest.fold(word).lower()) if word else None
        return digests

    def _is_done(self, tx: Transaction) -> bool:
        """Whether the change was committed: its audit row is the last, since nothing works with two
        keys. Its MAC is of the new key, so that nobody else can have put it there."""
        newest = select(audit).order_by(audit.c.id.desc()).limit(2)
        rows = tx.connection.execute(newest).mappings().all()
        if not rows or rows[0]["action"] != ROTATED:
            return False
        before = Link(rows[1]["id"], rows[1]["mac"] or "") if len(rows) > 1 else Link()
        return next_link(self._new, before, rows[0]).mac == str(rows[0]["mac"])

    def _finish(self, tx: Transaction, actor: str, *, void_links: bool) -> Outcome:
        for table in (*FORGOTTEN, *REBUILT):
            tx.connection.execute(table.delete())
        # which enterprise has a CA unique id: the one of its active bindings
        owned = bindings.c.ended_at.is_(None) & bindings.c.unique_id_key.is_not(None)
        owners = select(bindings.c.unique_id_key, func.min(bindings.c.enterprise_id)).where(owned)
        owners = owners.group_by(bindings.c.unique_id_key)
        tx.connection.execute(lock_owners.insert().from_select(list(lock_owners.c), owners))
        voided = self._void(tx) if void_links else ()
        valid_links = self._keep_links(tx)
        broken = rechain(tx, self._old, self._new)
        tx.audit.write(
            actor,
            ROTATED,
            key=self._new.key_id,
            before=self._old.key_id,
            unopened=len(self._unopened),
            broken=broken,
            links_kept=valid_links,
            voided=len(voided),
        )
        return Outcome(tuple(sorted(self._unopened)), broken, valid_links, voided)

    def _note(self, head: Link) -> None:
        """Note the end of the audit under the new key, or a later one that was noted: then rows
        were cut off. The next check looks at the whole chain."""
        noted = [AuditHeads(self._folder, vault).head.read() for vault in (self._old, self._new)]
        heads = AuditHeads(self._folder, self._new)
        heads.verified.forget()
        heads.note(max([head, *filter(None, noted)], key=lambda link: link.id))

    def _void(self, tx: Transaction) -> tuple[str, ...]:
        """Void the links that open an account or move it; the enterprises they belonged to."""
        live = UNUSED & (links.c.expires_at > tx.now) & links.c.purpose.in_(OPENING)
        owners = (
            select(enterprises.c.name)
            .where(enterprises.c.id.in_(select(links.c.enterprise_id).where(live)))
            .order_by(enterprises.c.id)
        )
        names = tuple(tx.connection.scalars(owners))
        tx.connection.execute(links.update().where(live).values(voided_at=tx.now))
        return names

    def _keep_links(self, tx: Transaction) -> int:
        """Seal the tokens that only the old key derives, of links that may still be followed or
        whose letter has yet to leave."""
        live = UNUSED & links.c.sealed_token.is_(None)
        valid_links = 0
        query = select(links.c.id, links.c.seed, links.c.token_sha256).where(live)
        for row in tx.connection.execute(query).all():
            token = self._old.token(row.seed).encode()
            if hashlib.sha256(token).hexdigest() == row.token_sha256:
                sealed = self._new.seal(token, "links.sealed_token", row.id)
                its = links.update().where(links.c.id == row.id)
                tx.connection.execute(its.values(sealed_token=sealed))
                valid_links += 1
        return valid_links


def not_sealed_by(tx: Transaction, table: Table, *heads: bytes) -> Sequence[RowName]:
    """The rows that hold a value which begins with none of these heads."""
    strange = []
    for column in sealed_columns(table):
        begin = func.substr(column, 1, len(heads[0]), type_=column.type)
        strange.append(and_(*(begin != literal(head, column.type) for head in heads)))
    [key] = table.primary_key.columns
    return tx.connection.scalars(select(key).where(or_(*strange)).order_by(key)).all()


_SAVE = update(audit).where(audit.c.id == bindparam("row")).values(mac=bindparam("new_mac"))


def rechain(tx: Transaction, old: Vault, new: Vault) -> int:
    """Give every row its MAC under the new key, in this transaction: how many rows did not follow
    from those before."""
    broken, now, pending = 0, Link(), []
    for row, was, follows in each_link(tx.audit.rows, old):
        broken += not follows
        mac = next_link(new, now, row).mac if follows else row["mac"]
        now = Link(was.id, mac or "")
        pending.append({"row": was.id, "new_mac": mac})
        if len(pending) == BATCH:
            tx.connection.execute(_SAVE, pending)
            pending = []
    if pending:
        tx.connection.execute(_SAVE, pending)
    return broken
