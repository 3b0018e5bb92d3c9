"""The first page: what it says, and the progress that it asks for while it is open."""

from datetime import date, time, timedelta

import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.cases.window import calendar_plan
from core.cases.window.process import roll_over, run_window
from core.data.roles import Role
from tests.web.conftest import someone
from web.console import today


def test_the_page_says_what_waits_and_what_moved_and_why(harness, admin, queued):
    harness.clock.at += timedelta(hours=5)
    roll_over(harness.desk)
    admin.log_in()
    page = admin.get("/today").text
    assert f'<a href="/cases/{queued.number}">{queued.number}</a> 改在 2026-11-26 的窗口' in page
    assert "尚未批准" in page
    assert "待审核 1" in page


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_the_page_and_sees_its_own(harness, queued, role):
    page = someone(harness, "li", role).get("/today")
    assert (page.status_code, "等谁处理" in page.text, "<h2>提醒" in page.text) == (
        200,
        role is not Role.SYSTEM,
        role is not Role.AUDITOR,
    )


def test_progress_counts_the_window(harness, queued):
    approve.approve(harness.desk, queued.id, queued.version, "wang")
    with harness.tx() as tx:
        before = today.progress_of(tx, harness.desk)
    harness.clock.at += timedelta(minutes=65)
    run_window(harness.desk)
    with harness.tx() as tx:
        after = today.progress_of(tx, harness.desk)
    assert (before["open"], before["approved"], before["completed"]) == (False, 1, 0)
    assert (after["open"], after["approved"], after["completed"]) == (True, 0, 1)


def test_an_open_page_asks_how_it_goes_on_until_its_session_ends(harness, admin, queued):
    assert admin.get("/today/progress").json()["queued"] == 1
    with harness.tx() as tx:
        tx.administrators.end_sessions(1)
    answer = admin.get("/today/progress")
    assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login")


def test_asking_keeps_no_session_alive(harness, admin):
    harness.clock.at += timedelta(minutes=29)
    assert admin.get("/today/progress").status_code == 200
    harness.clock.at += timedelta(minutes=1)
    assert admin.get("/today/progress").status_code == 303


@pytest.fixture
def open_now(served):
    """A window that is open at the time of the test."""
    calendar_plan.add_window(
        served.desk, "wang", date(2026, 11, 25), time(10), time(10, 30), "测试"
    )
    yield
    with served.tx() as tx:
        for window in tx.calendar.windows():
            tx.calendar.drop_window(window.id)


@pytest.mark.browser
def test_the_window_is_live(served, open_now, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed)
    desk_tab.goto("/today")
    expect(desk_tab.locator("[data-live]")).to_have_text("实时更新中")
    expect(desk_tab.locator("[data-countdown]")).to_contain_text("窗口进行中，还剩")
    before = int(desk_tab.inner_text("[data-show=completed]"))
    approve.approve(served.desk, case.id, case.version, "wang")
    run_window(served.desk)
    expect(desk_tab.locator("[data-show=completed]")).not_to_have_text(str(before), timeout=10_000)
