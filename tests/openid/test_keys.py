"""A signing key that leaked leaves at once: what it signed counts no more, and what the new one
signs counts from the first moment."""

from datetime import timedelta

import pytest
from joserfc.errors import JoseError

from core.accounts.systems import replace_key
from core.keys import jws
from tests.openid.conftest import MAKE


@pytest.fixture
def replaced(harness, monkeypatch):
    monkeypatch.setattr(jws, "make", MAKE)

    def act(*, at_once):
        return replace_key(harness.store, harness.clock.now(), "cli:root", at_once=at_once).kid

    return act


def published(system):
    return [key["kid"] for key in system.back.get("/openid/keys").json()["keys"]]


def test_a_leaked_key_is_gone_at_once(harness, system, guest, replaced):
    before = system.log_in(guest)["id_token"]
    [leaked] = published(system)
    fresh = replaced(at_once=True)
    assert published(system) == [fresh]
    with pytest.raises((JoseError, ValueError)):
        system.claims(before)
    assert "退出请求有误" in system.logs_out(guest, id_token_hint=before).text, (
        "a forged hint ends nobody's session"
    )
    assert system.claims(system.log_in(guest)["id_token"])["aud"] == "zonghe"
    with harness.tx() as tx:
        acts = [
            (entry.actor, entry.action, entry.detail["key"])
            for entry in tx.audit.entries()
            if entry.action.startswith("signing_key") and entry.actor != "desk"
        ]
    assert acts == [
        ("cli:root", "signing_key.made", fresh),
        ("cli:root", "signing_key.dropped", leaked),
    ]


def test_a_key_that_did_not_leak_is_followed_as_usual(harness, system, guest, replaced):
    before = system.log_in(guest)["id_token"]
    [former] = published(system)
    harness.clock.at += timedelta(minutes=1)
    fresh = replaced(at_once=False)
    assert published(system) == [former, fresh]
    assert system.claims(before)["aud"] == "zonghe"
    assert system.log_in(guest)["id_token"].split(".")[0] == before.split(".")[0], (
        "the former one signs for an hour more"
    )
