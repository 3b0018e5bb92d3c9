"""The engine of one process, on SQLite; the lock of the storage folder says which process works
(app.process_lock). It queries the tables again and again for what is due.

Each tick has a thread, which waits by the monotonic clock: a step of the wall clock stops none.
"""

import threading
from collections.abc import Callable
from functools import partial

from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S = 30.0


class EmbeddedEngine:
    """A thread for each tick, for the mailbox and for judging."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._mail_came = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for tick in self._work.ticks():
            self._thread(tick.name, partial(self._repeat, tick))
        self._thread("mailbox", partial(self._work.watch, self._mail_came.set))
        self._thread("judging", self._judge)

    def stop(self) -> None:
        self._work.stop()
        self._mail_came.set()
        for thread in self._threads:
            thread.join(STOP_S)
        self._work.close()

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _repeat(self, tick: Tick) -> None:
        """Do it at once, since it may have been missed while the desk was down, then in its
        interval."""
        pause_s = 0.0
        while not self._work.stopping.wait(pause_s):
            logged(tick.name, partial(self._work.do, tick))
            pause_s = tick.every_s

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
