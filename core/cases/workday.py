"""Workdays and the processing window (RULES.md section 2).

The window is [opens, closes) on workdays of Asia/Shanghai: by the State Council calendar with make-up days, then by overrides of config.yaml.
A year that the calendar lacks falls back to Monday to Friday plus overrides, and such windows are provisional.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from core.cases.letter import window_text
from core.clock import LOCAL, local

CalendarLookup = Callable[[date], bool | None]
"""True for a workday, False for a day off, None for a year the calendar does not know."""

LONGEST_HOLIDAY_DAYS = 40


@dataclass(frozen=True, slots=True)
class Window:
    """One processing window: a date and two instants (aware), the second not included."""

    date: date
    opens_at: datetime
    closes_at: datetime
    provisional: bool = False

    def contains(self, instant: datetime) -> bool:
        """Whether the desk may process at that instant."""
        return self.opens_at <= instant < self.closes_at

    def __str__(self) -> str:
        closes = "24:00" if local(self.closes_at).date() > self.date else f"{local(self.closes_at):%H:%M}"
        return window_text(self.date, f"{local(self.opens_at):%H:%M}", closes)


@dataclass(frozen=True, slots=True)
class Workdays:
    """Tells workdays and windows. `closes` of 00:00 means midnight at the end of the day. `every_day`: for demonstrations."""

    calendar: CalendarLookup
    opens: time = time(11, 0)
    closes: time = time(11, 30)
    overrides: Mapping[date, bool] = field(default_factory=dict)
    every_day: bool = False

    def is_workday(self, day: date) -> bool:
        """Whether requests are processed on that day."""
        if self.every_day:
            return True
        if day in self.overrides:
            return self.overrides[day]
        known = self.calendar(day)
        return day.weekday() < 5 if known is None else known

    def provisional(self, day: date) -> bool:
        """Whether the answer rests on weekday rules alone for that day."""
        return not self.every_day and day not in self.overrides and self.calendar(day) is None

    def window_on(self, day: date) -> Window:
        """The window of a day, whether or not it is a workday."""
        opens_at = datetime.combine(day, self.opens, LOCAL)
        closing_day = day + timedelta(days=1) if self.closes == time(0, 0) else day
        return Window(day, opens_at, datetime.combine(closing_day, self.closes, LOCAL), self.provisional(day))

    def window_for(self, instant: datetime) -> Window:
        """The first window not yet closed at that instant: 11:29:59 is in, 11:30:00 is the next workday's."""
        window = self.window_on(self._workday_from(local(instant).date()))
        return window if instant < window.closes_at else self.window_after(window.date)

    def window_after(self, day: date) -> Window:
        """The window of the first workday after that day."""
        return self.window_on(self._workday_from(day + timedelta(days=1)))

    def open_window(self, instant: datetime) -> Window | None:
        """The window that is open at that instant, or None."""
        window = self.window_for(instant)
        return window if window.contains(instant) else None

    def unknown_year_ahead(self, instant: datetime, days: int = 60) -> int | None:
        """The year within `days` that the calendar lacks, or None: to be said loudly (RULES.md section 2)."""
        for ahead in (local(instant).date(), local(instant).date() + timedelta(days=days)):
            if not self.every_day and self.calendar(ahead) is None:
                return ahead.year
        return None

    def _workday_from(self, day: date) -> date:
        for offset in range(LONGEST_HOLIDAY_DAYS):
            if self.is_workday(day + timedelta(days=offset)):
                return day + timedelta(days=offset)
        raise ValueError(f"在 {day} 之后 {LONGEST_HOLIDAY_DAYS} 天内没有工作日，请检查 config.yaml 的 window.overrides。")
