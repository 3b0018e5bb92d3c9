"""Changing the vault's key: every sealed value is sealed anew, every digest is made anew,
and the audit is chained anew.

Each value names its key, and a row is changed whole, so that the work may be cut off at any commit
and taken up again: what names the new key is done. The desk must not run meanwhile; nothing else
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Table,
    and_,
    func,
    literal,
    or_,
    select,
)

from core.data.account_ports import OPENING
from core.data.case import Case
from core.data.letter import Letter
from core.errors import StoreError, VaultError
from core.failpoints import reached
from core.keys.audit_chain import HEAD_FILE, Link, next_link
from core.keys.vault import RowName, Vault
from core.store.audit_rechaining import NotedLinks, rechain
from core.store.repositories.store_accounts import LINK_TOKEN
from core.store.repositories.store_cases import looked_up as of_case
from core.store.repositories.store_letters import looked_up as of_letter
from core.store.store import SqlStore, SqlTransaction
from core.store.tables.administrator_tables import totp_secrets
from core.store.tables.case_tables import cases
from core.store.tables.enterprise_tables import (
    contact_changes,
    enterprise_papers,
    enterprises,
    links,
)
from core.store.tables.letter_tables import letters, rejection_keys
from core.store.tables.lock_tables import bindings, lock_owners, refused_certificates
from core.store.tables.login_tables import login_tries
from core.store.tables.mail_tables import images, mail_bodies, mails
from core.store.tables.record_tables import audit
from core.store.tables.system_tables import signing_keys

ROWS: Final = 200
BATCH_BYTES: Final = 16 * 2**20
"""At most so many rows, and about so many bytes, are in one transaction."""
ROTATED: Final = "vault.rotated"
FORGOTTEN: Final = (rejection_keys, login_tries)
_case, _letter = TypeAdapter(Case), TypeAdapter(Letter)
Words = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns. `row`: what names a row as the vault's place.

    `words`: from the plain bytes of the first sealed column, the words whose digests stand in
    `keys`. `joined`: where `row` stands in another table.
    """

    table: Table
    columns: tuple[str, ...]
    row: tuple[ColumnElement[Any], ...]
    keys: tuple[str, ...] = ()
    words: Callable[[bytes], Words] = lambda _plain: {}
    joined: FromClause | None = None

    @property
    def id(self) -> ColumnElement[Any]:
        """The primary key."""
        [column] = self.table.primary_key.columns
        return column

    def not_by(self, *heads: bytes) -> ColumnElement[bool]:
        """Whether a row holds a value that begins with none of these heads."""
        return or_(
            *(
                and_(
                    *(
                        _head(self.table.c[name], len(head)) != literal(head, LargeBinary)
                        for head in heads
                    )
                )
                for name in self.columns
            )
        )

    def whole(self, row_id: RowName) -> Select[Any]:
        """A row: its columns, and what names it as name0, name1 …"""
        names = [column.label(f"name{place}") for place, column in enumerate(self.row)]
        source = self.table if self.joined is None else self.joined
        return (
            select(*names, *(self.table.c[name] for name in self.columns))
            .select_from(source)
            .where(self.id == row_id)
        )


def _head(column: ColumnElement[Any], length: int) -> ColumnElement[bytes]:
    return func.substr(column, 1, length, type_=LargeBinary)


def _of_mail(plain: bytes) -> Words:
    return {"message_key": json.loads(plain).get("message_id")}


_CASE_KEYS: Final = ("name_key", "uscc_key", "sender_key", "handler_key")
SEALED: Final = (
    SealedTable(
        enterprises,
        ("sealed",),
        (enterprises.c.id,),
        ("contact_key",),
        lambda plain: {"contact_key": json.loads(plain).get("contact_email")},
    ),
    SealedTable(
        bindings,
        ("ca_unique_id",),
        (bindings.c.id,),
        ("unique_id_key",),
        lambda plain: {"unique_id_key": plain.decode()},
    ),
    SealedTable(refused_certificates, ("sealed",), (refused_certificates.c.sha256,)),
    SealedTable(contact_changes, ("sealed",), (contact_changes.c.id,)),
    SealedTable(enterprise_papers, ("sealed", "content", "picture"), (enterprise_papers.c.id,)),
    SealedTable(links, ("sealed_token",), (links.c.id,)),
    SealedTable(
        cases,
        ("sealed",),
        (cases.c.id,),
        _CASE_KEYS,
        lambda plain: of_case(_case.validate_json(plain)),
    ),
    SealedTable(
        letters,
        ("sealed",),
        (letters.c.id,),
        ("recipient_key", "message_key", "origin_key"),
        lambda plain: of_letter(_letter.validate_json(plain)),
    ),
    SealedTable(
        mails, ("sealed", "reading"), (mails.c.id, mails.c.sha256), ("message_key",), _of_mail
    ),
    SealedTable(mail_bodies, ("sealed",), (mails.c.sha256,), joined=mail_bodies.join(mails)),
    SealedTable(images, ("sealed",), (images.c.sha256,)),
    SealedTable(totp_secrets, ("sealed",), (totp_secrets.c.administrator_id,)),
    SealedTable(signing_keys, ("sealed",), (signing_keys.c.kid,)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be reported: values that did not open, rows of the audit that did not follow from
    those before, how many links stay valid, and the enterprises whose links were voided."""

    unopened: tuple[str, ...] = ()
    broken_audit_rows: int = 0
    links_kept: int = 0
    links_voided_of: tuple[str, ...] = ()


class Rotation:
    """From one key to another, on one database. `progress`: rows done, rows in all."""

    def __init__(
        self,
        url: str,
        old: Vault,
        new: Vault,
        folder: Path,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        if old.head == new.head:
            raise VaultError("新旧两行密钥相同（或编号恰好相同）。请换一个新密钥。")
        self._store = SqlStore(url, new)  # no folder: what is noted there is moved when all is done
        self.engine = self._store.engine
        self._noted = NotedLinks(folder, old, new)
        self._old, self._new, self._report = old, new, progress
        self._done = self._total = 0
        self._unopened: set[str] = set()

    def close(self) -> None:
        self._store.close()

    def require_known_keys(self) -> None:
        """Raise VaultError where a value was sealed under a third key:
        then one of the two is not this database's."""
        with self._step() as tx:
            strange = [
                one.table.name
                for one in SEALED
                if self._count(tx, one.not_by(self._old.head, self._new.head))
            ]
        if strange:
            raise VaultError(
                f"{'、'.join(strange)} 中有数据不属于新旧任何一个密钥，未作改动。"
                "请找出这个数据库原来的密钥（vault.key），把它放在第二行。"
            )

    def left(self) -> int:
        """Rows that hold a value under the old key."""
        with self._step() as tx:
            return sum(self._count(tx, one.not_by(self._new.head)) for one in SEALED)

    def reseal(self) -> None:
        """Seal everything anew; once more over what was written meanwhile,
        until nothing is left but what does not open."""
        self._total = self.left()
        while sum(self._table(one) for one in SEALED):
            pass

    def finish(self, at: datetime, actor: str, *, void_links: bool = False) -> Outcome:
        """Behind `reseal`: links, audit, and what is forgotten, in one transaction.

        Done before: nothing more than to move what is noted of the audit.
        """
        with self._step() as tx:
            outcome = Outcome(tuple(sorted(self._unopened)))
            if not self._finished(tx):
                outcome = self._finish(tx, at, actor, void_links=void_links)
        self._noted.settle()
        reached("rotate")
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

    @contextlib.contextmanager
    def _step(self) -> Iterator[SqlTransaction]:
        with self._store.transaction() as tx:
            yield tx
            reached("rotate")
        reached("rotate")

    def _count(self, tx: SqlTransaction, condition: ColumnElement[bool]) -> int:
        return tx.connection.scalar(select(func.count()).where(condition)) or 0

    def _table(self, one: SealedTable) -> int:
        """Seal a table's rows anew; how many values there were."""
        values, last = 0, None
        while True:
            with self._step() as tx:
                due = select(one.id).where(one.not_by(self._new.head)).order_by(one.id).limit(ROWS)
                ids = list(tx.connection.scalars(due if last is None else due.where(one.id > last)))
                size = 0
                for last in ids:
                    count, written = self._row(tx, one, last)
                    self._done, size, values = self._done + 1, size + written, values + count
                    if size > BATCH_BYTES:
                        break
            self._report(self._done, self._total)
            if not ids:
                return values

    def _row(self, tx: SqlTransaction, one: SealedTable, row_id: RowName) -> tuple[int, int]:
        """Seal a row anew; how many values, and of how many bytes. What does not open stays."""
        row = tx.connection.execute(one.whole(row_id)).mappings().one()
        place = [row[f"name{number}"] for number in range(len(one.row))]
        changed: dict[str, Any] = {}
        for number, name in enumerate(one.columns):
            column = f"{one.table.name}.{name}"
            if row[name] is None or row[name].startswith(self._new.head):
                continue
            try:
                plain = self._old.open(row[name], column, *place)
            except VaultError:
                self._unopened.add(f"{column} #{row_id}")
                continue
            changed[name] = self._new.seal(plain, column, *place)
            if number == 0:
                words = one.words(plain)
                changed |= {key: tx.context.key(words.get(key)) for key in one.keys}
                changed |= self._follow(tx, one.table, row_id, words)
        if changed:
            tx.connection.execute(one.table.update().where(one.id == row_id).values(changed))
        sealed = [changed[name] for name in one.columns if name in changed]
        return len(sealed), sum(map(len, sealed))

    def _follow(
        self, tx: SqlTransaction, table: Table, row_id: RowName, words: Words
    ) -> dict[str, Any]:
        """What goes with a row that is sealed anew: the owner of a lock, and by whom a mail waits
        in turn, of which there is no word but the digest."""
        if table is bindings:
            word = str(words["unique_id_key"]).casefold()
            owned = lock_owners.update().where(
                lock_owners.c.unique_id_key == self._old.digest(word)
            )
            tx.connection.execute(owned.values(unique_id_key=self._new.digest(word)))
        if table is mails:
            former = tx.connection.scalar(select(mails.c.sender_key).where(mails.c.id == row_id))
            return {"sender_key": self._new.digest(former) if former else None}
        return {}

    def _finished(self, tx: SqlTransaction) -> bool:
        """Whether the transaction of `_finish` was committed: its audit row is the last, since
        nothing works with two keys. Its MAC is of the new key, so that nobody else can have put it
        there."""
        [last, before, *_] = [
            *tx.connection.execute(select(audit).order_by(audit.c.id.desc()).limit(2)).mappings(),
            None,
            None,
        ]
        if last is None or last["action"] != ROTATED:
            return False
        behind = Link(before["id"], before["mac"] or "") if before else Link()
        return bool(next_link(self._new, behind, last).mac == last["mac"])

    def _finish(self, tx: SqlTransaction, at: datetime, actor: str, *, void_links: bool) -> Outcome:
        for table in FORGOTTEN:
            tx.connection.execute(table.delete())
        voided = self._void(tx, at) if void_links else ()
        kept = self._keep_links(tx)
        noted = self._noted.read()
        chain = rechain(tx, self._old, self._new, set(noted.values()))
        tx.audit.write(
            at,
            actor,
            ROTATED,
            key=self._new.key_id,
            before=self._old.key_id,
            unopened=str(len(self._unopened)),
            broken=str(chain.broken),
            links_kept=str(kept),
            voided=str(len(voided)),
        )
        head = tx.audit.close() or Link()
        links_now = {name: chain.moved.get(link, link) for name, link in noted.items()}
        if HEAD_FILE in links_now and links_now[HEAD_FILE].id < head.id:
            links_now[HEAD_FILE] = head
        self._noted.prepare(links_now)
        return Outcome(tuple(sorted(self._unopened)), chain.broken, kept, voided)

    def _void(self, tx: SqlTransaction, at: datetime) -> tuple[str, ...]:
        """Void the links that open an account or move it; the enterprises they belonged to."""
        live = links.c.used_at.is_(None) & links.c.voided_at.is_(None) & (links.c.expires_at > at)
        live &= links.c.purpose.in_([purpose.value for purpose in OPENING])
        owners = (
            select(enterprises.c.name)
            .where(enterprises.c.id.in_(select(links.c.enterprise_id).where(live)))
            .order_by(enterprises.c.id)
        )
        names = tuple(tx.connection.scalars(owners))
        tx.connection.execute(links.update().where(live).values(voided_at=at))
        return names

    def _keep_links(self, tx: SqlTransaction) -> int:
        """Seal the tokens that only the old key derives, of links that may still be followed or
        whose letter has yet to leave."""
        live = (
            links.c.used_at.is_(None) & links.c.voided_at.is_(None) & links.c.sealed_token.is_(None)
        )
        kept = 0
        for row in tx.connection.execute(
            select(links.c.id, links.c.seed, links.c.token_sha256).where(live)
        ).all():
            token = self._old.token(row.seed).encode()
            if hashlib.sha256(token).hexdigest() == row.token_sha256:
                sealed = self._new.seal(token, LINK_TOKEN, row.id)
                tx.connection.execute(
                    links.update().where(links.c.id == row.id).values(sealed_token=sealed)
                )
                kept += 1
        return kept
