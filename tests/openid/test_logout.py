"""A trading system begins the logout: one session ends, and with it the logins at all systems; and
nobody is sent where config.yaml does not say."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from core.data.system_event import EventKind
from core.keys import jws
from tests.openid.conftest import ISSUER, MAKE, ZONGHE, Relying, onward, returned

BYE = ZONGHE.post_logout_uris[0]


def logged_out(guest):
    return guest.get("/portal").status_code == 303


def logouts(harness, system_id):
    with harness.tx() as tx:
        found = tx.events.next_for(f"logouts {system_id}", timedelta(hours=1), in_order=False)
        return [] if found is None else [(found.kind, json.loads(found.body)["sid"])]


@pytest.fixture(autouse=True)
def told(harness):
    """Both systems are told of logins that are over."""
    with harness.tx() as tx:
        tx.events.set_receivers(frozenset({"logouts zonghe", "logouts zhengcai"}))


@pytest.fixture
def hint(system, guest):
    return system.log_in(guest)["id_token"]


def test_an_id_token_ends_its_session_everywhere_and_leads_back(
    harness, system, other, guest, hint
):
    second = other.claims(other.log_in(guest)["id_token"])
    answer = system.logs_out(guest, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s&t")
    assert returned(answer)["state"] == "s&t"
    assert returned(answer)["to"] == BYE
    assert logged_out(guest)
    assert logouts(harness, "zhengcai") == [(EventKind.LOGOUT, second["sid"])]
    again = system.logs_out(guest, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert returned(again)["to"] == BYE, "whoever is logged out already goes back, too"


def test_an_id_token_that_expired_still_ends_its_session(harness, system, guest, hint):
    harness.clock.at += timedelta(hours=3)
    assert "已退出" in system.logs_out(guest, id_token_hint=hint).text
    assert logged_out(guest)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example.cn/",
        BYE + "/",
        BYE + "?x=1",
        "//evil.example.cn",
        "https://zonghe.example.cn/callback",
        "javascript:x",
        "",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(system, guest, hint, uri):
    answer = system.logs_out(guest, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert "evil" not in answer.text


def test_the_address_of_one_system_serves_no_other(system, other, guest):
    hint = other.log_in(guest)["id_token"]
    answer = other.logs_out(guest, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda hint: hint[:-6] + "AAAAAA",
        lambda hint: "x.y.z",
        lambda hint: hint.rpartition(".")[0] + ".",
        lambda hint: "a" * 9000,
    ],
)
def test_a_token_that_is_not_ours_ends_nothing(system, guest, hint, change):
    answer = system.logs_out(guest, id_token_hint=change(hint), post_logout_redirect_uri=BYE)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert not logged_out(guest)


def test_a_token_of_another_system_than_the_one_that_asks_ends_nothing(system, guest, hint):
    assert system.logs_out(guest, id_token_hint=hint, client_id="zhengcai").status_code == 400
    assert not logged_out(guest)


def test_the_token_of_somebody_else_asks_first_and_ends_nothing(harness, system, guest, hint):
    another = harness.entered(harness.enterprise())
    asked = system.logs_out(another, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert "退出登录？" in asked.text
    assert (logged_out(guest), logged_out(another)) == (False, False)
    another.csrf = another.cookies["unbind-form"]
    done = another.submit(
        "/openid/logout/confirmed", client_id="zonghe", post_logout_redirect_uri=BYE
    )
    assert onward(done) == BYE
    assert (logged_out(guest), logged_out(another)) == (False, True)


def test_a_link_to_the_page_behind_the_way_round_logs_nobody_else_out(harness, system, guest, hint):
    another = harness.entered(harness.enterprise())
    kept = dict(another.cookies.items())
    another.cookies.clear()  # as a browser does on the way from another site
    answer = another.get(
        "/openid/logout?" + urlencode({"id_token_hint": hint, "here": 1}),
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert "unbind-portal" not in answer.headers.get("set-cookie", "")
    another.cookies.update(kept)
    assert not logged_out(another)


def test_the_token_of_a_former_session_asks_first_too(harness, system, guest, enterprise, hint):
    with harness.tx() as tx:
        tx.logins.end_sessions(enterprise.id)
    again = harness.entered(enterprise)
    assert "退出登录？" in system.logs_out(again, id_token_hint=hint).text
    assert not logged_out(again)


def test_without_a_token_the_enterprise_is_asked(system, guest):
    system.log_in(guest)
    asked = guest.see(
        "/openid/logout?"
        + urlencode({"client_id": "zonghe", "post_logout_redirect_uri": BYE, "state": "<s>"})
    )
    assert "退出登录？" in asked.text
    assert not logged_out(guest)
    guest.csrf = guest.cookies["unbind-form"]
    done = guest.submit(
        "/openid/logout/confirmed", client_id="zonghe", post_logout_redirect_uri=BYE, state="<s>"
    )
    assert onward(done) == BYE + "?state=%3Cs%3E"
    assert logged_out(guest)


def test_without_our_own_form_nobody_is_logged_out(system, guest):
    fields = {"client_id": "zonghe", "csrf": "x" * 32}
    assert guest.post("/openid/logout/confirmed", data=fields).status_code == 403
    assert (
        guest.post(
            "/openid/logout", data={"client_id": "zonghe"}, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 200
    )
    assert not logged_out(guest)
    guest.see("/openid/logout")
    guest.csrf = guest.cookies["unbind-form"]
    strange = guest.submit(
        "/openid/logout/confirmed",
        client_id="zonghe",
        post_logout_redirect_uri="https://evil.example.cn/",
    )
    assert "evil" not in strange.text


def test_a_logout_at_the_portal_ends_the_logins_at_systems(harness, system, guest):
    sid = system.claims(system.log_in(guest)["id_token"])["sid"]
    guest.see("/portal")
    guest.submit("/portal/logout")
    assert logouts(harness, "zonghe") == [(EventKind.LOGOUT, sid)]


def test_the_keys_of_before_still_end_sessions(harness, system, guest, hint, monkeypatch):
    """A hint was signed by a key that has a successor by now."""
    monkeypatch.setattr(jws, "make", MAKE)
    harness.clock.at += timedelta(days=91)
    published = system.back.get("/openid/keys").json()["keys"]
    assert len(published) == 2
    assert system.claims(hint)["iss"] == ISSUER
    assert "已退出" in system.logs_out(guest, id_token_hint=hint).text
    fresh = Relying(harness)
    harness.clock.at += timedelta(hours=2)
    assert (
        fresh.claims(fresh.log_in(harness.entered(harness.enterprise()))["id_token"])["iss"]
        == ISSUER
    )
