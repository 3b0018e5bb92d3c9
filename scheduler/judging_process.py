"""Work in a process of its own, one piece after the other.

Judging mails is such work: an interpreter runs one thread at a time, so that judging, fetching the
next mails and serving pages would wait for each other although the machine has more than one core
(docs/BENCHMARKS.md), and a mail that ends its interpreter would end the pages with it.

The process ends with this one, however this one ends; when it dies by itself, the next call starts
another. Hence the work keeps what it does in the database alone and takes up again what it finds
half done. Answers are plain numbers and words, never unpickled.

No call lasts for ever. A piece that takes longer than its deadline ends the process, and so does
one that uses more processor time of the process itself than its share: the kernel does that
(ITIMER_VIRTUAL), because an expression that does not come to its end lets no other thread run. The
owner of the work is told which piece the process ended over.
"""

import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from core.errors import DeskError, WorkFailed, raised_at
from papers.opening.processes import end_process, module_process
from papers.opening.socket_frames import receive_frame, send_frame

log = structlog.get_logger(__name__)

DoPiece = Callable[[int], bool]
"""Does the piece of that number; whether it is done."""
Opened = Callable[[], AbstractContextManager[DoPiece]]
Interrupted = Callable[[int, bool], None]
"""Called with the piece over which the process ended,
and whether it was its deadline that ended it."""

START_S = 120.0


@dataclass(frozen=True)
class Deadline:
    """For one piece.

    `whole_s`: seconds by the clock; `own_cpu_s`: seconds of processor time in the process itself,
    that of its children not counted.
    """

    whole_s: float
    own_cpu_s: float


class JudgingProcess:
    """Calls go to the process; one thread calls.

    `opened` can be pickled and gives, over there, the work for as long as its block runs.
    """

    def __init__(
        self,
        opened: Opened,
        deadline: Deadline,
        interrupted: Interrupted,
    ) -> None:
        self._opened, self._deadline, self._interrupted = opened, deadline, interrupted
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process without waiting until it is ready."""
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = module_process("scheduler.judging_process", theirs)
        with suppress(OSError):  # then the first call finds it dead
            self._line.settimeout(START_S)
            send_frame(self._line, self._deadline.own_cpu_s, pickle.dumps(self._opened))

    def each(self, pieces: Sequence[int]) -> list[bool]:
        """For each piece, in order, whether it is done. They are handed over together, so that the
        process does not wait for this one, whose threads wait for each other.

        Ends with the first piece that is not done, and with the one over which the process died.
        Raises WorkFailed for an error over there, and when no process can start.
        """
        outcomes: list[bool] = []
        if self._closed:
            return outcomes
        self._be_ready()
        if self._line is not None:
            with suppress(OSError):  # then its answer fails too
                send_frame(self._line, list(pieces))
        for piece in pieces:
            outcomes.append(self._outcome(piece))
            if not outcomes[-1]:
                break
        return outcomes

    def _be_ready(self) -> None:
        if self._line is None:
            self.start()
        if self._is_ready:
            return
        try:
            self._answer(START_S)
        except (OSError, ValueError) as error:
            self._end()
            raise WorkFailed("工作进程未能启动，将自动重试；原因见日志。") from error
        self._is_ready = True

    def _outcome(self, piece: int) -> bool:
        try:
            answer = self._answer(self._deadline.whole_s)
        except (OSError, ValueError) as error:
            self._died_over(piece, late=isinstance(error, TimeoutError))
            return False
        if "failed" in answer:
            raise WorkFailed(str(answer["failed"]))
        return bool(answer["done"])

    def _died_over(self, piece: int, *, late: bool) -> None:
        """The process is dead, or too late and ended here."""
        process = self._process
        if self._line is None or process is None:  # somebody closed it
            return
        if late:
            process.kill()
        self._end()
        overran = late or process.returncode == -signal.SIGVTALRM
        log.error("judging.overran" if overran else "judging.died", piece=piece)
        self._interrupted(piece, overran)

    def close(self) -> None:
        """End the process for good, in the middle of its work if need be.

        May be called from any thread; a call that waits returns.
        """
        self._closed = True
        self._end()

    def _end(self) -> None:
        line, process = self._line, self._process
        self._line = self._process = None
        self._is_ready = False
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        if process is not None:
            end_process(process)

    def _answer(self, within_s: float) -> Mapping[str, Any]:
        """The next message. Raises TimeoutError, OSError of a process that is dead, ValueError."""
        if self._line is None:
            raise ConnectionError
        self._line.settimeout(within_s)
        frame = receive_frame(self._line)
        if frame is None:
            raise ConnectionError
        answer: Mapping[str, Any] = frame[0]
        return answer


def main() -> None:
    """The process: opens its work, then does it once for every message."""
    line = socket.socket(fileno=int(sys.argv[1]))
    # Ctrl-C and service managers signal all processes; the end of this one is its parent's to say
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    threading.Thread(target=_end_with_parent, args=(line,), daemon=True).start()
    own_cpu_s, opened = receive_frame(line) or sys.exit("Nobody is there.")
    try:
        # from the process that started this one
        _serve(line, own_cpu_s, pickle.loads(opened))  # noqa: S301
    except Exception as error:  # noqa: BLE001
        # its parent reports that it ended; the reason is logged here,
        # without words that a mail may have brought
        log.error("judging.broken", error=type(error).__name__, at=raised_at(error))
        sys.exit(1)


def _serve(line: socket.socket, own_cpu_s: float, opened: Opened) -> None:
    with opened() as work, suppress(OSError):  # then nobody listens any more
        send_frame(line, {"ready": True})
        while question := receive_frame(line):
            for piece in question[0]:
                # its signal ends the process, since nobody handles it
                signal.setitimer(signal.ITIMER_VIRTUAL, own_cpu_s)
                answer = _outcome(work, piece)
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
                send_frame(line, answer)
                if not answer.get("done"):
                    break


def _end_with_parent(line: socket.socket) -> None:
    """At once when the other side is closed, as kill -9 would:
    another process may already take up what this one has in hand."""
    poll = select.poll()
    poll.register(line, 0)  # a hang-up is always reported
    poll.poll()
    os._exit(0)


def _outcome(work: DoPiece, piece: int) -> dict[str, object]:
    try:
        return {"done": work(piece)}
    except Exception as error:  # noqa: BLE001  answered by the caller, who gets it
        log.error("judging.failed", error=type(error).__name__, at=raised_at(error))
        return {"failed": str(error) if isinstance(error, DeskError) else type(error).__name__}


if __name__ == "__main__":
    main()
