"""The desk's side of the reading workers: a small pool of processes with loaded models, started
when first needed and replaced when they die.

A page that kills or stalls its worker is given back as unread; the next page gets a new worker. The
worker sees pictures from outside, so it runs in the sandbox like the children; its answers are
bounded by time and size. Pages wait in their order: whoever has a pool reads one mail at a time.
"""

import contextlib
import logging
import queue
import re
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from papers.opening.processes import Confinement, end_process
from papers.opening.sandbox import RawPage
from papers.opening.socket_frames import Answer, send_frame
from papers.page.page_reading import PageReading
from papers.page.worker_messages import PAGE, SEALS, answers_from, reading_from
from papers.seals.asking import SealAnswer
from papers.seals.cuts import SealCut

T = TypeVar("T")
log = logging.getLogger(__name__)

WORKER = "papers.onnx_worker"
_START_S = 120.0
# in base64: the page as drawn and as covered, of pure noise at the highest resolution
_ANSWER_BYTES = 96 * 2**20
_PLACE = re.compile(r"\w+ at [\w./:< -]{0,300}")


class _Worker:
    """One process and its socket."""

    def __init__(self, confinement: Confinement, module: str) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            self.process: subprocess.Popen[bytes] = confinement.start(module, theirs)
        if self._answer(_START_S) is None:
            self.end()
            raise ConnectionError("A reading worker did not start.")

    def exchange(self, kind: str, message: bytes, wall_s: float) -> bytes | None:
        """The worker's answer to a message; None when it says it failed.

        Raises OSError or ValueError when it is dead, too slow or answers nonsense.
        """
        self.socket.settimeout(wall_s)
        send_frame(self.socket, kind, message)
        frame = self._answer(wall_s)
        if frame is None:
            raise ConnectionError("A reading worker ended in the middle of a page.")
        head, answer = frame
        if "failed" in head:
            place = str(head["failed"])
            # a library's line is logged without its arguments
            log.warning(f"page.unread: {place if _PLACE.fullmatch(place) else '?'}")  # noqa: G004
            return None
        return answer

    def _answer(self, wall_s: float) -> tuple[Any, bytes] | None:
        return Answer(self.socket, time.monotonic() + wall_s, _ANSWER_BYTES).frame()

    def end(self) -> None:
        self.socket.close()
        end_process(self.process)

    def kill(self) -> None:
        self.process.kill()
        self.end()


class Workers:
    """A pool of `count` workers. Safe between threads."""

    def __init__(
        self, count: int, page_wall_s: float, confinement: Confinement, module: str = WORKER
    ) -> None:
        self._count, self._page_wall_s = count, page_wall_s
        self._confinement, self._module = confinement, module
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._threads = self._new_threads()

    def _new_threads(self) -> ThreadPoolExecutor:
        """As many as the workers may be; each begins when it is first needed."""
        return ThreadPoolExecutor(self._count, thread_name_prefix="page")

    def submit(self, raw: RawPage, attachment: str) -> "Future[PageReading | None]":
        """Reads a page when a worker is free; the result is None for a page that could not be
        read."""
        return self._threads.submit(
            self._by_worker,
            "page",
            lambda: PAGE.dump_json((attachment, raw)),
            lambda answer: reading_from(answer, attachment, raw.number),
        )

    def ask(
        self, cuts: Sequence[SealCut], names: Sequence[str]
    ) -> "Future[Sequence[SealAnswer] | None]":
        """Asks the seals of a mail for names when a worker is free;
        the result is None where that could not be done."""
        return self._threads.submit(
            self._by_worker,
            "seals",
            lambda: SEALS.dump_json((tuple(cuts), tuple(names))),
            lambda answer: answers_from(answer, len(cuts), names),
        )

    def _by_worker(
        self, kind: str, message: Callable[[], bytes], checked: Callable[[bytes], T]
    ) -> T | None:
        try:
            worker = self._take()
        except (OSError, ValueError):
            # no worker could be started now: the page is in doubt, the next one tries again
            return None
        try:
            answer = worker.exchange(kind, message(), self._page_wall_s)
            done = None if answer is None else checked(answer)
        except Exception:  # noqa: BLE001
            # dead, too slow, or answering nonsense: none of it may cost more than
            # this page and this worker
            worker.kill()
            return None
        self._idle.put(worker)
        return done

    def _take(self) -> _Worker:
        """An idle living worker, or a new one."""
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.process.poll() is None:
                    return worker
                worker.end()
        return _Worker(self._confinement, self._module)

    def close(self) -> None:
        """Ends all workers; pages under way are finished first. The next page starts new ones."""
        threads, self._threads = self._threads, self._new_threads()
        threads.shutdown()
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()
