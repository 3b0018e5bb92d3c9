"""A child and a reading worker that a hostile file has taken over: started as the real ones are,
they run what the file says instead of reading it.

The file is JSON: `act` names one of ACTS, the rest are its arguments. What an act comes to is told
as the words of a signature (child) or as why the page failed (worker): whatever the desk would
believe of it.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.data.documents import Signature, SignatureState
from papers.opening.processes import CONFINED


def read_path(path: str) -> str:
    return f"read {len(Path(path).read_bytes())} bytes"


def listed(path: str) -> str:
    return json.dumps(sorted(entry.name for entry in Path(path).iterdir()))


def connected(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), 2):
        return "connected"


def unix_connected(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        return "connected"


def raw_connected(port: int) -> str:
    """Past Python: libc's own socket and connect."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "socket")
    address = (
        socket.AF_INET.to_bytes(2, sys.byteorder)
        + port.to_bytes(2, "big")
        + b"\x7f\0\0\1"
        + bytes(8)
    )
    if libc.connect(fd, address, len(address)):
        raise OSError(ctypes.get_errno(), "connect")
    return "connected"


def environment() -> str:
    return json.dumps(dict(os.environ))


def others_environment() -> str:
    """Whatever /proc shows of any process."""
    return json.dumps(
        [
            (entry / "environ").read_bytes().decode("latin-1")
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit()
        ]
    )


def processes() -> str:
    """The numbers of the processes that can be signalled, this one and the first apart."""
    seen = []
    for pid in range(1, 5000):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            seen.append(pid)
    return json.dumps(seen)


def signalled(pid: int) -> str:
    os.kill(pid, signal.SIGSTOP)
    return "signalled"


def traced(pid: int) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, None, None):  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "ptrace")
    return "traced"


def limited(pid: int) -> str:
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0))
    return "limited"


def written(path: str) -> str:
    Path(path).write_bytes(b"x")
    return "written"


def devices() -> str:
    """A node for the first disk, as root might make it."""
    os.mknod("/dev/disk", 0o60600, os.makedev(8, 0))
    return "made"


def forked() -> str:
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    return "forked"


def run(command: list[str]) -> str:
    os.execv(command[0], command)


def new_namespace() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000):  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")
    return "unshared"


def raised_limit(limit: str) -> str:
    resource.setrlimit(getattr(resource, limit), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return "raised"


def filled(mebibytes: int) -> str:
    return f"filled {len(bytearray(b'x' * (mebibytes * 2**20)))}"


def capabilities() -> str:
    """Effective, permitted and inheritable, as the kernel tells by capget."""
    head, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None).capget(head, data)
    return str(sum(data))


def sleeps(clock_lifted: bool = True) -> str:
    """With every clock lifted that can be."""
    if clock_lifted:
        with contextlib.suppress(OSError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(
            signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}
        )
    time.sleep(600)
    return "woken"


ACTS: dict[str, Callable[..., str]] = {
    act.__name__: act
    for act in (
        read_path,
        listed,
        connected,
        unix_connected,
        raw_connected,
        environment,
        others_environment,
        processes,
        signalled,
        traced,
        limited,
        written,
        devices,
        forked,
        run,
        new_namespace,
        raised_limit,
        filled,
        capabilities,
        sleeps,
    )
}


def outcome(data: bytes) -> str:
    """What an act comes to, or the error that it met."""
    asked = json.loads(data)
    try:
        return ACTS[asked.pop("act")](**asked)
    except (OSError, MemoryError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def told(data: bytes, _settings: object) -> Iterator[tuple[dict[str, Any], bytes]]:
    """In place of `pages.read_file`."""
    asked = json.loads(data)
    if asked["act"] == "talks":  # for ever, or a lot
        yield {"page": 1}, b"a page"
        yield {"enclosed": False}, b""
        while True:
            time.sleep(asked.get("pause_s", 0))
            yield {"page": 2}, bytes(asked["size"])
    if asked["act"] == "stays":  # when all seems done
        yield {"end": True}, b""
        os.closerange(3, 64)
        sleeps()
    words = (Signature("", word, SignatureState.BROKEN) for word in _pieces(outcome(data)))
    yield {"signatures": list(map(asdict, words))}, b""
    yield {"end": True}, b""


def _pieces(text: str) -> list[str]:
    """The words of a signature are cut at 200 characters by the desk."""
    return [text[at : at + 150] for at in range(0, len(text), 150)][:20] or [""]


def read_taken_over(_ocr: object, message: bytes) -> bytes:
    """In place of the worker's reading of a page."""
    from papers.page.worker_messages import PAGE

    _, page = PAGE.validate_json(message)
    raise type(outcome(page.picture), (Exception,), {})


def as_server() -> None:
    from papers.opening import pages, pdf_server

    pages.read_file = told
    pdf_server.main(int(sys.argv[1]), confined=CONFINED in sys.argv[2:])


def as_worker() -> None:
    from papers.page import page_worker

    page_worker._read = read_taken_over
    page_worker.main(object)
