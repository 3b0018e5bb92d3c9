"""A harness with the door for two trading systems in it,
and a system that speaks OpenID Connect as one would by hand."""

import base64
import hashlib
import html
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from core.accounts.enterprises.enterprise_login import open_session
from core.data.trading_systems import Scope, System, SystemsSettings
from core.keys import jws
from core.locks.issuer_profiles import LockKind
from tests.accounts.entrance import PASSWORD, lock
from tests.portal.conftest import Guest, PortalHarness
from tests.servers.listening import Listening
from tests.web.conftest import Visitor
from web.application import create_app
from web.common.site import Site

ISSUER = "http://127.0.0.1"
ZONGHE = System(
    "zonghe",
    "综合交易系统",
    ("secret of zonghe",),
    ("https://zonghe.example.cn/callback", "https://zonghe.example.cn/second?x=1"),
    ("https://zonghe.example.cn/bye",),
    frozenset({Scope.ACCOUNTS, Scope.BINDINGS}),
    "https://zonghe.example.cn/logout",
    "https://zonghe.example.cn/events",
    ("whsec_" + base64.b64encode(b"k" * 24).decode(),),
)
ZHENGCAI = System(
    "zhengcai",
    "政府采购交易系统",
    ("secret of zhengcai",),
    ("https://zhengcai.example.cn/callback",),
    logout_url="https://zhengcai.example.cn/logout",
)
MAKE = jws.make
MADE = MAKE(datetime(2026, 11, 25, tzinfo=UTC))


@pytest.fixture(autouse=True)
def one_key(monkeypatch):
    """The same key each time: making one takes 50 ms and more."""
    monkeypatch.setattr(jws, "make", lambda now: replace(MADE, made_at=now))


class Browser(Guest):
    """Its pages have the issuer's origin."""

    def signature(self, purpose, der, account="", **changes):
        return super().signature(purpose, der, account, **{"origin": ISSUER} | changes)


class DoorHarness(PortalHarness):
    def __init__(self, folder, **settings) -> None:
        super().__init__(
            folder,
            origin=ISSUER,
            certificates=(
                LockKind(
                    title="测试CA",
                    can_sign_bids=True,
                    where_to_apply="",
                    phone="010-00000001",
                    drivers=(),
                ),
            ),
            **settings,
        )
        self.systems = SystemsSettings(
            ISSUER,
            {system.id: system for system in (ZONGHE, ZHENGCAI)},
            signing_profiles=frozenset({"test"}),
        )
        self.app = create_app(Site(self.desk, self.settings, front=self.front, door=self.systems))

    def visitor(self):
        return Browser(self.app, base_url=ISSUER)

    def lock_of(self, enterprise, **words):
        """The certificate of a lock that is bound to the enterprise."""
        der = lock(enterprise.uscc, **words)
        self.hold(enterprise, der)
        with self.tx() as tx:
            [bound] = tx.bindings.of_enterprise(enterprise.id)
            tx.bindings.note_certificate(
                bound.id, words.get("ca", "test"), self.clock.now() + timedelta(days=300)
            )
        return der

    def entered(self, enterprise, binding_id=None):
        """A browser of an enterprise that is logged in."""
        guest = self.visitor()
        with self.tx() as tx:
            guest.cookies.set(
                "unbind-portal",
                open_session(tx, self.front, enterprise.id, binding_id),
                domain="127.0.0.1",
                path="/",
            )
        return guest


class Relying:
    """A trading system: its requests, its secrets of one login."""

    def __init__(self, harness, system=ZONGHE) -> None:
        self.harness, self.system = harness, system
        self.back = Visitor(harness.app, base_url=ISSUER)
        self.verifier, self.state, self.nonce = (
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(8),
            secrets.token_urlsafe(8),
        )

    def asks(self, **changes):
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        fields = {
            "response_type": "code",
            "client_id": self.system.id,
            "redirect_uri": self.system.redirect_uris[0],
            "scope": "openid profile",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | changes
        return "/openid/authorize?" + urlencode(
            {name: value for name, value in fields.items() if value is not None}
        )

    def sends(self, guest, **changes):
        """The browser comes from the system, and goes on as a browser does."""
        return brought(guest, self.asks(**changes))

    def logs_out(self, guest, **fields):
        """The browser comes from the system to log out."""
        return brought(guest, "/openid/logout?" + urlencode(fields))

    def code(self, guest, **changes):
        fields = returned(self.sends(guest, **changes))
        assert (fields["state"], fields["iss"]) == (self.state, ISSUER)
        return fields["code"]

    def token(self, code, *, auth=None, **changes):
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.system.redirect_uris[0],
            "code_verifier": self.verifier,
        } | changes
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.back.post(
            "/openid/token", data=sent, auth=auth or (self.system.id, self.system.secrets[0])
        )

    def claims(self, id_token):
        keys = KeySet.import_key_set(self.back.get("/openid/keys").json())
        return jwt.decode(id_token, keys, ["RS256"]).claims

    def log_in(self, guest, **changes):
        answer = self.token(self.code(guest, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def own_token(self, scope="accounts:read"):
        return self.back.post(
            "/openid/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(self.system.id, self.system.secrets[0]),
        )


def brought(guest, path):
    """A browser that another site sends here, without the cookies of ours
    that are SameSite=Strict."""
    cookies = dict(guest.cookies.items())
    guest.cookies.clear()
    answer = guest.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    for name, value in cookies.items():
        guest.cookies.set(name, value, domain="127.0.0.1", path="/")
    return (
        guest.get(onward(answer), headers={"Sec-Fetch-Site": "same-origin"})
        if "http-equiv" in answer.text
        else answer
    )


def onward(answer):
    """Where a page of ours goes on to."""
    return html.unescape(
        re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)[1]
    )


def returned(answer):
    """What the browser brings back to the system."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.query).items()} | {
        "to": f"{parts.scheme}://{parts.netloc}{parts.path}"
    }


@pytest.fixture
def harness(tmp_path):
    harness = DoorHarness(tmp_path)
    yield harness
    harness.store.close()


@pytest.fixture
def heard():
    listening = Listening()
    yield listening
    listening.close()


@pytest.fixture
def system(harness):
    return Relying(harness)


@pytest.fixture
def other(harness):
    return Relying(harness, ZHENGCAI)


@pytest.fixture
def enterprise(harness):
    return harness.enterprise()


@pytest.fixture
def guest(harness, enterprise):
    """A browser that is logged in by password."""
    return harness.entered(enterprise)


__all__ = ["ISSUER", "PASSWORD", "ZHENGCAI", "ZONGHE", "Relying", "onward", "returned"]
