"""The store: SQLAlchemy over SQLite (the embedded default) or PostgreSQL.

One transaction is one step of the desk, and steps take turns, on both databases and between any
number of processes: every use case may rely on what it read until it commits. On SQLite a
transaction begins IMMEDIATE, WAL lets backups read beside it, and synchronous=FULL makes a commit
survive a power cut. On PostgreSQL it begins with an advisory lock; READ COMMITTED alone would let
an objection be overwritten by the window that runs at the same moment, or two workers open a case
each for the same request. A step takes milliseconds; mails are read and letters sent outside.
What only looks is a view, which has no turn.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, select

from core.clock import Clock, SystemClock
from core.data.case import Case
from core.data.due import Due
from core.data.mail_record import NewMail
from core.errors import NotAView, VaultError
from core.failpoints import pass_point, watched
from core.keys.audit_chain import NOWHERE, AuditHeads
from core.keys.vault import Vault
from core.store.database import (
    VIEW,
    begun,
    changes,
    in_words,
    open_engine,
    open_with_clock,
)
from core.store.repositories.store_accounts import AccountRows, ContactRows, LinkRows, PaperRows
from core.store.repositories.store_administrators import (
    AdministratorRows,
    PasskeyRows,
    RecoveryRows,
    SessionRows,
    TotpRows,
)
from core.store.repositories.store_bindings import BindingRows
from core.store.repositories.store_blocked import BlockedRows
from core.store.repositories.store_calendar import DayRows, Decided, WindowRows
from core.store.repositories.store_cases import CaseRows
from core.store.repositories.store_context import Context
from core.store.repositories.store_images import ImageRows
from core.store.repositories.store_letters import LetterRows
from core.store.repositories.store_mails import MailRows, sealed_bodies
from core.store.repositories.store_records import AlertRows, AuditRows, FigureRows, TickRows
from core.store.repositories.store_sessions import (
    CodeRows,
    EventRows,
    KeyRows,
    LoginRows,
    RefusedCertificateRows,
    SystemRows,
    TokenRows,
    TryRows,
)
from core.store.repositories.store_words import WordRows
from core.store.tables.case_tables import mails, place_of
from core.store.tables.enterprise_tables import enterprises

KEY_TRIED_ON_ROWS = 3

Announced = Callable[[Any, Collection[Due]], None]
"""Called, at the end of a transaction, with the driver's connection and what it makes due."""


class Transaction(Context):
    """One transaction of the store, in groups: all that is written in it is kept, or nothing.

    In every group `get` raises LookupError for what does not exist, and `by_…` gives None.
    """

    mails = cached_property(MailRows)
    images = cached_property(ImageRows)
    blocked = cached_property(BlockedRows)
    cases = cached_property(CaseRows)
    letters = cached_property(LetterRows)
    words = cached_property(WordRows)
    accounts = cached_property(AccountRows)
    bindings = cached_property(BindingRows)
    links = cached_property(LinkRows)
    contact_changes = cached_property(ContactRows)
    papers = cached_property(PaperRows)
    administrators = cached_property(AdministratorRows)
    sessions = cached_property(SessionRows)
    passkeys = cached_property(PasskeyRows)
    totps = cached_property(TotpRows)
    recovery_codes = cached_property(RecoveryRows)
    logins = cached_property(LoginRows)
    tries = cached_property(TryRows)
    refused_certificates = cached_property(RefusedCertificateRows)
    ticks = cached_property(TickRows)
    days = cached_property(DayRows)
    windows = cached_property(WindowRows)
    systems = cached_property(SystemRows)
    codes = cached_property(CodeRows)
    tokens = cached_property(TokenRows)
    signing_keys = cached_property(KeyRows)
    events = cached_property(EventRows)
    figures = cached_property(FigureRows)
    audit = cached_property(AuditRows)
    alerts = cached_property(AlertRows)

    def write_case(self, actor: str, action: str, case: Case, /, **detail: str | int) -> None:
        """Write the next version of a case, and what was done to it. Raises Conflict."""
        self.cases.save(case)
        self.audit.write(actor, action, case, **detail)


Kind = TypeVar("Kind", bound=Transaction)


class Store:
    """The store at one database URL.

    `folder`: where the head of the audit's chain is noted, outside the database. `announced`: the
    engine's queue, if any. `clock`: for a database without its own.
    """

    def __init__(
        self,
        url: str | URL,
        vault: Vault,
        folder: Path = NOWHERE,
        announced: Announced | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.engine, self._own_clock = open_with_clock(url)
        self.clock: Clock = self._own_clock or clock or SystemClock()
        self._views = self.engine.execution_options(**{VIEW: True})
        # On PostgreSQL one thread of this process at a time waits for the turn of all processes.
        self._turn = threading.RLock() if self._own_clock else nullcontext()
        self._announced = announced
        self.vault = vault
        self.heads = AuditHeads(folder, vault)
        self.decided = Decided(open_engine(url).execution_options(**{VIEW: True}))

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A step, as `step` has it."""
        return self.step(Transaction)

    def view(self) -> AbstractContextManager[Transaction]:
        """A view, as `look` has it."""
        return self.look(Transaction)

    @contextmanager
    def step(self, kind: type[Kind]) -> Iterator[Kind]:
        """A step: commits at the end of the block, rolls back on any exception. Steps take turns.

        Raises StorageFull and StoreError for the database's own troubles, and UnauditedStep where
        something was changed that must not change without an audit row.
        """
        with in_words(), self._turn, begun(self.engine) as began:
            connection = began.connection
            before = changes(connection) if watched() else 0
            announces = self._announced is not None
            tx = kind(connection, self.vault, self.clock, announces=announces)
            yield tx
            head = tx.audit.close()
            if self._announced and tx.due:
                self._announced(connection.connection.driver_connection, tx.due.values())
            writes = watched() and changes(connection) > before
            if writes:
                pass_point("commit.before")
            began.commit()
            if writes:
                pass_point("commit.after")
            if head:
                self.heads.note(head)

    @contextmanager
    def look(self, kind: type[Kind]) -> Iterator[Kind]:
        """The content of the store at one moment, for reading only.

        It waits for no step, and no step waits for it. What is done about it is a step, which
        looks again. Raises StoreError for the database's own troubles, NotAView where something
        was written.
        """
        with in_words(), begun(self._views) as began:
            before = changes(began.connection)
            yield kind(began.connection, self.vault, self.clock)
            if changes(began.connection) > before:
                raise NotAView("本步骤只应查看数据，却改动了数据，未予保存。这是程序错误，请报告。")

    def now(self) -> datetime | None:
        """The time of the database's own clock; None where it has none."""
        if self._own_clock is None:
            return None
        with self.view():
            return self._own_clock.now()

    def add_mails(self, group: Iterable[NewMail]) -> int:
        """Store mails as RECEIVED in one transaction, all or none; how many were new.

        They are sealed before it begins, since others wait for their turn meanwhile.
        """
        sealed = sealed_bodies(self.vault, group)
        with self.transaction() as tx:
            return len(tx.mails.add_sealed(sealed))

    def require_own_key(self) -> None:
        """Refuse a key that opens none of the oldest sealed rows: no key would open them all.

        Raises VaultError.
        """
        refused = 0
        with self.view() as tx:
            for table in (enterprises, mails):
                oldest = select(table.c.sealed, *place_of(table)).order_by(table.c.id)
                for sealed, *row in tx.connection.execute(oldest.limit(KEY_TRIED_ON_ROWS)):
                    try:
                        self.vault.open(sealed, f"{table.name}.sealed", *row)
                    except VaultError:
                        refused += 1
                    else:
                        return
        if refused:
            raise VaultError(
                "保险库密钥不符：打不开数据库里已有的数据。请恢复这个数据库原来的密钥文件"
                "（vault.key）或环境变量，不要新建密钥。"
            )

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        self.decided.close()


class Steps:
    """Base of the desks."""

    store: Store

    @property
    def clock(self) -> Clock:
        return self.store.clock

    def now(self) -> datetime:
        """The time outside a transaction."""
        return self.store.clock.now()

    def step(self) -> AbstractContextManager[Transaction]:
        """A transaction of the store."""
        return self.store.transaction()

    def view(self) -> AbstractContextManager[Transaction]:
        """The content of the store at one moment, for reading only."""
        return self.store.view()
