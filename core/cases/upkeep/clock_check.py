"""Whether the clock may be believed, before anything that cannot be taken back goes by it: a case
carried out, a letter that says "postponed", an expiry, a removal.

The machine's clock is compared with the count of time since the last look (a step), with the
database's clock where that has one of its own, and with the arrival of mails, which the mail
server stamps. A step is an alert. A clock that another one contradicts, or that stepped by minutes,
is in doubt: what cannot be taken back waits, with an alert, until a clock that is not ours agrees
or a person has looked and clears the alert.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from core.cases.desk import Desk
from core.clock import Clock, local

STEP = "clock.step"
DOUBT = "clock.doubt"
STEP_TOLD = timedelta(seconds=30)
FRESH = timedelta(minutes=10)
"""A mail that arrived no longer ago agrees with the clock;
an older one says nothing, it may have waited."""


class ClockCheck:
    """Looks at the machine's clock again and again.

    `elapsed_s`: counts seconds whatever the clock does, sleep of the machine included.
    `mails_tell`: mails are stamped by another machine.
    """

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        elapsed_s: Callable[[], float],
        may_differ: timedelta,
        *,
        mails_tell: bool,
    ) -> None:
        self._desk, self._clock, self._elapsed_s = desk, clock, elapsed_s
        self._may_differ, self._mails_tell = may_differ, mails_tell
        self._last: tuple[datetime, float] | None = None
        self._in_doubt = True  # as another process may have left it
        self._arrival: datetime | None = None
        self._guard = threading.Lock()  # several ticks ask

    def mail_came(self, arrived: datetime) -> None:
        """A new mail was fetched, which the server took then."""
        if self._mails_tell:
            self._arrival = max(arrived, self._arrival or arrived)

    def is_sure(self) -> bool:
        """Whether the clock may now decide an act that cannot be taken back."""
        with self._guard:
            now, elapsed_s = self._clock.now(), self._elapsed_s()
            last, last_s = self._last or (now, elapsed_s)
            step = now - last - timedelta(seconds=elapsed_s - last_s)
            self._last = now, elapsed_s
            difference, wrong = self._difference(now)
            doubtful = wrong or (abs(step) > self._may_differ and difference is None)
            if abs(step) > STEP_TOLD or doubtful or self._in_doubt:
                self._settle(now, step, difference, doubtful=doubtful)
            return not self._in_doubt

    def _difference(self, now: datetime) -> tuple[timedelta | None, bool]:
        """How far another clock is ahead of ours, None where none tells;
        and whether that is too far."""
        if theirs := self._desk.store.now():
            return theirs - now, abs(theirs - now) > self._may_differ
        arrival, self._arrival = self._arrival, None
        ahead = arrival - now if arrival else -FRESH
        return (ahead, ahead > self._may_differ) if ahead > -FRESH else (None, False)

    def _settle(
        self, now: datetime, step: timedelta, difference: timedelta | None, *, doubtful: bool
    ) -> None:
        with self._desk.step() as tx:
            if abs(step) > STEP_TOLD:
                tx.alerts.add(
                    STEP,
                    f"本机时钟在 {local(now - step):%m-%d %H:%M:%S} 被调整了 {_words(step)}，"
                    "请检查时间同步（NTP）。",
                )
            if doubtful:
                why = (
                    f"与数据库或邮件服务器的时钟相差 {_words(difference)}"
                    if difference is not None
                    else f"被突然调整了 {_words(step)}"
                )
                tx.alerts.add(
                    DOUBT,
                    f"本机时钟{why}：窗口办理、顺延通知、逾期关闭和到期删除暂停，直到时钟相符，"
                    "或您核对时钟后清除本提醒。",
                )
            elif difference is not None:
                tx.alerts.clear(DOUBT)
            self._in_doubt = tx.alerts.by(kind=DOUBT) is not None


def _words(difference: timedelta) -> str:
    sign = "+" if difference > timedelta(0) else "-"
    minutes, seconds = divmod(round(abs(difference).total_seconds()), 60)
    return f"{sign}{minutes // 60} 小时 {minutes % 60} 分 {seconds} 秒"
