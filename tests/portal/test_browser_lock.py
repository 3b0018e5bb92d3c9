"""The entrance in Chromium with real software locks behind the real agent: its window opens on a
screen of its own and xdotool types the PIN.

Slow (one walk, about half a minute): what the rules are is tested fast elsewhere;
here, that everything fits together.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import time

import pytest
from asn1crypto import pem
from playwright.sync_api import expect

from core.accounts.front_desk import EntranceSettings, FrontDesk
from core.cases.decision.approve import approve
from core.cases.window.process import run_window
from core.clock import SystemClock
from core.data.letter import LetterKind
from core.data.workday import Workdays
from core.keys.passwords import Argon2Passwords
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from tests.agent.conftest import ROOT, DemoFolder, screen  # noqa: F401  fixtures
from tests.agent.windows import pin_window, xdotool
from tests.certificates.profiles import GENERIC
from tests.portal import keys
from tests.portal.conftest import told
from tests.servers.chromium import press, watched
from tests.servers.pages import listening, serving
from tests.validators import builders
from tests.web.harness import Harness
from tools.demo_lock import demo_token
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Site

pytestmark = pytest.mark.browser

NAME, USCC, PASSWORD = "北京演示建设工程有限公司", "91119999MA0DEMX12E", "lvse-2026-Chuan"
CHANGED = "lvse-2026-Shan9"
TELEPHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1200, "height": 900}


class Place:
    """The desk behind a server, the agent beside it, a folder of locks, a screen."""

    def __init__(self, folder, display) -> None:
        self.display = display
        self.locks = DemoFolder(folder / "locks")
        for label in ("主锁", "副锁", "新锁"):
            self.locks.add(label)
        for label in ("副锁", "新锁"):
            demo_token.unplug(self.locks.folder, label)
        self.socket, self.address = listening()
        self.agent = None
        self.agent_url = self.start_agent()
        self.harness = Harness(folder, Argon2Passwords())
        self.harness.clock = self.harness.store.clock = SystemClock()
        open_all_day = Workdays(lambda _: True, hours=((time(0), time(0)),), every_day=True)
        self.harness.desk = replace(self.harness.desk, workdays=open_all_day)
        self.harness.administrator()

    def start_agent(self, port=0, origin=""):
        command = [
            sys.executable,
            "-m",
            "agent.cli",
            "serve",
            "--config",
            str(self.locks.config(origin or self.address, port)),
        ]
        environment = os.environ | {"DISPLAY": self.display, "PYTHONIOENCODING": "utf-8"}
        self.agent = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return re.search(r"http://127\.0\.0\.1:\d+", self.agent.stdout.readline().decode())[0]

    def stop_agent(self):
        self.agent.terminate()
        self.agent.wait(40)
        self.agent.stdout.close()

    def front(self):
        roots = tuple(
            pem.unarmor(path.read_bytes())[2]
            for path in sorted((self.locks.folder / "ca").glob("*.pem"))
        )
        signatures = desk_signatures()
        verifier = CertificateVerifier(
            [replace(GENERIC, authorities=roots)], signatures, self.harness.clock
        )
        return FrontDesk(
            self.harness.store,
            self.harness.desk.passwords,
            verifier,
            signatures,
            self.harness.store.vault.token,
            EntranceSettings(self.address),
        )

    def app(self):
        settings = WebSettings(
            secure_cookies=False,
            base_url=self.address,
            agent_url=self.agent_url,
            per_minute=PER_MINUTE | {"portal": 100},
        )
        return create_app(Site(self.harness.desk, settings, front=self.front()))

    def type_pin(self, pin="123456", key="Return"):
        """A person at the agent's window."""
        xdotool(self.display, "windowfocus", "--sync", pin_window(self.display))
        xdotool(self.display, "type", "--delay", "20", pin)
        xdotool(self.display, "key", key)

    def link(self, kind):
        """Where the link of the newest letter of that kind leads."""
        with self.harness.tx() as tx:
            letter = next(letter for letter in tx.letters.newest() if letter.kind is kind)
            return f"/link/{tx.links.token(letter.link_id)}"

    def swap(self, out, into):
        demo_token.unplug(self.locks.folder, out)
        if into:
            demo_token.plug(self.locks.folder, into)


@pytest.fixture(scope="module")
def place(tmp_path_factory, screen):  # noqa: F811
    place = Place(tmp_path_factory.mktemp("portal"), screen)
    with serving(place.app(), place.socket):
        yield place
    place.stop_agent()
    place.harness.store.close()


@pytest.fixture
def tab(place, browser):
    with watched(browser, place.address) as page:
        yield page


def narrow(tab, name):
    """Nothing scrolls sideways on a telephone."""
    tab.set_viewport_size(TELEPHONE)
    wide = tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert (name, wide[0]) == (name, wide[1])
    tab.set_viewport_size(DESKTOP)


def choose(tab, label):
    tab.locator(f"input[data-label={label}]").check()


def read_again(tab, label):
    """Read the lock again until the one with that name is shown."""
    press(tab, "重新读取")
    expect(tab.locator("[data-locks] legend")).to_have_text(re.compile(f"^{label}"))


def log_in_by_lock(place, tab, container):
    tab.goto("/portal/login")
    tab.locator("[data-pane=lock]").wait_for()
    choose(tab, container)
    press(tab, "CA登录")
    place.type_pin()


def log_out(tab):
    press(tab, "退出")
    told(tab, "out")


def test_from_registration_to_a_new_lock(place, tab):
    register(place, tab)
    bind_first(place, tab)
    change_contact(place, tab)
    for container in ("ECCARSA1", "ECCASM2"):
        log_out(tab)
        log_in_by_lock(place, tab, container)
        tab.wait_for_url("**/portal")
    add_second(place, tab)
    report_lost(place, tab)
    unbind_by_mail(place, tab)
    refused_and_bound_anew(place, tab)


def register(place, tab):
    """Without a mouse, from the choice of the certificate to the PIN in the agent's window."""
    tab.goto("/portal/register")
    tab.locator("[name=lock-certificate]").first.wait_for()
    keys.choose(
        tab, tab.locator("[name=lock-certificate]"), tab.locator("input[data-label=ECCASM2]")
    )
    expect(tab.locator("[data-name]")).to_have_value(NAME)
    expect(tab.locator("[data-uscc]")).to_have_value("91119999MA0DEMX12E")
    narrow(tab, "register")
    keys.type_into(
        tab, contact_name="赵联系", contact_email="c@example.org", password=PASSWORD, again=PASSWORD
    )
    keys.press(tab, "用CA锁签名并注册")
    place.type_pin("999999")
    expect(tab.locator("[data-problem]")).to_contain_text("PIN码不正确")
    tab.keyboard.press("Enter")  # the focus stayed on the button
    place.type_pin()
    told(tab, "registered")
    expect(tab.locator(".banner.warn").first).to_contain_text("请确认联系邮箱")
    narrow(tab, "home")


def bind_first(place, tab):
    tab.goto(place.link(LetterKind.CONTACT_CONFIRM))
    press(tab, "确认更改")
    tab.goto("/portal/information")
    tab.fill("[name=contact_phone]", "010-00000000")
    narrow(tab, "information")
    press(tab, "提交")
    told(tab, "information")
    tab.goto("/portal/locks")
    choose(tab, "ECCARSA1")
    press(tab, "绑定此锁")
    place.type_pin(key="Escape")
    expect(tab.locator("form[data-purpose=bind] [data-problem]")).to_contain_text("您取消了签名")
    press(tab, "绑定此锁")
    place.type_pin()
    told(tab, "bound")
    expect(tab.locator(".bound").first).to_contain_text("主锁")
    narrow(tab, "locks")


def change_contact(place, tab):
    """The lock signs over the new address, the link sent there confirms it,
    and the old address gets a page to object on."""
    tab.goto("/portal/contact")
    choose(tab, "ECCARSA1")
    narrow(tab, "contact")
    tab.fill("[name=address]", "new@example.net")
    press(tab, "用CA锁签名并申请更改")
    place.type_pin()
    told(tab, "contact")
    tab.goto("/portal/contact")
    expect(tab.locator(".facts")).to_contain_text("待确认")
    tab.goto(place.link(LetterKind.CONTACT_CHANGED))
    narrow(tab, "contact objection")
    expect(tab.get_by_role("button", name="提出异议并冻结账号")).to_be_visible()
    tab.goto(place.link(LetterKind.CONTACT_CONFIRM))
    narrow(tab, "contact confirmation")
    press(tab, "确认更改")
    expect(tab.locator("h1")).to_have_text("联系邮箱已更改")
    tab.goto("/portal/contact")
    expect(tab.locator(".facts")).to_contain_text("new@example.net")


def add_second(place, tab):
    tab.goto("/portal/locks")
    expect(tab.locator("[data-locks] legend")).to_have_text(re.compile("^主锁"))
    place.swap("主锁", "副锁")
    read_again(tab, "副锁")
    expect(tab.locator("[data-reading]")).to_contain_text("重新读取")
    press(tab, "新增副锁")
    place.type_pin()
    told(tab, "bound")
    expect(tab.locator(".bound")).to_have_count(2)
    narrow(tab, "two locks")
    log_out(tab)
    log_in_by_lock(place, tab, "ECCP256")
    tab.wait_for_url("**/portal")


def report_lost(place, tab):
    """The primary lock reports the secondary one lost, whose own login is over with that; then the
    password is changed by the lock."""
    tab.goto("/portal/locks")
    place.swap("副锁", "主锁")
    read_again(tab, "主锁")
    expect(tab.locator("[data-locks]")).to_contain_text("已绑定：主锁")
    tab.locator(".bound").nth(1).get_by_role("button", name="挂失").click()
    place.type_pin()
    told(tab, "lost")
    log_in_by_lock(place, tab, "ECCASM2")
    tab.wait_for_url("**/portal")
    tab.goto("/portal/locks")
    expect(tab.locator(".bound").nth(1)).to_contain_text("已挂失")
    tab.goto("/portal/password")
    choose(tab, "ECCARSA1")
    narrow(tab, "password")
    form = tab.locator("form[data-purpose=password]")
    for field in ("password", "again"):
        form.locator(f"[name={field}]").fill(CHANGED)
    press(tab, "用CA锁签名并更改")
    place.type_pin()
    told(tab, "password")


def unbind_by_mail(place, tab):
    """An e-mail case ends both bindings in its window;
    the session that came in with one of them is over."""
    papers = builders.documents(
        parts=[
            builders.id_front(),
            builders.id_back(),
            builders.licence(enterprise_name=NAME, uscc=USCC),
        ]
    )
    request = builders.complete_submission(
        request=builders.form(enterprise_names=(NAME,)), documents=papers
    )
    case = place.harness.case(place.harness.arrives(request).case_id)
    approve(place.harness.desk, case.id, case.version, "wang")
    assert run_window(place.harness.desk).completed == [case.number]
    tab.goto("/portal")
    tab.wait_for_url("**/portal/login*")


def refused_and_bound_anew(place, tab):
    log_in_by_lock(place, tab, "ECCARSA1")
    expect(tab.locator("[data-pane=lock] [data-problem]")).to_contain_text("此锁未绑定任何企业")
    narrow(tab, "unbound")
    place.swap("主锁", "新锁")
    tab.locator("[data-pane=lock] [data-problem]").get_by_role(
        "link", name="切换到账号登录"
    ).click()
    tab.fill("[name=name]", NAME)
    tab.fill("[name=password]", CHANGED)
    press(tab, "登录")
    tab.wait_for_url("**/portal")
    tab.goto("/portal/locks")
    expect(tab.locator("[data-locks] legend")).to_have_text(re.compile("^新锁"))
    press(tab, "绑定此锁")
    place.type_pin()
    told(tab, "bound")
    log_out(tab)
    log_in_by_lock(place, tab, "ECCASM2")
    tab.wait_for_url("**/portal")


def test_a_lock_pulled_out_no_lock_and_no_agent_each_say_what_to_do(place, tab):
    label = next(
        label
        for label in ("主锁", "副锁", "新锁")
        if (
            place.locks.folder / "tokens" / demo_token.locks(place.locks.folder)[label].files
        ).exists()
    )
    tab.goto("/portal/login")
    tab.locator("[data-pane=lock]").wait_for()
    place.swap(label, None)
    press(tab, "CA登录")
    expect(tab.locator("[data-pane=lock] [data-problem]")).to_contain_text("主键为空")
    expect(tab.locator("[data-trouble]")).to_contain_text("没有检测到CA锁")
    tab.goto("/portal/login")
    tab.locator("[data-pane=account]").wait_for()
    expect(tab.locator("[data-pane=lock]")).to_be_hidden()
    tab.locator("[data-tabs] [data-tab=lock]").click()
    expect(tab.locator("[data-trouble]")).to_contain_text("USB接口")
    demo_token.plug(place.locks.folder, label)
    read_again(tab, label)
    port = place.agent_url.rpartition(":")[2]
    place.stop_agent()
    tab.goto("/portal/login?by=lock")
    expect(tab.locator("[data-trouble]")).to_contain_text("没有安装锁助手的，请先安装")
    narrow(tab, "no agent")
    place.start_agent(port, "https://other.example.org")
    press(tab, "重新读取")
    expect(tab.locator("[data-trouble]")).to_contain_text("没有登记本网站")
    place.stop_agent()
    place.start_agent(port)
    read_again(tab, label)
