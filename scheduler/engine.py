"""The engine: calls the desk's work (`scheduler.work`) and decides when, and in which thread. It keeps nothing that the tables do not know.

Every process judges mails that wait; the one whose turn it is keeps time and the mailboxes, and another takes over when it ends (`scheduler.turns`).
Every wait is of the monotonic clock: a step of the wall clock neither stops nor hastens a tick. After a crash there is nothing to make up but what the tables
say is due.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from core.cases.mail_record import MailRecord
from mail_intake.mailboxes.mailbox import Mailbox
from scheduler.turns import Alone, Turns
from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S: Final = 30.0
LEAD: Final = "lead"
"""The turn of keeping time and the mailboxes."""


class Engine:
    """A thread for each tick, for each mailbox and for judging."""

    def __init__(self, work: Work, turns: Turns | None = None, *, leads: bool = True) -> None:
        """`turns`: by default those of one process alone. `leads`: may keep time and the mailboxes; else this process only judges."""
        self._work, self._turns, self._may_lead = work, turns or Alone(), leads
        self._mail_came = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Make up for what was missed while the desk was down, then go on."""
        if self._may_lead:
            for tick in self._work.ticks():
                self._thread(tick.name, partial(self._repeat, tick))
            for mailbox in self._work.mailboxes.values():
                self._thread(f"mailbox {mailbox.name}", partial(self._watch, mailbox))
        self._thread("judging", self._judge)

    def stop(self) -> None:
        """End all threads; what is half-way finishes its transaction first."""
        self._work.stop()
        self._mail_came.set()
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

    def _repeat(self, tick: Tick) -> None:
        while not self._work.stopping.is_set():
            if self._leads():
                logged(tick.name, partial(self._do, tick))
                self._work.stopping.wait(tick.every_s)
            else:
                self._work.stopping.wait(self._work.pace.look_s)

    def _do(self, tick: Tick) -> None:
        tick.act()
        self._work.note(tick)

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
