"""Work for processes of their own. It lies apart from the tests so that such a process loads no more than it."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from core.errors import StoreError


@contextlib.contextmanager
def telling_its_number() -> Iterator[Callable[[], int]]:
    yield os.getpid


@contextlib.contextmanager
def failing_twice() -> Iterator[Callable[[], int]]:
    troubles: list[Exception] = [ValueError("words of a mail"), StoreError("数据库不可用：请检查磁盘。")]

    def work() -> int:
        if troubles:
            raise troubles.pop()
        return os.getpid()

    yield work


@contextlib.contextmanager
def dying() -> Iterator[Callable[[], int]]:
    yield lambda: os.kill(os.getpid(), signal.SIGKILL) or 0


@contextlib.contextmanager
def not_opening() -> Iterator[Callable[[], int]]:
    raise StoreError("数据库不可用：请检查磁盘。")
    yield os.getpid


@contextlib.contextmanager
def never_done() -> Iterator[Callable[[], int]]:
    """Says by a file of its number that it began, and goes on for ever."""

    def work() -> int:
        Path(os.environ["BEGUN"]).write_text(str(os.getpid()))
        threading.Event().wait()
        return 0

    yield work
