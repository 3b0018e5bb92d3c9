"""The jobs that follow one, taken by the thread that did it: the end of one and the start of the
next are one message there and back.

A worker of Procrastinate spends more processor time over a job than the judging of a small mail
takes. Jobs that are taken here are its own all the same: its signs of life speak for them, and they
are freed with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import psycopg
from procrastinate import JobContext, sql
from psycopg.rows import dict_row

NOT_DURABLE: Final = "SET synchronous_commit = off"
"""For connections that only take and end jobs: one that a crash of the database brings back is done
again, and the tables decide once."""
_LEAVE_TURN: Final = (
    "UPDATE procrastinate_jobs SET lock = NULL WHERE id = %s AND status = 'doing' "
    "AND worker_id = %s"
)
_END: Final = "DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'doing' AND worker_id = %s"


class FollowingJobs:
    """For one thread at a time."""

    def __init__(self, url: str, **settings: Any) -> None:
        """`url`: of libpq; `settings`: of the connection."""
        self._url, self._settings = url, settings
        self._connection: psycopg.Connection[dict[str, Any]] | None = None

    def of(
        self, context: JobContext, queues: Sequence[str], goes_on: Callable[[], bool]
    ) -> Iterator[int]:
        """What the next jobs of the queues are about, each of which ends when the next is asked
        for, until there is none or it does not go on.

        The job of the context is done already: it leaves its turn to others and stays without one,
        for its worker ends it. Raises psycopg.Error; the job in hand is free again when its worker
        ends.
        """
        job = context.job
        ending, ended = _LEAVE_TURN, job.id
        while True:
            found = self._end_and_fetch(
                ending,
                [ended, job.worker_id],
                {"queues": list(queues), "worker_id": job.worker_id},
                fetch=goes_on(),
            )
            if found is None:
                return
            yield found["args"]["about"]
            ending, ended = _END, found["id"]

    def close(self) -> None:
        """Give the connection back."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _end_and_fetch(
        self, ending: str, of: Sequence[Any], asked: dict[str, Any], *, fetch: bool
    ) -> dict[str, Any] | None:
        connection = self._connected()
        try:
            with connection.pipeline():  # one transaction
                connection.execute(ending, of)
                found = connection.execute(sql.queries["fetch_job"], asked) if fetch else None
            row = found.fetchone() if found else None
        except psycopg.Error:
            self.close()
            raise
        return row if row and row["id"] is not None else None

    def _connected(self) -> psycopg.Connection[dict[str, Any]]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url, autocommit=True, row_factory=dict_row, **self._settings
            )
            self._connection.execute(NOT_DURABLE)
        return self._connection
