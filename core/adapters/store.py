"""The store: SQLAlchemy over SQLite (the embedded default) or PostgreSQL.

One transaction is one step of the desk, and steps take turns, on both databases and between any number of processes: every use case may rely on
what it read until it commits. On SQLite a transaction begins IMMEDIATE, WAL lets backups read beside it, and synchronous=FULL makes a commit
survive a power cut. On PostgreSQL it begins with an advisory lock; READ COMMITTED alone would let an objection be overwritten by the window that
runs at the same moment, or two workers open a case each for the same request. A step takes milliseconds; mails are read and letters sent outside.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.pool import NullPool

from core.adapters.audit_verifying import AuditHeads, verify
from core.adapters.failpoints import reached, watched
from core.adapters.prepared import as_raised
from core.adapters.store_accounts import AccountRows, LinkRows
from core.adapters.store_administrators import AdministratorRows
from core.adapters.store_bindings import BindingRows
from core.adapters.store_calendar import CalendarRows, Decided
from core.adapters.store_cases import CaseRows
from core.adapters.store_contacts import ContactRows
from core.adapters.store_events import EventRows
from core.adapters.store_figures import FigureRows
from core.adapters.store_letters import LetterRows
from core.adapters.store_logins import LoginRows, RefusedCertificateRows
from core.adapters.store_mails import sealed_bodies
from core.adapters.store_papers import PaperRows
from core.adapters.store_records import AlertRows, AuditRows
from core.adapters.store_retention import RetainedMailRows
from core.adapters.store_rows import Context, Rows
from core.adapters.store_second_factors import SecondFactorRows
from core.adapters.store_systems import KeyRows, SystemRows
from core.adapters.store_ticks import TickRows
from core.adapters.store_tries import TryRows
from core.adapters.tables.enterprises import enterprises
from core.adapters.tables.mails import mails
from core.adapters.vault import Vault
from core.cases.due import Due
from core.cases.mail_record import NewMail
from core.cases.ports import Transaction
from core.errors import NotAView, StorageFull, StoreError, VaultError

BUSY_TIMEOUT_S = 30.0
LOOK_AGAIN_S = 0.001
VANISHED_TIMEOUT_S = 5.0
KEY_TRIED_ON_ROWS = 3
TURN_LOCK = 0x756E62696E64  # "unbind": the advisory lock of a step, on PostgreSQL
NOTED_AT_ONCE = 100
"""Mails whose readings are opened in one transaction."""
CASES_NOTED_AT_ONCE = 1000
SPOILT = ("file is not a database", "disk image is malformed")

Announced = Callable[[Any, Collection[Due]], None]
"""Called, at the end of a transaction, with the driver's connection and what the transaction makes due."""


Group = TypeVar("Group", bound=Rows)


def _group(rows: Callable[[Context], Group]) -> cached_property[Group]:
    """A group of a transaction, made when it is first asked for: most transactions need few."""

    def made(tx: "SqlTransaction") -> Group:
        return rows(tx.context)

    return cached_property(made)


class SqlTransaction(Transaction):
    """One transaction of the store (core.cases.ports.Transaction), in groups."""

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

    def __init__(self, url: str | URL, vault: Vault, folder: Path | None = None, announced: Announced | None = None) -> None:
        """`folder`: where the head of the audit's chain is noted, outside the database; without one it is not. `announced`: the engine's queue, if any."""
        self.engine, self.clock = _open(url)
        self._views = self.engine.execution_options(**{VIEW: True})
        self._turn = threading.RLock() if self.clock else nullcontext()  # one of this process waits for the turn: were it to stand still, each would get one
        self._announced = announced
        self._vault = vault
        self.heads = AuditHeads(folder, vault)
        self.decided = Decided(self.engine)

    def transaction(self) -> AbstractContextManager[SqlTransaction]:
        """Commits at the end of the block, rolls back on any exception. Raises StorageFull and StoreError for the database's own troubles, and
        UnauditedStep where something was changed that must not change without an audit row."""
        return self.step()

    @contextmanager
    def step(self, *, audited: bool = True) -> Iterator[SqlTransaction]:
        """As `transaction`; without `audited`, which is for whoever prepares a test, no audit row is asked for."""
        try:
            with self._turn, begun(self.engine) as began:
                connection = began.connection
                before = _changes(connection) if watched() else 0
                tx = SqlTransaction(connection, self._vault, announces=self._announced is not None)
                yield tx
                head = tx.audit.close(required=audited)
                tx.context.connection.flush()
                if self._announced and tx.context.due:
                    self._announced(connection.connection.driver_connection, tx.context.due.values())
                writes = watched() and _changes(connection) > before
                if writes:
                    reached("commit.before")
                began.commit()
                if writes:
                    reached("commit.after")
                if head:
                    self.heads.note(head)
                if tx.context.decided:
                    self.decided.forget()
        except DBAPIError as error:
            raise explained(error) from error

    @contextmanager
    def view(self) -> Iterator[SqlTransaction]:
        """See core.cases.ports.Store. Raises StoreError for the database's own troubles, NotAView where something was written."""
        try:
            with begun(self._views) as began:
                before = _changes(began.connection)
                yield SqlTransaction(began.connection, self._vault)
                if _changes(began.connection) > before:
                    raise NotAView("本步骤只应查看数据，却改动了数据，未予保存。这是程序错误，请报告。")
        except DBAPIError as error:
            raise explained(error) from error

    def now(self) -> datetime | None:
        """See core.cases.ports.Store."""
        if self.clock is None:
            return None
        with self.view() as tx:
            return self.clock.read(tx.connection)

    def add_mails(self, group: Iterable[NewMail]) -> int:
        """See core.cases.ports.Store."""
        sealed = sealed_bodies(self._vault, group)
        with self.transaction() as tx:
            return len(tx.mails.add_sealed(sealed))

    def note_page_images(self) -> None:
        """Write down, for mails that were read before that was done, which page images they show: retention goes by it. To be called once after an upgrade."""
        last: int | None = 0
        while last is not None:
            with self.transaction() as tx:
                last = tx.mails.note_page_images(last, NOTED_AT_ONCE)

    def note_filters(self) -> None:
        """Write down what lists of cases filter by, where it is not yet: it lies sealed in each. To be called once after an upgrade."""
        last: int | None = 0
        while last is not None:
            with self.transaction() as tx:
                last = tx.cases.note_filters(last, CASES_NOTED_AT_ONCE)

    def note_contacts(self) -> None:
        """Write down the digests of contact addresses that were registered before they were kept. To be called once after an upgrade."""
        with self.transaction() as tx:
            tx.accounts.note_contacts()

    def verify_audit(self, *, whole: bool = False, progress: Callable[[int], None] = lambda _rows: None) -> list[str]:
        """See core.cases.ports.Store. `progress`: rows looked at so far."""
        return verify(self.view, self.heads, whole=whole, progress=progress)

    def accept_audit(self, at: datetime, actor: str, found: int) -> None:
        """A person has looked at what is wrong with the chain: the hourly check goes on from here. The whole check keeps finding it."""
        with self.transaction() as tx:
            tx.audit.write(at, actor, "audit.accepted", found=str(found))
        with self.transaction() as tx:
            self.heads.begin_anew(tx.audit.read_head())

    def require_own_key(self) -> None:
        """Refuse a key that opens none of the oldest sealed rows: work under it would leave a database that no key opens. Raises VaultError."""
        with self.view() as tx:
            sealed = [
                (value, f"{table.name}.sealed", row)
                for table, named_by in ((enterprises, [enterprises.c.id]), (mails, [mails.c.id, mails.c.sha256]))
                for value, *row in tx.connection.execute(select(table.c.sealed, *named_by).order_by(table.c.id).limit(KEY_TRIED_ON_ROWS))
            ]
        if sealed and not any(self._opens(value, column, row) for value, column, row in sealed):
            raise VaultError("保险库密钥不符：打不开数据库里已有的数据。请恢复这个数据库原来的密钥文件（vault.key）或环境变量，不要新建密钥。")

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


VIEW: Final = "view"
"""The option of an engine whose transactions only look."""
_LIMITS = {"lock_timeout": BUSY_TIMEOUT_S, "idle_in_transaction_session_timeout": VANISHED_TIMEOUT_S}
_SET_LIMITS = ", ".join(f"set_config('{name}', '{seconds:.0f}s', true)" for name, seconds in _LIMITS.items())
_BEGIN = f"BEGIN; SELECT {_SET_LIMITS}, pg_advisory_xact_lock({TURN_LOCK}), clock_timestamp()"
"""On its way once: the driver would send a BEGIN of its own before it, did it not leave transactions to us."""
_BEGIN_VIEW = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class DatabaseClock:
    """The clock of a PostgreSQL server, the same for all machines that work on it: read at the beginning of each step, carried on by a count of seconds."""

    def __init__(self) -> None:
        self._read = (datetime.now(UTC), clock_gettime(CLOCK_BOOTTIME))  # until the first step

    def now(self) -> datetime:
        at, count_s = self._read
        return at + timedelta(seconds=clock_gettime(CLOCK_BOOTTIME) - count_s)

    def read(self, connection: Connection) -> datetime:
        """Read it now."""
        return self._note(connection.execute(select(func.clock_timestamp())).scalar_one())

    def _note(self, now: datetime) -> datetime:
        self._read = (now.astimezone(UTC), clock_gettime(CLOCK_BOOTTIME))
        return self._read[0]

    def begin(self, connection: Connection) -> None:
        """A step waits for its turn; a view has none. The turn ends with the transaction, and that with a machine that vanished in it. Waiting longer
        than SQLite would is a trouble of the database."""
        driver: Any = connection.connection.driver_connection
        words = _BEGIN_VIEW if _is_view(connection) else _BEGIN
        try:
            cursor = driver.execute(words)
            if words == _BEGIN:
                cursor.nextset()
                [*_, now] = cursor.fetchone()
                self._note(now)
        except driver.Error as error:
            raise as_raised(connection, error, words) from error


@contextmanager
def begun(engine: Engine) -> Iterator[RootTransaction]:
    """A transaction for a block. Connections that died while they were kept are found by its first words, which have done nothing yet, and made anew."""
    try:
        began = _begin(engine)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        engine.dispose()
        began = _begin(engine)
    with began.connection, began:
        yield began


def _begin(engine: Engine) -> RootTransaction:
    connection = engine.connect()
    try:
        return connection.begin()
    except BaseException:
        connection.close()
        raise


def open_engine(url: str | URL) -> Engine:
    """An engine for the URL, with the settings this store relies on."""
    return _open(url)[0]


def _open(url: str | URL) -> tuple[Engine, DatabaseClock | None]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine, clock = create_engine(parsed, isolation_level="AUTOCOMMIT"), DatabaseClock()
        event.listen(engine, "begin", clock.begin)
        return engine, clock
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine, None


@contextmanager
def closing_engine(url: str | URL) -> Iterator[Engine]:
    """As `open_engine`, for a block."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def snapshot(url: str | URL) -> Iterator[Connection]:
    """What a PostgreSQL database is at one moment, whatever others write meanwhile: nobody waits for it, and it waits for nobody's turn. Raises StoreError."""
    try:
        with create_engine(url, isolation_level="REPEATABLE READ", poolclass=NullPool).connect() as connection:
            yield connection
    except DBAPIError as error:
        raise explained(error) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event says when, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A step waits for its turn. A view has none; it looks at what is stored now, and waits only where SQLite itself must put the file in order first."""
    if _is_view(connection):
        connection.exec_driver_sql("BEGIN")
        _when_free(connection, "SELECT 1 FROM sqlite_schema LIMIT 1")
    else:
        _when_free(connection, "BEGIN IMMEDIATE")


def _when_free(connection: Connection, words: str) -> None:
    """Try every millisecond. SQLite's own waiting sleeps longer and longer, up to 100 ms: a page waited 57 ms for its turn (95 %) while a flood was
    judged, and waits 10 ms now."""
    until, driver = time.monotonic() + BUSY_TIMEOUT_S, connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    while time.monotonic() < until:
        try:
            driver.execute(words).fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break
            time.sleep(LOOK_AGAIN_S)
        else:
            return
    connection.exec_driver_sql(words)  # fails once more, now in words that `transaction` explains


def _is_view(connection: Connection) -> bool:
    return VIEW in connection.get_execution_options()


def _changes(connection: Connection) -> int:
    """How many rows this SQLite connection has changed so far."""
    driver = connection.connection.driver_connection
    return driver.total_changes if isinstance(driver, sqlite3.Connection) else 0


def explained(error: DBAPIError) -> Exception:
    """The database's own trouble in our words (StorageFull, StoreError); the error itself where it is a defect of ours."""
    words = str(error.orig)
    if "disk is full" in words or getattr(error.orig, "sqlstate", "") == "53100":
        return StorageFull("磁盘已满，本步骤未保存任何内容；请清理磁盘空间，办理台会自动重试。")
    if any(sign in words for sign in SPOILT):
        return StoreError(f"数据库文件已损坏，或不是本程序的数据库：{words}。请从备份恢复（unbind restore），或检查 storage.database_url。")
    if isinstance(error, (OperationalError, InternalError, InterfaceError)):  # internal: PostgreSQL's word for a database that became read-only
        return StoreError(f"数据库不可用：{words}。请检查 storage.database_url、文件权限与磁盘。")
    return error
