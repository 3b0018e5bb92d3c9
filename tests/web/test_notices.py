"""What a page says once of the act that led to it, and the warning that can be put aside."""

from datetime import UTC, datetime

import pytest

from core.data.workday import Workdays
from tests.web.conftest import act
from web.common.cookies import cookie_name
from web.common.page_settings import WebSettings

COOKIE = cookie_name(WebSettings(secure_cookies=False), "administrator-notice")


def test_what_was_done_is_said_once_and_not_by_the_address(harness, admin, queued):
    answer = act(admin, queued, "hold", reason="核实")
    assert answer.headers["location"] == f"/cases/{queued.number}"
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "已暂缓。" in admin.get(f"/cases/{queued.number}").text
    assert "已暂缓。" not in admin.get(f"/cases/{queued.number}").text
    assert "已暂缓。" not in admin.get(f"/cases/{queued.number}?done=held").text


@pytest.mark.parametrize(
    "forged", ["nothing", "held.<b>", "held.JB20261125-0001<script>", "<script>", "held" * 100, ""]
)
def test_a_cookie_that_is_none_of_ours_says_nothing(admin, forged):
    admin.cookies.set(COOKIE, forged, domain="testserver.local", path="/")
    text = admin.get("/").text
    assert "data-done" not in text
    assert "<script>" not in text


def test_a_year_without_calendar_is_warned_of(harness, admin, monkeypatch):
    harness.clock.at = datetime(2026, 12, 10, 2, tzinfo=UTC)
    monkeypatch.setattr(Workdays, "unknown_year_ahead", lambda _self, _now: 2027)
    admin.log_in()
    assert "尚无 2027 年的安排" in admin.see("/").text
