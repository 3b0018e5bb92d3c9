"""The bounds that a process which reads strangers' files puts on itself before
it reads the first byte."""

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Callable

from papers.opening.call_filter import CallFilter

_PR_SET_PDEATHSIG = 1
_MOST_FILES = 64


def giving_up_calls(*, must: bool) -> Callable[[], None]:
    """Prepares the call by which this process gives up system calls.

    `must`: raises OSError where there is no libseccomp, instead of going on without.
    """
    try:
        return CallFilter().load
    except OSError:
        if must:
            raise
        return lambda: None


def bound_itself(memory_bytes: int, cpu_s: int = 0) -> None:
    """Allow this process no more memory and processor time (0: as before) than this, no written
    file, few open ones, no memory image, no output outside its socket, no life after its parent."""
    _die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    if cpu_s:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _die_with_parent() -> None:
    """Linux: the child ends when its parent does. Elsewhere its own limits end it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
