"""The way in: the whole table of RULES.md section 7 through the pages,
and everything that must not become a login."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.data.letter import Centre
from core.data.link import LinkPurpose
from core.data.submission import Answer
from tests.accounts.entrance import PASSWORD, invent_uscc, lock
from tests.portal.conftest import ORIGIN, PortalHarness, text
from tests.servers.pages import routes
from web.portal.portal_answers import Sent

COOKIE = "unbind-portal"


def test_the_login_page_has_both_tabs_each_a_click_away(guest):
    page = guest.see("/portal/login")
    assert page.status_code == 200
    for words in ("CA登录", "账号登录", "切换到账号登录", "切换到CA登录", "解除绑定"):
        assert words in page.text
    assert "PIN" not in "".join(line for line in page.text.splitlines() if "<input" in line)


@pytest.mark.parametrize(
    ("by", "hidden"), [("lock", "account"), ("account", "lock"), ("", "lock"), ("nonsense", "lock")]
)
def test_a_tab_can_be_asked_for(guest, by, hidden):
    page = guest.get(f"/portal/login?by={by}").text
    assert f'data-pane="{hidden}" hidden' in page


@pytest.mark.parametrize(
    ("submitted", "bound", "method", "code"),
    [
        (False, False, "lock", "lock.not_bound"),
        (False, False, "password", None),
        (False, True, "lock", None),
        (False, True, "password", "password.use_lock"),
        (True, False, "lock", "lock.unbound"),
        (True, False, "password", None),
        (True, True, "lock", None),
        (True, True, "password", "password.use_lock"),
        (True, "unbound", "lock", "lock.unbound"),
        (True, "unbound", "password", None),
    ],
)
def test_who_comes_in(harness, guest, submitted, bound, method, code):
    enterprise = harness.enterprise(submitted=submitted)
    der = harness.bound(enterprise) if bound else lock(enterprise.uscc)
    if bound == "unbound":
        with harness.tx() as tx:
            tx.bindings.end([b.id for b in tx.bindings.of_enterprise(enterprise.id)])
    if method == "lock":
        answer = guest.log_in_by_lock(der)
        said = answer.json()
        assert (answer.status_code, said.get("go"), said.get("code")) == (
            (409, None, code) if code else (200, "/portal", None)
        )
    else:
        answer = guest.log_in_by_password(enterprise.name, PASSWORD)
        assert answer.status_code == (401 if code else 303)
        assert ("已绑定CA锁" in answer.text) == (code == "password.use_lock")
    assert (guest.get("/portal").status_code == 200) == (code is None)
    assert (COOKIE in guest.cookies) == (code is None)


def test_the_sentences_and_the_ways_out(harness, guest):
    one, two = harness.enterprise(submitted=True), harness.enterprise(submitted=False)
    unbound, never = (
        guest.log_in_by_lock(lock(one.uscc)).json(),
        guest.log_in_by_lock(lock(two.uscc)).json(),
    )
    assert unbound["message"] == "此锁未绑定任何企业"
    assert never["message"] == "证书未绑定，请绑定账号后登陆"
    for said in (unbound, never):
        assert ["切换到账号登录", "/portal/login?by=account"] in said["help"]["ways"]
    assert "解除绑定" in str(unbound["help"])


def test_the_cookie_is_for_this_host_and_no_script(tmp_path):
    harness = PortalHarness(tmp_path, secure_cookies=True)
    guest = harness.visitor()
    guest.base_url = "https://testserver"
    enterprise = harness.enterprise()
    cookie = guest.log_in_by_password(enterprise.name, PASSWORD).headers["set-cookie"]
    assert cookie.startswith("__Host-unbind-portal=")
    assert {"httponly", "samesite=strict", "secure", "path=/"} <= {
        part.strip().lower() for part in cookie.split(";")
    }
    harness.store.close()


def test_a_login_ends_the_session_before_it(harness, guest):
    enterprise = harness.enterprise()
    guest.log_in_by_password(enterprise.name, PASSWORD)
    first = guest.cookies[COOKIE]
    guest.submit("/portal/logout")
    assert guest.get("/portal").headers["location"] == "/portal/login"
    guest.log_in_by_password(enterprise.name, PASSWORD)
    second = guest.cookies[COOKIE]
    guest.get("/portal/login")
    guest.cookies.set("unbind-form", "a" * 32, domain="testserver.local", path="/")
    assert (
        guest.post(
            "/portal/login", data={"csrf": "a" * 32, "name": enterprise.name, "password": PASSWORD}
        ).status_code
        == 303
    )
    assert len({first, second, *[c.value for c in guest.cookies.jar if c.name == COOKIE]}) == 3
    stale = harness.visitor()
    stale.cookies.set(COOKIE, second)
    assert stale.get("/portal").status_code == 303


def test_a_session_ends_with_its_hours(harness, guest):
    enterprise = harness.enterprise()
    guest.log_in_by_password(enterprise.name, PASSWORD)
    harness.clock.at += timedelta(hours=7, minutes=59)
    assert guest.get("/portal").status_code == 200
    harness.clock.at += timedelta(minutes=1)
    assert guest.get("/portal").status_code == 303


def test_unbinding_ends_the_sessions_of_that_lock_at_the_next_request(harness, guest):
    enterprise = harness.enterprise()
    guest.log_in_by_lock(harness.bound(enterprise))
    assert guest.get("/portal/locks").status_code == 200
    with harness.tx() as tx:
        tx.bindings.end([b.id for b in tx.bindings.of_enterprise(enterprise.id)])
    assert guest.get("/portal/locks").status_code == 303
    answer = guest.tell("/portal/locks/bind", nonce="", certificate="", signature="")
    assert (answer.status_code, answer.json()["code"]) == (401, "session.gone")


def test_a_frozen_account_is_out_and_stays_out(harness, guest):
    from dataclasses import replace

    enterprise = harness.enterprise()
    guest.log_in_by_password(enterprise.name, PASSWORD)
    with harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=harness.clock.now()))
    assert guest.get("/portal").status_code == 303
    assert "冻结" in guest.log_in_by_password(enterprise.name, PASSWORD).text


@pytest.mark.parametrize("name", ["没有这家企业有限公司", "", "x" * 200, "' or 1=1 --", "名\x00字"])
def test_an_unknown_account_gets_the_answer_of_a_wrong_password(harness, guest, name):
    enterprise = harness.enterprise()
    wrong = guest.log_in_by_password(enterprise.name, "nope-nope-1")
    unknown = guest.log_in_by_password(name, "nope-nope-1")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "账号或密码不正确" in wrong.text
    assert "账号或密码不正确" in unknown.text


def test_five_wrong_passwords_lock_the_password_and_not_the_lock(harness, guest):
    enterprise = harness.enterprise()
    for left in (4, 3, 2, 1):
        assert (
            f"账号或密码不正确。还可尝试 {left} 次。"
            in guest.log_in_by_password(enterprise.name, "wrong-wrong-1").text
        )
    assert "账号被锁定" in guest.log_in_by_password(enterprise.name, "wrong-wrong-1").text
    locked = guest.log_in_by_password(enterprise.name, PASSWORD)
    assert "账号被锁定" in locked.text
    assert "切换到CA登录" in locked.text
    assert guest.log_in_by_lock(harness.bound(enterprise)).status_code == 200


def test_tries_are_limited_by_address(tmp_path):
    harness = PortalHarness(tmp_path, per_minute={"portal": 3, "challenge": 3})
    guest = harness.visitor()
    assert [guest.log_in_by_password("无", "x").status_code for _ in range(4)] == [
        401,
        401,
        401,
        429,
    ]
    guest.see("/portal/login")
    assert [guest.challenge("login").status_code for _ in range(4)] == [200, 200, 200, 429]
    limited = guest.challenge("login")
    assert (limited.json()["code"], limited.headers["retry-after"]) == ("limit", "60")
    harness.store.close()


def test_one_challenge_keeps_no_number_of_refused_certificates(tmp_path):
    harness = PortalHarness(tmp_path, per_minute={"challenge": 3})
    guest = harness.visitor()
    guest.see("/portal/register")
    nonce = guest.challenge("register").json()["nonce"]
    form = {"contact_name": "赵", "contact_email": "c@x.cn", "password": "x", "again": "x"}
    persons = [lock(invent_uscc(), kind="person") for _ in range(4)]
    answers = [
        guest.tell("/portal/register", **guest.signature("register", one, nonce=nonce), **form)
        for one in persons
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    with harness.tx() as tx:
        assert len(tx.refused_certificates.latest()) == 2
    harness.store.close()


def test_an_office_behind_one_address_logs_in_as_often_as_it_likes(tmp_path):
    harness = PortalHarness(tmp_path, per_minute={"portal": 2})
    enterprise = harness.enterprise()
    for _ in range(5):
        assert harness.visitor().log_in_by_password(enterprise.name, PASSWORD).status_code == 303
    guest = harness.visitor()
    tries = [
        guest.log_in_by_password(enterprise.name, word).status_code
        for word in ("wrong-wrong-1", PASSWORD, "wrong-wrong-2", PASSWORD)
    ]
    assert tries == [401, 303, 401, 429]
    harness.clock.at += timedelta(seconds=45)
    limited = guest.log_in_by_password(enterprise.name, PASSWORD)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "15")
    harness.store.close()


# ---- what must not become a login


@pytest.fixture
def signed(harness, guest):
    """A guest at the login page, the lock of an enterprise, and the signature it made."""
    der = harness.bound(harness.enterprise())
    guest.see("/portal/login")
    return guest.signature("login", der), der


def code_of(answer):
    return answer.json()["code"]


def test_a_signature_serves_once(guest, signed):
    proof, _ = signed
    assert guest.tell("/portal/login/lock", **proof).json() == {"go": "/portal"}
    assert code_of(guest.tell("/portal/login/lock", **proof)) == "challenge.gone"


def test_a_signature_of_yesterday_is_none(harness, guest, signed):
    harness.clock.at += timedelta(seconds=61)
    assert code_of(guest.tell("/portal/login/lock", **signed[0])) == "challenge.gone"


@pytest.mark.parametrize("purpose", ["register", "bind", "unbind", "renew"])
def test_a_signature_for_something_else_is_none(harness, guest, signed, purpose):
    _, der = signed
    other = harness.visitor()
    other.enter(harness, harness.enterprise())
    nonce = other.challenge(purpose, "x").json()["nonce"]
    for cookie in other.cookies.jar:
        if cookie.name == "unbind-challenge":
            guest.cookies.set(cookie.name, cookie.value, domain="testserver.local", path="/")
    answer = guest.tell("/portal/login/lock", **guest.signature("login", der, nonce=nonce))
    assert code_of(answer) == "challenge.gone"


def test_a_signature_for_another_page_is_none(guest, signed):
    _, der = signed
    answer = guest.tell(
        "/portal/login/lock",
        **guest.signature("login", der, origin="https://ggzy.evil.example.org"),
    )
    assert code_of(answer) == "signature.wrong"


def test_a_challenge_serves_no_page_of_another_origin(guest, signed):
    _, der = signed
    signature = guest.signature("login", der, origin="https://other.example.org")
    answer = guest.post(
        "/portal/login/lock",
        json={"csrf": guest.csrf, **signature},
        headers={"Origin": "https://other.example.org"},
    )
    assert code_of(answer) == "challenge.gone"


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", ORIGIN + ".example.org", ORIGIN.upper()]
)
def test_a_page_that_is_not_ours_gets_no_challenge(guest, origin):
    guest.see("/portal/login")
    answer = guest.challenge("login", Origin=origin)
    assert (answer.status_code, code_of(answer)) == (403, "origin.unknown")


def test_a_challenge_of_another_browser_is_none_here(harness, guest, signed):
    _, der = signed
    other = harness.visitor()
    other.see("/portal/login")
    stolen = other.challenge("login").json()["nonce"]
    assert (
        code_of(guest.tell("/portal/login/lock", **guest.signature("login", der, nonce=stolen)))
        == "challenge.gone"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"signature": text(b"nonsense")},
        {"certificate": text(lock("911199990000000000"))},
        {"nonce": text(bytes(56))},
    ],
)
def test_a_changed_proof_is_none(guest, signed, change):
    answer = guest.tell("/portal/login/lock", **signed[0] | change)
    assert answer.status_code == 409
    assert code_of(answer) in {"signature.wrong", "challenge.gone"}


@pytest.mark.parametrize(
    "change",
    [
        {"pin": "123456"},
        {"nonce": "***"},
        {"nonce": 5},
        {"certificate": ""},
        {"signature": None},
        {"beside": [text(b"x")] * 9},
        {"beside": "x"},
        {"certificate": text(b"x" * 20_000)},
    ],
)
def test_what_is_no_proof_is_refused_before_it_is_judged(guest, signed, change):
    answer = guest.tell("/portal/login/lock", **signed[0] | change)
    assert (answer.status_code, code_of(answer)) == (400, "request")


def test_only_json_of_our_own_page_counts(guest, signed):
    proof, _ = signed
    strange = guest.post("/portal/login/lock", json={"csrf": "f" * 32, **proof})
    assert (strange.status_code, code_of(strange)) == (403, "page.stale")
    elsewhere = guest.post(
        "/portal/login/lock",
        json={"csrf": guest.csrf, **proof},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert (elsewhere.status_code, code_of(elsewhere)) == (403, "page.stale")
    assert guest.post("/portal/login/lock", data={"csrf": guest.csrf, **proof}).status_code == 400
    assert (
        guest.post(
            "/portal/login", data={"csrf": "f" * 32, "name": "x", "password": "y"}
        ).status_code
        == 403
    )
    assert guest.tell("/portal/login/lock", **proof).status_code == 200


@pytest.mark.parametrize(
    ("purpose", "status"),
    [
        ("login", 200),
        ("register", 200),
        ("bind", 401),
        ("unbind", 401),
        ("renew", 401),
        ("doctor", 400),
        ("", 400),
    ],
)
def test_challenges_for_locks_of_an_account_need_a_login(guest, purpose, status):
    guest.see("/portal/login")
    assert guest.challenge(purpose).status_code == status


def test_a_challenge_says_what_the_lock_signs(harness, guest):
    enterprise = harness.enterprise()
    guest.enter(harness, enterprise)
    given = guest.challenge("bind", "somebody else's").json()
    assert (given["account"], given["purpose"], given["origin"], given["expires_s"]) == (
        enterprise.uscc,
        "bind",
        ORIGIN,
        60,
    )
    assert guest.challenge("unbind", "17").json()["account"] == "17"


def test_the_portal_alone_may_speak_to_the_agent(harness, guest):
    assert (
        "connect-src 'self' http://127.0.0.1:17583;"
        in guest.get("/portal/login").headers["content-security-policy"]
    )
    for path in ("/login", "/nothing", "/static/portal.js"):
        assert "connect-src 'self';" in guest.get(path).headers["content-security-policy"]


def test_the_help_is_for_everybody_and_names_mailbox_telephone_and_hours(tmp_path):
    told = {
        "mailbox": "support@example.org",
        "phone": "010-55550000",
        "qq": "100000001",
        "window": "每天 9:00—17:00",
    }
    harness = PortalHarness(tmp_path, centre=Centre(**told))
    guest = harness.visitor()
    for enter in (False, True):
        if enter:
            guest.enter(harness, harness.enterprise())
        page = guest.get("/portal/help").text
        assert 'id="unbinding"' in page
        assert [words in page for words in told.values()] == [True] * 4
    harness.store.close()


def test_every_way_out_leads_to_a_page(harness, guest):
    from web.portal.help import helps

    for address in {address for one in helps().values() for _, address in one["ways"]}:
        path, _, mark = address.partition("#")
        page = guest.get(path)
        assert page.status_code in {200, 303}, address
        assert not mark or f'id="{mark}"' in page.text


def test_without_a_front_desk_there_is_no_portal(harness):
    from web.application import create_app
    from web.common.site import Site

    guest = harness.visitor()
    guest = type(guest)(create_app(Site(harness.desk, harness.settings)))
    assert guest.get("/portal/login").status_code == 404
    assert "企业门户" not in guest.get("/login").text


@pytest.mark.parametrize("path", ["/portal", "/portal/information", "/portal/locks"])
def test_pages_of_an_account_need_a_login(guest, path):
    answer = guest.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal/login")


def test_an_administrator_is_nobody_at_the_portal_and_the_other_way_round(harness, admin, guest):
    assert admin.get("/portal").status_code == 303
    guest.log_in_by_password(harness.enterprise().name, PASSWORD)
    assert guest.get("/enterprises").headers["location"].startswith("/login")


def test_after_a_reset_by_link_the_way_in_is_a_click_away(harness, guest):
    enterprise = harness.enterprise(submitted=True)
    page = guest.get(link := f"/link/{harness.link(LinkPurpose.RESET, enterprise.id)}")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    done = guest.post(
        link, data={"csrf": token, "password": "blauwe-fiets-92", "again": "blauwe-fiets-92"}
    )
    assert 'href="/portal/login?by=account"' in done.text


@pytest.mark.parametrize("password_set", [False, True])
def test_an_unbinding_that_leaves_no_way_in_is_pointed_out_to_the_administrator(
    harness, guest, password_set
):
    """An imported account has no password: unbound without a reset,
    nobody can log in to bind the new lock."""
    enterprise_id = harness.register(1)
    with harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise_id), password_set=password_set))
    case = harness.request(1, reset=Answer.NO)
    harness.administrator()
    guest.log_in()
    assert ("企业无法登录" in guest.get(f"/cases/{case.number}").text) is not password_set


# ---- what a page says once


def test_what_was_done_is_said_once_on_the_portal_alone(harness, guest):
    enterprise = harness.enterprise(submitted=False)
    guest.enter(harness, enterprise)
    answer = guest.submit("/portal/logout")
    assert answer.headers["location"] == "/portal/login"
    assert "已退出。" not in guest.see("/login").text, "the console has words of its own"
    assert "已退出。" in guest.see("/portal/login").text
    assert "已退出。" not in guest.see("/portal/login").text
    assert "已退出。" not in guest.see("/portal/login?done=out").text
    guest.cookies.set("unbind-enterprise-notice", "<script>", domain="testserver.local", path="/")
    assert "data-done" not in guest.see("/portal/login").text


# ---- what stands before every act of a lock

TYPED = {"password": PASSWORD, "again": PASSWORD}
ACTS_OF_LOCKS = {
    "/portal/login/lock": {},
    "/portal/register": {"contact_name": "钱联系", "contact_email": "x@example.org", **TYPED},
    "/portal/password/lock": TYPED,
    "/portal/contact/lock": {"address": "x@example.net"},
    "/portal/locks/bind": {},
    "/portal/locks/unbind": {"binding_id": 1},
    "/portal/locks/lost": {"binding_id": 1},
    "/portal/locks/renew": {"renewed": text(b"x")},
}
WITHOUT_PROOF = {"/portal/challenge", "/portal/certificate"}


def test_no_act_of_a_lock_is_done_for_a_strange_page_or_a_challenge_of_another_browser(
    harness, guest
):
    of_scripts = {
        route.path
        for route in routes(harness.app, "POST")
        if isinstance(kind := route.endpoint.__annotations__.get("sent"), type)
        and issubclass(kind, Sent)
    }
    assert set(ACTS_OF_LOCKS) | WITHOUT_PROOF == of_scripts
    guest.enter(harness, harness.enterprise())
    challenge = text(harness.front.mac("any challenge").encode())
    for path, fields in ACTS_OF_LOCKS.items():
        sent = {"nonce": challenge, "certificate": text(b"x"), "signature": text(b"x"), **fields}
        assert (path, code_of(guest.post(path, json={"csrf": "of another page", **sent}))) == (
            path,
            "page.stale",
        )
        assert (path, code_of(guest.tell(path, **sent))) == (path, "challenge.gone")


def test_an_error_of_ours_is_no_refusal(harness, guest, monkeypatch):
    def broken(*_):
        raise KeyError("certificate")

    monkeypatch.setattr("web.portal.entrance_pages.verified_certificate", broken)
    guest.see("/portal/register")
    assert guest.tell("/portal/certificate", certificate=text(b"x")).status_code == 500
