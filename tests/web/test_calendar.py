"""The calendar's page."""

import re
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from core.cases.decision.approve import approve
from core.cases.window.process import run_window
from core.data.case import Contacted, ContactedBy
from core.data.roles import Role
from tests.web.conftest import someone
from web.application import create_app
from web.common.site import Site

THURSDAY = "2026-11-26"


@pytest.fixture
def system(harness):
    visitor = someone(harness, "zhao", Role.SYSTEM)
    visitor.see("/calendar")
    return visitor


def test_a_day_is_changed_shown_and_taken_back(harness, system):
    assert (
        system.submit("/calendar/day", day=THURSDAY, workday="false", reason="停电检修").headers[
            "location"
        ]
        == "/calendar?year=2026"
    )
    page = system.see("/calendar").text
    assert "停电检修 · zhao" in page
    assert "立即生效" in page
    assert not harness.desk.workdays.is_workday(date(2026, 11, 26))
    assert system.submit("/calendar/day/drop", day=THURSDAY, reason="恢复").status_code == 303
    assert harness.desk.workdays.is_workday(date(2026, 11, 26))


@pytest.mark.parametrize("opens", ["15:00", "15:00+08"])
def test_a_window_is_added_and_dropped(harness, system, opens):
    assert (
        system.submit(
            "/calendar/window", day=THURSDAY, opens=opens, closes="16:00", reason="集中办理"
        ).status_code
        == 303
    )
    assert "15:00—16:00" in system.see("/calendar").text
    assert system.submit("/calendar/window/1/drop", reason="取消").status_code == 303
    assert system.submit("/calendar/window/1/drop", reason="取消").status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("day", {"day": "26.11.2026", "reason": "x"}, "日期应写成"),
        ("day", {"day": THURSDAY, "reason": " "}, "理由"),
        ("day", {"day": "2026-11-24", "reason": "x"}, "过去"),
        (
            "window",
            {"day": THURSDAY, "opens": "3pm", "closes": "16:00", "reason": "x"},
            "时间应写成",
        ),
        ("window", {"day": THURSDAY, "opens": "11:10", "closes": "16:00", "reason": "x"}, "重叠"),
    ],
)
def test_what_cannot_be_is_said(system, path, fields, said):
    answer = system.submit(f"/calendar/{path}", **fields)
    assert (answer.status_code, said in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("year", "status"), [(2004, 200), (2027, 200), (2100, 200), (2003, 400), (10**12, 400)]
)
def test_every_year_has_its_page(system, year, status):
    assert system.get(f"/calendar?year={year}").status_code == status


def test_who_may_not_change_it_sees_it(harness):
    page = someone(harness, "li", Role.REVIEWER).get("/calendar").text
    assert "改动这一天" not in page
    assert "2026 年工作日历" in page


@pytest.fixture
def of_the_afternoon(harness):
    """A case at 10:00 that waits for 15:00: the contact may object until noon."""
    desk = harness.desk
    harness.desk = replace(
        desk,
        workdays=replace(desk.workdays, hours=(*desk.workdays.hours, (time(15), time(15, 30)))),
        settings=replace(desk.settings, objection_hours=2),
    )
    harness.app = create_app(Site(harness.desk, harness.settings, factors=harness.factors))
    harness.register(1)
    return harness.request(1)


def shown_window(harness, case):
    page = someone(harness, "li", Role.APPROVER).get(f"/cases/{case.number}").text
    return re.search(r'<p class="window">.*', page)[0]


def test_a_case_shows_the_window_of_its_day_that_it_waits_for(harness, of_the_afternoon):
    assert "11-25 周三 15:00—15:30" in shown_window(harness, of_the_afternoon)


def test_a_case_shows_the_window_that_carried_it_out(harness, of_the_afternoon):
    harness.clock.at = of_the_afternoon.window_opens_at
    contacted = Contacted(ContactedBy.TELEPHONE, "王会计", "", harness.clock.at, "li")
    seen = (of_the_afternoon.id, of_the_afternoon.version, "li", contacted)
    approve(harness.desk, *seen)
    assert run_window(harness.desk).completed == [of_the_afternoon.number]
    harness.clock.at += timedelta(days=1)
    assert "11-25 周三 15:00—15:30" in shown_window(harness, of_the_afternoon)
