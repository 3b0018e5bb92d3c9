"""What the pages make of everything an agent can answer: Chromium with an agent that a test plays,
so that every answer comes up."""

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from agent.agent_errors import LOCK_ERRORS
from core.data.enterprise import Binding
from core.data.link import LinkPurpose
from lock_protocol import Purpose, signed_bytes
from tests.accounts.entrance import JsonVerifier, invent_uscc, lock
from tests.app.running import eventually
from tests.portal.conftest import enter, text, told
from tests.servers.chromium import press, watched
from tests.web.harness import PASSWORD as ADMINISTRATORS

pytestmark = pytest.mark.browser

AGENT = "http://127.0.0.1:17583"


class PlayedAgent:
    """Answers as docs/AGENT.md says, for locks of JSON.

    `error`: what /sign answers instead; `silent`: nothing is there.
    """

    def __init__(self, origin) -> None:
        self.origin = origin
        self.locks: dict[str, list[bytes]] = {}
        self.problems, self.error, self.note, self.message = [], None, "", ""
        self.plugged, self.window, self.silent = 0, True, False
        self.asked: list[tuple[str, dict]] = []
        self.facts: dict[int, dict] = {}

    def plug(self, **locks):
        self.locks = locks
        self.plugged += 1

    def answer(self, route):
        request = route.request
        if self.silent:
            route.abort("connectionrefused")
            return
        path = request.url.removeprefix(AGENT)
        body = json.loads(request.post_data) if request.post_data else {}
        self.asked.append((path, body))
        status, said = {
            "/status": self.status,
            "/certificates": self.certificates,
            "/sign": self.sign,
        }[path](body)
        headers = {"Access-Control-Allow-Origin": self.origin}
        route.fulfill(
            status=status, headers=headers, content_type="application/json", body=json.dumps(said)
        )

    def status(self, _):
        return 200, {
            "agent": "unbind-agent",
            "version": "0",
            "protocol": 1,
            "window": self.window,
            "plugged": self.plugged,
        }

    def certificates(self, _):
        problems = self.problems or ([] if self.locks else [problem("token_missing")])
        tokens = [self.token(label, ders) for label, ders in self.locks.items()]
        return 200, {
            "tokens": tokens,
            "problems": problems,
            "changed": bool(self.message),
            "message": self.message,
        }

    def token(self, label, ders):
        certificates = [
            {
                "der": text(der),
                "sha256": sha256(der),
                "label": f"C{number}",
                "readable": True,
                "signs": True,
                "key_type": "SM2",
                "subject": json.loads(der)["name"],
                "issuer": "CA",
                "serial": serial(der),
                "not_after": "2027-01-01T00:00:00+00:00",
                "kind": "enterprise",
                "kind_text": "企业锁",
            }
            | self.facts.get(number, {})
            for number, der in enumerate(ders)
        ]
        return {
            "label": label,
            "serial": "1",
            "pin_note": self.note,
            "pin": "ok",
            "certificates": certificates,
        }

    def sign(self, body):
        if self.error:
            return 422, {
                "error": self.error,
                **dict(zip(("message", "remedy"), LOCK_ERRORS[self.error], strict=True)),
            }
        der = next(
            der
            for ders in self.locks.values()
            for der in ders
            if sha256(der) == body["certificate_sha256"]
        )
        words = json.loads(der)
        nonce = base64.urlsafe_b64decode(body["nonce"] + "=" * (-len(body["nonce"]) % 4))
        message = signed_bytes(self.origin, Purpose(body["purpose"]).value, nonce, body["account"])
        return 200, {
            "signature": text(f"{words['uscc']}/{words['key']}".encode() + b"|" + message),
            "certificate": text(der),
        }


def sha256(der):
    return hashlib.sha256(der).hexdigest()


def serial(der):
    return sha256(der)[:20].upper()


def problem(code):
    message, remedy = LOCK_ERRORS[code]
    return {"code": code, "message": message, "remedy": remedy, "module": "x.so", "detail": ""}


@pytest.fixture
def agent(place):
    return PlayedAgent(place.address)


@pytest.fixture
def tab(place, browser, agent):
    with watched(browser, place.address) as page:
        page.route(f"{AGENT}/*", agent.answer)
        yield page


def trouble(tab):
    return tab.locator("[data-trouble]")


def problem_of(tab):
    return tab.locator("[data-pane=lock] [data-problem]")


def test_the_login_page_follows_the_lock(tab, agent):
    tab.goto("/portal/login")
    expect(tab.locator("[data-reading]")).to_have_text("")
    expect(tab.locator("[data-pane=account]")).to_be_visible()
    agent.plug(甲=[lock(invent_uscc())])
    expect(tab.locator("[data-pane=lock]")).to_be_visible()
    agent.plug()
    expect(tab.locator("[data-pane=account]")).to_be_visible()
    tab.fill("[name=name]", "北京")
    agent.plug(甲=[lock(invent_uscc())])
    expect(tab.locator("[data-locks] legend")).to_have_count(1)
    expect(tab.locator("[data-pane=account]")).to_be_visible()
    tab.locator("[data-pane=account] [data-tab=lock]").click()
    expect(tab.locator("[data-pane=lock]")).to_be_visible()
    expect(tab.locator("[data-pane=lock] :is(input, button)").first).to_be_focused()


def test_without_an_agent_that_is_said_beside_the_choice_of_the_account_login(tab, agent):
    agent.silent = True
    tab.goto("/portal/login")
    expect(trouble(tab)).to_contain_text("没有找到锁助手")
    expect(trouble(tab).get_by_role("link", name="如何安装锁助手")).to_have_attribute(
        "href", "/portal/help#agent"
    )
    tab.locator("[data-pane=lock] form").get_by_role("link", name="切换到账号登录").click()
    expect(tab.locator("[data-pane=account]")).to_be_visible()
    expect(tab.locator("[data-pane=lock]")).to_be_hidden()
    tab.goto("/portal/register")  # who binds or registers a lock does not log in without it
    expect(trouble(tab)).to_contain_text("没有找到锁助手")
    expect(trouble(tab)).not_to_contain_text("账号登录")


def test_which_of_several_certificates_and_why(tab, agent):
    uscc = invent_uscc()
    agent.facts = {
        0: {"not_after": "2020-01-01T00:00:00+00:00", "key_type": "RSA-2048"},
        2: {"signs": False},
    }
    agent.plug(甲=[lock(uscc, key) for key in "abc"])
    tab.goto("/portal/login?by=lock")
    which = tab.locator("[data-which]")
    expect(which).to_contain_text("2 张可用的证书（RSA-2048、国密 SM2）")
    expect(which).to_contain_text("任选一张即可")
    expect(which).to_contain_text("另有 1 张只用于加密、解密")
    expect(tab.locator("[data-locks] input")).to_have_count(2)
    expect(tab.locator("[data-locks] input").nth(1)).to_be_checked()
    expect(tab.locator("[data-locks] label").first).to_contain_text("已过期")
    agent.facts |= {1: {"subject": "别人的单位"}}
    agent.plug(甲=[lock(uscc, key) for key in "abc"])
    expect(which).to_contain_text("请选写着本单位名称的一张")


def test_whatever_the_lock_says_the_page_says_with_what_to_do(tab, agent):
    agent.plug(甲=[lock(invent_uscc())])
    tab.goto("/portal/login?by=lock")
    expect(tab.locator("[data-locks] input")).to_have_count(1)
    for code, (message, remedy) in LOCK_ERRORS.items():
        agent.error = code
        press(tab, "CA登录")
        expect(problem_of(tab)).to_contain_text(message)
        expect(problem_of(tab)).to_contain_text(remedy)
        expect(tab.get_by_role("button", name="CA登录", exact=True)).to_be_enabled()
    assert all(
        body.keys() == {"nonce", "purpose", "account", "certificate_sha256"}
        for path, body in agent.asked
        if path == "/sign"
    )


def test_a_wrong_pin_shows_what_the_lock_says_of_the_tries_left(tab, agent):
    agent.plug(甲=[lock(invent_uscc())])
    tab.goto("/portal/login?by=lock")
    expect(tab.locator("[data-locks] input")).to_have_count(1)
    agent.error, agent.note = "pin_wrong", "上一次输入的PIN码不正确。还可以输入 2 次。"
    press(tab, "CA登录")
    expect(tab.locator("[data-pin-note]")).to_have_text(
        "上一次输入的PIN码不正确。还可以输入 2 次。"
    )
    expect(tab.get_by_role("button", name="CA登录", exact=True)).to_be_focused()


def test_a_lock_plugged_in_again_is_read_again_and_that_is_said(tab, agent):
    agent.plug(甲=[lock(invent_uscc())])
    tab.goto("/portal/login?by=lock")
    expect(tab.locator("[data-locks] input")).to_have_count(1)
    agent.error, agent.message = "token_absent", "CA锁被重新插拔或更换过，已重新读取"
    agent.locks = {"乙": [lock(invent_uscc())]}
    press(tab, "CA登录")
    expect(problem_of(tab)).to_contain_text("主键为空")
    expect(tab.locator("[data-reading]")).to_have_text("CA锁被重新插拔或更换过，已重新读取")
    expect(tab.locator("[data-locks] legend")).to_contain_text("乙")


def test_what_stands_in_the_way_is_said(tab, agent):
    well = {"silent": False, "window": True, "problems": [], "locks": {"甲": [lock(invent_uscc())]}}
    for state, words in (
        ({"silent": True}, "没有安装锁助手的，请先安装"),
        ({"window": False}, "不能显示PIN码窗口"),
        ({"problems": [problem("module_missing")], "locks": {}}, "没有找到CA锁的驱动"),
        ({"locks": {}}, "没有检测到CA锁"),
        ({"locks": {"空": []}}, "没有可用于签名的证书"),
    ):
        for name, value in (well | state).items():
            setattr(agent, name, value)
        tab.goto("/portal/login?by=lock")
        expect(trouble(tab)).to_contain_text(words)
        press(tab, "CA登录")
        expect(tab.get_by_role("button", name="CA登录", exact=True)).to_be_enabled()


def test_the_lock_is_read_when_the_script_that_watches_it_is_there(tab, agent):
    """The agent on the same PC may answer before the desk has sent the second script."""

    def comes_late(route):
        tab.get_by_role("button", name="重新读取").wait_for()  # the first script has run
        reading.append(tab.evaluate("lock.busy || lock.ready"))
        route.continue_()

    reading = []
    agent.plug(甲=[lock(invent_uscc())])
    tab.route("**/portal-pages.js*", comes_late)
    tab.goto("/portal/register")
    expect(tab.locator("[data-uscc]")).not_to_have_value("")
    assert reading == [False]


def test_a_persons_lock_cannot_register(tab, agent):
    agent.plug(甲=[lock(invent_uscc(), kind="person"), lock(invent_uscc(), "k2")])
    tab.goto("/portal/register")
    expect(tab.locator("[data-problem]")).to_contain_text("个人锁")
    expect(tab.get_by_role("button", name="用CA锁签名并注册")).to_be_disabled()
    tab.locator("input[data-label=C1]").check()
    expect(tab.locator("[data-uscc]")).not_to_have_value("")
    expect(tab.locator("[data-problem]")).to_have_text("")
    expect(tab.get_by_role("button", name="用CA锁签名并注册")).to_be_enabled()


def key_of(der):
    return JsonVerifier().verify(der, None).spki_sha256


def test_renewal_by_the_old_locks_signature(place, tab, agent):
    enterprise = place.enterprise()
    old, old_twin, new, new_twin = (
        lock(enterprise.uscc, key) for key in ("old", "old twin", "new", "new twin")
    )
    enter(place, tab, enterprise)
    agent.plug(旧=[old, old_twin])
    tab.goto("/portal/locks")
    expect(tab.locator("[data-locks] legend")).to_contain_text("旧")
    press(tab, "绑定此锁")
    told(tab, "bound")
    expect(tab.locator("[data-locks] label").first).to_contain_text("已绑定：主锁")
    expect(tab.locator(".bound")).to_contain_text(f"序列号 {serial(old)} ")
    expect(tab.locator(".bound")).to_contain_text("证书有效期至 2027-11-25")
    agent.plug(新=[new, new_twin])
    expect(tab.locator("[data-locks] legend")).to_contain_text("新")
    sign = tab.get_by_role("button", name="用旧锁签名并换锁")
    expect(sign).to_be_disabled()
    press(tab, "这是新证书")
    expect(sign).to_be_disabled()
    expect(tab.locator("[data-renewed-text]")).to_have_text(
        f"CA · 企业锁 · SM2 · C0 · 序列号末六位 {serial(new)[-6:]} · 有效期至 2027-01-01"
    )
    agent.plug(旧=[old, old_twin])
    expect(sign).to_be_enabled()
    expect(tab.locator("[data-old-text]")).to_contain_text(f"序列号末六位 {serial(old)[-6:]}")
    sign.click()
    told(tab, "renewed")
    [taken] = place.bindings(enterprise)
    with place.store.transaction() as tx:
        assert tx.bindings.announced_keys(taken.id) == {key_of(new), key_of(new_twin)}, (
            "the renewed lock comes with all its keys"
        )
        assert {tx.bindings.by_key(key_of(der)) for der in (new, new_twin)} == {None}, (
            "and holds none before it has signed"
        )
        assert [tx.bindings.by_key(key_of(der)) for der in (old, old_twin)] == [None, None], (
            "no key of the old one stays"
        )


def test_typed_text_outlives_the_session(place, tab, agent):
    """By a form of the page, and by one that a lock signs;
    for the same enterprise only, and no password."""
    enterprise, other = place.enterprise(), place.enterprise()
    enter(place, tab, enterprise)
    tab.goto("/portal/contact")
    tab.fill("[name=address]", "typed@example.net")
    tab.fill("[name=password]", "never-kept-77")
    end_sessions(place, enterprise)
    press(tab, "申请更改")
    expect(tab.locator("h1")).to_have_text("请先登录")
    tab.goto("/portal/login")
    expect(tab.locator("[data-draft]")).to_contain_text("登录后可以继续")
    enter(place, tab, enterprise)
    tab.goto("/portal")
    tab.locator("[data-draft]").get_by_role("link", name="继续填写").click()
    expect(tab.locator("[name=address]")).to_have_value("typed@example.net")
    expect(tab.locator("[name=password]")).to_have_value("")
    assert "never-kept" not in tab.evaluate("JSON.stringify(sessionStorage)")
    enter(place, tab, other)
    tab.goto("/portal/contact")
    expect(tab.locator("[name=address]")).to_have_value("")
    der = lock(other.uscc)
    place.hold(other, der)
    enter(place, tab, other)
    agent.plug(甲=[der])
    tab.goto("/portal/contact")
    tab.fill("[name=address]", "signed@example.net")
    end_sessions(place, other)
    press(tab, "用CA锁签名并申请更改")
    expect(tab.locator("[data-problem]")).to_contain_text("登录已失效")
    expect(tab.locator("[name=address]")).to_have_value("signed@example.net")
    enter(place, tab, other)
    tab.goto("/portal/contact")
    expect(tab.locator("[name=address]")).to_have_value("signed@example.net")
    press(tab, "用CA锁签名并申请更改")
    told(tab, "contact")
    eventually(lambda: tab.evaluate("sessionStorage.length") == 0)


def end_sessions(place, enterprise):
    with place.tx() as tx:
        tx.logins.end_sessions(enterprise.id)


def test_the_desk_gone_is_said(tab, agent):
    agent.plug(甲=[lock(invent_uscc())])
    tab.goto("/portal/login?by=lock")
    expect(tab.locator("[data-locks] input")).to_have_count(1)
    tab.route("**/portal/challenge", lambda route: route.abort())
    press(tab, "CA登录")
    expect(problem_of(tab)).to_contain_text("没有收到办理台的应答")


def test_no_page_scrolls_sideways_on_a_telephone(place, browser, agent):
    enterprise = place.enterprise()
    word = "A" * 120
    place.administrator("li")
    guest = place.visitor()
    guest.see("/portal/register")
    guest.tell("/portal/certificate", certificate=text(lock(invent_uscc(), word, kind="person")))
    with place.tx() as tx:
        tx.accounts.save(replace(enterprise, name=enterprise.name + word, contact_name=word))
        tx.bindings.add(
            Binding(
                0, enterprise.id, word, word, primary=True, system=word, bound_at=place.clock.now()
            )
        )
    agent.plug(**{word: [lock(enterprise.uscc, name=word)]})
    with watched(browser, place.address) as tab:
        tab.route(f"{AGENT}/*", agent.answer)
        tab.set_viewport_size({"width": 320, "height": 844})
        look(
            tab,
            [
                "/portal/login",
                "/portal/login?by=lock",
                "/portal/register",
                "/portal/lost",
                "/portal/help",
                "/portal/nothing",
            ],
        )
        enter(place, tab, enterprise)
        look(
            tab,
            [
                "/portal",
                "/portal/information",
                "/portal/locks",
                "/portal/password",
                "/portal/requests",
                "/portal/help",
                loss_link(place, enterprise),
            ],
        )
        tab.goto("/login")
        tab.fill("[name=name]", "li")
        tab.fill("[name=password]", ADMINISTRATORS)
        tab.click("button.primary")
        tab.wait_for_url("**/today")
        look(tab, ["/enterprises", f"/enterprises/{enterprise.id}", "/certificates"])


def loss_link(place, enterprise):
    return f"/link/{place.link(LinkPurpose.LOSS, enterprise.id)}"


def look(tab, paths):
    for path in paths:
        tab.goto(path)
        if tab.locator("[data-reader]").count() and tab.locator("[data-reader]").is_visible():
            expect(tab.locator("[data-locks] input")).to_have_count(1)
        wide = tab.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert (path, wide[0]) == (path, wide[1])
