"""The engine of one process, on SQLite; the lock of the storage folder says which process works
(app.process_lock). It queries the tables again and again for what is due.

Each tick has a thread, which counts seconds: a step of the wall clock holds none up.
"""

import threading
from collections.abc import Callable
from functools import partial

from scheduler.work import TROUBLE_PAUSE_S, Tick, Work, logged

STOP_S = 30.0


class EmbeddedEngine:
    """A thread for each tick, one for the mailbox and one for judging."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._mail_came = threading.Event()
        runs: dict[str, Callable[[], None]] = {
            tick.name: partial(self._repeat, tick) for tick in work.ticks()
        }
        runs |= {"mailbox": partial(work.watch, self._mail_came.set), "judging": self._judge}
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True) for name, run in runs.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._work.stop()
        self._mail_came.set()
        for thread in self._threads:
            thread.join(STOP_S)
        self._work.close()

    def _repeat(self, tick: Tick) -> None:
        while not self._work.stopping.is_set():
            logged(tick.name, partial(self._work.do, tick))
            self._work.stopping.wait(tick.every_s)

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
