"""A trading system logs enterprises in through the desk:
what it is told, and what must not become a login."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from tests.accounts.entrance import PASSWORD
from tests.openid.conftest import ISSUER, ZHENGCAI, ZONGHE, Relying, onward, returned


def test_a_login_by_password_is_told_with_what_the_enterprise_is(
    harness, system, guest, enterprise
):
    tokens = system.log_in(guest)
    claims = system.claims(tokens["id_token"])
    now = int(harness.clock.now().timestamp())
    assert claims.pop("sub").isalnum()
    assert claims.pop("at_hash")
    assert claims.pop("sid")
    assert claims == {
        "iss": ISSUER,
        "aud": "zonghe",
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "amr": ["pwd"],
        "acr": "urn:unbind-desk:acr:password",
        "nonce": system.nonce,
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "can_sign_bids": False,
    }
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == (
        "Bearer",
        600,
        "openid profile",
    )
    assert "refresh_token" not in tokens


@pytest.mark.parametrize(("ca", "signs"), [("test", True), ("yizhengtong", False)])
def test_a_login_by_lock_is_told_with_the_system_of_the_binding_and_whether_it_signs_bids(
    harness, system, enterprise, ca, signs
):
    der = harness.lock_of(enterprise, ca=ca)
    guest = harness.visitor()
    answer = system.sends(guest)
    guest.see(answer.headers["location"])
    went = guest.prove(
        "login", "/portal/login/lock?" + answer.headers["location"].partition("?")[2], der
    ).json()["go"]
    claims = system.claims(system.token(returned(guest.get(went))["code"]).json()["id_token"])
    assert (claims["amr"], claims["acr"]) == (["hwk"], "urn:unbind-desk:acr:lock")
    assert (claims["system"], claims["can_sign_bids"]) == ("综合交易系统", signs)


def test_who_is_not_logged_in_logs_in_here_and_goes_on(harness, system, enterprise):
    guest = harness.visitor()
    answer = system.sends(guest)
    assert answer.headers["location"].startswith("/portal/login?next=%2Fopenid%2Fauthorize%3F")
    page = guest.see(answer.headers["location"])
    assert "登录后进入综合交易系统" in page.text
    query = answer.headers["location"].partition("?")[2]
    wrong = guest.submit(f"/portal/login?{query}", name=enterprise.name, password="wrong-wrong-1")
    assert (wrong.status_code, "登录后进入综合交易系统" in wrong.text) == (401, True)
    done = guest.submit(f"/portal/login?{query}", name=enterprise.name, password=PASSWORD)
    assert done.status_code == 200
    assert system.token(returned(guest.get(onward(done)))["code"]).status_code == 200


def test_who_is_not_logged_in_takes_no_turn_of_those_who_write(harness, system, monkeypatch):
    guest = harness.visitor()
    monkeypatch.setattr("core.store.store.Store.step", None)
    assert system.sends(guest).headers["location"].startswith("/portal/login?")
    assert "error=login_required" in system.sends(guest, prompt="none").headers["location"]


def test_one_login_serves_both_systems_under_one_subject(system, other, guest):
    first, second = (one.claims(one.log_in(guest)["id_token"]) for one in (system, other))
    assert first["sub"] == second["sub"]
    assert first["sid"] != second["sid"]


def test_two_tabs_each_come_back_to_their_own_system(harness, system, other, enterprise):
    guest = harness.visitor()
    pages = [one.sends(guest).headers["location"] for one in (system, other)]
    assert ["登录后进入综合交易系统" in guest.see(page).text for page in pages] == [True, False]
    done = guest.submit(
        f"/portal/login?{pages[0].partition('?')[2]}", name=enterprise.name, password=PASSWORD
    )
    assert returned(guest.get(onward(done)))["to"] == ZONGHE.redirect_uris[0]
    guest.see(pages[1])
    again = guest.submit(
        f"/portal/login?{pages[1].partition('?')[2]}", name=enterprise.name, password=PASSWORD
    )
    assert returned(guest.get(onward(again)))["to"] == ZHENGCAI.redirect_uris[0]


def test_a_browser_that_another_site_sends_gets_no_further_than_a_page_of_ours_that_goes_on(
    system, guest
):
    guest.cookies.clear()
    answer = guest.get(system.asks(), headers={"Sec-Fetch-Site": "cross-site"})
    assert onward(answer).startswith("/openid/authorize?")
    assert guest.get(system.asks(), headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_request_by_form_goes_on_as_one_by_address(system, guest):
    path, _, query = system.asks().partition("?")
    answer = guest.post(
        path, content=query, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert returned(guest.get(onward(answer)))["code"]


def test_userinfo_says_the_same_until_the_token_or_the_session_ends(
    harness, system, guest, enterprise
):
    tokens = system.log_in(guest)
    shown = {"Authorization": f"Bearer {tokens['access_token']}"}
    said = system.back.get("/openid/userinfo", headers=shown).json()
    assert said == {
        name: system.claims(tokens["id_token"])[name]
        for name in ("sub", "name", "uscc", "can_sign_bids")
    }
    harness.clock.at += timedelta(seconds=600)
    late = system.back.post("/openid/userinfo", headers=shown)
    assert (late.status_code, late.json()["error"]) == (401, "invalid_token")
    assert late.headers["www-authenticate"].startswith("Bearer")
    fresh = {"Authorization": f"Bearer {system.log_in(guest)['access_token']}"}
    assert system.back.get("/openid/userinfo", headers=fresh).status_code == 200
    with harness.tx() as tx:
        tx.logins.end_sessions(enterprise.id)
    assert system.back.get("/openid/userinfo", headers=fresh).status_code == 401
    assert system.back.get("/openid/userinfo").status_code == 401


# ---- prompt and max_age


def test_prompt_none_asks_nobody(harness, system, guest):
    assert returned(system.sends(harness.visitor(), prompt="none"))["error"] == "login_required"
    assert returned(system.sends(guest, prompt="none"))["code"]
    assert returned(system.sends(guest, prompt="none login"))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "wish", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}, {"max_age": "60"}]
)
def test_a_system_may_want_a_login_anew(harness, system, guest, enterprise, wish):
    harness.clock.at += timedelta(seconds=60)
    answer = system.sends(guest, **wish)
    query = answer.headers["location"].partition("?")[2]
    assert guest.see(answer.headers["location"]).status_code == 200, "though it is logged in"
    done = guest.submit(f"/portal/login?{query}", name=enterprise.name, password=PASSWORD)
    claims = system.claims(
        system.token(returned(guest.get(onward(done)))["code"]).json()["id_token"]
    )
    assert claims["auth_time"] == int(harness.clock.now().timestamp())


def test_the_mark_of_such_a_wish_is_no_one_elses(harness, system, guest):
    harness.clock.at += timedelta(seconds=60)
    location = system.sends(guest, prompt="login").headers["location"]
    path = unquote(location.partition("next=")[2])
    for forged in (
        path.replace("since=", "since=1"),
        path.partition("&since=")[0],
        path.replace("state=", "state=x"),
        path.replace("since=", "since=%C2%B2"),
    ):
        assert guest.get(forged).headers["location"].startswith("/portal/login"), forged
    with_none = system.sends(guest, prompt="none", max_age="60")
    assert returned(with_none)["error"] == "login_required"


# ---- who may not enter


def test_an_account_that_is_not_complete_is_refused_by_the_standards_error(harness, system):
    answer = system.sends(harness.entered(harness.enterprise(submitted=False)))
    assert returned(answer) == {
        "error": "access_denied",
        "error_description": "registration not complete",
        "state": system.state,
        "iss": ISSUER,
        "to": ZONGHE.redirect_uris[0],
    }


def test_a_frozen_account_and_a_lost_lock_are_out(harness, system, enterprise):
    der = harness.lock_of(enterprise)
    guest = harness.visitor()
    assert guest.log_in_by_lock(der).status_code == 200
    assert system.code(guest)
    with harness.tx() as tx:
        tx.bindings.mark(tx.bindings.of_enterprise(enterprise.id)[0].id, lost=True)
    assert system.sends(guest).headers["location"].startswith("/portal/login")
    with harness.tx() as tx:
        tx.accounts.save(replace(tx.accounts.get(enterprise.id), frozen_at=harness.clock.now()))
    assert (
        returned(system.sends(harness.entered(enterprise), prompt="none"))["error"]
        == "login_required"
    )


def test_giving_up_tells_the_system(harness, system):
    page = harness.visitor().see(system.sends(harness.visitor()).headers["location"])
    link = html.unescape(re.search(r'href="(/openid/cancel[^"]+)"', page.text)[1])
    assert returned(harness.visitor().get(link))["error"] == "access_denied"
    assert (
        harness.visitor().get(link.replace("zonghe.example.cn", "evil.example.cn")).status_code
        == 400
    )


def test_a_registration_that_was_sent_back_is_refused_too(harness, system):
    returned_one = harness.enterprise(submitted=False)
    with harness.tx() as tx:
        tx.accounts.save(replace(returned_one, information_returned="缺页"))
    assert (
        returned(system.sends(harness.entered(returned_one)))["error_description"]
        == "registration returned"
    )


# ---- hostile requests


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.cn/callback",
        "https://zonghe.example.cn/callback/",
        "https://zonghe.example.cn/callback?x=1",
        "https://zonghe.example.cn/CALLBACK",
        "https://zonghe.example.cn/callback#x",
        "http://zonghe.example.cn/callback",
        "https://zonghe.example.cn@evil.example.cn/callback",
        "//evil.example.cn",
        "",
        "https://zonghe.example.cn/callback\r\nX: y",
        "javascript:alert(1)",
        "https://zhengcai.example.cn/callback",
        'https://评.example.cn/"',
        None,
    ],
)
def test_a_redirect_uri_that_is_not_registered_letter_by_letter_is_never_followed(
    system, guest, redirect_uri
):
    answer = system.sends(guest, redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "ZONGHE"},
        {"client_id": "zonghe\x00"},
    ],
)
def test_an_unknown_system_gets_a_page(system, guest, changes):
    assert system.sends(guest, **changes).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://zonghe.example.cn/request.jwt"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"nonce": "n" * 501}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "9" * 400}, "invalid_request"),
        ({"max_age": "²"}, "invalid_request"),
    ],
)
def test_what_is_not_supported_is_told_to_the_system(system, guest, changes, error):
    answer = system.sends(guest, **changes)
    assert returned(answer)["error"] == error


def test_a_parameter_that_stands_twice_is_refused(system, guest):
    for twice in ("client_id=zonghe", "redirect_uri=https%3A%2F%2Fevil.example.cn"):
        assert guest.get(f"{system.asks()}&{twice}&here=1").status_code == 400
    for twice in (
        "state=y",
        "scope=openid",
        "response_type=code",
        "nonce=n",
        "prompt=none",
        "code_challenge=x",
    ):
        assert (
            returned(guest.get(f"{system.asks(prompt='none')}&{twice}&here=1"))["error"]
            == "invalid_request"
        ), twice
    with_two = {"grant_type": ["client_credentials"], "scope": ["accounts:read", "bindings:read"]}
    answer = system.back.post("/openid/token", data=with_two, auth=(ZONGHE.id, ZONGHE.secrets[0]))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_code_serves_once_and_coming_twice_ends_the_login_that_it_began(harness, system, guest):
    code = system.code(guest)
    tokens = system.token(code).json()
    shown = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert system.back.get("/openid/userinfo", headers=shown).status_code == 200
    replayed = system.token(code)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert system.back.get("/openid/userinfo", headers=shown).status_code == 401
    with harness.tx() as tx:
        assert any(entry.action == "system.code_replayed" for entry in tx.audit.entries())
        assert tx.alerts.find(families=["system"])
    assert guest.get("/portal").status_code == 200, "the enterprise is still logged in here"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "https://zonghe.example.cn/second?x=1"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "x" * 43}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_a_code_alone_opens_nothing(system, guest, changes, error):
    answer = system.token(**{"code": system.code(guest)} | changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "auth",
    [
        ("zonghe", "wrong"),
        ("zonghe", ""),
        ("nobody", "secret of zonghe"),
        ("zhengcai", "secret of zonghe"),
        ("zonghe", "密码"),
        (b"\xff\xfe", b"\xff"),
    ],
)
def test_without_its_secret_a_system_gets_nothing(system, guest, auth):
    answer = system.token(system.code(guest), auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_code_of_one_system_is_none_for_another(system, other, guest):
    stolen = system.code(guest)
    other.verifier = system.verifier
    assert (
        other.token(stolen, redirect_uri=ZONGHE.redirect_uris[0]).json()["error"] == "invalid_grant"
    )
    assert system.token(stolen).status_code == 200, "and it is not spoilt by that"


def test_a_code_is_short_lived_and_ends_with_its_session(harness, system, guest, enterprise):
    code = system.code(guest)
    harness.clock.at += timedelta(seconds=60)
    assert system.token(code).json()["error"] == "invalid_grant"
    code = system.code(guest)
    with harness.tx() as tx:
        tx.logins.end_sessions(enterprise.id)
    assert system.token(code).json()["error"] == "invalid_grant"


def test_a_login_page_leads_nowhere_else(harness, enterprise):
    for following in (
        "https://evil.example.cn/",
        "//evil.example.cn",
        "/openid/authorize?client_id=nobody",
        "/openid/authorizex?client_id=zonghe",
        "/cases",
        "/openid/authorize?client_id=zonghe" + "&x=1" * 2000,
        "javascript:alert(1)",
    ):
        guest = harness.visitor()
        guest.see("/portal/login?next=" + following)
        done = guest.post(
            "/portal/login",
            params={"next": following},
            data={"csrf": guest.csrf, "name": enterprise.name, "password": PASSWORD},
        )
        assert (following, done.status_code, done.headers.get("location")) == (
            following,
            303,
            "/portal",
        )


def test_secrets_may_come_in_the_form(system, guest):
    code = system.code(guest)
    answer = system.back.post(
        "/openid/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ZONGHE.redirect_uris[0],
            "code_verifier": system.verifier,
            "client_id": "zonghe",
            "client_secret": ZONGHE.secrets[0],
        },
    )
    assert answer.status_code == 200


def test_a_systems_own_token_is_for_its_scopes_only(harness, system, other):
    assert (
        system.own_token("accounts:read bindings:read").json()["scope"]
        == "accounts:read bindings:read"
    )
    for scope in ("", "openid", "accounts:read everything"):
        assert system.own_token(scope).json()["error"] == "invalid_scope", scope
    assert other.own_token().json()["error"] == "unauthorized_client"
    token = system.own_token().json()["access_token"]
    assert (
        system.back.get("/openid/userinfo", headers={"Authorization": f"Bearer {token}"}).json()[
            "error"
        ]
        == "insufficient_scope"
    )


def test_discovery_names_pages_that_are_there(harness, system):
    said = system.back.get("/.well-known/openid-configuration").json()
    assert said["issuer"] == ISSUER
    statuses = {
        name: system.back.get(url.removeprefix(ISSUER)).status_code
        for name, url in said.items()
        if name.endswith(("_endpoint", "_uri"))
    }
    assert statuses == {
        "authorization_endpoint": 200,
        "token_endpoint": 405,
        "userinfo_endpoint": 401,
        "jwks_uri": 200,
        "end_session_endpoint": 200,
    }
    [key] = system.back.get("/openid/keys").json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_without_a_system_there_is_no_door(harness):
    from web.application import create_app
    from web.common.site import Site

    bare = Relying(harness)
    bare.back = type(bare.back)(
        create_app(Site(harness.desk, harness.settings, front=harness.front)), base_url=ISSUER
    )
    for path in (
        "/.well-known/openid-configuration",
        "/openid/keys",
        bare.asks(),
        "/openid/logout",
    ):
        assert bare.back.get(path).status_code == 404
    assert "登录后进入" not in bare.back.get("/portal/login?next=" + bare.asks()).text
