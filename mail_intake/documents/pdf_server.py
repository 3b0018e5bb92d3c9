"""The preloaded fork server: `python -m mail_intake.documents.pdf_server FD`. One child a file, with limits that the kernel keeps.

The server imports the PDF libraries once and forks for each file (1 ms instead of 50–170). The child bounds its own memory, processor time and wall
clock (SIGALRM ends it without any Python code), reads one request from its socket and answers until it is done or dead. pdfium aborts the process on
some files; that ends the child alone.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_MOST_FILES: Final = 64


def main(control_fd: int) -> None:
    """Forks for each socket received, until the desk closes the control socket."""
    from mail_intake.documents import pages  # noqa: F401  loaded before any fork, so that children have it

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    control = socket.socket(fileno=control_fd)
    control.sendall(b"r")
    while True:
        try:
            message, fds, _, _ = socket.recv_fds(control, 1, 1)
        except InterruptedError:
            continue
        except ConnectionError:
            return
        if not message:
            return
        for fd in fds:
            if os.fork() == 0:
                control.close()
                _child(fd)
            os.close(fd)


def _child(fd: int) -> None:
    """Reads one file and never returns."""
    status = 1
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            _answer(socket.socket(fileno=fd))
            status = 0
    finally:
        os._exit(status)


def _answer(job: socket.socket) -> None:
    from mail_intake.documents.pages import read_file
    from mail_intake.documents.sockets import receive_frame, send_frame

    signal.alarm(60)  # until the request has told its own limit
    request = receive_frame(job)
    if request is None:
        return
    settings, data = request
    _bound(settings)
    for head, body in read_file(data, settings):
        send_frame(job, head, body)


def _bound(settings: dict[str, Any]) -> None:
    """Limits of this process: all are kept by the kernel."""
    _die_with_parent()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(0.01, float(settings["wall_s"])))
    cpu = max(1, round(settings["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (int(settings["memory_bytes"]),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _die_with_parent() -> None:
    """Linux: the child ends when the server does. Elsewhere its own limits end it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
