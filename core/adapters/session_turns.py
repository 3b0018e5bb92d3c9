"""Turns of several processes on PostgreSQL (scheduler.turns): advisory locks of a session, so that they end with it, whatever ends it.

A process that is killed closes its session at once. One that stands still, or is cut off, sends nothing any more: after `silence_s` PostgreSQL ends the
session (idle_session_timeout), by its own clock, so that the clocks of the machines do not matter. A pooler that shares sessions
between clients cannot be used for this connection.
"""

import threading
import zlib
from typing import Final

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.adapters.store import explained
from core.errors import StoreError

log = structlog.get_logger(__name__)

SPACE: Final = 0x756E6264  # "unbd": the advisory locks of turns; that of a step has a single number (core.adapters.store)
HERE: Final = SPACE + 1
"""The lock that every process which works shares, so that others see it."""
WORKERS: Final = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
    "WHERE locktype = 'advisory' AND datname = current_database() AND classid = :here AND objsubid = 2 AND granted"
).bindparams(here=HERE)
"""How many processes work on the database, on whatever machine."""
_BEGIN: Final = text("SELECT set_config('idle_session_timeout', :silence, false), pg_advisory_lock_shared(:here, 0)").bindparams(here=HERE)
_TAKE: Final = text("SELECT pg_try_advisory_lock(:space, :number)")
_RELEASE: Final = text("SELECT pg_advisory_unlock(:space, :number)")
_SHOW_LIFE: Final = text("SELECT true")


class SessionTurns:
    """The turns of this process, for its threads."""

    def __init__(self, url: str | URL, silence_s: float = 10.0) -> None:
        reply = {"connect_timeout": max(2, round(silence_s)), "tcp_user_timeout": round(silence_s * 1000)}
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=reply)
        self._silence_s = silence_s
        self._session: Connection | None = None
        self._mine: set[str] = set()
        self._guard = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._show_life, name="turns", daemon=True).start()

    def mine(self, what: str) -> bool:
        with self._guard:
            if what in self._mine:
                return self._ask(_SHOW_LIFE)
            taken = self._ask(_TAKE, number=_number(what))
            if taken:
                self._mine.add(what)
            return taken

    def release(self, what: str) -> None:
        with self._guard:
            if what in self._mine:
                self._ask(_RELEASE, number=_number(what))
                self._mine.discard(what)

    def close(self) -> None:
        self._closed.set()
        with self._guard:
            self._end()

    def _show_life(self) -> None:
        while not self._closed.wait(self._silence_s / 4):
            with self._guard:
                if self._session is not None:
                    self._ask(_SHOW_LIFE)

    def _ask(self, question: object, **values: int) -> bool:
        """The answer; False when the session is lost, and every turn with it."""
        if self._closed.is_set():
            return False
        try:
            session = self._session or self._begin()
            return bool(session.scalar(question, {"space": SPACE, **values} if values else {}))  # type: ignore[call-overload]
        except DBAPIError as error:
            log.warning("turns.lost", turns=len(self._mine), error=type(error.orig).__name__)
            self._end()
            return False

    def _begin(self) -> Connection:
        self._session = self._engine.connect()
        self._session.execute(_BEGIN, {"silence": f"{self._silence_s * 1000:.0f}ms"})
        return self._session

    def _end(self) -> None:
        session, self._session = self._session, None
        self._mine.clear()
        if session is not None:
            session.invalidate()
            session.close()


def require_stopped(engine: Engine) -> None:
    """Raise StoreError while a process works on a PostgreSQL database, on whatever machine; on SQLite the storage folder's lock tells."""
    if engine.dialect.name == "sqlite":
        return
    try:
        with engine.connect() as connection:
            working = connection.scalar(WORKERS)
    except DBAPIError as error:
        raise explained(error) from error
    if working:
        raise StoreError(f"有 {working} 个办理进程仍在运行（可能在其他机器上）。请先停止它们。")


def _number(what: str) -> int:
    """Two senders with one number wait for each other, no more."""
    return zlib.crc32(what.encode()) - 2**31
