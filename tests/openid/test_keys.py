"""A signing key that leaked leaves at once: what it signed counts no more, and what the new one
signs counts from the first moment."""

import pytest
from joserfc.errors import JoseError

from core.accounts.systems import replace_keys
from core.keys import jws
from tests.openid.conftest import MAKE


def published(system):
    return [key["kid"] for key in system.back.get("/openid/keys").json()["keys"]]


def test_a_leaked_key_is_gone_at_once(harness, system, guest, monkeypatch):
    monkeypatch.setattr(jws, "make", MAKE)
    before = system.log_in(guest)["id_token"]
    [leaked] = published(system)
    fresh = replace_keys(harness.store, harness.clock.now(), "cli:root").kid
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
