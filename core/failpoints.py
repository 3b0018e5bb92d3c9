"""Where tests kill the process (kill -9) to prove that nothing is lost and nothing done twice.

UNBIND_FAILPOINT="commit.before:7" ends the process before its seventh commit that changes anything,
"commit.after:7" right after it. Unset, a call costs one look-up in the environment.
"""

import os
import signal
from collections import Counter

_seen: Counter[str] = Counter()


def watched() -> bool:
    """Whether this process was started to be killed."""
    return "UNBIND_FAILPOINT" in os.environ


def pass_point(point: str) -> None:
    """The process passes a point; it dies here when the environment names it."""
    wanted = os.environ.get("UNBIND_FAILPOINT")
    if wanted is None:
        return
    _seen[point] += 1
    if f"{point}:{_seen[point]}" == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


def count(point: str) -> int:
    """How often the point was passed."""
    return _seen[point]
