"""What open pages are told: one look at the database a second for all of them, and what they do."""

import asyncio
import re
import threading
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.cases.window import calendar_plan
from core.cases.window.process import run_window
from core.data.roles import Role
from core.errors import StoreError
from tests.servers.pages import in_loop
from tests.web.conftest import someone
from web.common.sessions import BY_ITSELF
from web.console import live


@pytest.fixture
def watch(harness) -> live.Watch:
    return harness.app.state.watch


def look(harness, watch):
    with harness.tx() as tx:
        return watch.look_in(tx)


def test_progress_counts_the_window(harness, watch, queued):
    approve.approve(harness.desk, queued.id, queued.version, "wang")
    before = look(harness, watch)
    harness.clock.at += timedelta(minutes=65)
    run_window(harness.desk)
    after = look(harness, watch)
    assert (before["open"], before["approved"], before["completed"]) == (False, 1, 0)
    assert (after["open"], after["approved"], after["completed"]) == (True, 0, 1)


def test_of_two_windows_a_day_each_counts_its_own_cases(harness, watch, queued):
    """Those that the first left are the second's until they have moved."""
    workdays = harness.desk.workdays
    hours = (*workdays.hours, (time(15, 30), time(16)))
    harness.desk = replace(harness.desk, workdays=replace(workdays, hours=hours))
    harness.clock.at += timedelta(hours=2)
    harness.register(2)
    later = harness.request(2)
    assert later.window_date == queued.window_date
    assert later.window_opens_at > queued.window_opens_at
    assert look(harness, watch)["queued"] == 2
    harness.clock.at -= timedelta(hours=2)
    assert look(harness, watch)["queued"] == 1
    approve.approve(harness.desk, later.id, later.version, "wang")
    assert look(harness, watch)["approved"] == 0


def test_the_mark_changes_with_what_lists_show(harness, watch, queued):
    def changes():
        harness.clock.at += timedelta(seconds=1)
        with harness.tx() as tx:
            tx.alerts.add("mailbox.one", "邮箱 one 暂时无法收信")
        yield
        harness.clock.at += timedelta(seconds=1)
        approve.approve(harness.desk, queued.id, queued.version, "wang")
        yield
        with harness.tx() as tx:
            (mail, *_) = tx.mails.newest(limit=1)
            tx.mails.save(replace(mail, unread=True))
        yield

    marks = [look(harness, watch)["mark"], look(harness, watch)["mark"]]
    assert marks[0] == marks[1]
    marks += [look(harness, watch)["mark"] for _ in changes()]
    assert len(set(marks)) == 4


def test_what_waits_is_counted(harness, watch, queued):
    assert look(harness, watch)["waiting"] == {"objections": 0, "cases": 1, "mails": 0}


def test_how_long_the_desk_takes_for_what_it_has_yet_to_read(harness, watch):
    def reading():
        progress = look(harness, watch)
        return progress["unread"], progress["reading"]

    assert reading() == (0, "都已读完")
    ids = [harness.stored(f"mail {n}".encode()) for n in range(40)]
    assert reading() == (40, "正在估算时间")
    harness.clock.at += timedelta(seconds=30)
    assert reading() == (40, "几分钟内没有读完一封，请查看提醒")
    with harness.tx() as tx:
        for mail_id in ids[:10]:
            record = tx.mails.get(mail_id)
            tx.mails.save(replace(record, disposition="ignored"))
    harness.clock.at += timedelta(seconds=10)
    assert reading() == (30, "约 2 分钟读完")


def test_what_a_page_loads_by_itself_keeps_no_session_alive(harness, admin):
    for path in ("/today", "/", "/live"):
        assert admin.get(path, headers={BY_ITSELF: "1"}).status_code == 200
    harness.clock.at += timedelta(minutes=29)
    assert admin.get("/today", headers={BY_ITSELF: "1"}).status_code == 200
    harness.clock.at += timedelta(minutes=1)
    assert admin.get("/today", headers={BY_ITSELF: "1"}).status_code == 303


def test_without_a_session_there_is_no_news(visitor):
    answer = visitor.get("/live")
    assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login")


def test_a_page_carries_the_mark_of_what_it_shows(harness, admin, queued, watch):
    mark = look(harness, watch)["mark"]
    assert all(f'data-mark="{mark}"' in admin.get(path).text for path in ("/", "/today"))


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
def test_a_database_that_does_not_answer_is_said_to_be_lost(admin, watch, monkeypatch, trouble):
    monkeypatch.setattr(live, "PATIENCE_S", 0.01)
    released = threading.Event()

    def looked():
        if trouble == "fails":
            raise StoreError("…")
        released.wait()

    watch._shared = live.SharedLook(looked)
    assert admin.get("/live").status_code == 503
    released.set()


def test_any_number_of_viewers_costs_one_look_a_second(harness, watch, queued):
    looked = []
    shared = live.SharedLook(lambda: looked.append(1), 3600.0)

    async def many():
        await asyncio.gather(*(shared.within(5, None) for _ in range(100)))
        await asyncio.gather(*(shared.within(5, None) for _ in range(100)))

    in_loop(many())
    assert len(looked) == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_told_and_who_may_not_read_of_no_work(harness, queued, role):
    answer = someone(harness, "li", role).get("/live")
    assert (answer.status_code, answer.json()["queued"]) == (200, 1)
    assert bool(answer.json()["waiting"]) == (role is not Role.SYSTEM)


@pytest.fixture
def open_now(served):
    """A window that is open at the time of the test."""
    calendar_plan.add_window(
        served.desk, "wang", date(2026, 11, 25), time(10), time(10, 30), "测试"
    )
    yield
    with served.tx() as tx:
        for window in tx.windows.in_order():
            tx.windows.remove(id=window.id)


def another(served):
    """A complete request that comes while pages are open; a second later than all before."""
    served.clock.at += timedelta(seconds=1)
    seed = served.fresh_seed()
    served.register(seed, contact=f"handler{seed}@example.com")
    return served.request(seed)


def opened(tab, path):
    tab.goto(path)
    expect(tab.locator("[data-says]")).to_have_text("实时更新中")


@pytest.mark.browser
def test_the_window_is_live(served, open_now, desk_tab, case):
    opened(desk_tab, "/today")
    expect(desk_tab.locator("[data-countdown]")).to_contain_text("窗口进行中，还剩")
    before = int(desk_tab.inner_text("[data-show=completed]"))
    approve.approve(served.desk, case.id, case.version, "wang")
    run_window(served.desk)
    expect(desk_tab.locator("[data-show=completed]")).not_to_have_text(str(before))


@pytest.mark.browser
@pytest.mark.parametrize(("path", "row"), [("/?sort=newest", "#batch tr"), ("/today", "li")])
def test_a_new_case_appears_marked(served, desk_tab, case, path, row):
    opened(desk_tab, path)
    title = desk_tab.title()
    came = another(served)
    if path == "/today":  # what may be approved unseen is not listed there
        came = served.request(served.fresh_seed())
    line = desk_tab.locator(row, has_text=came.number)
    expect(line).to_have_class(re.compile("fresh"))
    expect(line.locator(".flag.new")).to_have_text("新")
    expect(desk_tab).to_have_title(re.compile(r"^\(\d+\) "))
    assert desk_tab.title() != title


@pytest.mark.browser
def test_ticks_and_the_focus_outlive_a_change_of_the_list(served, desk_tab, case):
    opened(desk_tab, "/")
    box = desk_tab.locator(f'input[name=seen][value^="{case.id}:"]')
    box.check()
    desk_tab.locator("#batch tr", has_text=case.number).locator(".number a").focus()
    came = another(served)
    expect(desk_tab.locator("#batch tr", has_text=came.number)).to_be_visible()
    expect(box).to_be_checked()
    expect(desk_tab.locator("[data-chosen]")).to_have_text("已选 1 件")
    expect(desk_tab.locator(":focus")).to_have_text(case.number)


@pytest.mark.browser
def test_a_case_that_changed_is_ticked_no_more(served, desk_tab, case):
    opened(desk_tab, "/")
    desk_tab.locator(f'input[name=seen][value="{case.id}:{case.version}"]').check()
    served.clock.at += timedelta(seconds=1)
    with served.tx() as tx:
        changed = replace(case, version=case.version + 1, changed_at=served.clock.now())
        tx.cases.save(changed)
    box = desk_tab.locator(f'input[name=seen][value="{case.id}:{case.version + 1}"]')
    expect(box).not_to_be_checked()
    line = desk_tab.locator("#batch tr", has_text=case.number)
    expect(line.locator(".flag.new")).to_have_text("有变化")


@pytest.mark.browser
def test_a_page_says_that_its_session_has_ended(served, desk_tab, case):
    opened(desk_tab, "/today")
    with served.tx() as tx:
        for administrator in tx.administrators.oldest():
            tx.sessions.remove(administrator_id=administrator.id)
    expect(desk_tab.locator("[data-says]")).to_contain_text("登录已结束")


@pytest.mark.browser
def test_any_number_of_pages_of_a_browser_is_live(served, desk_tab, case):
    opened(desk_tab, "/today")
    others = [desk_tab.context.new_page() for _ in range(7)]
    for other in others:
        opened(other, served.address + "/")


PLAYED_NOTICES = """
window.away = false;
window.Notification = class {
  static permission = "PERMISSION";
  static async requestPermission() { this.permission = "granted"; }
  constructor(title, { body }) { document.body.dataset.notice = `${title}: ${body}`; }
};
Object.defineProperty(document, "hidden", { get: () => window.away });
"""


@pytest.mark.browser
def test_who_looks_elsewhere_gets_a_notice_of_the_desktop(served, desk_tab, case):
    desk_tab.add_init_script(PLAYED_NOTICES.replace("PERMISSION", "granted"))
    opened(desk_tab, "/?sort=newest")
    came = another(served)
    row = desk_tab.locator("#batch tr", has_text=came.number)
    expect(row).to_be_visible()
    body = desk_tab.locator("body")
    assert body.get_attribute("data-notice") is None, "the page is looked at"
    desk_tab.evaluate("window.away = true")
    later = another(served)
    notice = re.compile(r"^解绑办理台有新事项: 待审核工单 \d+$")
    expect(body).to_have_attribute("data-notice", notice)
    row = desk_tab.locator("#batch tr", has_text=later.number)
    assert row.count() == 0, "nobody sees the list"
    desk_tab.evaluate("window.away = false")
    expect(row).to_be_visible()


@pytest.mark.browser
def test_notices_are_asked_for_by_a_button_alone(desk_tab, case):
    desk_tab.add_init_script(PLAYED_NOTICES.replace("PERMISSION", "default"))
    opened(desk_tab, "/today")
    desk_tab.get_by_role("button", name="有新事项时桌面提醒").click()
    expect(desk_tab.locator("[data-notify]")).to_be_hidden()
    assert desk_tab.evaluate("Notification.permission") == "granted"


@pytest.mark.browser
def test_the_keys_are_announced(desk_tab):
    desk_tab.goto("/")
    desk_tab.get_by_role("button", name="快捷键").click()
    expect(desk_tab.locator("#keys")).to_be_visible()
