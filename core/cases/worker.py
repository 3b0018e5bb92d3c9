"""Which processes work on one database, and what each of them has in hand.

A mail that is being read and a letter that is being sent have the name of the worker that claimed them; nobody else takes them up while that worker
gives signs of life. A worker that ends says so; one that was killed falls silent, and after its lease what it had in hand is free. A claim is never
trusted for the outcome: what a claimed mail becomes is decided in one transaction that looks at the mail again, and a letter that a silent worker had
in hand counts as one that may have been sent (`deliver`).
"""

import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cases.ports import Store, Transaction
from core.clock import Clock


@dataclass(frozen=True, slots=True)
class Worker:
    """One process that works. `name` is its own among all that work on the database. `replaces`: the name of one before it that is known to have
    ended, so that its claims need not wait. `lease_s`: seconds of silence after which a worker counts as dead; clocks may differ by far less."""

    name: str = "desk"
    replaces: str = ""
    lease_s: float = 60.0


def new_name() -> str:
    """A name that no other worker has; it begins with the machine's, for people who look."""
    return f"{socket.gethostname()[:40]}-{secrets.token_hex(8)}"


def show_life(tx: Transaction, worker: Worker, now: datetime) -> None:
    """Be known as living from now on for the length of the lease; costs no write while most of it is left."""
    tx.workers.keep_alive(worker.name, now + timedelta(seconds=worker.lease_s), now + timedelta(seconds=worker.lease_s * 3 / 4))


def begin_work(store: Store, clock: Clock, worker: Worker) -> None:
    """At start-up: the claims of the worker before this one are free, and this one is known as living."""
    with store.transaction() as tx:
        now = clock.now()
        if worker.replaces:
            tx.workers.dismiss(worker.replaces)
        tx.workers.dismiss(worker.name)
        show_life(tx, worker, now)


def end_work(store: Store, worker: Worker) -> None:
    """At an orderly end: what this worker still claims is free at once."""
    with store.transaction() as tx:
        tx.workers.dismiss(worker.name)
