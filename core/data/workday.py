"""Workdays and the processing windows (RULES.md section 2).

A window is open from `opens` until before `closes`, on workdays of Asia/Shanghai. Whether a day is
a workday is decided by administrators (calendar page), else by the overrides of config.yaml, else
by the State Council calendar with make-up days. For a year that the calendar lacks, Monday to
Friday are workdays, and their windows are provisional. Administrators may add windows to any day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from core.clock import LOCAL, WEEKDAYS, day_text, local

CalendarLookup = Callable[[date], bool | None]
"""True for a workday, False for a day off, None for a year the calendar does not know."""

Hours = tuple[time, time]
"""When a window opens and closes. A closing time of 00:00 is midnight at the end of the day."""

LONGEST_HOLIDAY_DAYS = 40
MOST_WORKING_HOURS = 80


def parse_hours(text: str) -> Hours:
    """The hours of "11:00-11:30"."""
    opens, _, closes = text.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


DAILY_TEXT = "11:00-11:30"
DAILY = (parse_hours(DAILY_TEXT),)
"""The windows of a workday, unless config.yaml has others (window.hours)."""


def span_text(opens: time, closes: time) -> str:
    """Hours as text: 11:00—11:30, 23:00—24:00."""
    return f"{opens:%H:%M}—{closes:%H:%M}".replace("—00:00", "—24:00")


def hours_text(hours: Iterable[Hours], *, every_day: bool = False) -> str:
    """The windows as letters and pages name them: 每个工作日 11:00—11:30、15:30—16:00."""
    return f"{'每天' if every_day else '每个工作日'} {'、'.join(span_text(*one) for one in hours)}"


@dataclass(frozen=True)
class DayDecision:
    """An administrator's decision on a day, and the reason."""

    day: date
    workday: bool
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class ExtraWindow:
    """A window that an administrator added. `opens` and `closes`: as in Hours."""

    id: int
    day: date
    opens: time
    closes: time
    reason: str
    actor: str
    at: datetime

    def __str__(self) -> str:
        return span_text(self.opens, self.closes)


@dataclass(frozen=True)
class Decisions:
    """All decisions of administrators: whether a day is a workday, and the added windows."""

    days: Mapping[date, bool] = field(default_factory=dict)
    extra: Mapping[date, Sequence[Hours]] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """One processing window, from `opens_at` until before `closes_at`."""

    date: date
    opens_at: datetime
    closes_at: datetime
    provisional: bool = False

    def contains(self, instant: datetime) -> bool:
        """Whether the desk may process at that instant."""
        return self.opens_at <= instant < self.closes_at

    @property
    def hours(self) -> str:
        return span_text(local(self.opens_at).time(), local(self.closes_at).time())

    def __str__(self) -> str:
        """The window for letters and screens: 2026年11月25日（星期三）11:00—11:30."""
        return f"{day_text(self.date)}（星期{WEEKDAYS[self.date.weekday()]}）{self.hours}"


@dataclass(frozen=True)
class Workdays:
    """The workdays and windows.

    - `hours`: the windows of a workday, in ascending order, without overlap.
    - `office_opens`, `office_closes`: the working hours of a workday.
    - `every_day`: all days are workdays, for demonstrations.
    - `decided`: reads the present decisions of administrators.
    """

    calendar: CalendarLookup
    hours: tuple[Hours, ...] = DAILY
    office_opens: time = time(9, 0)
    office_closes: time = time(17, 0)
    overrides: Mapping[date, bool] = field(default_factory=dict)
    every_day: bool = False
    decided: Callable[[], Decisions] = Decisions

    def is_workday(self, day: date) -> bool:
        """Whether the daily windows open on that day."""
        known = self._known(day)
        return day.weekday() < 5 if known is None else known

    def provisional(self, day: date) -> bool:
        """Whether only the rule Monday to Friday decides on that day."""
        return self._known(day) is None

    def _known(self, day: date) -> bool | None:
        """Whether it is decided or known that the day is a workday."""
        configured = self.overrides.get(day, self.calendar(day))
        return self.every_day or self.decided().days.get(day, configured)

    def windows_on(self, day: date) -> list[Window]:
        """The windows of a day, in their order."""
        hours = self.hours if self.is_workday(day) else ()
        return sorted(
            (self.window_at(day, *one) for one in (*hours, *self.decided().extra.get(day, ()))),
            key=lambda window: window.opens_at,
        )

    def opening_at(self, instant: datetime) -> Window | None:
        """The window that opens at that instant."""
        windows = self.windows_on(local(instant).date())
        return next((one for one in windows if one.opens_at == instant), None)

    def hours_from(self, instant: datetime) -> str:
        """The hours of the window that opens at that instant; its first minute alone where the
        calendar has it no more."""
        window = self.opening_at(instant)
        return window.hours if window else f"{local(instant):%H:%M}"

    def window_at(self, day: date, opens: time, closes: time) -> Window:
        """The window of a day with these hours."""
        closing_day = day + timedelta(days=1) if closes == time(0, 0) else day
        return Window(
            day,
            datetime.combine(day, opens, LOCAL),
            datetime.combine(closing_day, closes, LOCAL),
            self.provisional(day),
        )

    def window_for(self, instant: datetime) -> Window:
        """The first window that has not closed at that instant: at 11:29:59 today's, at 11:30:00
        the next workday's."""
        day = local(instant).date()
        for offset in range(LONGEST_HOLIDAY_DAYS):
            for window in self.windows_on(day + timedelta(days=offset)):
                if instant < window.closes_at:
                    return window
        raise ValueError(
            f"在 {day} 之后 {LONGEST_HOLIDAY_DAYS} 天内没有处理窗口，"
            "请检查日历页与 config.yaml 的 window.overrides。"
        )

    def window_after(self, day: date) -> Window:
        """The first window after that day."""
        return self.window_for(datetime.combine(day + timedelta(days=1), time(), LOCAL))

    def open_window(self, instant: datetime) -> Window | None:
        """The window that is open at that instant, or None."""
        window = self.window_for(instant)
        return window if window.contains(instant) else None

    def after_working_hours(self, start: datetime, hours: int) -> datetime:
        """The instant at which so many working hours have passed since `start`. Raises ValueError
        for a calendar without enough workdays.
        """
        left, first = timedelta(hours=hours), local(start).date()
        if not left:
            return start
        for offset in range(LONGEST_HOLIDAY_DAYS + MOST_WORKING_HOURS):
            day = first + timedelta(days=offset)
            office = self.window_at(day, self.office_opens, self.office_closes)
            begins = max(start, office.opens_at)
            if not self.is_workday(day) or begins >= office.closes_at:
                continue
            if left <= office.closes_at - begins:
                return begins + left
            left -= office.closes_at - begins
        raise ValueError("没有足够的工作日，请检查日历页与 config.yaml 的 window.overrides。")

    def unknown_year_ahead(self, instant: datetime) -> int | None:
        """A year within the next 60 days that the calendar lacks, or None. People must be warned of
        it (RULES.md section 2)."""
        today = local(instant).date()
        for day in (today, today + timedelta(days=60)):
            if not self.every_day and self.calendar(day) is None:
                return day.year
        return None
