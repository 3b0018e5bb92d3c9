"""The stream of news: one look at the database a second for all open pages, and what they do."""

import asyncio
import json
import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, time, timedelta
from time import monotonic

import httpx
import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.cases.window import calendar_plan
from core.cases.window.process import run_window
from core.data.roles import Role
from core.errors import StoreError
from tests.app.running import eventually
from tests.servers.pages import in_loop, listening, serving
from tests.web.conftest import someone
from web.common.sessions import BY_ITSELF
from web.console import live
from web.http_bounds import STOPPING_S

STREAMED = {"accept": "text/event-stream"}
DIGEST = "session of a test"


@pytest.fixture
def watch(harness) -> live.Watch:
    return harness.app.state.watch


def look(harness, watch):
    with harness.tx() as tx:
        return watch.look_in(tx)


def test_progress_counts_the_window(harness, watch, queued):
    approve.approve(harness.desk, queued.id, queued.version, "wang")
    before = look(harness, watch).progress
    harness.clock.at += timedelta(minutes=65)
    run_window(harness.desk)
    after = look(harness, watch).progress
    assert (before["open"], before["approved"], before["completed"]) == (False, 1, 0)
    assert (after["open"], after["approved"], after["completed"]) == (True, 0, 1)


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

    marks = [look(harness, watch).mark, look(harness, watch).mark]
    assert marks[0] == marks[1]
    marks += [look(harness, watch).mark for _ in changes()]
    assert len(set(marks)) == 4


def test_what_waits_is_told_to_whoever_may_read(harness, watch, queued):
    glance = look(harness, watch)
    assert glance.waiting == {"objections": 0, "cases": 1, "mails": 0}

    class Reader:
        def may(self, _right):
            return False

    assert glance.news_for(Reader())["waiting"] == {}


def test_how_long_the_desk_takes_for_what_it_has_yet_to_read(harness, watch):
    def reading():
        progress = look(harness, watch).progress
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
    for path in ("/today", "/"):
        assert admin.get(path, headers={BY_ITSELF: "1"}).status_code == 200
    harness.clock.at += timedelta(minutes=29)
    assert admin.get("/today", headers={BY_ITSELF: "1"}).status_code == 200
    harness.clock.at += timedelta(minutes=1)
    assert admin.get("/today", headers={BY_ITSELF: "1"}).status_code == 303


def test_without_a_session_there_is_no_stream(visitor):
    answer = visitor.get("/live", headers=STREAMED)
    assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login")


def test_a_page_carries_the_mark_of_what_it_shows(harness, admin, queued, watch):
    mark = look(harness, watch).mark
    assert all(f'data-mark="{mark}"' in admin.get(path).text for path in ("/", "/today"))


class Looks:
    """A watch with news of its own."""

    def __init__(self, watch, *news):
        self.streams, self.news, self.glances = {}, list(news), 0
        self._watch = watch

    async def glance(self):
        self.glances += 1
        news = self.news.pop(0)
        if isinstance(news, Exception):
            raise news
        return news


class Everybody:
    def may(self, _right):
        return True


def told(looks, monkeypatch, session=DIGEST):
    monkeypatch.setattr(live, "EVERY_S", 0)

    async def heard():
        return [piece async for piece in live._news(Everybody(), looks, session)]

    return in_loop(heard())


def glance(mark, *sessions):
    return live.Glance({"queued": 1}, mark, {"cases": 1}, frozenset(sessions))


def test_only_news_is_sent_and_the_end_of_the_session(monkeypatch):
    one, other = glance("a", DIGEST), glance("b", DIGEST)
    looks = Looks(None, one, one, None, other, glance("b"))
    pieces = [piece for piece in told(looks, monkeypatch) if piece.startswith("data:")]
    news = [json.loads(piece.removeprefix("data: ")) for piece in pieces]
    assert [one.get("mark", one.get("ended")) for one in news] == ["a", "b", True]
    assert looks.streams == {}


def test_a_look_of_before_the_login_ends_no_stream(monkeypatch):
    looks = Looks(None, glance("a"), glance("b", DIGEST), glance("c"))
    pieces = [json.loads(one[6:]) for one in told(looks, monkeypatch) if one.startswith("data:")]
    assert [one.get("mark", one.get("ended")) for one in pieces] == ["a", "b", True]


def test_silence_is_filled_and_a_stream_ends_after_a_while(monkeypatch):
    monkeypatch.setattr(live, "MOST_LOOKS", 40)
    pieces = told(Looks(None, *[glance("a", DIGEST)] * 40), monkeypatch)
    assert [piece for piece in pieces if piece == ":\n\n"] == [":\n\n"] * 2


def test_a_database_that_cannot_be_used_ends_the_stream(monkeypatch):
    assert told(Looks(None, StoreError("…")), monkeypatch) == ["retry: 1000\n\n"]


def test_a_newer_stream_of_the_session_ends_the_older(monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0)
    looks = Looks(None, *[glance("a", DIGEST)] * 9)

    async def both():
        older = live._news(Everybody(), looks, DIGEST)
        await anext(older)
        await anext(older)
        newer = live._news(Everybody(), looks, DIGEST)
        await anext(newer)
        rest = [piece async for piece in older]
        kept = len(looks.streams)
        await newer.aclose()
        return rest, kept, looks.streams

    assert in_loop(both()) == ([], 1, {})


def test_any_number_of_viewers_costs_one_look_a_second(harness, watch, queued):
    looked = []
    shared = live.SharedLook(lambda: looked.append(1), 1.0)

    async def many():
        await asyncio.gather(*(shared.within(5, None) for _ in range(100)))
        await asyncio.gather(*(shared.within(5, None) for _ in range(100)))

    in_loop(many())
    assert len(looked) == 1


def test_a_page_without_an_end_is_for_scripts_alone(admin):
    assert admin.get("/live").status_code == 404


def test_an_open_stream_does_not_keep_the_server_from_stopping(harness, admin, queued):
    bound, address = listening()
    cookies = {cookie.name: cookie.value for cookie in admin.cookies.jar}
    with (
        httpx.Client(base_url=address, cookies=cookies, headers={"host": "testserver"}) as client,
        ExitStack() as server,
    ):
        server.enter_context(serving(harness.app, bound))
        answer = client.send(client.build_request("GET", "/live", headers=STREAMED), stream=True)
        lines = answer.iter_lines()
        first = next(line for line in lines if line.startswith("data:"))
        assert json.loads(first.removeprefix("data:"))["queued"] == 1
        assert answer.headers["content-type"].startswith("text/event-stream")
        begun = monotonic()
        server.close()
        assert monotonic() - begun < STOPPING_S / 2
        with pytest.raises(httpx.HTTPError):
            list(lines)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_have_the_stream(harness, role, monkeypatch):
    monkeypatch.setattr(live, "MOST_LOOKS", 1)
    monkeypatch.setattr(live, "EVERY_S", 0)
    answer = someone(harness, "li", role).get("/live", headers=STREAMED)
    news = json.loads(answer.text.split("data: ")[1])
    assert (answer.status_code, bool(news["waiting"])) == (200, role is not Role.SYSTEM)


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
    expect(desk_tab.locator("#batch tr", has_text=came.number)).to_be_visible(timeout=15_000)
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
    expect(box).not_to_be_checked(timeout=15_000)
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
def test_all_pages_of_a_browser_share_one_stream(served, desk_tab, case):
    opened(desk_tab, "/today")
    others = [desk_tab.context.new_page() for _ in range(7)]
    for other in others:
        opened(other, served.address + "/")
    eventually(lambda: len(served.app.state.watch.streams) == 1)  # that of the test before ends


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
    expect(row).to_be_visible(timeout=15_000)
    body = desk_tab.locator("body")
    assert body.get_attribute("data-notice") is None, "the page is looked at"
    desk_tab.evaluate("window.away = true")
    later = another(served)
    notice = re.compile(r"^解绑办理台有新事项: 待审核工单 \d+$")
    expect(body).to_have_attribute("data-notice", notice)
    row = desk_tab.locator("#batch tr", has_text=later.number)
    assert row.count() == 0, "nobody sees the list"
    desk_tab.evaluate("window.away = false")
    expect(row).to_be_visible(timeout=15_000)


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
