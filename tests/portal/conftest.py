"""A harness with the portal in it, and visitors who come with locks of JSON: the rules of the
pages, fast. Real locks have test_browser_lock.py."""

import base64
import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from core.accounts.enterprises.enterprise_login import open_session
from core.data.enterprise import Binding
from lock_protocol import Purpose, signed_bytes
from tests.accounts.entrance import Entrance, lock
from tests.servers.pages import listening, serving
from tests.web.conftest import Visitor
from tests.web.harness import Harness
from web.application import create_app
from web.common.page_words import LABELS
from web.common.site import Site

ORIGIN = "http://testserver"


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


class PortalHarness(Harness):
    """A harness whose front desk judges locks of JSON."""

    def __init__(self, folder, *, origin=ORIGIN, per_minute=None, **settings) -> None:
        super().__init__(
            folder,
            base_url=origin,
            **settings,
            per_minute={"portal": 1000, "challenge": 1000} | (per_minute or {}),
        )
        self.entrance = Entrance(self.store)
        self.store.clock = self.clock
        self.front = replace(
            self.entrance.front,
            passwords=self.desk.passwords,
            settings=replace(self.entrance.front.settings, origin=origin),
        )
        self.entrance.front = self.front
        self.app = create_app(Site(self.desk, self.settings, front=self.front))

    def enterprise(self, **changes):
        return self.entrance.enterprise(**changes)

    def visitor(self) -> "Guest":
        return Guest(self.app)

    def bound(self, enterprise, key="k1", **changes):
        """The certificate of a lock that is bound to the enterprise."""
        der = lock(enterprise.uscc, key, **changes)
        guest = self.visitor()
        with self.tx() as tx:
            primary = next((b for b in tx.bindings.of_enterprise(enterprise.id) if b.primary), None)
        guest.enter(self, enterprise, primary.id if primary else None)
        assert guest.prove("bind", "/portal/locks/bind", der, enterprise.uscc).status_code == 200
        return der

    def hold(self, enterprise, der, *, primary=True):
        """The lock is bound to the enterprise as if it had been long ago;
        gives the token of a login by it."""
        certificate = self.front.verifier.verify(der, self.clock.now())
        binding = Binding(
            0,
            enterprise.id,
            certificate.serial,
            "测试CA SM2（国密）",
            primary,
            "综合交易系统",
            self.clock.now(),
            valid_until=certificate.not_after,
        )
        with self.tx() as tx:
            binding = replace(binding, id=tx.bindings.add(binding))
            assert tx.bindings.claim_lock(binding, {certificate.spki_sha256})
            return open_session(tx, self.front, enterprise.id, binding.id)

    def bindings(self, enterprise, *, ended=False):
        with self.tx() as tx:
            return tx.bindings.of_enterprise(enterprise.id, ended=ended)


class Guest(Visitor):
    """A browser with a lock plugged in."""

    def enter(self, harness, enterprise, binding_id=None):
        """Take up a session as the login gives it."""
        with harness.tx() as tx:
            self.cookies.set(
                "unbind-portal",
                open_session(tx, harness.front, enterprise.id, binding_id),
                domain="testserver.local",
                path="/",
            )
        self.see("/portal")

    def challenge(self, purpose, account="", **headers):
        return self.post(
            "/portal/challenge",
            json={"csrf": self.csrf, "purpose": purpose, "account": account},
            headers=headers,
        )

    def signature(self, purpose, der, account="", *, origin=ORIGIN, nonce=None):
        """What the agent would answer: the nonce and the lock's signature over it."""
        given = nonce or self.challenge(purpose, account).json()["nonce"]
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        words = json.loads(der)
        message = signed_bytes(origin, Purpose(purpose).value, raw, account)
        return {
            "nonce": given,
            "certificate": text(der),
            "signature": text(f"{words['uscc']}/{words['key']}".encode() + b"|" + message),
        }

    def tell(self, url, **fields):
        return self.post(url, json={"csrf": self.csrf, **fields})

    def prove(self, purpose, url, der, account="", **fields):
        return self.tell(url, **self.signature(purpose, der, account), **fields)

    def log_in_by_lock(self, der):
        self.cookies.clear()
        self.see("/portal/login")
        answer = self.prove("login", "/portal/login/lock", der)
        self.see("/portal")
        return answer

    def log_in_by_password(self, name, password):
        self.cookies.clear()
        self.see("/portal/login")
        answer = self.submit("/portal/login", name=name, password=password)
        self.see("/portal")
        return answer


@contextmanager
def at_address(folder, prepare=lambda _harness: None, **settings):
    """A harness behind a real server. `prepare`: what is done to it before."""
    bound, address = listening()
    harness = PortalHarness(folder, origin=address, **settings)
    harness.address = address
    prepare(harness)
    with serving(harness.app, bound):
        yield harness
    harness.store.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with at_address(tmp_path_factory.mktemp("place")) as harness:
        yield harness


def enter(harness, tab, enterprise):
    """The browser of a harness at an address is logged in,
    by the enterprise's lock where one is bound."""
    with harness.tx() as tx:
        bound = tx.bindings.of_enterprise(enterprise.id)
        token = open_session(tx, harness.front, enterprise.id, bound[0].id if bound else None)
    tab.context.add_cookies([{"name": "unbind-portal", "value": token, "url": harness.address}])


def told(tab, notice):
    """Wait until a page says that it was done."""
    expect(tab.locator("main[data-done] > .banner.good").first).to_have_text(
        LABELS["notice"]["enterprise"][notice]
    )
    tab.wait_for_load_state()


@pytest.fixture
def harness(tmp_path):
    harness = PortalHarness(tmp_path)
    yield harness
    harness.store.close()


@pytest.fixture
def enterprise(harness):
    return harness.enterprise()


@pytest.fixture
def guest(harness):
    return harness.visitor()


@pytest.fixture
def admin(harness):
    harness.administrator()
    visitor = Visitor(harness.app)
    visitor.enter_as(harness)
    return visitor
