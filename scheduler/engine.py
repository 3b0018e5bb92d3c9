"""The engine: when the desk's work is done, in which thread, and by which of several processes. It
queries the tables again and again for what is due, and keeps nothing that they do not know: after a
crash there is nothing to make up but what they say is due.

APScheduler fires the ticks (3.x; 4.x is another program). It waits by the wall clock, so the ticks
are set anew whenever that makes a step.
"""

import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING

from scheduler.turns import DESK, MAILBOX, MAILS, QUEUES, Turns
from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S = 30.0
STEP_S = 1.0
"""By so much the wall clock must leave the monotonic one for a step; slewing does not."""
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class Engine:
    """Ticks by APScheduler, and a thread each for the mailbox and for judging.

    `queues`: of QUEUES, what the process takes part in.
    """

    def __init__(
        self, work: Work, turns: Turns | None = None, queues: Collection[str] = QUEUES
    ) -> None:
        self._work, self._turns, self._queues = work, turns or Turns(), queues
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
                self._do, "interval", [tick], seconds=tick.every_s, next_run_time=now
            )

    def start(self) -> None:
        """Do the work that was missed while the desk was down, then go on."""
        self._scheduler.start(paused=True)
        self._thread("time", self._keep_time)
        for queue, act in ((DESK, self._keep_desk), (MAILBOX, self._watch), (MAILS, self._judge)):
            if queue in self._queues:
                self._thread(queue, partial(self._again_and_again, queue, act))

    def stop(self) -> None:
        """End in order; what is half-way finishes its transaction first."""
        self._work.stop()
        self._mail_came.set()
        for thread in self._threads:
            thread.join(STOP_S)
        if self._scheduler.running:
            self._scheduler.shutdown()
        self._work.close()
        self._turns.close()

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _again_and_again(self, what: str, act: Callable[[], None]) -> None:
        while not self._work.stopping.is_set():
            if not logged(what, act):
                self._work.stopping.wait(TROUBLE_PAUSE_S)

    def _do(self, tick: Tick) -> None:
        if not self._work.stopping.is_set():
            logged(tick.name, partial(self._work.do, tick))

    def _keep_time(self) -> None:
        """Give signs of life; set the ticks anew, all due now, after a step of the wall clock."""
        offset = time.time() - time.monotonic()
        while not self._work.stopping.wait(self._work.pace.look_s):
            self._turns.keep()
            drifted = time.time() - time.monotonic()
            if abs(drifted - offset) > STEP_S:
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
                offset = drifted

    def _keep_desk(self) -> None:
        """Do the ticks for as long as the turn is held."""
        with self._turns.turn(DESK) as held:
            if held:
                self._scheduler.resume()
                while held() and not self._work.stopping.wait(self._work.pace.look_s):
                    pass
                self._scheduler.pause()
        self._work.stopping.wait(self._work.pace.look_s)

    def _watch(self) -> None:
        with self._turns.turn(self._work.mailbox.name) as held:
            if held:
                self._work.watch(self._mail_came.set, held)
        self._work.stopping.wait(self._work.pace.look_s)

    def _judge(self) -> None:
        self._mail_came.clear()
        if not self._work.judge_waiting(self._turns):
            self._mail_came.wait(self._work.pace.look_s)
        elif self._scheduler.state == STATE_RUNNING:
            self._work.deliver()
