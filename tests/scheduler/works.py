"""Work for processes of their own.

It lies apart from the tests so that such a process loads no more than it.
"""

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from core.errors import StoreError
from scheduler.judging_process import Deadline, DoPiece, Interrupted, JudgingProcess, Opened

AN_HOUR = Deadline(3600.0, 3600.0)


def judging(
    opened: Opened, interrupted: Interrupted = lambda _piece, _overran: None
) -> JudgingProcess:
    """A process that has time, for work that nobody asks about when it ends."""
    return JudgingProcess(opened, AN_HOUR, interrupted)


@contextlib.contextmanager
def telling_its_number() -> Iterator[DoPiece]:
    def work(_piece: int) -> bool:
        Path(os.environ["BEGUN"]).write_text(str(os.getpid()))
        return True

    yield work


@contextlib.contextmanager
def failing_twice() -> Iterator[DoPiece]:
    troubles: list[Exception] = [
        ValueError("words of a mail"),
        StoreError("数据库不可用：请检查磁盘。"),
    ]

    def work(_piece: int) -> bool:
        if troubles:
            raise troubles.pop()
        return True

    yield work


@contextlib.contextmanager
def doing_odd_ones() -> Iterator[DoPiece]:
    yield lambda piece: bool(piece % 2)


@contextlib.contextmanager
def dying() -> Iterator[DoPiece]:
    yield lambda _piece: bool(os.kill(os.getpid(), signal.SIGKILL))


@contextlib.contextmanager
def not_opening() -> Iterator[DoPiece]:
    raise StoreError("数据库不可用：请检查磁盘。")
    yield lambda _piece: True


@contextlib.contextmanager
def never_done() -> Iterator[DoPiece]:
    """Says by a file of its number that it began, and goes on for ever."""

    def work(_piece: int) -> bool:
        Path(os.environ["BEGUN"]).write_text(str(os.getpid()))
        threading.Event().wait()
        return True

    yield work


@contextlib.contextmanager
def never_done_with_its_second() -> Iterator[DoPiece]:
    """Waits in the second piece for ever."""

    def work(piece: int) -> bool:
        if piece == 2:
            threading.Event().wait()
        return True

    yield work


@contextlib.contextmanager
def busy_with_its_second() -> Iterator[DoPiece]:
    """The same in an expression that does not end: no other thread
    of its process runs meanwhile."""

    def work(piece: int) -> bool:
        if piece == 2:
            re.fullmatch("(a|a)*b", "a" * 100)
        return True

    yield work


@contextlib.contextmanager
def dying_over_its_second() -> Iterator[DoPiece]:
    def work(piece: int) -> bool:
        if piece == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    yield work
