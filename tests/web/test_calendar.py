"""The calendar's page."""

from datetime import date

import pytest

from core.data.roles import Role
from tests.web.conftest import someone

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
