"""The preloaded fork server: `python -m papers.opening.pdf_server FD`.

One child a file, with limits that the kernel keeps.

The server imports the PDF libraries once and forks for each file (some milliseconds instead of
400). The child bounds its own memory, processor time and wall clock (SIGALRM ends it without any
Python code) and gives up the calls by which it could reach another child, reads one request from
its socket and answers until it is done or dead. pdfium aborts the process on some files; that ends
the child alone. The desk is given a handle on each child, so that it can end one that no longer
ends itself.
"""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from papers.opening.own_limits import bound_itself, giving_up_calls
from papers.opening.processes import CONFINED


def main(control_fd: int, *, confined: bool) -> None:
    """Forks for each socket received, until the desk closes the control socket."""
    from papers.opening import pages  # noqa: F401  loaded before any fork, so that children have it

    give_up_calls = giving_up_calls(must=confined)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    control = socket.socket(fileno=control_fd)
    with contextlib.suppress(ConnectionError):
        control.sendall(b"r")
        while True:
            message, fds, _, _ = socket.recv_fds(control, 1, 1)
            if not message:
                return
            for fd in fds:
                child = os.fork()
                if child == 0:
                    control.close()
                    _child(fd, give_up_calls)
                os.close(fd)
                _report(control, child)


def _report(control: socket.socket, child: int) -> None:
    """Hands over a handle on the child; none where it is already gone,
    or where the system has none."""
    try:
        handle = os.pidfd_open(child)
    except OSError:
        control.sendall(b"c")
        return
    socket.send_fds(control, [b"c"], [handle])
    os.close(handle)


def _child(fd: int, give_up_calls: Callable[[], None]) -> None:
    """Reads one file and never returns."""
    status = 1
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            _answer(socket.socket(fileno=fd), give_up_calls)
            status = 0
    finally:
        os._exit(status)


def _answer(job: socket.socket, give_up_calls: Callable[[], None]) -> None:
    from papers.opening.pages import read_file
    from papers.opening.socket_frames import receive_frame, send_frame

    signal.alarm(60)  # until the request has given its own limit
    request = receive_frame(job)
    if request is None:
        return
    limits, data = request
    _bound(limits)
    give_up_calls()
    for head, body in read_file(data, limits):
        send_frame(job, head, body)


def _bound(limits: dict[str, Any]) -> None:
    """Limits of this process: all are kept by the kernel."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(0.01, limits["wall_s"]))
    bound_itself(limits["memory_bytes"], max(1, round(limits["cpu_s"])))


if __name__ == "__main__":
    main(int(sys.argv[1]), confined=CONFINED in sys.argv[2:])
