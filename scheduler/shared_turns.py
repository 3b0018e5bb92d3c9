"""Turns that several processes share: advisory locks of PostgreSQL, which end with the session that
holds them. The database ends a session without a sign of life, so the turns of a process that was
killed, stands still or is cut off are free again. Who goes on afterwards may do a thing twice; the
tables decide once.
"""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import structlog

from core.store.database import WORK_LOCK
from scheduler.turns import Held, Turns

log = structlog.get_logger(__name__)

MOST_ENDS = 20
"""A mail over which whole processes, not their judging processes, ended so often is set aside."""
_KIND = 0x756E62  # "unb": turns have numbers of their own among advisory locks
_TAKE = f"SELECT pg_try_advisory_lock({_KIND}, hashtext(%s))"
_GIVE_BACK = f"SELECT pg_advisory_unlock({_KIND}, hashtext(%s))"
_IN_HAND = """
    INSERT INTO counters (name, value) SELECT 'in hand ' || unnest(%s::int[]), 1
    ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
    RETURNING substr(name, 9)::int, value"""
_OUT_OF_HAND = "DELETE FROM counters WHERE name IN (SELECT 'in hand ' || unnest(%s::int[]))"


class SharedTurns(Turns):
    """The turns of one process, held by one session.

    `url`: of libpq. `take_over_s`: seconds after which the database ends a silent session.
    """

    def __init__(self, url: str, take_over_s: float) -> None:
        self._take_over_s = take_over_s
        self._connect = partial(
            psycopg.connect,
            url,
            autocommit=True,
            application_name="turns",
            options=f"-c idle_session_timeout={take_over_s * 1000:.0f} -c synchronous_commit=off",
            connect_timeout=max(2, round(take_over_s)),
            tcp_user_timeout=round(take_over_s * 1000),
        )
        self._session: psycopg.Connection | None = None
        self._opening = threading.Lock()
        self._again_s = 0.0

    @contextmanager
    def turn(self, name: str) -> Iterator[Held | None]:
        session = self._open()
        if session is None or not _answer(session, _TAKE, name):
            yield None
            return
        try:
            yield partial(_answer, session, "SELECT true")
        finally:
            _answer(session, _GIVE_BACK, name)

    @contextmanager
    def in_hand(self, mail_ids: Collection[int]) -> Iterator[Collection[int]]:
        session, ids = self._open(), list(mail_ids)
        rows = _rows(session, _IN_HAND, ids) if session else []
        try:
            yield [mail_id for mail_id, ends in rows if ends > MOST_ENDS]
        finally:
            if session:
                _rows(session, _OUT_OF_HAND, ids)

    def keep(self) -> None:
        if self._session:
            _answer(self._session, "SELECT true")

    def close(self) -> None:
        if self._session:
            self._session.close()

    def _open(self) -> psycopg.Connection | None:
        """The session, a new one where the former ended; None while there is none to be had."""
        with self._opening:
            if self._session and not self._session.closed:
                return self._session
            if time.monotonic() < self._again_s:
                return None
            self._session = None
            try:
                session = self._connect()
                session.execute(f"SELECT pg_advisory_lock_shared({WORK_LOCK})")
            except psycopg.Error as error:
                log.warning("turns.unavailable", exc_info=error)
                self._again_s = time.monotonic() + self._take_over_s
                return None
            self._session = session
            return session


def _answer(session: psycopg.Connection, query: str, *values: object) -> bool:
    """The one thing that is asked; False, too, where the session is over."""
    return any(answer for (answer,) in _rows(session, query, *values))


def _rows(session: psycopg.Connection, query: str, *values: object) -> list[Any]:
    """The rows of a query; none where the session is over."""
    try:
        cursor = session.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error:
        return []
