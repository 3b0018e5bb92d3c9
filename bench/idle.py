"""Idle: what two workers over one PostgreSQL database and one mailbox (IDLE)
cost while nothing happens, in processor time.

Beside it, in the same run, what PostgreSQL itself spends on them. Goal: under 1 % of a core
together. Run: python -m bench.idle [SECONDS]
"""

import sys
import tempfile
import threading
from functools import partial
from pathlib import Path

import psutil

from scheduler.work import Pace
from tests.flows.kill import PROCESSES
from tests.flows.walker import Post
from tests.flows.workers import work
from tests.servers.databases import postgres_database
from tests.servers.dovecot import DovecotServer

SECONDS, SETTLING_S, GOAL = 120, 15, 0.01


def spent_s(processes: list[psutil.Process]) -> float:
    """Processor seconds of the processes so far."""
    return sum(
        times.user + times.system for times in (process.cpu_times() for process in processes)
    )


def sessions() -> list[psutil.Process]:
    """PostgreSQL's processes."""
    return [
        process for process in psutil.process_iter(["name"]) if process.info["name"] == "postgres"
    ]


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    PROCESSES.set_forkserver_preload(["tests.flows.workers"])
    with tempfile.TemporaryDirectory(prefix="dc") as short:
        server = DovecotServer(Path(short) / "d")
        server.start()
        url = postgres_database()
        post = Post(server.port, server.user, server.password, "INBOX", 9)
        workers = [
            PROCESSES.Process(target=partial(work, pace=Pace()), args=(url, post), daemon=True)
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        wait = threading.Event().wait
        wait(SETTLING_S)
        idle, database = [psutil.Process(worker.pid) for worker in workers], sessions()
        before, before_database = spent_s(idle), spent_s(database)
        wait(seconds)
        share, beside = (
            (spent_s(idle) - before) / seconds,
            (spent_s(database) - before_database) / seconds,
        )
        for worker in workers:
            worker.terminate()
            worker.join(20)
        server.stop()
    print(
        f"idle, two workers, {seconds} s: {share:.2%} of a core together (goal {GOAL:.0%}); "
        f"PostgreSQL's sessions {beside:.2%}   {'PASS' if share < GOAL else 'FAIL'}"
    )


if __name__ == "__main__":
    main()
