"""The engine: calls the desk's work (`scheduler.work`) and decides when, and in which thread. It keeps nothing that the tables do not know.

Every process judges mails that wait; the one whose turn it is keeps time and the mailboxes, and another takes over when it ends (`scheduler.turns`).
APScheduler fires the ticks (3.x; 4.x is another program). It waits by the wall clock, so the ticks are set anew whenever that makes a step, and when
this process begins to lead. After a crash there is nothing to make up but what the tables say is due.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from core.cases.mail_record import MailRecord
from mail_intake.mailboxes.mailbox import Mailbox
from scheduler.turns import Alone, Turns
from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S: Final = 30.0
STEP_S: Final = 1.0
"""By so much the wall clock must leave the monotonic one for a step; slewing does not."""
JOB_DEFAULTS: Final = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
LEAD: Final = "lead"
"""The turn of keeping time and the mailboxes."""


class Engine:
    """Ticks by APScheduler, and a thread for each mailbox and for judging."""

    def __init__(self, work: Work, turns: Turns | None = None, *, leads: bool = True) -> None:
        """`turns`: by default those of one process alone. `leads`: may keep time and the mailboxes; else this process only judges."""
        self._work, self._turns, self._may_lead = work, turns or Alone(), leads
        self._mail_came = threading.Event()
        ticks = work.ticks()
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=JOB_DEFAULTS, executors={"default": ThreadPoolExecutor(len(ticks))})
        for tick in ticks:
            self._scheduler.add_job(self._do, "interval", [tick], seconds=tick.every_s, next_run_time=datetime.now(UTC), id=tick.name)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Make up for what was missed while the desk was down, then go on."""
        if self._may_lead:
            self._scheduler.start()
            self._thread("time", self._keep_time)
            for mailbox in self._work.mailboxes.values():
                self._thread(f"mailbox {mailbox.name}", partial(self._watch, mailbox))
        self._thread("judging", self._judge)

    def stop(self) -> None:
        """End all threads; what is half-way finishes its transaction first."""
        self._work.stop()
        self._mail_came.set()
        if self._scheduler.running:
            self._scheduler.shutdown()
        for thread in self._threads:
            thread.join(STOP_S)
        self._turns.close()
        self._work.close()

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _leads(self) -> bool:
        return not self._work.stopping.is_set() and self._turns.mine(LEAD)

    def _do(self, tick: Tick) -> None:
        if self._leads():
            logged(tick.name, partial(self._work.do, tick))

    def _keep_time(self) -> None:
        """Set the ticks anew, all due now, after a step of the wall clock and at the beginning of this process's lead."""
        led, offset = True, time.time() - time.monotonic()
        while not self._work.stopping.wait(self._work.pace.look_s):
            leads, drifted = self._leads(), time.time() - time.monotonic()
            if (leads and not led) or abs(drifted - offset) > STEP_S:
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
                offset = drifted
            led = leads

    def _watch(self, mailbox: Mailbox) -> None:
        while not self._work.stopping.is_set():
            self._work.watch(mailbox, self._mail_came.set, self._leads)
            self._work.stopping.wait(self._work.pace.look_s)

    def _judge(self) -> None:
        while not self._work.stopping.is_set():
            self._mail_came.clear()
            if not logged("judging", self._round):
                self._work.stopping.wait(TROUBLE_PAUSE_S)

    def _round(self) -> None:
        if not self._work.judge_waiting(self._hold):
            self._mail_came.wait(self._work.pace.look_s)
        elif self._leads():
            self._work.deliver()

    @contextlib.contextmanager
    def _hold(self, record: MailRecord) -> Iterator[bool]:
        """The turn of judging the mails of this one's sender."""
        what = record.sender_key or f"mail {record.id}"
        ours = self._turns.mine(what)
        try:
            yield ours
        finally:
            if ours:
                self._turns.release(what)
