"""How the console's pages look: none has what axe-core calls a fault, light, and dark on a
telephone, and none scrolls sideways there."""

import pytest
from playwright.sync_api import expect

from core.cases.decision import approve
from core.data.link import LinkPurpose
from tests.servers.accessible import findings
from tests.thorough import share
from web.common.rights import NEEDED

pytestmark = pytest.mark.browser

TELEPHONE, NARROW = {"width": 320, "height": 700}, {"width": 1024, "height": 768}


@pytest.fixture
def addresses(served):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed)
    with served.tx() as tx:
        (mail, *_) = tx.mails.newest(limit=1)
    gets = [route.removeprefix("GET ") for route in NEEDED if route.startswith("GET ")]
    pages = [path for path in gets if not {"{", "."} & set(path) and path != "/live"]
    return [
        *share(pages, 2),
        f"/cases/{case.number}",
        f"/mails/{mail.id}",
        f"/enterprises/{case.enterprise_id}",
        "/login",
        "/no-such-page",
    ]


def test_axe_finds_nothing(desk_tab, addresses):
    assert [found for address in addresses for found in findings(desk_tab, address)] == []


@pytest.mark.parametrize("size", [TELEPHONE, NARROW], ids=["telephone", "narrow"])
def test_no_page_scrolls_sideways(served, desk_tab, case, size):
    long = request_with_long_words(served)
    desk_tab.set_viewport_size(size)
    reset = served.link(LinkPurpose.RESET, case.enterprise_id)
    objection = served.link(LinkPurpose.OBJECTION, case.enterprise_id, case.id)
    for path in (
        "/",
        "/today",
        "/calendar",
        "/people",
        "/audit",
        "/statistics",
        "/enterprises",
        "/certificates",
        f"/enterprises/{case.enterprise_id}",
        "/?state=by_hand",
        "/?state=completed",
        f"/cases/{case.number}",
        f"/cases/{long.number}",
        f"/cases/{long.number}?enterprise=公司",
        "/mails",
        "/mails?disposition=case",
        "/mails/1",
        "/letters",
        "/letters?state=pending",
        "/alerts",
        "/password",
        "/login",
        "/nothing",
        f"/link/{reset}",
        f"/link/{objection}",
        "/link/" + "x" * 43,
    ):
        desk_tab.goto(path)
        wide = desk_tab.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert (path, wide[0]) == (path, wide[1])


def request_with_long_words(served):
    seed = served.fresh_seed()
    served.register(seed)
    word = "a" * 180
    return served.request(
        seed, subject=word, sender_name=word, text=word, attachment=word + ".pdf", name=word
    )


def test_no_name_is_broken_beside_a_long_explanation(served, desk_tab, case):
    approve.hold(served.desk, case.id, case.version, "administrator", "电话核实，" * 60)
    desk_tab.set_viewport_size({"width": 1280, "height": 720})
    desk_tab.goto("/audit")
    expect(desk_tab.get_by_role("cell", name="administrator")).to_be_visible()
    lines = desk_tab.evaluate(
        "[...document.querySelectorAll('.rows td:nth-child(3), .rows td:nth-child(4)')].map(cell "
        "=> { const all = new Range(); all.selectNodeContents(cell); "
        "return all.getClientRects().length })"
    )
    assert set(lines) == {1}


def test_rows_of_the_queue_are_of_one_height(served, desk_tab, case):
    served.register(9302)
    served.request(9302, name="名称很长的另一家建设工程咨询管理有限责任公司", authentication="none")
    desk_tab.set_viewport_size({"width": 1280, "height": 720})
    desk_tab.goto("/")
    heights = [row.bounding_box()["height"] for row in desk_tab.locator("#batch tbody tr").all()]
    assert max(heights) - min(heights) <= 1


def test_a_narrow_list_leaves_room_for_names(served, desk_tab, case):
    """At 1024 one character of a name was visible."""
    desk_tab.set_viewport_size(NARROW)
    desk_tab.goto("/")
    assert desk_tab.locator("#batch tbody .name").first.bounding_box()["width"] >= 200


def test_a_long_name_of_a_file_takes_one_line_over_a_page(served, desk_tab):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed, pages=True, attachment="关于解绑的申请材料" * 20 + ".pdf")
    desk_tab.goto(f"/cases/{case.number}")
    assert desk_tab.locator(".page .file").first.bounding_box()["height"] < 25


def test_a_clean_case_is_judged_on_one_screen(served, desk_tab):
    """1280 x 720: what the sources say, the findings, the locks, the mail's words, crops and page
    pictures and the decision, without scrolling."""
    desk_tab.set_viewport_size({"width": 1280, "height": 720})
    seed = served.fresh_seed()
    served.register(seed, contact=f"handler{seed}@example.com")
    case = served.request(seed, pages=True)
    desk_tab.goto(f"/cases/{case.number}?list=state%3Dqueued")
    desk_tab.wait_for_load_state("networkidle")
    dock = desk_tab.locator("#act").bounding_box()
    assert dock["y"] + dock["height"] <= 720
    assert desk_tab.locator("#act button", has_text="批准").is_enabled()
    counts = {
        ".compare": 1,
        ".compare .lock-line": 2,
        ".checks": 1,
        ".excerpt": 1,
        ".pictures .crop": 5,
        ".pictures .crop.seal img": 2,
        ".pictures .page img": 2,
    }
    for shown, count in counts.items():
        places = desk_tab.locator(shown)
        assert (shown, places.count()) == (shown, count)
        for number in range(places.count()):
            box = places.nth(number).bounding_box()
            assert (shown, box["y"] + box["height"] <= dock["y"] + 1) == (shown, True)
            assert box["x"] + box["width"] <= 1280
    assert (
        min(
            place.bounding_box()["height"]
            for place in desk_tab.locator(".pictures .crop img").all()
        )
        >= 90
    )
    assert desk_tab.evaluate("scrollY") == 0
