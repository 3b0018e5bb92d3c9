"""RULES.md section 2, minute by minute."""

from datetime import date, datetime, time, timedelta

import pytest

from core.clock import LOCAL
from core.data.workday import Workdays, hours_text, parse_hours
from core.public_holidays import state_council_workday

WORKDAYS = Workdays(state_council_workday)


def at(day, clock):
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


WORKDAY, NEXT = date(2026, 11, 25), date(2026, 11, 26)
DAYS = [
    # day, is a workday, the next workday after it
    (WORKDAY, True, NEXT),
    (date(2026, 11, 27), True, date(2026, 11, 30)),  # a Friday
    (date(2026, 11, 28), False, date(2026, 11, 30)),  # a Saturday
    (date(2026, 9, 20), True, date(2026, 9, 21)),  # a Sunday made up for
    (date(2026, 10, 10), True, date(2026, 10, 12)),  # a Saturday made up for
    (date(2026, 10, 1), False, date(2026, 10, 8)),  # National Day
    (date(2026, 9, 30), True, date(2026, 10, 8)),  # its eve: the whole holiday is skipped
    (date(2031, 3, 3), True, date(2031, 3, 4)),  # a Monday of a year the calendar lacks
    (date(2031, 3, 8), False, date(2031, 3, 10)),  # a Saturday of such a year
]


@pytest.mark.parametrize(("day", "works", "following"), DAYS)
@pytest.mark.parametrize("minute", range(-5, 36))
def test_each_minute_around_the_window(day, works, following, minute):
    instant = at(day, "11:00") + timedelta(minutes=minute)
    in_time = works and minute < 30
    assert WORKDAYS.window_for(instant).date == (day if in_time else following)
    assert (WORKDAYS.open_window(instant) is not None) == (works and 0 <= minute < 30)


@pytest.mark.parametrize(
    ("clock", "belongs", "is_open"),
    [
        ("10:59:59", WORKDAY, False),
        ("11:00:00", WORKDAY, True),
        ("11:29:59", WORKDAY, True),
        ("11:30:00", NEXT, False),
    ],
)
def test_the_seconds_at_both_ends(clock, belongs, is_open):
    assert WORKDAYS.window_for(at(WORKDAY, clock)).date == belongs
    assert bool(WORKDAYS.open_window(at(WORKDAY, clock))) == is_open


@pytest.mark.parametrize(("day", "provisional"), [(WORKDAY, False), (date(2031, 3, 3), True)])
def test_a_year_the_calendar_lacks_is_provisional(day, provisional):
    assert WORKDAYS.window_for(at(day, "09:00")).provisional is provisional


def test_overrides_win_over_the_calendar_and_are_not_provisional():
    workdays = Workdays(state_council_workday, overrides={WORKDAY: False, date(2031, 3, 3): True})
    assert workdays.window_for(at(WORKDAY, "10:00")).date == NEXT
    assert workdays.window_for(at(date(2031, 3, 3), "10:00")).provisional is False


def test_the_missing_year_is_said_from_sixty_days_before():
    assert WORKDAYS.unknown_year_ahead(at(date(2030, 12, 31), "10:00")) == 2030
    knows_2026 = Workdays(lambda day: True if day.year <= 2026 else None)
    assert knows_2026.unknown_year_ahead(at(date(2026, 11, 1), "10:00")) is None
    assert knows_2026.unknown_year_ahead(at(date(2026, 11, 2), "10:00")) == 2027


def test_a_window_of_every_day_and_all_day_never_closes():
    demo = Workdays(state_council_workday, hours=((time(0), time(0)),), every_day=True)
    for clock in ("00:00", "11:45", "23:59:59"):
        window = demo.open_window(at(date(2026, 11, 28), clock))
        assert window
        assert window.date == date(2026, 11, 28)
    assert str(window) == "2026年11月28日（星期六）00:00—24:00"


def test_the_hours_of_every_day_in_words():
    hours = [parse_hours(one) for one in ("11:00-11:30", "23:00-00:00")]
    assert hours_text(hours) == "每个工作日 11:00—11:30、23:00—24:00"
    assert hours_text(hours[:1], every_day=True) == "每天 11:00—11:30"


def test_a_holiday_without_end_is_an_error_that_names_the_setting():
    with pytest.raises(ValueError, match=r"window\.overrides"):
        Workdays(lambda _: False).window_for(at(WORKDAY, "10:00"))
