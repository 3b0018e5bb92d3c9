"""The queue of jobs in the database: puts what a transaction makes due into it, on that
transaction's connection (Procrastinate).

A job carries an id and nothing else, and has a lock, its turn: of one turn one job runs at a time,
and one waits. So a sender has one job, which takes his next mail; when that is judged he queues up
again behind the others. Where senders wait for whom nobody vouches, STRANGERS_WAIT_FOR others go
before each of them: priorities are the finishing times of self-clocked fair queueing, negative,
since the highest goes first.
"""

import contextlib
from collections.abc import Collection

import psycopg
import psycopg.rows
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from core.data.due import JUDGE, STRANGERS_WAIT_FOR, WATCH, Due
from scheduler.engines.port import DESK, MAILBOX, MAILS

STRANGERS = "strangers"
TRIES = 3
"""Somebody else may have put the same job in meanwhile."""
_WAITING = """
    SELECT queue_name, min(priority) AS last, max(priority) AS next,
           array_agg(queueing_lock) FILTER (WHERE queueing_lock = ANY(%s)) AS turns
    FROM procrastinate_jobs WHERE status = 'todo' GROUP BY queue_name"""


class Queue:
    """Puts jobs into the queue (core.store.store.Announced)."""

    def __init__(self) -> None:
        # never opened: the connections are those of transactions
        self._manager = App(connector=SyncPsycopgConnector()).job_manager

    def __call__(self, connection: "psycopg.Connection[object]", due: Collection[Due]) -> None:
        for _ in range(TRIES):
            jobs = _jobs(connection, due)
            if not jobs:
                return
            # a savepoint: the step goes on
            with contextlib.suppress(AlreadyEnqueued), connection.transaction():
                self._manager.batch_defer_jobs(jobs, connection=connection)
                return


def _jobs(connection: "psycopg.Connection[object]", due: Collection[Due]) -> list[Job]:
    """The jobs that are missing, in their order."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = {
            row["queue_name"]: row for row in cursor.execute(_WAITING, [[one.turn for one in due]])
        }
    waiting = {turn for row in rows.values() for turn in row["turns"] or ()}
    judging = [rows[queue] for queue in (MAILS, STRANGERS) if queue in rows]
    served = max((row["next"] for row in judging), default=0)
    last = {
        queue: min(served, rows[queue]["last"] if queue in rows else served)
        for queue in (MAILS, STRANGERS)
    }
    jobs = []
    for one in due:
        if one.turn in waiting:
            continue
        queue = queue_of(one)
        if one.work == JUDGE:
            last[queue] -= STRANGERS_WAIT_FOR if queue == STRANGERS else 1
        jobs.append(
            Job(
                queue=queue,
                lock=one.turn,
                queueing_lock=one.turn,
                task_name=one.work,
                priority=last.get(queue, 0),
                task_kwargs={"about": one.about} if one.about else {},
            )
        )
    return jobs


def queue_of(due: Due) -> str:
    """The queue of a piece of work."""
    if due.work == JUDGE:
        return STRANGERS if due.by_stranger else MAILS
    return MAILBOX if due.work == WATCH else DESK
