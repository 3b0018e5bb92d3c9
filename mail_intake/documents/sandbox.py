"""The desk's side of the bounded children: hands a file over and collects what comes back, whatever happens to the child.

A child that dies or runs out of a limit gives Unopened.LIMIT with the pages that came before; that is doubt, never proof (RULES.md section 4).
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.cases.submission import Unopened
from mail_intake.documents.sockets import receive_frame, send_frame

_GRACE_S = 3.0
_READY_S = 60.0


@dataclass(slots=True)
class RawPage:
    """A page as the child gave it: a JPEG picture, boxes of large images, and words of its text layer (text and box in fractions).

    `doubtful`: more may be on it than its picture shows.
    """

    number: int
    picture: bytes = b""
    chinese: int = 0
    pictures: tuple[tuple[float, float, float, float], ...] = ()
    words: tuple[tuple[str, float, float, float, float], ...] = ()
    failed: bool = False
    doubtful: bool = False


@dataclass(slots=True)
class RawFile:
    """A file as read: its pages, and why it was not opened or not wholly read. `enclosed`: other files that may be papers lie inside it.

    `signatures`: what its electronic signatures come to, in the child's words.
    """

    pages: dict[int, RawPage] = field(default_factory=dict)
    unopened: Unopened | None = None
    count: int = 0
    enclosed: bool = False
    signatures: Sequence[Mapping[str, Any]] = ()


def module_process(module: str, sock: socket.socket) -> subprocess.Popen[bytes]:
    """A Python process that runs one of our modules with a socket, and ends when the socket does."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", module, str(sock.fileno())],
        pass_fds=[sock.fileno()],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


class PdfSandbox:
    """Starts the fork server when first needed, and again when it has died. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def read(self, data: bytes, limits: Mapping[str, Any]) -> RawFile:
        """What the file holds. `limits`: max_pages, max_pixels, dpi, wall_s, cpu_s, memory_bytes, image (bool)."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(float(limits["wall_s"]) + _GRACE_S)
            with theirs:
                self._hand_over(theirs)
            return _collect(ours, data, limits)

    def _hand_over(self, job: socket.socket) -> None:
        with self._lock:
            for last in (False, True):
                try:
                    socket.send_fds(self._ready(), [b"j"], [job.fileno()])
                except OSError:
                    self._stop()
                    if last:
                        raise
                else:
                    return

    def _ready(self) -> socket.socket:
        """The control socket of a living server that belongs to this process."""
        alive = self._server is not None and self._server.poll() is None and self._owner == os.getpid()
        if self._control is None or not alive:
            self._stop()
            ours, theirs = socket.socketpair()
            with theirs:
                self._server = module_process("mail_intake.documents.pdf_server", theirs)
            ours.settimeout(_READY_S)
            if ours.recv(1) != b"r":
                raise ConnectionError("The PDF server did not start.")
            self._control, self._owner = ours, os.getpid()
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None and self._owner == os.getpid():
            end_process(self._server)
        self._control = self._server = None

    def close(self) -> None:
        with self._lock:
            self._stop()


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Waits a moment for the process to end by itself, then kills it."""
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _collect(job: socket.socket, data: bytes, limits: Mapping[str, Any]) -> RawFile:
    """Reads the child's messages until its end."""
    out = RawFile()
    ended = False
    drawn = False
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        send_frame(job, dict(limits), data)
        while (frame := receive_frame(job)) is not None:
            head, body = frame
            _note(out, head, body, int(limits["max_pages"]))
            ended = ended or "end" in head or "unopened" in head
            drawn = drawn or "drawn" in head
    if not ended and not drawn:
        out.unopened = out.unopened or Unopened.LIMIT
    return out


def _note(out: RawFile, head: Mapping[str, Any], body: bytes, max_pages: int) -> None:
    """Adds one message to the file. Numbers are bounded here too: the child is not believed."""
    if "unopened" in head:
        out.unopened = Unopened(head["unopened"])
    elif "pages" in head:
        out.count = min(int(head["pages"]), max_pages)
    elif "page" in head:
        number = int(head["page"])
        if 0 <= number < max_pages and number not in out.pages:
            boxes = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in head.get("pictures", ())[:200])
            failed, doubtful = bool(head.get("error")), bool(head.get("doubt"))
            out.pages[number] = RawPage(number, body, int(head.get("chinese", 0)), boxes, failed=failed, doubtful=doubtful)
    elif "signatures" in head:
        out.signatures = [one for one in head["signatures"] if isinstance(one, dict)]
    elif "enclosed" in head:
        out.enclosed = bool(head["enclosed"])
    elif "text" in head and int(head["text"]) in out.pages:
        words = tuple((str(t), float(a), float(b), float(c), float(d)) for t, a, b, c, d in head["words"])
        out.pages[int(head["text"])].words = words
