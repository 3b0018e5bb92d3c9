"""Time, passed in. Nothing else in the desk asks the system for the time of day.

Instants are aware datetimes in UTC; dates and windows are judged in Asia/Shanghai (`LOCAL`).
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
A_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"
_LAST = datetime.max.replace(tzinfo=LOCAL)


class Clock(Protocol):
    """Tells the present instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The same instant on the clocks of Asia/Shanghai, at most the end of 9999-12-31: certificates
    without end give that day in UTC (RFC 5280 section 4.1.2.5)."""
    return min(instant, _LAST).astimezone(LOCAL)


def is_recent(instant: datetime | None, now: datetime, within: timedelta) -> bool:
    """Whether it was less than this long ago; None was never."""
    return instant is not None and now - instant < within


def period(first: date, last: date) -> tuple[datetime, datetime]:
    """From the begin of a day to before the end of another, in Asia/Shanghai."""
    begin, end = max(first, date.min + A_DAY), min(last, date.max - 2 * A_DAY) + A_DAY
    return datetime.combine(begin, time(), LOCAL), datetime.combine(end, time(), LOCAL)


def day_text(day: date) -> str:
    """A day as letters write it: 2026年12月25日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment(instant: datetime | None) -> str:
    """An instant on the clocks of Asia/Shanghai, to the minute, or a dash."""
    return f"{local(instant):%Y-%m-%d %H:%M}" if instant else "—"
