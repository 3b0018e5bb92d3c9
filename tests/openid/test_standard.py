"""The requirements of the OpenID Basic OP profile beyond a plain login; the table of docs/OPENID.md
names these tests."""

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.accounts.entrance import PASSWORD
from tests.openid.conftest import ISSUER, ZONGHE, DoorHarness, Relying, onward, returned
from web.application import create_app
from web.common.site import Site

TOKEN = f"{ISSUER}/openid/token"
BASIC = (ZONGHE.id, ZONGHE.secrets[0])
OF_ITSELF = {"grant_type": "client_credentials", "scope": "accounts:read"}
"""The form by which a system requests a token of its own."""


def refusal(answer):
    return answer.status_code, answer.json()["error"]


# ---- userinfo


@pytest.fixture
def access(system, guest):
    return system.log_in(guest)["access_token"]


def test_userinfo_takes_the_token_by_header_and_by_body(system, access):
    back, by_header = system.back, {"Authorization": f"Bearer {access}"}
    answers = [
        back.get("/openid/userinfo", headers=by_header),
        back.post("/openid/userinfo", headers=by_header),
        back.post("/openid/userinfo", data={"access_token": access}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1


def test_userinfo_takes_one_token_and_none_from_the_address(system, access):
    back, by_header = system.back, {"Authorization": f"Bearer {access}"}
    twice = back.post("/openid/userinfo", headers=by_header, data={"access_token": access})
    assert refusal(twice) == (400, "invalid_request")
    twice = back.post("/openid/userinfo", data={"access_token": [access, access]})
    assert refusal(twice) == (400, "invalid_request")
    assert back.get(f"/openid/userinfo?access_token={access}").status_code == 401


def test_the_challenge_names_the_reason_to_who_showed_a_token(system, access):
    own = system.own_token().json()["access_token"]
    for headers, status, challenge in (
        ({}, 401, "Bearer"),
        ({"Authorization": "Basic eDp5"}, 401, "Bearer"),
        ({"Authorization": "Bearer x"}, 401, 'Bearer error="invalid_token"'),
        ({"Authorization": f"Bearer {own}"}, 403, 'Bearer error="insufficient_scope"'),
    ):
        for path in ("/openid/userinfo", f"/api/v1/accounts/{'0' * 32}/bindings"):
            answer = system.back.get(path, headers=headers)
            found = answer.status_code, answer.headers["www-authenticate"]
            assert found == (status, challenge), path


def test_head_is_answered_as_get(system, access):
    by_header = {"Authorization": f"Bearer {access}"}
    for path, headers, status in (
        ("/.well-known/openid-configuration", {}, 200),
        ("/openid/keys", {}, 200),
        ("/openid/userinfo", by_header, 200),
        ("/openid/userinfo", {}, 401),
        ("/openid/token", {}, 405),
    ):
        answer = system.back.head(path, headers=headers)
        assert (answer.status_code, answer.content) == (status, b""), path


# ---- tokens


def test_an_id_token_names_its_key_and_is_signed_by_rs256(system, guest):
    token = system.log_in(guest)["id_token"]
    assert jws.extract_compact(token.encode()).headers() == {
        "alg": "RS256",
        "typ": "JWT",
        "kid": system.back.get("/openid/keys").json()["keys"][0]["kid"],
    }
    assert system.back.get("/.well-known/openid-configuration").json()[
        "id_token_signing_alg_values_supported"
    ] == ["RS256"]


def test_without_a_nonce_there_is_none_in_the_id_token(system, guest):
    assert "nonce" not in system.claims(system.log_in(guest, nonce=None)["id_token"])


@pytest.mark.parametrize(
    "scope",
    [
        "openid profile",
        "openid email",
        "openid address",
        "openid phone",
        "openid profile email address phone",
        "profile openid",
    ],
)
def test_scopes_in_any_order_and_those_that_we_do_not_know_are_left_out(
    system, guest, enterprise, scope
):
    tokens = system.log_in(guest, scope=scope)
    assert set(tokens["scope"].split()) == {"openid", "profile"} & set(scope.split())
    assert system.claims(tokens["id_token"])["name"] == enterprise.name


def test_a_login_never_yields_a_token_for_the_api(system, guest):
    tokens = system.log_in(guest, scope="openid accounts:read bindings:read")
    assert tokens["scope"] == "openid"
    answer = system.back.get(
        f"/api/v1/accounts/{'0' * 32}",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wish",
    [
        {"display": "page"},
        {"display": "popup"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"login_hint": "foo@example.com"},
        {"extra": "foobar"},
        {"acr_values": "urn:unbind-desk:acr:lock 1 2"},
        {"claims": '{"userinfo":{"name":{"essential":true}}}'},
        {"max_age": "10000"},
    ],
)
def test_what_may_be_left_aside_hinders_no_login(system, guest, wish):
    assert system.log_in(guest, **wish)["id_token"]


# ---- id_token_hint


def test_a_hint_of_who_is_logged_in_is_answered_without_asking(harness, system, guest):
    hint = system.log_in(guest)["id_token"]
    assert returned(system.sends(guest, prompt="none", id_token_hint=hint))["code"]
    harness.clock.at += timedelta(hours=1)
    assert returned(system.sends(guest, prompt="none", id_token_hint=hint))["code"], (
        "it expired, and still says who"
    )


def test_a_hint_of_another_is_never_answered_with_who_is_logged_in(
    harness, system, guest, enterprise
):
    hint = system.log_in(guest)["id_token"]
    stranger = harness.enterprise()
    another = harness.entered(stranger)
    assert (
        returned(system.sends(another, prompt="none", id_token_hint=hint))["error"]
        == "login_required"
    )
    page = system.sends(another, id_token_hint=hint).headers["location"]
    query = page.partition("?")[2]
    another.see(page)
    again = another.submit(f"/portal/login?{query}", name=stranger.name, password=PASSWORD)
    assert returned(another.get(onward(again)))["error"] == "login_required"
    another.see(page)
    right = another.submit(f"/portal/login?{query}", name=enterprise.name, password=PASSWORD)
    assert returned(another.get(onward(right)))["code"]


def test_a_hint_that_is_no_id_token_of_the_system_is_refused(system, other, guest):
    hint = system.log_in(guest)["id_token"]
    for wrong in (hint[:-6] + "AAAAAA", "x", "", other.log_in(guest)["id_token"]):
        answer = returned(system.sends(guest, id_token_hint=wrong))
        assert (answer["error"], answer["state"]) == ("invalid_request", system.state)


# ---- who a system is


def test_a_new_secret_serves_beside_the_former_one(harness):
    zonghe = replace(ZONGHE, secrets=("the new secret", *ZONGHE.secrets))
    system = with_system(harness, zonghe)
    for secret, status in (("the new secret", 200), (ZONGHE.secrets[0], 200), ("another", 401)):
        own = system.back.post("/openid/token", data=OF_ITSELF, auth=(ZONGHE.id, secret))
        assert own.status_code == status


def with_system(harness, zonghe):
    door = replace(harness.systems, systems={"zonghe": zonghe})
    system = Relying(harness, zonghe)
    system.back = type(system.back)(
        create_app(Site(harness.desk, harness.settings, front=harness.front, door=door)),
        base_url=ISSUER,
    )
    return system


@pytest.fixture(
    params=[("RS256", RSAKey.generate_key, 2048), ("ES256", ECKey.generate_key, "P-256")],
    ids=lambda param: param[0],
)
def signing(request, harness):
    """A system that has keys in place of a secret, one of which it signs with."""
    algorithm, make, kind = request.param
    key = make(kind, {"kid": "one"}, private=True)
    keys = KeySet([key, make(kind, {"kid": "two"}, private=True)])
    zonghe = replace(ZONGHE, secrets=(), keys=json.dumps(keys.as_dict(private=False)))
    return with_system(harness, zonghe), key, algorithm


def assertion(signing, **changes):
    _, key, algorithm = signing
    facts = {"client_id": "zonghe", "token_endpoint": TOKEN, "header": {"kid": "one"}} | changes
    return private_key_jwt_sign(facts.pop("private_key", key), alg=algorithm, **facts)


def own_token(signing, text):
    assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    proof = {"client_assertion": text, "client_assertion_type": assertion_type}
    return signing[0].back.post("/openid/token", data=OF_ITSELF | proof)


def test_a_system_may_sign_who_it_is_once_each_time(signing):
    text = assertion(signing)
    assert own_token(signing, text).status_code == 200
    assert refusal(own_token(signing, text)) == (400, "invalid_client")
    assert own_token(signing, assertion(signing, token_endpoint=ISSUER)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint": "https://elsewhere.example.cn/token"},
        {"client_id": "nobody"},
        {"claims": {"sub": 1}},
        {"claims": {"sub": "zhengcai"}},
        {"issued_at": 1, "expires_at": int(time.time()) - 3600},
        {"claims": {"jti": None}},
        {"claims": {"exp": "never"}},
        {"claims": {"exp": float("nan")}},
    ],
)
def test_an_assertion_that_is_not_right_is_refused(signing, changes):
    assert refusal(own_token(signing, assertion(signing, **changes))) == (400, "invalid_client")


def test_only_its_own_keys_speak_for_a_system(signing, harness):
    _, key, algorithm = signing
    strange = type(key).generate_key(
        2048 if algorithm == "RS256" else "P-256", {"kid": "one"}, private=True
    )
    for text in (
        assertion(signing, private_key=strange),
        "x",
        "x.y.z",
        "e30.e30.",
        "a" * 9000,
    ):
        assert refusal(own_token(signing, text))[1] == "invalid_client", text
    by_secret = signing[0].back.post("/openid/token", data=OF_ITSELF, auth=BASIC)
    assert refusal(by_secret)[1] == "invalid_client"
    with_a_secret = (Relying(harness), key, algorithm)
    assert refusal(own_token(with_a_secret, assertion(signing)))[1] == "invalid_client"


# ---- limits


def test_tokens_are_limited_by_system_and_failures_by_address(tmp_path):
    harness = DoorHarness(tmp_path, per_minute={"token": 2})
    system = Relying(harness)
    wrong = {"data": OF_ITSELF, "auth": ("zonghe", "wrong")}
    answers = [system.back.post("/openid/token", **wrong) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    harness.clock.at += timedelta(minutes=1)
    assert [system.own_token().status_code for _ in range(2)] == [200, 200]
    harness.clock.at += timedelta(seconds=10)
    limited = system.own_token()
    assert refusal(limited) == (429, "temporarily_unavailable")
    assert limited.headers["retry-after"] == "50"
    assert refusal(system.back.post("/openid/token", **wrong))[0] == 401, "an address has its own"
    harness.store.close()


def test_userinfo_has_a_limit_of_its_own(tmp_path):
    harness = DoorHarness(tmp_path, per_minute={"userinfo": 2, "token": 1})
    system = Relying(harness)
    access = system.log_in(harness.entered(harness.enterprise()))["access_token"]
    by_header = {"Authorization": f"Bearer {access}"}
    answers = [system.back.get("/openid/userinfo", headers=by_header) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refusal(answers[2])[1] == "temporarily_unavailable"
    assert answers[2].headers["retry-after"] == "60"
    harness.store.close()
