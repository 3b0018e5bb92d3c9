"""The portal without a mouse: every page walked by Tab, on a desktop and a telephone, light and
dark, and what enterprises come for done by keys alone.

On each page the focus reaches everything that can be used, in the order of the page, is seen
wherever it stands, and leaves at the end (WCAG 1.4.11, 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11).
"""

import pytest
from playwright.sync_api import expect

from core.data.documents import Documents
from mail_intake.mail_reading import read_submission
from papers.paper_reading import Reading
from tests.accounts.entrance import PASSWORD, invent_uscc, lock
from tests.portal.conftest import at_address, enter, told
from tests.portal.keys import follow, press, type_into
from tests.portal.test_browser_agent import AGENT, PlayedAgent
from tests.portal.test_checking import MAILBOX, Nothing
from tests.portal.test_papers import asking
from tests.servers.chromium import walk_to, watched
from tests.servers.pages import portal_pages
from web.application import create_app
from web.common.site import Reads, Site

pytestmark = pytest.mark.browser

LOOKS = (("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390))
STOPS = """() => {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const shown = (one) => one.checkVisibility({ visibilityProperty: true });
  const usable = [...document.querySelectorAll(kinds)].filter(
    (one) => one.tabIndex >= 0 && !one.disabled && shown(one));
  const first = (one) => {
    const group = one.form?.elements[one.name];
    return group?.[0] ? [...group].find((two) => two.checked) || group[0] : one;
  };
  const stops = usable.filter((one) => one.type !== "radio" || one === first(one));
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const light = (colour) => channels(colour).slice(0, 3).map((c) => linear(c / 255))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    const colour = getComputedStyle(one || document.body).backgroundColor;
    return !one || (channels(colour)[3] ?? 1) === 1 ? colour : ground(one.parentElement);
  };
  const ringed = (one) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    const both = [light(outlineColor), light(ground(one.parentElement))];
    const [less, more] = both.sort((a, b) => a - b);
    const plain = (more + 0.05) / (less + 0.05) >= 3;
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1.5 && plain;
  };
  window.here = () => {
    const one = document.activeElement, box = one.getClientRects()[0] || new DOMRect();
    const x = box.x + Math.min(box.width, 20) / 2, y = box.y + box.height / 2;
    const seen = document.elementFromPoint(x, y);
    const free = !!seen && (one.contains(seen) || !!seen.closest("label")?.contains(one));
    return [stops.indexOf(one), ringed(one), free];
  };
  const note = () => window.walked.push(window.here());
  window.walked ||= addEventListener("keydown", note, true) || [];
  window.walked.length = 0;
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  return stops.map((one) => one.outerHTML.slice(0, 90));
}"""
"""What can be reached, in the order of the page; the walk begins before the first of them.

From now on each press of a key first notes the place of the focus, whether its ring is seen (3 : 1
against what it lies on, WCAG 1.4.11), and whether the place itself is.
"""


def that_reads(harness):
    asking(harness, lambda _content: Reading(Documents()))
    reads = Reads(
        lambda raw: read_submission(raw, harness.clock.now(), [MAILBOX], Nothing()),
        lambda _content: Reading(Documents()),
    )
    harness.app = create_app(Site(harness.desk, harness.settings, front=harness.front, reads=reads))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with at_address(tmp_path_factory.mktemp("keys"), that_reads) as harness:
        yield harness


@pytest.fixture
def tab(place, browser):
    with watched(browser, place.address) as page:
        agent = PlayedAgent(place.address)
        agent.plug(甲=[lock(invent_uscc(), "fresh")])
        page.route(f"{AGENT}/*", agent.answer)
        page.agent = agent
        yield page


def test_every_page_is_walked_by_tab_alone(place, tab):
    enterprise = place.enterprise(submitted=False)
    place.hold(enterprise, lock(enterprise.uscc, "k1"))
    outside = ["/portal/login?by=lock", "/portal/login?by=account", "/portal/register"]
    found = [fault for path in outside for fault in faults(tab, path)]
    enter(place, tab, enterprise)
    inside = [
        path
        for path in portal_pages(place.app)
        if tab.request.get(path, max_redirects=0).status == 200
    ]
    assert len(inside) >= 11
    found += [fault for path in inside for fault in faults(tab, path)]
    assert not found, "\n".join(found)


def faults(tab, path):
    """What is wrong with walks through the page, one in each look."""
    tab.goto(path)
    if tab.locator("[data-reader]").count():
        expect(tab.locator("[data-locks] legend")).to_have_count(1)
    for scheme, width in LOOKS:
        tab.emulate_media(color_scheme=scheme)
        tab.set_viewport_size({"width": width, "height": 800})
        stops = tab.evaluate(STOPS)
        assert len(stops) >= 8, path
        for _ in (*stops, "out"):
            tab.keyboard.down("Tab")  # held down, as who is in a hurry does
        tab.keyboard.up("Tab")
        for number, (stop, (at, ringed, seen)) in enumerate(
            zip(stops, tab.evaluate("walked.slice(1)"), strict=True)
        ):
            if (at, ringed, seen) != (number, True, True):
                yield (
                    f"{path} {scheme} {width}: {stop}: "
                    f"{'' if at == number else f'the focus was at {at}, not {number} '}"
                    f"{'' if ringed else 'no ring '}{'' if seen else 'hidden'}"
                )
        if tab.evaluate("here()[0]") not in {-1, 0}:
            yield f"{path} {scheme} {width}: the focus does not leave the page"


# ---- what enterprises come for


def log_in(tab, enterprise):
    tab.goto("/portal/login?by=account")
    type_into(tab, name=enterprise.name, password=PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/portal")


def test_registering(tab):
    der = lock(invent_uscc())
    tab.agent.plug(甲=[der])
    tab.goto("/portal/login?by=account")
    follow(tab, "新用户注册")
    tab.wait_for_url("**/portal/register")
    expect(tab.locator("[data-name]")).not_to_have_value("")
    type_into(
        tab,
        contact_name="钱联系",
        contact_email="q@example.org",
        contact_phone="010-00000000",
        password=PASSWORD,
        again=PASSWORD,
    )
    press(tab, "用CA锁签名并注册", "Space")
    told(tab, "registered")


def test_logging_in_and_changing_the_password(place, tab):
    log_in(tab, place.enterprise())
    walk_to(tab.locator("a[href='/portal/password']").first)
    tab.keyboard.press("Enter")
    type_into(tab, old=PASSWORD, password="own-2026-Chuan9", again="own-2026-Chuan9")
    press(tab, "更改密码")
    told(tab, "password")


def test_a_request_is_made(tab):
    tab.goto("/portal/login?by=account")
    follow(tab, "做一份申请")
    tab.wait_for_url("**/portal/request")
    type_into(tab, name="北京青禾建设有限公司", uscc=invent_uscc())
    for name, arrows in (("unbind", 0), ("reset_password", 1)):
        walk_to(tab.locator(f"[name={name}]").first)
        tab.keyboard.press("Space")
        for _ in range(arrows):
            tab.keyboard.press("ArrowDown")
    walk_to(tab.locator("[name=reason]"))
    tab.keyboard.press("ArrowDown")
    type_into(tab, handler="张三")
    press(tab, "生成申请")
    expect(tab.locator("#mail")).to_contain_text("第二步：发送邮件")
    tab.wait_for_load_state()
    assert (
        "是否解绑：是\n是否需要重置注册密码：否"
        in tab.locator("textarea[data-copied]").input_value()
    )


def test_a_file_is_looked_at_before_it_is_sent(tab):
    # from here on: Chromium is told to wait for it only some time after it is asked for
    with tab.expect_file_chooser() as chooser:
        tab.goto("/portal/check")
        walk_to(tab.locator("input[type=file]"))
        tab.keyboard.press("Space")
    chooser.value.set_files(
        {"name": "申请.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    press(tab, "检查扫描件")
    expect(tab.locator("#result [role=alert]")).to_be_focused()


def test_a_lock_is_reported_lost(place, tab):
    enterprise = place.enterprise()
    place.hold(enterprise, lock(enterprise.uscc, "k1"))
    tab.goto("/portal/login?by=account")
    follow(tab, "CA锁丢了")
    tab.wait_for_url("**/portal/lost")
    type_into(tab, name=enterprise.name, password=PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/link/*")
    box = tab.locator("[type=checkbox]").first
    walk_to(box)
    if not box.is_checked():
        tab.keyboard.press("Space")
    walk_to(tab.locator("main form button").last)
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_contain_text("已挂失")
    [binding] = place.bindings(enterprise)
    assert binding.lost_at
