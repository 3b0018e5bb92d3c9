"""The engine of one process, on SQLite; the lock of the storage folder says which process works
(app.process_lock). It queries the tables again and again for what is due.

APScheduler fires the ticks (3.x; 4.x is another program). It waits by the wall clock, so the ticks
are set anew whenever that makes a step.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S = 30.0
STEP_S = 1.0
"""By so much the wall clock must leave the monotonic one for a step; slewing does not."""
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class EmbeddedEngine:
    """Ticks by APScheduler, and a thread for the mailbox and for judging."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._mail_came = threading.Event()
        self._threads: list[threading.Thread] = []
        ticks = work.ticks()
        executors = {"default": ThreadPoolExecutor(len(ticks))}
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults=JOB_DEFAULTS, executors=executors
        )
        now = datetime.now(UTC)
        for tick in ticks:
            self._scheduler.add_job(
                self._do, "interval", [tick], seconds=tick.every_s, next_run_time=now, id=tick.name
            )

    def start(self) -> None:
        self._scheduler.start()
        self._thread("time", self._keep_time)
        self._thread("mailbox", partial(self._work.watch, self._mail_came.set))
        self._thread("judging", self._judge)

    def stop(self) -> None:
        self._work.stop()
        self._mail_came.set()
        if self._scheduler.running:
            self._scheduler.shutdown()
        for thread in self._threads:
            thread.join(STOP_S)
        self._work.close()

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _do(self, tick: Tick) -> None:
        if not self._work.stopping.is_set():
            logged(tick.name, partial(self._work.do, tick))

    def _keep_time(self) -> None:
        """Set the ticks anew, all due now, after a step of the wall clock."""
        offset = time.time() - time.monotonic()
        while not self._work.stopping.wait(self._work.pace.look_s):
            drifted = time.time() - time.monotonic()
            if abs(drifted - offset) > STEP_S:
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
                offset = drifted

    def _judge(self) -> None:
        while not self._work.stopping.is_set():
            self._mail_came.clear()
            if not logged("judging", self._judge_round):
                self._work.stopping.wait(TROUBLE_PAUSE_S)

    def _judge_round(self) -> None:
        if self._work.judge_waiting():
            self._work.deliver()
        else:
            self._mail_came.wait(self._work.pace.look_s)
