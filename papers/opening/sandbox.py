"""The desk's side of the bounded children: hands a file over and collects what comes back,
whatever happens to the child.

A child that dies or runs out of a limit gives Unopened.LIMIT with the pages that came before; that
is doubt, never proof (RULES.md section 4). The child has limits of its own, but one that a file has
taken over may lift its clock or talk for ever: the desk has the last word on time and size.
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter

from core.data.documents import Box, Signature, Unopened
from papers.opening.processes import Confinement, end_process
from papers.opening.socket_frames import Answer, Limits, TooMuch, send_frame

SERVER = "papers.opening.pdf_server"
_GRACE_S = 3.0
_READY_S = 60.0
_LAST = frozenset({"end", "unopened", "enclosed"})  # all pages came before
_BYTES_PER_PIXEL = 3
"""A picture of the child takes no more than if it were not compressed."""
Word = tuple[str, float, float, float, float]
"""Text and box in fractions of the page as drawn."""


@dataclass(slots=True)
class RawPage:
    """A page as the child gave it: a JPEG picture, boxes of large images, and words of its text
    layer.

    `doubtful`: more may be on it than its picture shows. `grain`: how large a pixel of its scan is.
    `inked`, `erased`: cells of a grid where the file draws ink over its scan, or covers its print.
    """

    number: int
    picture: bytes = b""
    pictures: tuple[Box, ...] = ()
    words: tuple[Word, ...] = ()
    doubtful: bool = False
    grain: Annotated[float, Field(ge=1)] = 1.0
    inked: tuple[Box, ...] = ()
    erased: tuple[Box, ...] = ()


@dataclass(slots=True)
class RawFile:
    """A file as read: its pages, and why it was not opened or not wholly read.

    `enclosed`: other files that may be papers lie inside it.

    `signatures`: the child's verdicts on its electronic signatures.
    """

    pages: dict[int, RawPage] = field(default_factory=dict)
    unopened: Unopened | None = None
    enclosed: bool = False
    signatures: tuple[Signature, ...] = ()


_NUMBERS = ConfigDict(allow_inf_nan=False)
_PAGE = TypeAdapter(tuple[RawPage], config=_NUMBERS)
_WORDS = TypeAdapter(tuple[Word, ...], config=_NUMBERS)
_SIGNATURES = TypeAdapter(tuple[Signature, ...])


class PdfSandbox:
    """Starts the fork server when first needed, and again when it has died. Safe between threads.

    `module`: what the server runs.
    """

    def __init__(self, confinement: Confinement, module: str = SERVER) -> None:
        self._confinement, self._module = confinement, module
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes, limits: Limits) -> RawFile:
        """The content of the file."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                pidfd = self._send_job(theirs)
            try:
                return _collect(ours, data, limits)
            finally:
                self._end(pidfd)

    def _end(self, pidfd: int | None) -> None:
        """Ends the child of a file, whatever it has done to its own limits: where there is no
        handle on it, together with the server."""
        if pidfd is None:
            self.close()
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)

    def _send_job(self, job: socket.socket) -> int | None:
        """A handle on the child from outside its namespace; None where the system gives none."""
        with self._lock:
            with contextlib.suppress(OSError):
                return self._handed_over(job)
            return self._handed_over(job)  # to a new server: the last one has died

    def _handed_over(self, job: socket.socket) -> int | None:
        try:
            control = self._ready()
            socket.send_fds(control, [b"j"], [job.fileno()])
            message, pidfds, _, _ = socket.recv_fds(control, 1, 1)
            if message != b"c":
                raise ConnectionError("The PDF server ended.")
        except OSError:
            self._stop()
            raise
        return pidfds[0] if pidfds else None

    def _ready(self) -> socket.socket:
        """The control socket of a living server."""
        if self._control is None or self._server is None or self._server.poll() is not None:
            self._stop()
            ours, theirs = socket.socketpair()
            with theirs:
                self._server = self._confinement.start(self._module, theirs)
            ours.settimeout(_READY_S)
            if ours.recv(1) != b"r":
                raise ConnectionError("The PDF server did not start.")
            self._control = ours
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            end_process(self._server)
        self._control = self._server = None

    def close(self) -> None:
        with self._lock:
            self._stop()


def _collect(job: socket.socket, data: bytes, limits: Limits) -> RawFile:
    """Reads the child's messages until its end, or until they are too many or take too long."""
    out = RawFile()
    ended = False
    until = time.monotonic() + limits["wall_s"] + _GRACE_S
    answer = Answer(job, until, _BYTES_PER_PIXEL * limits["max_pixels"], limits["answer_bytes"])
    try:
        job.settimeout(until - time.monotonic())
        send_frame(job, dict(limits), data)
        while (frame := answer.frame()) is not None:
            head, body = frame
            _note(out, head, body, limits["max_pages"])
            ended = ended or not _LAST.isdisjoint(head)
    except TooMuch:
        out.unopened = Unopened.LIMIT
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    if not ended:
        out.unopened = out.unopened or Unopened.LIMIT
    return out


def _note(out: RawFile, head: Mapping[str, Any], body: bytes, max_pages: int) -> None:
    """Adds one message to the file. Numbers are bounded here too: the child is not believed."""
    if "unopened" in head:
        out.unopened = Unopened(head["unopened"])
    elif "page" in head:
        fields = {**head, "number": head["page"], "picture": body}
        page: RawPage = _PAGE.validate_python((fields,))[0]
        if 1 <= page.number <= max_pages:
            out.pages.setdefault(page.number, page)
    elif "signatures" in head:
        out.signatures = _SIGNATURES.validate_python(head["signatures"])
    elif "enclosed" in head:
        out.enclosed = bool(head["enclosed"])
    elif "text" in head and int(head["text"]) in out.pages:
        out.pages[int(head["text"])].words = _WORDS.validate_python(head["words"])
