"""The pages in Chromium, behind a real server: what people click."""

import re
from itertools import pairwise

import pypdfium2
import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.data.case import State
from core.data.link import LinkPurpose
from core.data.roles import Role
from tests.servers.chromium import press
from tests.web.conftest import with_roles
from tests.web.harness import PASSWORD
from tests.web.keyboard import log_in
from tests.world import decline

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def said(tab, words):
    """Wait for the page that says what was done; its address says nothing of it."""
    expect(tab.locator("[data-done] > .banner.good")).to_contain_text(words)
    tab.wait_for_load_state()  # its scripts drop what was typed, and hear keys
    assert "done" not in tab.url


def test_first_login_changes_the_one_time_password(served, tab):
    once = served.one_time("first")
    tab.goto("/")
    assert "/login" in tab.url
    tab.fill("[name=name]", "first")
    tab.fill("[name=password]", "wrong")
    press(tab, "登录")
    expect(tab.locator("[role=alert]")).to_contain_text("账号或密码不正确")
    tab.fill("[name=password]", once)
    tab.click("button.primary")
    tab.wait_for_url("**/password")
    tab.goto("/")
    assert tab.url.endswith("/password")
    tab.fill("[name=old]", once)
    tab.fill("[name=new]", PASSWORD)
    tab.fill("[name=again]", PASSWORD)
    tab.click("button.primary")
    said(tab, "密码已更改")
    tab.reload()
    assert "密码已更改" not in tab.inner_text("main"), "it is said once"
    press(tab, "退出")
    tab.wait_for_url("**/login")


def test_ticking_a_window_approves_its_cases(served, desk_tab, case):
    desk_tab.goto("/")
    row = desk_tab.locator("tr", has_text=case.number)
    row.locator("[name=seen]").check()
    expect(desk_tab.locator("[data-chosen]")).to_have_text("已选 1 件")
    desk_tab.reload()  # it is kept from page to page
    expect(desk_tab.locator("[data-chosen]")).to_have_text("已选 1 件")
    press(desk_tab, "批准所选…")
    press(desk_tab, "批准 1 件")
    said(desk_tab, "已批准")
    assert served.case(case.id).state is State.APPROVED
    desk_tab.goto("/?state=approved")
    assert desk_tab.locator("tr", has_text=case.number).count() == 1


def losing(reached):
    """Lets the connection end before an answer comes, behind the server or before it."""
    return lambda route: (route.fetch(max_redirects=0) if reached else None, route.abort())


def test_a_batch_takes_two_people_and_a_lost_connection_neither_loses_nor_doubles_it(
    served, browser, desk_tab, case
):
    approve.choose_account(served.desk, case.id, case.version, "zhao", case.enterprise_id)
    desk_tab.goto("/")
    desk_tab.locator("tr", has_text=case.number).locator("[name=seen]").check()
    for reached in (False, True):
        desk_tab.route("**/approve", losing(reached))
        press(desk_tab, "批准所选…")
        expect(desk_tab.locator("main")).to_contain_text("1 件这次只记录您的批准")
        press(desk_tab, "批准 1 件")
        desk_tab.wait_for_url("chrome-error://**")
        desk_tab.unroute("**/approve")
        desk_tab.context.clear_cookies(
            name="unbind-administrator-notice"
        )  # it was lost with the answer
        assert served.case(case.id).first_approved_by == ("wang" if reached else "")
        desk_tab.goto("/")
        expect(desk_tab.locator("[data-chosen]")).to_have_text("已选 1 件")
    press(desk_tab, "批准所选…")
    expect(desk_tab.locator("main")).to_contain_text("须由两人批准，您已批准")
    served.administrator("sun")
    second = browser.new_context(base_url=served.address).new_page()
    log_in(second, "sun")
    second.goto("/")
    second.locator("tr", has_text=case.number).locator("[name=seen]").check()
    press(second, "批准所选…")
    press(second, "批准 1 件")
    said(second, "已批准")
    second.context.close()
    assert served.case(case.id).approved_by == "wang、sun"
    with served.tx() as tx:
        acts = [entry.action for entry in tx.audit.entries(case.id) if "approved" in entry.action]
    assert acts == ["case.approved", "case.first_approved"]


def test_one_tick_takes_what_is_in_order_of_the_whole_window(served, desk_tab, case):
    """Two rival requests for one enterprise were approved by one tick."""
    served.register(9301)
    doubtful = served.request(9301, name="另一家工程有限公司")
    desk_tab.goto("/")
    desk_tab.locator("[data-all]").first.check()
    window = desk_tab.locator("section.list").first
    ticked = window.locator("tr", has=desk_tab.locator(".fine")).locator("[name=seen]")
    assert ticked.count() > 0
    assert all(ticked.nth(i).is_checked() for i in range(ticked.count()))
    assert window.locator("tr", has_text=doubtful.number).locator("[name=seen]").count() == 0, (
        "it is opened, and approved by itself"
    )


def test_approve_on_the_case_page_without_the_secondary_lock(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}")
    expect(desk_tab.locator("#act")).to_contain_text("解除所选绑定")
    desk_tab.locator(".compare label", has_text="副锁").locator("input").uncheck()
    desk_tab.click("#act button.primary")
    said(desk_tab, "已批准")
    with served.tx() as tx:
        primary = [b.id for b in tx.bindings.of_enterprise(case.enterprise_id) if b.primary]
    assert served.case(case.id).binding_ids == tuple(primary)
    assert served.case(case.id).state is State.APPROVED


def test_a_change_meanwhile_is_shown_and_the_words_are_kept(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}")
    approve.hold(served.desk, case.id, case.version, "li", "电话核实")
    desk_tab.fill("#act textarea", "营业执照已过期")
    press(desk_tab, "不予办理…")
    assert "li：暂缓" in desk_tab.inner_text(".changes")
    assert "电话核实" in desk_tab.inner_text("main")
    assert desk_tab.input_value("#act textarea") == "营业执照已过期"
    assert served.case(case.id).state is State.HELD
    press(desk_tab, "不予办理…")
    assert "营业执照已过期" in desk_tab.inner_text(".words")
    assert served.case(case.id).state is State.HELD
    press(desk_tab, "不予办理并发出回执")
    said(desk_tab, "不予办理")
    assert served.case(case.id).state is State.DECLINED
    assert desk_tab.locator("#act").count() == 0
    press(desk_tab, "撤销")
    said(desk_tab, "已撤销")
    assert served.case(case.id).state is State.HELD


def test_page_images_boxes_findings_and_the_open_image(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed, pages=True, name="另外一家工程有限公司")
    desk_tab.goto(f"/cases/{case.number}")
    desk_tab.locator(".findings li", has_text="不一致").locator("a.to").click()
    expect(desk_tab.locator(".frame:target rect")).to_have_count(1)
    expect(desk_tab.locator(".cell.other mark").first).to_contain_text("另外")
    image = desk_tab.locator(".page .sheet img").first
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", value=True)
    assert image.evaluate("image => image.naturalWidth") > 500
    sheet, card = (
        desk_tab.locator(".page .sheet").first.bounding_box(),
        desk_tab.locator(".frame.part rect").first.bounding_box(),
    )
    assert sheet["x"] <= card["x"]
    assert card["x"] + card["width"] <= sheet["x"] + sheet["width"] + 1
    desk_tab.locator(".page").first.locator("text=显示未遮盖的图像").click()
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    expect(image).to_have_js_property("complete", value=True)
    assert image.evaluate("image => image.naturalWidth") > 500
    desk_tab.locator(".page .sheet").first.click()
    expect(desk_tab.locator(".viewer img")).to_have_attribute("src", re.compile("^blob:"))


def printed(tab, paper):
    return "".join(
        "".join(page.get_textpage().get_text_bounded().split())
        for page in pypdfium2.PdfDocument(tab.pdf(format=paper))
    )


def test_a_hidden_number_is_shown_in_its_place_and_printed_only_then(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}")
    place = desk_tab.locator("[data-hidden-value='0.id_number']")
    assert re.fullmatch(r"\d\d\*{14}[\dX]{2}", place.inner_text())
    before = [printed(desk_tab, paper) for paper in ("A4", "Letter")]
    desk_tab.locator("dd", has=place).locator("button").click()
    expect(place).to_have_text(re.compile(r"^\d{17}[\dX]$"))
    number = place.inner_text()
    assert [case.enterprise_name in words and number[6:14] not in words for words in before] == [
        True,
        True,
    ]
    assert number in printed(desk_tab, "A4")


def test_without_script_everything_works_too(served, browser, case):
    context = browser.new_context(base_url=served.address, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/cases/{case.number}")
    page.fill("[name=name]", "wang")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.locator("dd", has=page.locator("[data-hidden-value='0.id_number']")).locator(
        "button"
    ).click()
    assert re.fullmatch(r"\d{17}[\dX]", page.inner_text("body").strip())  # the value alone
    page.goto(f"/cases/{case.number}")
    page.click("#act button.primary")
    assert served.case(case.id).state is State.APPROVED
    context.close()


def test_what_a_sender_writes_runs_nowhere(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(
        seed, subject=HOSTILE, sender_name=HOSTILE, text=HOSTILE, attachment=HOSTILE, name=HOSTILE
    )
    for path in ("/", f"/cases/{case.number}", "/mails?disposition=case", "/letters?state=pending"):
        desk_tab.goto(path)
        assert "owned" not in desk_tab.title()
        assert desk_tab.locator("main script, main img[src=x]").count() == 0
    desk_tab.goto(f"/cases/{case.number}")
    assert HOSTILE in desk_tab.inner_text(".words >> nth=0")


def test_the_reset_link_sets_the_password(served, tab, case):
    tab.goto(f"/link/{served.link(LinkPurpose.RESET, case.enterprise_id, case.id)}")
    expect(tab.locator("main")).to_contain_text(case.enterprise_name)
    tab.fill("[name=password]", "blauwe-fiets-92")
    tab.fill("[name=again]", "blauwe-fiets-93")
    tab.click("button.primary")
    expect(tab.locator("[role=alert]")).to_contain_text("不一致")
    tab.fill("[name=password]", "blauwe-fiets-92")
    tab.fill("[name=again]", "blauwe-fiets-92")
    tab.click("button.primary")
    expect(tab.locator("h1")).to_contain_text("密码已设置")
    with served.tx() as tx:
        assert served.desk.passwords.verify(
            tx.accounts.password_hash(case.enterprise_id), "blauwe-fiets-92"
        )
    tab.goto(tab.url)
    expect(tab.locator("h1")).to_contain_text("已不可用")


def test_what_was_typed_outlives_the_session(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}")
    desk_tab.fill("#act textarea", "委托书没有盖章，请补充")
    with served.tx() as tx:
        tx.sessions.remove(administrator_id=tx.administrators.by(name="wang").id)
    press(desk_tab, "暂缓")
    expect(desk_tab.locator("main")).to_contain_text("没有执行")
    expect(desk_tab.locator("[data-draft]")).to_contain_text("登录后可以继续")
    desk_tab.click("main a.button")
    desk_tab.fill("[name=name]", "wang")
    desk_tab.fill("[name=password]", PASSWORD)
    desk_tab.click("button.primary")
    expect(desk_tab.locator("#act textarea")).to_have_value("委托书没有盖章，请补充")
    assert served.case(case.id).state is State.QUEUED
    press(desk_tab, "暂缓")
    said(desk_tab, "已暂缓")
    desk_tab.goto(f"/cases/{case.number}")
    assert desk_tab.input_value("#act textarea") == "", "what was done is not kept"


def test_what_was_typed_outlives_a_role_that_is_taken_away_and_a_case_that_others_decide(
    served, desk_tab, case
):
    words = "委托书没有盖章，请补充"
    desk_tab.goto(f"/cases/{case.number}")
    desk_tab.fill("#act textarea", words)
    with_roles(served, "wang", Role.AUDITOR)
    press(desk_tab, "暂缓")
    expect(desk_tab.locator("h1")).to_have_text("没有权限")
    expect(desk_tab.locator("blockquote")).to_have_text(words)
    desk_tab.click("[data-draft] a")
    expect(desk_tab.locator("[data-draft]")).to_contain_text("现在不能提交")
    expect(desk_tab.locator("blockquote")).to_have_text(words)
    with_roles(served, "wang", *Role)
    desk_tab.reload()
    expect(desk_tab.locator("#act textarea")).to_have_value(words)
    decline(served.desk, case.id, case.version, "li", "企业来电")
    press(desk_tab, "暂缓")
    expect(desk_tab.locator("blockquote")).to_have_text(words)
    assert "li：不予办理" in desk_tab.inner_text(".changes")
    assert served.case(case.id).state is State.DECLINED


def test_a_page_picture_is_brought_near_and_turned(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed, pages=True)
    desk_tab.goto(f"/cases/{case.number}")
    sheet, viewer = desk_tab.locator(".pictures .page .sheet").first, desk_tab.locator(".viewer")
    sheet.locator("img").scroll_into_view_if_needed()
    sheet.click()
    picture = viewer.locator("img")
    expect(viewer.get_by_role("status")).to_have_text("第 1 页图像 100%")
    upright = picture.bounding_box()
    assert upright["height"] > upright["width"]
    desk_tab.keyboard.press("t")
    turned = picture.bounding_box()
    assert turned["width"] > turned["height"]
    desk_tab.keyboard.press("+")
    assert picture.bounding_box()["width"] == pytest.approx(1.5 * turned["width"], rel=0.01)
    desk_tab.keyboard.press("j")
    expect(viewer.get_by_role("status")).to_have_text("第 2 页图像 100%")
    expect(viewer.locator("[id]")).to_have_count(0)  # the anchors stay those of the page
    desk_tab.keyboard.press("z")
    expect(viewer).to_be_hidden()
    assert served.case(case.id).state is State.QUEUED


def test_a_clean_case_takes_two_acts_and_the_next_one_comes_up(served, desk_tab):
    """By keyboard alone: J opens nothing that must be looked for,
    A goes to the decision, Enter takes it."""
    cases = []
    for _ in range(2):
        seed = served.fresh_seed()
        served.register(seed, contact=f"handler{seed}@example.com")
        cases.append(served.request(seed))
    name = "find=example.com&only=checked&state=queued"
    desk_tab.goto(f"/?{name}")
    numbers = desk_tab.locator("#batch .number a").all_inner_texts()
    assert {case.number for case in cases} <= set(numbers)
    desk_tab.keyboard.press("j")
    desk_tab.keyboard.press("Enter")
    expect(desk_tab.locator(".case-head .number")).to_have_text(numbers[0])
    desk_tab.wait_for_load_state()
    for number, behind in pairwise(numbers):
        desk_tab.keyboard.press("a")
        desk_tab.keyboard.press("Enter")
        expect(desk_tab.locator(".case-head .number")).to_have_text(behind)
        desk_tab.wait_for_load_state()
        assert number in desk_tab.inner_text("[data-done] > .banner.good")
    desk_tab.keyboard.press("a")
    desk_tab.keyboard.press("Enter")
    desk_tab.wait_for_url("**/?state=queued**")
    assert {served.case(case.id).state for case in cases} == {State.APPROVED}


def test_keys_do_nothing_while_something_is_typed(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}?list=state%3Dqueued")
    desk_tab.keyboard.press("h")
    desk_tab.keyboard.type("jaBk?/z 等待核实")
    assert desk_tab.input_value("#act textarea") == "jaBk?/z 等待核实"
    desk_tab.keyboard.press("Escape")
    desk_tab.keyboard.press("?")
    expect(desk_tab.locator("#keys")).to_be_visible()
    desk_tab.keyboard.press("Escape")
    assert served.case(case.id).state is State.QUEUED


def test_a_double_click_decides_once_and_the_way_back_shows_what_is(served, desk_tab, case):
    desk_tab.goto(f"/cases/{case.number}")
    desk_tab.locator("#act button.primary").dblclick()
    said(desk_tab, "已批准")
    desk_tab.go_back()
    expect(desk_tab.locator(".case-head .state")).to_have_text("已批准")
    expect(desk_tab.locator("#approve")).to_have_count(0)
    with served.tx() as tx:
        assert [entry.action for entry in tx.audit.entries(case.id)].count("case.approved") == 1


def test_shift_takes_all_rows_between_and_the_choice_outlives_the_page(served, desk_tab):
    for _ in range(3):
        seed = served.fresh_seed()
        served.register(seed, contact=f"handler{seed}@example.com")
        served.request(seed)
    desk_tab.goto("/?state=queued&only=checked")
    boxes = desk_tab.locator("[name=seen]")
    boxes.first.click()
    boxes.last.click(modifiers=["Shift"])
    expect(desk_tab.locator("[data-chosen]")).to_have_text(f"已选 {boxes.count()} 件")
    desk_tab.goto("/mails")
    desk_tab.goto("/?state=queued&only=checked")
    expect(desk_tab.locator("[data-chosen]")).to_have_text(f"已选 {boxes.count()} 件")
    press(desk_tab, "清除选择")
    expect(boxes.first).not_to_be_checked()


def test_a_wide_screen_shows_pages_legibly_beside_table_and_cut_outs(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed, pages=True)
    desk_tab.set_viewport_size({"width": 1920, "height": 1080})
    desk_tab.goto(f"/cases/{case.number}")
    second = desk_tab.locator(".pictures .page").nth(1)
    for picture in desk_tab.locator(".pictures .page img").all():
        expect(picture).to_have_js_property("complete", True)  # it has its height then
    second.scroll_into_view_if_needed()
    assert desk_tab.evaluate("scrollY") > 500
    expect(desk_tab.locator(".pictures .crops")).to_be_in_viewport()
    expect(desk_tab.locator(".compare table")).to_be_in_viewport()
    widths = desk_tab.evaluate(
        "[...document.querySelectorAll('.pictures .page img')].map((one) => one.clientWidth)"
    )
    assert min(widths) >= 1000
    assert desk_tab.evaluate("document.documentElement.scrollWidth") <= 1920


def test_what_differs_is_confirmed_by_key_before_it_is_approved(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed, contact=f"handler{seed}@example.com")
    case = served.request(seed, name="北京他人名称有限公司")
    desk_tab.goto(f"/cases/{case.number}")
    for key in ("a", " ", "Enter"):
        desk_tab.keyboard.press(key)
    said(desk_tab, "已批准")
    assert served.case(case.id).state is State.APPROVED


def test_a_day_of_the_calendar_stands_on_one_line(served, desk_tab):
    desk_tab.goto("/calendar?year=2026")
    heights = desk_tab.locator(".day").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert len(heights) > 365
    assert set(heights) == {26}
