"""The database itself: engines for a URL, the turn that steps share, views, PostgreSQL's clock, and
a database's troubles in our words.

A transaction of an engine is a step, which waits for its turn, or, with the option VIEW, a view,
which has none.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime
from typing import Any

from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import NullPool

from core.errors import StorageFull, StoreError, Unstorable

BUSY_TIMEOUT_S = 30.0
LOOK_AGAIN_S = 0.001
VANISHED_TIMEOUT_S = 5.0
TURN_LOCK = 0x756E62696E64  # "unbind": the advisory lock of a step, on PostgreSQL
SPOILT = ("file is not a database", "disk image is malformed")
NUL = "cannot contain NUL"
"""PostgreSQL's words for a text with U+0000, which SQLite takes."""
VIEW = "view"
"""The option of an engine whose transactions only look."""
_LIMITS = {
    "lock_timeout": BUSY_TIMEOUT_S,
    "idle_in_transaction_session_timeout": VANISHED_TIMEOUT_S,
}
_SET_LIMITS = ", ".join(
    f"set_config('{name}', '{seconds:.0f}s', true)" for name, seconds in _LIMITS.items()
)
_TAKE_TURN = f"SELECT {_SET_LIMITS}, pg_advisory_xact_lock({TURN_LOCK}), clock_timestamp()"
_BEGIN = ("BEGIN ISOLATION LEVEL READ COMMITTED", _TAKE_TURN)
_BEGIN_VIEW = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT clock_timestamp()")


class DatabaseClock:
    """The clock of a PostgreSQL server, the same for all machines that work on it: read as each
    step and view begins, carried on by a count of seconds."""

    def __init__(self) -> None:
        self._read = (datetime.now(UTC), clock_gettime(CLOCK_BOOTTIME))  # until the first of them

    def now(self) -> datetime:
        at, count_s = self._read
        return at + timedelta(seconds=clock_gettime(CLOCK_BOOTTIME) - count_s)

    def begin(self, connection: Connection) -> None:
        """A step waits for its turn, and sees what the one before it left, whatever isolation the
        server is set to; a view has none.

        The turn ends with the transaction, and that with a machine that vanished in it. Waiting
        longer than SQLite would is a trouble of the database.
        """
        begin, first = _BEGIN_VIEW if is_view(connection) else _BEGIN
        connection.exec_driver_sql(begin)
        now: datetime = connection.exec_driver_sql(first).one()[-1]
        self._read = (now.astimezone(UTC), clock_gettime(CLOCK_BOOTTIME))


@contextmanager
def in_words() -> Iterator[None]:
    """For a block: the database's own troubles are raised in our words (see `explained`)."""
    try:
        yield
    except DBAPIError as error:
        raise explained(error) from error


@contextmanager
def begun(engine: Engine) -> Iterator[RootTransaction]:
    """A transaction for a block."""
    try:
        connection = engine.connect()
    except NoneFree as error:
        raise StoreError("数据库没有及时应答，所有连接都在等待。请稍后再试。") from error
    with connection, connection.begin() as began:
        yield began


def open_engine(url: str | URL) -> Engine:
    """An engine for the URL, with the settings this store relies on."""
    return open_with_clock(url)[0]


def open_with_clock(url: str | URL) -> tuple[Engine, DatabaseClock | None]:
    """Like `open_engine`, with the database's own clock where it has one."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # connections that died while they were kept are made anew
        engine = create_engine(parsed, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        clock = DatabaseClock()
        event.listen(engine, "begin", clock.begin)
        return engine, clock
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine, None


@contextmanager
def closing_engine(url: str | URL) -> Iterator[Engine]:
    """Like `open_engine`, for a block."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def snapshot(url: str | URL) -> Iterator[Connection]:
    """The content of a PostgreSQL database at one moment, without a turn: nobody waits for it, and
    it waits for nobody. Raises StoreError."""
    engine = create_engine(url, isolation_level="REPEATABLE READ", poolclass=NullPool)
    with in_words(), engine.connect() as connection:
        yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event says when, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A step waits for its turn.

    A view has none; it looks at what is stored now,
    and waits only where SQLite itself must put the file in order first.
    """
    for words in (
        ("BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1")
        if is_view(connection)
        else ("BEGIN IMMEDIATE",)
    ):
        _when_free(connection, words)


def _when_free(connection: Connection, words: str) -> None:
    """Try every millisecond.

    SQLite's own waiting sleeps longer and longer, up to 100 ms: a step waited 57 ms for its turn
    (95 %) while a flood was judged, and waits 10 ms now.
    """
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


def is_view(connection: Connection) -> bool:
    return VIEW in connection.get_execution_options()


def changes(connection: Connection) -> int:
    """How many rows this SQLite connection has changed so far."""
    driver = connection.connection.driver_connection
    return driver.total_changes if isinstance(driver, sqlite3.Connection) else 0


def explained(error: DBAPIError) -> Exception:
    """The database's own trouble in our words (StorageFull, StoreError), or a text that it takes
    from nobody (Unstorable); the error itself where it is a defect of ours."""
    words = str(error.orig)
    if NUL in words:
        return Unstorable("内容含有无法保存的控制字符（U+0000），请改正后重试。")
    if "disk is full" in words or getattr(error.orig, "sqlstate", "") == "53100":
        return StorageFull(
            "磁盘已满，本步骤未保存任何内容。请清理磁盘空间：收信、发信和办理会自动继续，"
            "人工操作须重新提交。"
        )
    if any(sign in words for sign in SPOILT):
        return StoreError(
            f"数据库文件已损坏，或不是本程序的数据库：{words}。请从备份恢复（unbind restore），"
            "或检查 storage.database_url。"
        )
    # internal: PostgreSQL's word for a database that became read-only
    if isinstance(error, (OperationalError, InternalError, InterfaceError)):
        return StoreError(
            f"数据库不可用：{' '.join(words.split())}。请检查 storage.database_url、"
            "密码（UNBIND_DATABASE_PASSWORD 或 ~/.pgpass）、文件权限与磁盘。"
        )
    return error
