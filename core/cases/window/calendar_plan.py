"""Administrators' decisions on the calendar: that a day is a workday or not, and windows beside the
daily one. Each has a reason, in the audit.

What they decide goes over config.yaml, and that over the State Council calendar. A case whose day
loses its last window moves on at once, and the enterprise is notified, as after a window that
closed without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time

from core.accounts.enterprises.administration import require_reason
from core.cases.desk import Desk
from core.cases.window.process import vacate
from core.clock import local
from core.data.workday import DayDecision, ExtraWindow, span_text
from core.errors import NotAllowed
from core.store.store import Transaction


def set_day(desk: Desk, actor: str, day: date, *, workday: bool, reason: str) -> int:
    """Decide that a day is worked, or that it is not. Gives how many cases moved on.

    Raises NotAllowed for a day that is over, or without a reason.
    """
    decided = _decided(desk, actor, "calendar.day", day, reason, workday=str(workday))
    with decided as tx:
        tx.days.store(DayDecision(day, workday, reason, actor, tx.now))
    return vacate(desk)


def drop_day(desk: Desk, actor: str, day: date, reason: str) -> int:
    """Remove the decision on a day: the calendar decides it again."""
    with _decided(desk, actor, "calendar.day_dropped", day, reason) as tx:
        tx.days.remove(day=day)
    return vacate(desk)


def add_window(desk: Desk, actor: str, day: date, opens: time, closes: time, reason: str) -> None:
    """A window beside the daily one. `closes` of 00:00 is midnight at the end of the day.

    Raises NotAllowed where it is over or meets another one.
    """
    hours = span_text(opens, closes)
    with _decided(desk, actor, "calendar.window", day, reason, window=hours) as tx:
        if closes != time(0, 0) and closes <= opens:
            raise NotAllowed("窗口的结束时间须晚于开始时间。")
        window, others = desk.workdays.window_at(day, opens, closes), desk.workdays.windows_on(day)
        if window.closes_at <= tx.now:
            raise NotAllowed("该窗口的时间已过。")
        if any(
            one.opens_at < window.closes_at and window.opens_at < one.closes_at for one in others
        ):
            listed = "、".join(map(str, others))
            raise NotAllowed(f"与当日已有的窗口重叠（{listed}）。")
        tx.windows.insert_new(ExtraWindow(0, day, opens, closes, reason, actor, tx.now))


def drop_window(desk: Desk, actor: str, window_id: int, reason: str) -> int:
    """Take an extra window back. Raises LookupError."""
    with desk.view() as tx:
        window = tx.windows.get(window_id)
    action = "calendar.window_dropped"
    with _decided(desk, actor, action, window.day, reason, window=str(window)) as tx:
        tx.windows.remove(id=window_id)
    return vacate(desk)


@contextmanager
def _decided(
    desk: Desk, actor: str, action: str, day: date, reason: str, **detail: str
) -> Iterator[Transaction]:
    """A step for a decision on a day that is not over, with its reason in the audit."""
    require_reason(reason)
    with desk.step() as tx:
        if day < local(tx.now).date():
            raise NotAllowed("不能改动已经过去的日期。")
        yield tx
        tx.audit.write(actor, action, day=day.isoformat(), reason=reason, **detail)
    desk.store.decided.forget()
