"""A morning of one administrator in Chromium, 9:00 to 11:31, with 65 mails of all kinds.

What she does: she sits at 今日 and uses nothing else than the console. She approves what is clean
as one batch, writes to those whose lock fails before a bid, telephones enterprises for which
somebody else asks, and takes an objection before everything. She returns a case, declines one,
fills in what an enterprise left unclear, merges two of one enterprise, ends one by its sender's
withdrawal and one that was no request. She answers questions, marks the rest as read, blocks a
spammer, finds a case by `/` and writes a note. Half of the acts are done by keyboard alone. At
11:00 the window works; one request comes in it, one too late for her.

At the end no mail that asks for nothing has an automatic letter, each request has its outcome and
its letters, and 今日 lists only what must wait.
"""

import re

import pytest
from playwright.sync_api import expect

from core.data.case import State
from core.data.mail_record import Disposition
from tests.servers.chromium import click, press, walk_to, watched
from tests.servers.pages import listening, serving
from tests.web.day_desk import CONTACTS, Day
from tests.web.day_mails import AT, BOTH, CLEAN, clean, clean_words
from tests.web.keyboard import log_in

pytestmark = pytest.mark.browser

DONE = ("received", "completed")


def reset_of(place: int) -> tuple[str, ...]:
    """The letter with the link to a clean request's contact, which is its sender."""
    return ("reset_link",) if clean_words(place) is BOTH else ()


OUTCOMES = {
    "abroad": (State.COMPLETED, DONE),
    "calls": (State.COMPLETED, DONE),
    "forged": (State.DECLINED, ("received", "declined")),
    "resets": (State.QUEUED, ("received", "postponed")),
    "twin1": (State.COMPLETED, DONE),
    "twin2": (State.COMPLETED, ("received",)),  # by the case of its colleague
    "named": (State.COMPLETED, DONE),
    "lacks": (State.COMPLETED, ("returned", *DONE)),
    "lost": (State.INCOMPLETE, ("returned",)),
    "old": (State.INCOMPLETE, ("received", "returned")),
    "back": (State.WITHDRAWN, ("received", "withdrawn")),
    "unsure": (State.COMPLETED, DONE),
    "tester": (State.DISMISSED, ("received",)),
    "asks": (State.COMPLETED, ("received", "answer", "completed")),
    "late": (State.COMPLETED, DONE),
    "last": (State.QUEUED, ("received", "postponed")),
    **{clean(place): (State.COMPLETED, (*DONE, *reset_of(place))) for place in range(CLEAN)},
    clean(1): (State.COMPLETED, ("received", "progress", "completed", *reset_of(1))),
}
"""The end of each request, and all letters to its sender."""
ANSWERED = {"urgent1": ("pointer", "answer"), "urgent2": ("pointer", "answer")}
ANSWERED |= dict.fromkeys(("driver", "howto", "complaint"), ("answer",))
"""All letters to senders who ask for nothing; to the others there are none."""

_QUESTIONS = {
    "请教一个问题": "投标文件还能打开",
    "驱动下载": "驱动程序在哪里",
    "咨询": "需要哪些材料",
    "投诉": "网站太慢",
}
"""Mails that get an answer, and by which words they are found."""


class Administrator:
    """What she does with mouse and keyboard."""

    def __init__(self, day: Day, tab) -> None:
        self.day, self.tab, self.keys = day, tab, tab.keyboard

    def notice(self, words: str) -> None:
        """Wait for what the page says was done."""
        expect(self.tab.locator("[data-done] > .banner.good")).to_contain_text(words)
        self.tab.wait_for_load_state()

    def today(self) -> None:
        click(self.tab.locator("a.brand"))
        self.tab.wait_for_url("**/today")

    def enter(self, place) -> None:
        walk_to(place)
        self.keys.press("Enter")

    def enter_button(self, words: str) -> None:
        self.enter(self.tab.get_by_role("button", name=words, exact=True))

    def today_by_keys(self, line: str) -> None:
        """Open a line of 今日 by keyboard."""
        self.enter(self.tab.locator("a.brand"))
        self.tab.wait_for_url("**/today")
        link = self.tab.locator("[data-part=work] [data-row] a", has_text=line)
        walk_to(link, "j", steps=40)
        self.keys.press("Enter")
        self.tab.wait_for_url(lambda url: not url.endswith("/today"))

    def open(self, sender: str) -> None:
        """Open a sender's case from 今日 by mouse."""
        self.today()
        number = self.day.case_of(sender).number
        self.tab.get_by_role("link", name=number, exact=True).first.click()
        expect(self.tab.locator(".case-head .number")).to_have_text(number)
        self.tab.wait_for_load_state()

    def telephones(self, whom: str) -> None:
        self.tab.select_option("[name=contacted_by]", "telephone")
        self.tab.fill("[name=contacted_whom]", whom)

    def end(self, answer: str, reason: str, button: str) -> None:
        """Answer the case on the page: reason, preview, done."""
        self.tab.fill("#act textarea", reason)
        press(self.tab, f"{answer}…")
        expect(self.tab.locator(".evidence")).to_be_visible()
        press(self.tab, button)

    def writes(self, subject: str, words: str) -> None:
        """Answer the opened mail by keyboard, and no other mail of its page."""
        mail = next(one for one in self.day.mails if one.subject == subject)
        article = self.tab.locator(f"#mail-{self.day.record(mail).id}")
        expect(article).to_be_visible()
        self.tab.wait_for_load_state()
        self.keys.press("r")
        expect(article.locator("textarea[name=words]")).to_be_focused()
        self.keys.insert_text(words)
        self.enter(article.get_by_role("button", name="预览答复"))
        expect(self.tab.locator(".evidence .subject")).to_be_visible()
        self.enter_button("发出答复")
        self.notice("答复已写好")


@pytest.fixture
def desk(browser, tmp_path):
    """The desk of the day behind a real server, and the administrator who logs in."""
    bound, address = listening()
    day = Day(tmp_path, address)
    day.administrator()
    with serving(day.app, bound), watched(browser, address) as tab:
        log_in(tab)
        yield day, Administrator(day, tab)
    day.store.close()


def test_a_day(desk, browser):
    day, wang = desk
    day.until("09:14")
    approves_what_is_clean(day, wang)
    day.until("09:27")
    helps_before_a_bid(day, wang)
    telephones_strangers(day, wang)
    day.until("09:32")
    takes_an_objection_first(day, wang, browser)
    day.until("09:45")
    looks_at_doubtful_cases(day, wang)
    day.until("10:05")
    reads_mails(day, wang)
    day.until("10:20")
    finds_and_supplements(day, wang)
    day.until("10:45")
    wang.today()
    expect(wang.tab.locator("main")).to_contain_text("没有要答复的来信")
    day.until("11:12")
    works_in_the_window(day, wang)
    day.until("11:31")
    each_mail_has_its_end(day)
    nothing_else_waits(day, wang)


def approves_what_is_clean(day, wang):
    """By mouse: the whole batch. Two handlers of one enterprise become one case early, since its
    contact has two hours again to object."""
    tab = wang.tab
    wang.today()
    click(tab.get_by_role("link", name=re.compile("可以批量批准")))
    tab.locator("[data-all]").check()
    expect(tab.locator("[data-chosen]")).to_have_text(f"已选 {CLEAN + 2} 件")
    press(tab, "批准所选…")
    press(tab, f"批准 {CLEAN + 2} 件")
    wang.notice("已批准")
    wang.open("twin1")
    press(tab, "并入本工单")
    wang.notice("已并入本工单")


def helps_before_a_bid(day, wang):
    """By keyboard: the urgent mails stand on top."""
    for line in ("锁丢了，今天下午就要投标", "登录不了，马上开标"):
        wang.today_by_keys(line)
        wang.writes(line, "请马上致电 010-00000000，我们在电话里协助您。")
    expect(wang.tab.locator("nav .count")).to_be_visible()


def telephones_strangers(day, wang):
    """By keyboard, then by mouse: who asks is not the registered contact."""
    keys, tab = wang.keys, wang.tab
    wang.today_by_keys(day.case_of("abroad").number)
    keys.press("a")
    keys.press("Enter")
    expect(tab.locator("[name=contacted_by]")).to_be_focused()  # the browser asks for it
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.insert_text("赵联系，经理")
    for key in ("Escape", "a", "Enter"):
        keys.press(key)
    wang.notice("已批准")
    for sender in ("calls", "twin1", "resets"):
        wang.open(sender)
        wang.telephones("赵联系")
        press(tab, "批准")
        wang.notice("已记录您的批准" if sender == "resets" else "已批准")


def takes_an_objection_first(day, wang, browser):
    """The contact objects by the link of its notice; 今日 shows it at once, and on top."""
    tab, case = wang.tab, day.case_of("forged")
    wang.today()
    notice = day.sent[CONTACTS.format("forged")][-1]
    with watched(browser, day.settings.base_url) as contact:
        contact.goto(re.search(r"/link/\S+", notice.text)[0])
        contact.fill("[name=words]", "我们没有委托任何人。")
        press(contact, "不是，提出异议")
        expect(contact.locator("h1")).to_contain_text("异议")
    expect(tab.locator(".panel").first).to_contain_text("有人提出异议，请先处理")
    click(tab.locator(".panel.urgent").get_by_role("link", name=case.number, exact=True))
    wang.end("不予办理", "登记联系人否认此申请。", "不予办理并发出回执")
    wang.notice("不予办理")


def looks_at_doubtful_cases(day, wang):
    """By keyboard what differs and what is returned; by mouse what was unclear, was withdrawn
    or is no request."""
    keys, tab = wang.keys, wang.tab
    wang.today_by_keys(day.case_of("named").number)
    for key in ("a", " ", "Enter"):
        keys.press(key)
    wang.notice("已批准")
    wang.today_by_keys(day.case_of("old").number)
    keys.press("b")
    expect(tab.locator("textarea[name=reason]")).to_be_focused()
    keys.insert_text("营业执照已过有效期，请提供有效的营业执照。")
    wang.enter_button("预览回执")
    expect(tab.locator(".evidence .subject")).to_be_visible()
    wang.enter_button("退回补正并发出回执")
    wang.notice("已退回补正")
    wang.open("unsure")
    tab.select_option("[name=unbind]", "true")
    tab.select_option("[name=reset_password]", "false")
    tab.locator("form[action$='/request'] button").click()
    wang.notice("已保存申请事项")
    tab.check("[name=looked]")
    press(tab, "批准")
    wang.notice("已批准")
    wang.open("back")
    wang.end("按撤回办结", "贵单位来信撤回。", "按撤回办结并发出回执")
    wang.notice("已按撤回办结")
    wang.open("tester")
    press(tab, "不是申请…")
    expect(tab.locator(".evidence")).to_contain_text("不回信")
    press(tab, "不是申请")
    wang.notice("已按不是申请结束")


def reads_mails(day, wang):
    """Questions are answered, by keyboard; a spammer is blocked, and the rest is marked as read, by
    mouse."""
    keys, tab = wang.keys, wang.tab
    for line, sought in _QUESTIONS.items():
        keys.press("/")
        keys.insert_text(sought)
        keys.press("Enter")
        wang.enter(tab.locator(".name a").get_by_text(line, exact=True))
        wang.writes(line, "您好，请按办事指南办理；仍有问题请来电。")
    wang.today()
    click(tab.get_by_role("link", name=re.compile("^邮件")))
    click(tab.get_by_role("link", name="企业推广优惠 09:23"))
    tab.click("summary:has-text('屏蔽此发件人')")
    press(tab, "屏蔽 30 天")
    wang.notice("已屏蔽此发件人")
    tab.goto("/mails?disposition=waiting")
    tab.locator("input[data-all]").check()
    press(tab, "所选标为已阅")
    wang.notice("来信已标为已阅")


def finds_and_supplements(day, wang):
    """By keyboard: an enterprise telephones and its case is found; a supplement is approved."""
    keys, tab, case = wang.keys, wang.tab, day.case_of("abroad")
    keys.press("/")
    keys.insert_text(case.enterprise_name)
    keys.press("Enter")
    wang.enter(tab.get_by_role("link", name=case.number, exact=True).first)
    walk_to(tab.locator("form[action$='/note'] [name=text]"))
    keys.insert_text("企业来电询问进度，已答复今日窗口办理。")
    keys.press("Enter")
    wang.notice("备注已保存")
    wang.enter(tab.locator("a.brand"))
    wang.enter(tab.get_by_role("link", name=re.compile("可以批量批准")))
    row = tab.locator("tr", has_text=day.case_of("lacks").number)
    expect(row).to_have_count(1)
    tab.wait_for_load_state()
    for key in ("j", "x"):
        keys.press(key)
    expect(tab.locator("[data-chosen]")).to_have_text("已选 1 件")
    wang.enter_button("批准所选…")
    expect(tab.get_by_role("button", name="批准 1 件")).to_be_focused()
    keys.press("Enter")
    wang.notice("已批准")


def works_in_the_window(day, wang):
    """A request that comes within the window is approved, and carried out in it."""
    wang.today()
    expect(wang.tab.locator("main")).to_contain_text("处理窗口进行中")
    click(wang.tab.get_by_role("link", name=re.compile("可以批量批准")))
    row = wang.tab.locator("tr", has_text=day.case_of("late").number)
    row.locator("[name=seen]").check()
    press(wang.tab, "批准所选…")
    press(wang.tab, "批准 1 件")
    wang.notice("已批准")


def each_mail_has_its_end(day):
    """No foolish letter has left, and each request has its outcome."""
    found = [(mail, day.record(mail).disposition) for mail in day.mails]
    assert [(mail.at, mail.sender, end) for mail, end in found if end is not mail.becomes] == []
    idle = [mail for mail in day.mails if not mail.asks]
    assert len(day.mails) >= 60
    assert len(idle) >= 25
    requesters = {mail.sender for mail in day.mails if mail.asks}
    letters = {mail.sender: tuple(day.kinds(mail.address)) for mail in idle}
    silent = letters.keys() - requesters
    assert {one: letters[one] for one in silent if letters[one]} == ANSWERED
    ended = {one: (day.case_of(one).state, tuple(day.kinds(one + AT))) for one in requesters}
    assert ended == OUTCOMES
    with day.tx() as tx:
        unsent = [one.kind for one in tx.letters.newest() if one.state != "sent"]
        assert unsent == []


def nothing_else_waits(day, wang):
    """今日 lists the case that a second person has to approve, and nothing more."""
    wang.today()
    lines = wang.tab.locator("[data-part=work] [data-row]")
    resets = day.case_of("resets").number
    expect(wang.tab.locator("main")).to_contain_text("没有要答复的来信")
    assert {re.search(r"JB\d+-\d+", line)[0] for line in lines.all_inner_texts()} == {resets}
    with day.tx() as tx:
        assert tx.mails.newest(disposition=[Disposition.QUARANTINED, Disposition.RECEIVED]) == []
        assert tx.alerts.find() == []
