"""The page by which a completed case is taken back:
looked at first, then done, by whoever may approve."""

import re
from datetime import timedelta

import pytest

from core.cases.decision import approve
from core.cases.window.process import run_window
from core.data.case import State
from tests.web.conftest import act


@pytest.fixture
def completed(harness, queued):
    approve.approve(harness.desk, queued.id, queued.version, "li")
    harness.clock.at += timedelta(hours=1)
    run_window(harness.desk)
    return harness.case(queued.id)


def locks(harness, case):
    with harness.tx() as tx:
        return len(tx.bindings.of_enterprise(case.enterprise_id))


def test_the_letters_are_shown_before_anything_is_done(harness, completed, admin):
    assert "撤销办理…" in admin.see(f"/cases/{completed.number}").text
    asked = act(admin, completed, "reversal").text
    assert "将恢复 2 把 CA 锁的绑定" in asked
    assert "登录中的会话将退出" in asked
    assert not re.search("已恢复|已失效|已退出", asked)
    assert "将发出的回执" not in asked
    shown = act(admin, completed, "reversal", reason="<b>办错了</b>").text
    assert shown.count('<p class="subject">') == shown.count("已恢复 2 把 CA 锁的绑定") == 2, (
        "the letters, as they will be read"
    )
    assert "&lt;b&gt;办错了&lt;/b&gt;" in shown
    assert (harness.case(completed.id), locks(harness, completed)) == (completed, 0)


def test_it_is_done_and_said(harness, completed, admin):
    assert (
        act(admin, completed, "reverse", reason="办错了企业").headers["location"]
        == f"/cases/{completed.number}"
    )
    page = admin.see(f"/cases/{completed.number}").text
    assert "已撤销办理" in page
    assert "撤销办理…" not in page
    assert (harness.case(completed.id).state, locks(harness, completed)) == (State.HELD, 2)


def test_what_was_typed_stays_where_it_is_refused(harness, completed, admin):
    page = act(admin, completed, "reversal", reason="办错了").text
    assert 'name="reason" value="办错了"' in page
    harness.clock.at += timedelta(days=1)
    admin.log_in()
    refused = act(admin, completed, "reversal", reason="办错了")
    assert (refused.status_code, "超过 24 小时" in refused.text) == (409, True)
    assert "撤销办理…" not in refused.text


def test_a_stale_page_does_nothing(harness, completed, admin):
    admin.see(f"/cases/{completed.number}")
    assert (
        admin.submit(
            f"/cases/{completed.number}/reverse", version=completed.version - 1, reason="办错了"
        ).status_code
        == 409
    )
    assert locks(harness, completed) == 0
