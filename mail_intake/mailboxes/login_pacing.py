"""When a mailbox may be logged in to again.

Providers block accounts that log in too often: reconnecting every 15 seconds was enough for one of
them, and QQ answers a wrong code, a blocked account and "too often" with the same words. So: at
most `logins_per_hour` in any hour, five of them close together (half of fewer than ten); a pause
that doubles after every failure, with jitter so that two desks do not knock in step; and a long
pause after a refused login, because a wrong password does not become right by being repeated. Times
are seconds of a monotonic clock.
"""

import math
import random
import time
from collections.abc import Callable

from core.errors import MailboxError

HOUR_S = 3600.0
BURST = 5
FIRST_BACKOFF_S = 2.0
LONGEST_BACKOFF_S = 300.0
FIRST_REFUSAL_S = 600.0
LONGEST_REFUSAL_S = 7200.0


class LoginPacer:
    """Paces the logins of one mailbox. `monotonic`, `jitter`: others in tests. `jitter`, in [0, 1),
    takes away up to half of a pause.

    Each login costs `_cost_s`, and the account may be ahead of the time by all but one of those
    that may be close together: so no hour has more than `per_hour`.
    """

    def __init__(
        self,
        per_hour: int,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.monotonic, self._jitter = monotonic, jitter
        together = min(BURST, (per_hour + 1) // 2)
        self._cost_s = HOUR_S / (per_hour - together + 1)
        self._ahead_s = self._cost_s * (together - 1)
        self._paid_until = -math.inf
        self.succeeded()

    def free_in_s(self) -> float:
        """Seconds until a login is allowed; 0 when it is."""
        allowed_at = max(self._not_before, self._paid_until - self._ahead_s)
        return max(0.0, allowed_at - self.monotonic())

    def begin(self, host: str) -> None:
        """A login is sent now. Raises MailboxError, with the last trouble, where none may be."""
        if (free_in_s := self.free_in_s()) > 0:
            raise MailboxError(
                f"{self._trouble or f'邮箱 {host}：'}为避免账号被封，"
                f"{free_in_s:.0f} 秒后才会再次登录。"
            )
        self._paid_until = max(self._paid_until, self.monotonic()) + self._cost_s

    def failed(self, trouble: str) -> None:
        """The connection could not be made, or broke."""
        self._failures += 1
        self._pause(trouble, FIRST_BACKOFF_S, LONGEST_BACKOFF_S, self._failures)

    def refused(self, trouble: str) -> None:
        """The server refused the credentials."""
        self._refusals += 1
        self._pause(trouble, FIRST_REFUSAL_S, LONGEST_REFUSAL_S, self._refusals)

    def _pause(self, trouble: str, first_s: float, longest_s: float, times: int) -> None:
        """No login before a pause, the `times`-th of its kind in a row, from 1."""
        self._trouble = trouble
        pause_s = min(longest_s, first_s * 2.0 ** min(times - 1, 30))
        self._not_before = self.monotonic() + pause_s * (1 - self._jitter() / 2)

    def succeeded(self) -> None:
        """The mailbox was read to its end: earlier failures no longer count."""
        self._failures = self._refusals = 0
        self._not_before, self._trouble = -math.inf, ""
