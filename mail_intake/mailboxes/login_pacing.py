"""When a mailbox may be logged in to again.

Providers block accounts that log in too often: reconnecting every 15 seconds was enough for one of
them, and QQ answers a wrong code, a blocked account and "too often" with the same words. So: at
most `logins_per_hour` in any hour, five of them close together; a pause that doubles after every
failure, with jitter so that two desks do not knock in step; and a long pause after a refused login,
because a wrong password does not become right by being repeated. Times are seconds of a monotonic
clock.
"""

from collections import deque
from typing import Final

HOUR_S: Final = 3600.0
BURST: Final = 5
FIRST_BACKOFF_S: Final = 2.0
LONGEST_BACKOFF_S: Final = 300.0
FIRST_REFUSAL_S: Final = 600.0
LONGEST_REFUSAL_S: Final = 7200.0


def pause_s(first_s: float, longest_s: float, times: int, jitter: float) -> float:
    """The pause after the `times`-th failure in a row (0: none).

    `jitter` in [0, 1) takes away up to half of it.
    """
    if times <= 0:
        return 0.0
    return float(min(longest_s, first_s * 2.0 ** min(times - 1, 30)) * (1 - jitter / 2))


def next_free_login(logins: deque[float], per_hour: int) -> float:
    """The earliest instant at which one more login keeps any hour within `per_hour`.

    `logins`: the instants of the last hour.
    """
    burst = min(BURST, per_hour)
    if len(logins) < burst:
        return float("-inf")
    if len(logins) >= per_hour:
        return logins[-per_hour] + HOUR_S
    return logins[-1] + HOUR_S / max(1, per_hour - burst)


class LoginPacer:
    """Remembers logins and failures of one mailbox."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = max(1, per_hour)
        self._logins: deque[float] = deque(maxlen=self._per_hour)
        self._failures = 0
        self._refusals = 0
        self._not_before = float("-inf")

    def free_in_s(self, now: float) -> float:
        """Seconds until a login is allowed; 0 when it is."""
        while self._logins and self._logins[0] <= now - HOUR_S:
            self._logins.popleft()
        return max(0.0, self._not_before - now, next_free_login(self._logins, self._per_hour) - now)

    def trying(self, now: float) -> None:
        """A login is sent now."""
        self._logins.append(now)

    def failed(self, now: float, jitter: float) -> None:
        """The connection could not be made, or broke."""
        self._failures += 1
        self._not_before = now + pause_s(FIRST_BACKOFF_S, LONGEST_BACKOFF_S, self._failures, jitter)

    def refused(self, now: float, jitter: float) -> None:
        """The server refused the credentials."""
        self._refusals += 1
        self._not_before = now + pause_s(FIRST_REFUSAL_S, LONGEST_REFUSAL_S, self._refusals, jitter)

    def succeeded(self) -> None:
        """The mailbox was read to its end: earlier failures no longer count."""
        self._failures = self._refusals = 0
        self._not_before = float("-inf")
