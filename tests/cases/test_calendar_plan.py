"""What administrators decide of the calendar: used by every window, over config.yaml, with a
reason, and cases move with it."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from core.cases.decision import approve
from core.cases.window import calendar_plan
from core.cases.window.process import roll_over, run_window, vacate
from core.clock import LOCAL
from core.data.case import State
from core.data.letter import LetterKind
from core.errors import NotAllowed
from core.store.repositories.store_calendar import Decided
from scheduler.work import Work
from tests.web.harness import Harness

WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (date(2026, 11, day) for day in (25, 26, 27, 28))
"""The clock stands at Wednesday, 10:00."""


@pytest.fixture
def here(tmp_path):
    harness = Harness(tmp_path)
    harness.register(1)
    yield harness
    harness.store.close()


def at(day, hours, minutes=0):
    return datetime.combine(day, time(hours, minutes), LOCAL)


def windows(here, day):
    return [f"{one.opens_at.astimezone(LOCAL):%H:%M}" for one in here.desk.workdays.windows_on(day)]


def test_a_day_off_and_a_saturday_worked(here):
    calendar_plan.set_day(here.desk, "wang", THURSDAY, workday=False, reason="停电检修")
    calendar_plan.set_day(here.desk, "wang", SATURDAY, workday=True, reason="补班")
    assert [windows(here, day) for day in (WEDNESDAY, THURSDAY, FRIDAY, SATURDAY)] == [
        ["11:00"],
        [],
        ["11:00"],
        ["11:00"],
    ]
    assert here.desk.workdays.window_after(WEDNESDAY).date == FRIDAY
    calendar_plan.drop_day(here.desk, "wang", THURSDAY, "不停电了")
    assert windows(here, THURSDAY) == ["11:00"]
    with here.tx() as tx:
        entries = [(entry.action, entry.detail["reason"]) for entry in tx.audit.entries(limit=3)]
    assert entries == [
        ("calendar.day_dropped", "不停电了"),
        ("calendar.day", "补班"),
        ("calendar.day", "停电检修"),
    ]


def test_what_people_decide_goes_over_the_configuration(here):
    workdays = replace(here.desk.workdays, overrides={THURSDAY: False, FRIDAY: False})
    calendar_plan.set_day(here.desk, "wang", THURSDAY, workday=True, reason="改回")
    assert [workdays.is_workday(day) for day in (THURSDAY, FRIDAY)] == [True, False]


def test_cases_of_a_day_taken_away_move_and_no_others(here):
    today = here.request(1)
    here.clock.at += timedelta(hours=2)
    here.register(2)
    tomorrow = here.request(2)
    assert (today.window_date, tomorrow.window_date) == (WEDNESDAY, THURSDAY)
    here.clock.at -= timedelta(hours=2)
    assert calendar_plan.set_day(here.desk, "wang", THURSDAY, workday=False, reason="停电检修") == 1
    assert [here.case(one.id).window_date for one in (today, tomorrow)] == [WEDNESDAY, FRIDAY]
    with here.tx() as tx:
        assert [letter.kind for letter in tx.letters.newest(case_id=tomorrow.id)].count(
            LetterKind.POSTPONED
        ) == 1


def test_an_extra_window_carries_out_what_is_approved(here):
    here.clock.at = at(WEDNESDAY, 12)
    case = here.request(1)
    calendar_plan.add_window(here.desk, "wang", WEDNESDAY, time(15), time(15, 30), "节前集中办理")
    assert here.desk.workdays.window_for(here.clock.now()).opens_at == at(WEDNESDAY, 15)
    approved = approve.approve(here.desk, case.id, case.version, "wang")
    assert approved.window_date == WEDNESDAY, "it waited for tomorrow: the window was added since"
    assert roll_over(here.desk) == 0
    here.clock.at = at(WEDNESDAY, 15, 10)
    assert run_window(here.desk).completed == [case.number]
    assert here.case(case.id).state is State.COMPLETED


def test_a_window_on_a_day_off(here):
    calendar_plan.add_window(here.desk, "wang", SATURDAY, time(9), time(10), "加班")
    assert windows(here, SATURDAY) == ["09:00"]
    assert here.desk.workdays.window_for(at(FRIDAY, 12)).date == SATURDAY
    with here.tx() as tx:
        [window] = tx.windows.in_order()
    calendar_plan.drop_window(here.desk, "wang", window.id, "取消加班")
    assert windows(here, SATURDAY) == []


@pytest.mark.parametrize(
    ("day", "opens", "closes", "reason", "said"),
    [
        (WEDNESDAY, time(11, 29), time(12), "x", "重叠"),
        (WEDNESDAY, time(15), time(15), "x", "晚于"),
        (WEDNESDAY, time(8), time(9), "x", "已过"),
        (date(2026, 11, 24), time(15), time(16), "x", "过去"),
        (THURSDAY, time(15), time(16), " ", "理由"),
    ],
)
def test_a_window_that_cannot_be_is_refused(here, day, opens, closes, reason, said):
    with pytest.raises(NotAllowed, match=said):
        calendar_plan.add_window(here.desk, "wang", day, opens, closes, reason)


def test_a_window_may_end_at_midnight_and_begin_where_the_daily_one_ends(here):
    calendar_plan.add_window(here.desk, "wang", WEDNESDAY, time(11, 30), time(12), "延长")
    calendar_plan.add_window(here.desk, "wang", WEDNESDAY, time(23), time(0), "夜间")
    assert windows(here, WEDNESDAY) == ["11:00", "11:30", "23:00"]
    assert here.desk.workdays.open_window(at(WEDNESDAY, 23, 59)) is not None


def test_another_process_sees_a_decision_within_a_second(here):
    other = Decided(here.store.engine)
    assert dict(other().days) == {}
    calendar_plan.set_day(here.desk, "wang", THURSDAY, workday=False, reason="x")
    other.forget()
    assert dict(other().days) == {THURSDAY: False}


def test_decisions_are_read_within_a_transaction_and_while_views_hold_every_connection(here):
    with ExitStack() as held:
        for begin in (here.tx, *[here.store.view] * 14):
            held.enter_context(begin())
        here.store.decided.forget()
        assert here.desk.workdays.is_workday(THURSDAY)


def with_hours(here, opens, closes):
    """The desk after a start with other daily hours."""
    return replace(here.desk, workdays=replace(here.desk.workdays, hours=((opens, closes),)))


def postponed_letters(here, case):
    with here.tx() as tx:
        found = tx.letters.newest(case_id=case.id)
    return [one.rendered.text for one in found if one.kind is LetterKind.POSTPONED]


@pytest.mark.parametrize("is_approved", [True, False])
@pytest.mark.parametrize(
    ("opens", "moved_to"),
    [(time(15), WEDNESDAY), (time(10, 30), WEDNESDAY), (time(9), THURSDAY)],
)
def test_other_hours_move_what_waits_before_its_old_window(here, opens, moved_to, is_approved):
    case = here.request(1)
    if is_approved:
        approve.approve(here.desk, case.id, case.version, "wang")
    desk = with_hours(here, opens, opens.replace(minute=opens.minute + 15))
    assert [vacate(desk), vacate(desk)] == [1, 0]
    moved = here.case(case.id)
    assert (moved.window_date, moved.window_opens_at) == (
        moved_to,
        at(moved_to, 0).replace(hour=opens.hour, minute=opens.minute),
    )
    assert (moved.state is State.APPROVED) is is_approved
    assert moved.postponed == 0, "a window that it misses later is told"
    [text] = postponed_letters(here, case)
    assert f"{opens:%H:%M}" in text
    here.clock.at = min(at(WEDNESDAY, 11, 1), moved.window_opens_at)
    assert roll_over(desk) == 0
    with here.tx() as tx:
        assert not [one.kind for one in tx.alerts.find() if one.kind == "window.missed"]


def test_a_start_moves_what_waits(here):
    case = here.request(1)
    desk = with_hours(here, time(15), time(15, 30))
    work = Work(desk, SimpleNamespace(judge_each=None), None, None, None)
    work.window()
    assert here.case(case.id).window_opens_at == at(WEDNESDAY, 15)


def test_a_window_missed_after_other_hours_is_told_once(here):
    case = here.request(1)
    desk = with_hours(here, time(15), time(15, 30))
    vacate(desk)
    for day in (WEDNESDAY, THURSDAY):
        here.clock.at = at(day, 16)
        assert roll_over(desk) == 1
    assert len(postponed_letters(here, case)) == 2


def test_a_window_added_on_the_day_stays_with_other_hours(here):
    calendar_plan.add_window(here.desk, "wang", WEDNESDAY, time(15), time(15, 30), "加开")
    here.clock.at = at(WEDNESDAY, 12)
    case = here.request(1)
    assert case.window_opens_at == at(WEDNESDAY, 15)
    assert vacate(with_hours(here, time(9), time(9, 30))) == 0


def test_it_moves_to_no_window_before_the_contact_had_time_to_object(here):
    case = replace(here.request(1), not_before=at(WEDNESDAY, 16))
    with here.tx() as tx:
        tx.cases.save(replace(case, version=case.version + 1))
    vacate(with_hours(here, time(15), time(15, 30)))
    assert here.case(case.id).window_date == THURSDAY


def test_what_an_earlier_day_left_is_still_reported(here):
    """The desk was down through its window; other hours do not hide that."""
    case = here.request(1)
    approve.approve(here.desk, case.id, case.version, "wang")
    here.clock.at = at(THURSDAY, 9)
    desk = with_hours(here, time(15), time(15, 30))
    assert [vacate(desk), roll_over(desk)] == [0, 1]
    with here.tx() as tx:
        assert "window.missed" in [one.kind for one in tx.alerts.find()]
