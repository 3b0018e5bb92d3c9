"""Every route: who may see it, with which headers, and that no form acts without our own token."""

import re
import secrets
from dataclasses import replace

import pytest

from core.keys.vault import Vault
from core.store.store import Store
from tests.servers.databases import postgres_database
from tests.servers.pages import paths
from tests.web.conftest import Visitor
from tests.web.harness import Harness
from web.application import create_app
from web.common.page_settings import HealthLine, WebSettings
from web.common.site import Site

LINKS = {
    (method, path)
    for method in ("GET", "POST")
    for path in ("/link/{token}", "/status/{number}/{token}")
}
WAITING = {
    ("GET", "/login/second-factor"),
    *(("POST", f"/login/second-factor{end}") for end in ("", "/options", "/passkey")),
}
"""For whoever's login waits for the second factor: tests/web/test_second_factor.py."""
OPEN = (
    WAITING
    | {("GET", "/login"), ("POST", "/login"), ("GET", "/health"), ("GET", "/metrics")}
    | LINKS
)
STAND_INS = {
    "answer": "return",
    "administrator_id": "1",
    "passkey_id": "1",
    "window_id": "1",
    "picture": "pages",
    "act": "unlock",
    "enterprise_id": "1",
    "number": "JB20261125-0001",
    "mail_id": "1",
    "letter_id": "1",
    "paper_id": "1",
    "index": "0",
    "token": "x" * 43,
    "_act": "approve",
}


def routes(app, method):
    return sorted(path for path in paths(app, method) if (method, path) not in OPEN)


def filled(path):
    return re.sub(r"{(\w+)}", lambda name: STAND_INS[name[1]], path)


def test_without_a_login_every_page_sends_to_the_login(harness, visitor):
    harness.request(1)
    for path in routes(harness.app, "GET"):
        answer = visitor.get(filled(path))
        assert (path, answer.status_code) == (path, 303)
        assert answer.headers["location"].startswith("/login")


def test_without_a_login_no_form_acts(harness, visitor):
    for path in routes(harness.app, "POST"):
        assert (
            path,
            visitor.post(filled(path), data={"csrf": "x", "version": "1"}).status_code,
        ) == (path, 401)


def test_a_form_sent_after_the_login_ran_out_says_that_nothing_was_done_and_leads_back(
    harness, visitor
):
    path = f"/cases/{harness.request(1).number}/decline"
    answer = visitor.post(path, data={"csrf": "x", "version": "1"})
    assert "没有执行" in answer.text
    assert f"/login?next={path.replace('/', '%2F')}" in answer.text


def test_without_our_token_no_form_acts(harness, admin):
    case = harness.request(1)
    for path in routes(harness.app, "POST"):
        for fields in ({}, {"csrf": ""}, {"csrf": "x" * 32}, {"csrf": "令牌"}):
            answer = admin.post(filled(path), data={**fields, "version": "1", "reason": "x"})
            assert (path, fields, answer.status_code) == (path, fields, 403)
    assert harness.case(case.id) == case


def test_a_form_from_another_site_is_refused_even_with_the_token(harness, admin):
    for site in ("cross-site", "same-site"):
        answer = admin.post("/approve", data={"csrf": admin.csrf}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403


def test_the_token_of_one_session_is_none_for_another(harness, admin):
    other = Visitor(harness.app)
    other.log_in()
    assert other.post("/approve", data={"csrf": admin.csrf}).status_code == 403


def test_the_public_forms_want_cookie_and_field_alike(harness, visitor):
    harness.administrator()
    visitor.see("/login")
    token = visitor.csrf
    visitor.cookies.clear()
    assert (
        visitor.post("/login", data={"csrf": token, "name": "wang", "password": "x"}).status_code
        == 403
    )
    assert (
        visitor.post("/login", data={"csrf": "", "name": "wang", "password": "x"}).status_code
        == 403
    )


def test_every_answer_has_the_strict_headers(admin):
    strict = {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    for path in (
        "/",
        "/login",
        "/health",
        "/mails",
        "/letters",
        "/alerts",
        "/password",
        "/nothing",
        "/link/" + "x" * 43,
        "/cases/none",
        "/mails/1/pages/../x",
    ):
        headers = admin.get(path).headers
        policy = headers["content-security-policy"]
        assert (path, "default-src 'none'" in policy, "unsafe" in policy, "http" in policy) == (
            path,
            True,
            False,
            False,
        )
        assert (path, {name: headers[name] for name in strict}) == (path, strict)


def test_static_files_come_without_a_login_and_may_be_kept(visitor):
    for name, kind in (
        ("desk.css", "text/css"),
        ("desk.js", "javascript"),
        ("icon.svg", "image/svg"),
    ):
        answer = visitor.get(f"/static/{name}")
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        assert "max-age" in answer.headers["cache-control"]
    assert visitor.get("/static/../base.html").status_code == 404
    assert visitor.get("/static/%2e%2e/base.html").status_code == 404


def test_no_page_names_another_site_or_holds_inline_code(harness, admin):
    harness.register(1)
    case = harness.request(1)
    for path in (
        "/",
        "/login",
        f"/cases/{case.number}",
        "/mails?disposition=case",
        "/mails/1",
        "/letters?state=pending",
        "/password",
    ):
        text = admin.get(path).text
        assert not re.search(r"(src|href|action)=\"(https?:)?//", text)
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)


def test_there_is_no_list_of_the_interface(admin):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert admin.get(path).status_code == 404


def test_a_form_too_large_or_of_unknown_length_is_refused(harness, admin):
    assert (
        admin.post(
            "/approve", data={"csrf": admin.csrf, "seen": "1" * harness.settings.max_form_bytes}
        ).status_code
        == 413
    )
    assert (
        admin.post(
            "/approve",
            content=iter([b"csrf=x"]),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ).status_code
        == 411
    )


def test_an_unexpected_error_gives_a_number_and_keeps_its_words_to_itself(harness, capsys, caplog):
    harness.administrator()

    class Broken:
        def view(self, _kind=None):
            raise RuntimeError("身份证 119999199001011234")

        look = view

    desk = replace(harness.desk, store=Broken())
    visitor = Visitor(
        create_app(Site(desk, WebSettings(secure_cookies=False, base_url="http://testserver")))
    )
    visitor.cookies.set("unbind", "x")
    answer = visitor.get("/")
    assert answer.status_code == 500
    incident = re.search(r"事件编号 ([0-9a-f]{8})", answer.text)[1]
    # printed, or as a record where an earlier test began the desk's log
    logged = "".join([*capsys.readouterr(), caplog.text])
    assert answer.headers["x-request-id"] == incident
    assert incident in logged
    assert "119999199001011234" not in answer.text + logged
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("source", ["127.0.0.1", "::1", "10.0.0.6"])
def test_health_needs_no_login_and_tells_monitors_what_is_wrong(harness, source):
    harness.settings = replace(harness.settings, metrics_from=("10.0.0.6",))
    well = create_app(Site(harness.desk, harness.settings, lambda: [HealthLine("disk", ok=True)]))
    assert Visitor(well).get("/health").json() == {"ok": True}
    sick = create_app(
        Site(
            harness.desk,
            harness.settings,
            lambda: [
                HealthLine("calendar", ok=False, text="缺少 2027 年日历。"),
                HealthLine("disk", ok=True),
            ],
        )
    )
    answer = Visitor(sick).get("/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False}), (
        "a stranger learns nothing of what is not well"
    )
    answer = Visitor(sick, client=(source, 1)).get("/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "ok": False,
        "lines": [
            {"name": "calendar", "ok": False, "text": "缺少 2027 年日历。"},
            {"name": "disk", "ok": True, "text": ""},
        ],
    }


def test_strange_addresses_have_a_tidy_answer(admin):
    for path in (
        "/cases/%00",
        "/cases/" + "x" * 3000,
        "/mails/999999",
        "/mails/99999999999999999999",
        "/mails/x",
        "/mails?disposition=none",
        "/?state=none",
        "/?page=-5",
        "/?page=99999999999999999999",
        "/mails?before=99999999999999999999",
        "/letters?state=none",
        "/mails/1/pages/0",
        "/mails/1/pages/x",
        "/find?words=%F0%9F%98%80",
    ):
        answer = admin.get(path)
        assert (path, answer.status_code in {200, 400, 404}, "系统出错" in answer.text) == (
            path,
            True,
            False,
        )


def test_a_record_that_is_missing_is_not_found_and_an_error_of_ours_is_none_of_that(
    admin, monkeypatch
):
    assert admin.get("/enterprises/999").status_code == 404

    def broken(_here):
        raise KeyError("no record")

    monkeypatch.setattr("web.console.people._page", broken)
    assert admin.get("/people").status_code == 500


@pytest.mark.parametrize("place", ["/cases/%00", "/audit?number=%00"])
def test_a_control_character_that_postgresql_stores_nowhere_is_refused_in_words(tmp_path, place):
    store = Store(postgres_database(), Vault(secrets.token_bytes(32)))
    harness = Harness(tmp_path, store=store)
    harness.administrator()
    admin = Visitor(harness.app)
    assert admin.log_in().status_code == 303
    answer = admin.get(place)
    store.close()
    assert answer.status_code == 400
    assert "控制字符" in answer.text
