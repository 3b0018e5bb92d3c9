"""The first page: what waits, the most urgent first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.intake.unread import UNPROVED, clear_alerts, raise_unread_alert
from core.cases.letters.objection import object_to
from core.cases.window.process import roll_over
from core.data.case import State
from core.data.case_ports import Alert
from core.data.mail_record import Disposition
from core.data.roles import Role
from tests.web.conftest import act, someone
from web.common.page_words import ALERT_PAGES, alert_page
from web.common.rights import NEEDED


def test_the_page_says_what_waits_and_what_moved_and_why(harness, admin, queued):
    harness.clock.at += timedelta(hours=5)
    roll_over(harness.desk)
    admin.log_in()
    page = admin.get("/today").text
    assert "1 件改在 2026年11月26日（星期四）11:00—11:30" in page
    assert f'<a href="/cases/{queued.number}">{queued.number}</a>（未批准）' in page


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_the_page_and_sees_its_own(harness, queued, role):
    page = someone(harness, "li", role).get("/today")
    assert (page.status_code, "须查看的工单" in page.text, "<h2>提醒" in page.text) == (
        200,
        role is not Role.SYSTEM,
        role is not Role.AUDITOR,
    )


def test_what_waits_stands_in_the_order_of_urgency(harness, admin, queued):
    harness.register(2)
    disputed = harness.request(2)
    with harness.tx() as tx:
        case = tx.cases.get(disputed.id)
        object_to(tx, case, case.enterprise_id, "不是我们申请的", "contact")
        tx.alerts.add("mailbox.unbind", "邮箱 unbind 暂时无法收信")
    page = admin.get("/today").text
    order = [
        "有人提出异议，请先处理",
        disputed.enterprise_name,
        "不是我们申请的",
        "下一个处理窗口",
        "须查看的工单",
        "要答复的来信",
        "系统还没有读的邮件",
        "邮箱 unbind 暂时无法收信",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert f'href="/cases/{disputed.number}"' in page
    assert page.count("邮箱 unbind") == 1


def test_an_objection_stays_on_top_when_its_alert_was_cleared(harness, admin, queued):
    with harness.tx() as tx:
        case = tx.cases.get(queued.id)
        object_to(tx, case, case.enterprise_id, "不是我们", "contact")
        tx.alerts.clear(f"objection.{queued.number}")
    page = admin.get("/today").text
    assert page.index("有人提出异议，请先处理") < page.index(queued.number) < page.index("窗口")


def test_a_case_to_look_at_says_why(harness, admin, queued):
    page = admin.get("/today").text
    assert page.index("须查看的工单") < page.index(queued.number)
    assert '<span class="finding review" title="非登记联系人">非登记联系人</span>' in page


def test_a_case_that_may_be_approved_unseen_is_counted_not_listed(harness, admin, own):
    page = admin.get("/today").text
    assert own.number not in page
    assert "待审核的都是机检通过的" in page


def test_cases_set_aside_are_listed_with_their_reason(harness, admin, queued):
    act(admin, queued, "hold", reason="等企业回电")
    page = admin.get("/today").text
    assert page.index("暂缓，等您决定") < page.index("等企业回电")


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("objection.JB20261125-0001", "/cases/JB20261125-0001"),
        ("case.JB20261125-0001", "/cases/JB20261125-0001"),
        ("case.stuck.17", ""),
        ("mail.17", "/mails/17"),
        ("mail.more", "/mails?disposition=quarantined"),
        ("lock.other_ca.5", "/enterprises/5"),
        ("login.administrator.3", "/people#person-3"),
        ("mailbox.main", "/mails"),
        ("letters.bounced", "/letters?state=parked"),
        ("clock.step", ""),
    ],
)
def test_an_alert_leads_to_what_it_speaks_of(harness, kind, page):
    assert alert_page(Alert(1, harness.clock.now(), kind, "…")) == page


def test_every_page_of_an_alert_is_one_of_the_console():
    routes = {route.removeprefix("GET ") for route in NEEDED}
    for page in (page for pages in ALERT_PAGES.values() for page in pages if page):
        path = page.partition("?")[0].partition("#")[0]
        names = ("{number}", "{mail_id}", "{enterprise_id}")
        assert path in routes or any(path.replace("{}", one) in routes for one in names), page


def test_alerts_lead_nobody_to_a_page_that_is_refused(harness, queued):
    with harness.tx() as tx:
        tx.alerts.add(f"wrote.{queued.number}", "企业来信，请阅读后答复。")
        tx.alerts.add("calendar.year", "缺少 2027 年的安排。")
    text = someone(harness, "li", Role.SYSTEM).get("/alerts").text
    assert "请阅读后答复" in text
    assert f"/cases/{queued.number}" not in text
    assert 'href="/calendar" aria-label' in text


def test_what_the_page_lists_itself_is_said_to_be_there(harness, admin, queued):
    """The head of the page said 1 and this part 0."""
    with harness.tx() as tx:
        tx.alerts.add(f"wrote.{queued.number}", "企业来信，请阅读后答复。")
    assert "1 项提醒所说的工单和来信，本页已列出" in admin.get("/today").text


def test_urgent_mails_come_before_newer_ones(harness, admin, queued):
    def waits(subject, *, urgent):
        mail_id = harness.stored(subject.encode())
        with harness.tx() as tx:
            record = replace(tx.mails.get(mail_id), subject=subject, unread=True, urgent=urgent)
            tx.mails.save(replace(record, disposition=Disposition.OTHER))

    waits("锁丢了，今天下午投标", urgent=True)
    for number in range(25):
        waits(f"请问开标地点 {number}", urgent=False)
    page = admin.get("/today").text
    line = page.index("锁丢了，今天下午投标")
    assert page.index('<span class="flag bad">急</span>') < line < page.index("请问开标地点 24")
    assert "请问开标地点 3<" not in page
    assert "只列出前 20 件，查看全部" in page


def test_urgent_cases_come_first_and_carry_a_mark(harness, admin, queued):
    harness.register(2)
    urgent = harness.request(2, urgent=True)
    page = admin.get("/today").text
    mark = page.index('<span class="flag bad">急</span>')
    assert page.index(urgent.number) < mark < page.index(queued.number)
    assert '<span class="flag bad">急</span>' in admin.get("/").text
    assert '<span class="flag bad">急</span>' in admin.get(f"/cases/{urgent.number}").text


def test_a_mail_and_its_alert_are_listed_once(harness, admin, queued):
    """The alert of each mail stood beside the mail itself."""
    with harness.tx() as tx:
        tx.alerts.add(f"wrote.{queued.number}", "企业来信，请阅读后答复。")
        tx.alerts.add(f"withdrawal.{queued.number}", "企业来信要求撤回。")
    page = admin.get("/today").text
    assert "请阅读后答复" not in page
    assert "要求撤回" not in page
    assert "请阅读后答复" in admin.get("/alerts").text


def test_a_mail_to_be_verified_before_the_window_has_its_alert_too(harness, admin, queued):
    """The mail itself stands among all others, and does not say that its case is approved."""
    with harness.tx() as tx:
        raise_unread_alert(tx, UNPROVED, replace(queued, state=State.APPROVED))
    assert "请在办理前核实" in admin.get("/today").text
    with harness.tx() as tx:
        clear_alerts(tx, queued)
    assert "请在办理前核实" not in admin.get("/today").text
