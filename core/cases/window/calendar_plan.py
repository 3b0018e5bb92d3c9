"""What administrators decide of the calendar: that a day is worked or not, and windows beside the
daily one. Each with a reason, in the audit.

What they decide goes over config.yaml, and that over the State Council calendar. A case whose day
loses its last window moves on at once, and the enterprise is notified, as after a window that
closed without it.
"""

from datetime import date, datetime, time

from core.accounts.enterprises.administration import require_reason
from core.cases.desk import Desk
from core.cases.window.process import vacate
from core.clock import local
from core.data.workday import DayDecision, ExtraWindow
from core.errors import NotAllowed


def set_day(desk: Desk, actor: str, day: date, *, workday: bool, reason: str) -> int:
    """Say that a day is worked, or that it is not. Gives how many cases moved on.

    Raises NotAllowed for a day that is over, or without a reason.
    """
    with desk.store.transaction() as tx:
        now = _checked(desk, day, reason)
        tx.calendar.save_day(DayDecision(day, workday, reason.strip(), actor, now))
        tx.audit.write(
            now,
            actor,
            "calendar.day",
            day=day.isoformat(),
            workday=str(workday),
            reason=reason.strip(),
        )
    return vacate(desk, day)


def drop_day(desk: Desk, actor: str, day: date, reason: str) -> int:
    """Take back what was decided of a day: it is again what the calendar says."""
    with desk.store.transaction() as tx:
        now = _checked(desk, day, reason)
        tx.calendar.drop_day(day)
        tx.audit.write(
            now, actor, "calendar.day_dropped", day=day.isoformat(), reason=reason.strip()
        )
    return vacate(desk, day)


def add_window(desk: Desk, actor: str, day: date, opens: time, closes: time, reason: str) -> None:
    """A window beside the daily one. `closes` of 00:00 is midnight at the end of the day.

    Raises NotAllowed where it is over or meets another one.
    """
    with desk.store.transaction() as tx:
        now = _checked(desk, day, reason)
        if closes != time(0, 0) and closes <= opens:
            raise NotAllowed("窗口的结束时间须晚于开始时间。")
        window = desk.workdays.window_at(day, opens, closes)
        if window.closes_at <= now:
            raise NotAllowed("该窗口的时间已过。")
        others = desk.workdays.windows_on(day)
        if any(
            other.opens_at < window.closes_at and window.opens_at < other.closes_at
            for other in others
        ):
            raise NotAllowed(
                f"与当日已有的窗口重叠（{'、'.join(str(other) for other in others)}）。"
            )
        tx.calendar.add_window(ExtraWindow(0, day, opens, closes, reason.strip(), actor, now))
        tx.audit.write(
            now,
            actor,
            "calendar.window",
            day=day.isoformat(),
            window=f"{opens:%H:%M}-{closes:%H:%M}",
            reason=reason.strip(),
        )


def drop_window(desk: Desk, actor: str, window_id: int, reason: str) -> int:
    """Take an extra window back. Raises LookupError."""
    with desk.store.transaction() as tx:
        window = tx.calendar.window(window_id)
        now = _checked(desk, window.day, reason)
        tx.calendar.drop_window(window_id)
        hours = f"{window.opens:%H:%M}-{window.closes:%H:%M}"
        tx.audit.write(
            now,
            actor,
            "calendar.window_dropped",
            day=window.day.isoformat(),
            window=hours,
            reason=reason.strip(),
        )
    return vacate(desk, window.day)


def _checked(desk: Desk, day: date, reason: str) -> datetime:
    require_reason(reason)
    now = desk.clock.now()
    if day < local(now).date():
        raise NotAllowed("不能改动已经过去的日期。")
    return now
