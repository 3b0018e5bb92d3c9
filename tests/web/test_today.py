"""The first page: what it says, and the stream of progress that ends
with its session and is bounded."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.cases.window import calendar_plan
from core.cases.window.process import roll_over, run_window
from core.data.roles import Role
from core.errors import Busy
from core.tokens import digest
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
    assert (before.open, before.approved, before.completed) == (False, 1, 0)
    assert (after.open, after.approved, after.completed) == (True, 0, 1)


class Connected:
    async def is_disconnected(self):
        return False


def events(harness, token, after=lambda: None, most=3):
    """What a stream sends until it ends; `after`: what happens once the first event was sent."""

    async def listen():
        sent = []
        stream = today._events(Connected(), harness.app.state.site, digest(token))
        async for event in stream:
            sent.append(event)
            if len(sent) == 1:
                after()
            if len(sent) == most:
                break
        await stream.aclose()
        return sent

    with ThreadPoolExecutor(1) as elsewhere:  # the browser of other tests has a loop in this thread
        return elsewhere.submit(asyncio.run, listen()).result()


def test_a_stream_tells_changes_and_ends_with_its_session(harness, admin, monkeypatch):
    monkeypatch.setattr(today, "LOOK_S", 0.0)
    monkeypatch.setattr(today, "_streams", today.Streams())

    def log_out():
        with harness.tx() as tx:
            tx.administrators.end_sessions(1)

    first, last = events(harness, admin.cookies["unbind"], log_out)
    assert json.loads(first["data"])["queued"] == 0
    assert last["event"] == "ended"


def test_looking_keeps_no_session_alive(harness, admin):
    token = digest(admin.cookies["unbind"])
    harness.clock.at += timedelta(minutes=29)
    assert today.is_signed_in(harness.app.state.site, token)
    harness.clock.at += timedelta(minutes=1)
    assert not today.is_signed_in(harness.app.state.site, token)


def test_streams_are_bounded_and_given_back(monkeypatch):
    streams = today.Streams()
    for _ in range(today.MOST_STREAMS):
        streams.begin()
    with pytest.raises(Busy):
        streams.begin()
    streams.end()
    streams.begin()


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
