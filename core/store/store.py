"""The store: SQLAlchemy over SQLite (the embedded default) or PostgreSQL.

One transaction is one step of the desk, and steps take turns, on both databases and between any
number of processes: every use case may rely on what it read until it commits. On SQLite a
transaction begins IMMEDIATE, WAL lets backups read beside it, and synchronous=FULL makes a commit
survive a power cut. On PostgreSQL it begins with an advisory lock; READ COMMITTED alone would let
an objection be overwritten by the window that runs at the same moment, or two workers open a case
each for the same request. A step takes milliseconds; mails are read and letters sent outside. What
only looks is a view, which has no turn. Storing mails relies on nothing that it read but their
keys, which an index holds: on PostgreSQL it writes first and takes its turn last, for the queue and
the commit. That a letter was accepted stands for itself and takes none there.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, RootTransaction, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.data.case_ports import Transaction
from core.data.due import Due
from core.data.mail_record import NewMail
from core.errors import NotAView, VaultError
from core.failpoints import reached, watched
from core.keys.vault import Vault
from core.store.audit_verifying import AuditHeads, verify
from core.store.database import NO_TURN, VIEW, begun, changes, explained, open_with_clock, take_turn
from core.store.repositories.store_accounts import AccountRows, LinkRows
from core.store.repositories.store_administrators import AdministratorRows
from core.store.repositories.store_bindings import BindingRows
from core.store.repositories.store_calendar import CalendarRows, Decided
from core.store.repositories.store_cases import CaseRows
from core.store.repositories.store_contacts import ContactRows
from core.store.repositories.store_events import EventRows
from core.store.repositories.store_figures import FigureRows
from core.store.repositories.store_letters import LetterRows
from core.store.repositories.store_logins import LoginRows, RefusedCertificateRows
from core.store.repositories.store_mails import sealed_bodies
from core.store.repositories.store_papers import PaperRows
from core.store.repositories.store_records import AlertRows, AuditRows
from core.store.repositories.store_retention import RetainedMailRows
from core.store.repositories.store_rows import Context, Rows
from core.store.repositories.store_second_factors import SecondFactorRows
from core.store.repositories.store_systems import KeyRows, SystemRows
from core.store.repositories.store_ticks import TickRows
from core.store.repositories.store_tries import TryRows
from core.store.tables.enterprise_tables import enterprises
from core.store.tables.mail_tables import mails

KEY_TRIED_ON_ROWS = 3
"""Mails whose readings are opened in one transaction."""
CASES_NOTED_AT_ONCE = 1000
KNOWN = "23505"
"""PostgreSQL's word for a key that is there already."""

Announced = Callable[[Any, Collection[Due]], None]
"""Called, at the end of a transaction, with the driver's connection and what
the transaction makes due."""


Group = TypeVar("Group", bound=Rows)


def _group(rows: Callable[[Context], Group]) -> cached_property[Group]:
    """A group of a transaction, made when it is first asked for: most transactions need few."""

    def made(tx: "SqlTransaction") -> Group:
        return rows(tx.context)

    return cached_property(made)


class SqlTransaction(Transaction):
    """One transaction of the store (core.data.case_ports.Transaction), in groups."""

    mails = _group(RetainedMailRows)
    cases = _group(CaseRows)
    letters = _group(LetterRows)
    accounts = _group(AccountRows)
    bindings = _group(BindingRows)
    links = _group(LinkRows)
    contact_changes = _group(ContactRows)
    papers = _group(PaperRows)
    administrators = _group(AdministratorRows)
    second_factors = _group(SecondFactorRows)
    logins = _group(LoginRows)
    tries = _group(TryRows)
    refused_certificates = _group(RefusedCertificateRows)
    ticks = _group(TickRows)
    calendar = _group(CalendarRows)
    systems = _group(SystemRows)
    signing_keys = _group(KeyRows)
    events = _group(EventRows)
    figures = _group(FigureRows)
    audit = _group(AuditRows)
    alerts = _group(AlertRows)

    def __init__(self, connection: Connection, vault: Vault, *, announces: bool = False) -> None:
        """`announces`: somebody is told of what it makes due."""
        self.connection = connection
        self.context = Context(connection, vault, announces=announces)

    def call(self, due: Due) -> None:
        self.ticks.call(due)


class SqlStore:
    """The store at one database URL."""

    def __init__(
        self,
        url: str | URL,
        vault: Vault,
        folder: Path | None = None,
        announced: Announced | None = None,
    ) -> None:
        """`folder`: where the head of the audit's chain is noted, outside the database; without one
        it is not. `announced`: the engine's queue, if any."""
        self.engine, self.clock = open_with_clock(url)
        self._views, self._without_turn = (
            self.engine.execution_options(**{option: True}) for option in (VIEW, NO_TURN)
        )
        # one of this process waits for the turn: were it to stand still, each would get one
        self._turn = threading.RLock() if self.clock else nullcontext()
        self._announced = announced
        self._vault = vault
        self.heads = AuditHeads(folder, vault)
        self.decided = Decided(self.engine)

    def transaction(self) -> AbstractContextManager[SqlTransaction]:
        """Commits at the end of the block, rolls back on any exception.

        Raises StorageFull and StoreError for the database's own troubles, and UnauditedStep where
        something was changed that must not change without an audit row.
        """
        return self.step()

    @contextmanager
    def step(self, *, audited: bool = True) -> Iterator[SqlTransaction]:
        """As `transaction`; without `audited`, which is for whoever prepares a test,
        no audit row is asked for."""
        try:
            with self._turn, begun(self.engine) as began:
                before = changes(began.connection) if watched() else 0
                tx = SqlTransaction(
                    began.connection, self._vault, announces=self._announced is not None
                )
                yield tx
                self._end(tx, began, before, audited=audited)
        except DBAPIError as error:
            raise explained(error) from error

    @contextmanager
    def _aside(self) -> Iterator[SqlTransaction]:
        """A transaction without any turn, for what stands for itself,
        where the database can write without."""
        try:
            with begun(self._without_turn) as began:
                tx = SqlTransaction(began.connection, self._vault)
                yield tx
                tx.context.connection.end()
                began.commit()
        except DBAPIError as error:
            raise explained(error) from error

    @contextmanager
    def _late_step(self) -> Iterator[SqlTransaction]:
        """A step that takes the turn of all processes at its end, where the database can write
        without: for one that adds rows, and relies on nothing that it read. Within this process it
        has its turn from the start: waiting for it in an open transaction would be standing
        still."""
        try:
            with self._turn, begun(self._without_turn) as began:
                before = changes(began.connection) if watched() else 0
                tx = SqlTransaction(
                    began.connection, self._vault, announces=self._announced is not None
                )
                yield tx
                tx.context.connection.flush()
                take_turn(began.connection)
                self._end(tx, began, before, audited=True)
        except DBAPIError as error:
            raise explained(error) from error

    def _end(
        self, tx: SqlTransaction, began: RootTransaction, before: int, *, audited: bool
    ) -> None:
        """Write what is written at the end, and commit.

        `before`: the connection's changes before this transaction's, while they are watched.
        """
        head = tx.audit.close(required=audited)
        if self._announced and tx.context.due:
            tx.context.connection.flush()
            self._announced(tx.connection.connection.driver_connection, tx.context.due.values())
        writes = watched() and changes(tx.connection) > before
        if writes:
            reached("commit.before")
        tx.context.connection.end()
        began.commit()
        if writes:
            reached("commit.after")
        if head:
            self.heads.note(head)
        if tx.context.decided:
            self.decided.forget()

    @contextmanager
    def view(self) -> Iterator[SqlTransaction]:
        """See core.data.case_ports.Store.

        Raises StoreError for the database's own troubles, NotAView where something was written.
        """
        try:
            with begun(self._views) as began:
                before = changes(began.connection)
                yield SqlTransaction(began.connection, self._vault)
                if changes(began.connection) > before:
                    raise NotAView(
                        "本步骤只应查看数据，却改动了数据，未予保存。这是程序错误，请报告。"
                    )
        except DBAPIError as error:
            raise explained(error) from error

    def now(self) -> datetime | None:
        """See core.data.case_ports.Store."""
        if self.clock is None:
            return None
        with self.view():
            return self.clock.now()

    def add_mails(self, group: Iterable[NewMail]) -> int:
        """See core.data.case_ports.Store."""
        sealed = sealed_bodies(self._vault, group)
        if self.clock is None:
            with self.transaction() as tx:
                return len(tx.mails.add_sealed(sealed))
        while True:
            # a step that has its turn may draw, too, and must not wait for one
            # that waits for the turn
            with self._aside() as tx:
                [first] = tx.mails.draw("mails", count=len(sealed))
            try:
                with self._late_step() as tx:
                    return len(tx.mails.add_sealed(sealed, first))
            except IntegrityError as error:
                # by another process: the next try leaves it out
                stored_meanwhile = getattr(error.orig, "sqlstate", "") == KNOWN
                if not stored_meanwhile:
                    raise

    def note_accepted(self, letter_id: int, at: datetime) -> None:
        """See core.data.case_ports.Store."""
        if self.clock:
            with self._aside() as tx:
                tx.letters.note_accepted(letter_id, at)

    def note_filters(self) -> None:
        """Write down what lists of cases filter by, where it is not yet: it lies sealed in each.

        To be called once after an upgrade.
        """
        last: int | None = 0
        while last is not None:
            with self.transaction() as tx:
                last = tx.cases.note_filters(last, CASES_NOTED_AT_ONCE)

    def verify_audit(
        self, *, whole: bool = False, progress: Callable[[int], None] = lambda _rows: None
    ) -> list[str]:
        """See core.data.case_ports.Store. `progress`: rows looked at so far."""
        return verify(self.view, self.heads, whole=whole, progress=progress)

    def accept_audit(self, at: datetime, actor: str, found: int) -> None:
        """A person has looked at what is wrong with the chain: the hourly check goes on from here.

        The whole check keeps finding it.
        """
        with self.transaction() as tx:
            tx.audit.write(at, actor, "audit.accepted", found=str(found))
        with self.transaction() as tx:
            self.heads.begin_anew(tx.audit.read_head())

    def require_own_key(self) -> None:
        """Refuse a key that opens none of the oldest sealed rows: work under it would leave a
        database that no key opens. Raises VaultError."""
        with self.view() as tx:
            sealed = [
                (value, f"{table.name}.sealed", row)
                for table, named_by in (
                    (enterprises, [enterprises.c.id]),
                    (mails, [mails.c.id, mails.c.sha256]),
                )
                for value, *row in tx.connection.execute(
                    select(table.c.sealed, *named_by).order_by(table.c.id).limit(KEY_TRIED_ON_ROWS)
                )
            ]
        if sealed and not any(self._opens(value, column, row) for value, column, row in sealed):
            raise VaultError(
                "保险库密钥不符：打不开数据库里已有的数据。"
                "请恢复这个数据库原来的密钥文件（vault.key）或环境变量，不要新建密钥。"
            )

    def _opens(self, sealed: bytes, column: str, row: Iterable[int | str]) -> bool:
        try:
            self._vault.open(sealed, column, *row)
        except VaultError:
            return False
        return True

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        self.decided.close()
