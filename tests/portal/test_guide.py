"""办事指南: from config and a data file, for everybody,
with the next twelve workdays as the desk counts them."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from app.entrance_wiring import supported_locks
from app.settings.config import Config
from app.settings.desk_settings import Settings
from core.clock import LOCAL
from core.data.letter import Centre
from core.data.workday import Workdays
from core.locks.issuer_profiles import LockKind
from tests.app.parsing import settings_of
from tests.portal.conftest import PortalHarness, at_address
from tests.servers.chromium import watched
from web.portal.guide import WORKDAYS, days_of, next_windows

BJCA = LockKind(
    title="北京CA",
    can_sign_bids=True,
    where_to_apply="https://ca.example.cn/apply",
    phone="010-00000001",
    drivers=["https://ca.example.cn/driver", "Windows 10 以上"],
)
YZT = LockKind(title="北京一证通", can_sign_bids=False, where_to_apply="", phone="", drivers=[])
CENTRE = Centre(
    name="某某市公共资源交易中心",
    phone="010-55550000",
    qq="100000001",
    mailbox="support@example.org",
)
TOLD = {"centre": CENTRE, "system_name": "某某交易系统", "certificates": (BJCA, YZT)}
MESSAGES = (
    "此锁未绑定任何企业",
    "证书未绑定",
    "账号被锁定",
    "主键为空",
    "没有CA登录",
    "证书无法识别",
    "受信任站点",
)


@pytest.fixture
def told(tmp_path):
    harness = PortalHarness(tmp_path, **TOLD)
    yield harness
    harness.store.close()


def test_certificates_are_told_with_what_they_can_do(told):
    page = told.visitor().see("/portal/guide").text
    assert "可以签章" in page.partition("北京CA</strong>")[2].partition("</div>")[0]
    assert (
        "不能签章，因此不能用于电子标的投标"
        in page.partition("北京一证通</strong>")[2].partition("</div>")[0]
    )
    for words in (BJCA.where_to_apply, BJCA.phone, *BJCA.drivers, "由发锁的CA机构提供"):
        assert words in page


def test_only_cas_whose_issuers_are_named_are_told():
    profiles = {"bjca": {"issuers": ["ca.cer"], "phone": "010"}}
    assert supported_locks(Config(Settings(), Path())) == ()
    [one] = supported_locks(Config(settings_of({"certificates": {"profiles": profiles}}), Path()))
    assert (one.title, one.phone) == ("北京CA（法人一证通）", "010")


def test_each_message_on_screen_has_its_steps(told):
    page = told.visitor().see("/portal/guide").text
    assert [message for message in MESSAGES if message not in page] == []
    assert not re.search(r"\{(tries|window|mailbox|phone|qq)\}", page), "every place is filled in"


def test_every_way_leads_somewhere(told):
    guest = told.visitor()
    page = guest.see("/portal/guide").text
    for address in set(re.findall(r'href="(/portal/[^"#]+)', page)):
        assert guest.get(address).status_code in {200, 303}, address
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_the_foot_of_every_page_says_whose_it_is_and_whom_to_call(told):
    for path in (
        "/portal/login",
        "/portal/register",
        "/portal/guide",
        "/portal/help",
        "/portal/request",
        "/portal/lost",
        "/portal/nothing",
        "/login",
        "/link/" + "x" * 43,
    ):
        foot = told.visitor().see(path).text.partition('<footer class="foot">')[2]
        assert (
            path,
            [
                words
                for words in (CENTRE.name, TOLD["system_name"], CENTRE.phone, CENTRE.qq)
                if words not in foot
            ],
        ) == (path, [])


def test_the_calendar_has_twelve_workdays_with_days_off_and_made_up_days():
    days = {date(2026, 12, 1): False, date(2026, 12, 5): True}
    workdays = Workdays(days.get)
    now = datetime(2026, 11, 25, 12, 0, tzinfo=LOCAL)  # after the window of Wednesday
    windows = next_windows(workdays, now)
    assert len(windows) == WORKDAYS
    assert windows[0].date == date(2026, 11, 26)
    assert {window.date for window in windows} & set(days) == {date(2026, 12, 5)}
    shown = days_of(windows, now.date())
    assert (shown[0].weekday(), len(shown) % 7) == (0, 0)
    assert {now.date(), *(window.date for window in windows)} <= set(shown)


@pytest.mark.browser
def test_the_guide_fits_a_telephone_and_prints(tmp_path, browser):
    with at_address(tmp_path, **TOLD) as harness, watched(browser, harness.address) as tab:
        tab.set_viewport_size({"width": 320, "height": 800})
        for path in ("/portal/guide", "/portal/login", "/portal/request", "/portal/help"):
            tab.goto(path)
            assert (path, tab.evaluate("document.documentElement.scrollWidth")) == (path, 320)
        tab.goto("/portal/guide")
        tab.get_by_text("主键为空").click()
        assert "重新插拔CA锁" in tab.inner_text("#trouble")
