"""A trading system that nobody here wrote: Apache with mod_auth_openidc logs an enterprise in, in
Chromium, by a lock (SoftHSM2) and by password.

Slow (one walk, some 20 s): what the rules are is tested fast elsewhere; here, that another's client
understands us. The system's clock is a minute behind ours.
"""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from core.cases.accounts.notify_systems import receivers_of, tell_systems
from core.data.enterprise import Enterprise
from core.data.trading_systems import System, SystemsSettings
from core.outgoing.couriers import HttpCourier
from tests.agent.conftest import screen  # noqa: F401  a fixture
from tests.portal.conftest import told
from tests.portal.test_browser_lock import NAME, PASSWORD, USCC, Place, choose, press
from tests.servers.apache import apache
from tests.servers.chromium import watched
from tests.servers.pages import serving
from tests.servers.ports import free_port
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Site

pytestmark = pytest.mark.browser
CLAIMS = ("sub", "name", "uscc", "system", "can_sign_bids", "amr", "auth_time", "sid")


class AMinuteAhead:
    """The desk's clock, as the system sees it."""

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=60)


class Systems:
    """The desk with its portal and agent, and the addresses of two systems."""

    def __init__(self, folder, display) -> None:
        self.place = Place(folder, display)
        self.place.harness.clock = self.place.harness.store.clock = AMinuteAhead()
        self.ports = {name: free_port() for name in ("zonghe", "zhengcai")}
        systems = {
            name: System(
                name,
                title,
                (f"a secret of {name}",),
                (f"http://127.0.0.1:{port}/oidc",),
                (f"http://127.0.0.1:{port}/bye.html",),
                logout_url=f"http://127.0.0.1:{port}/oidc?logout=backchannel",
            )
            for (name, port), title in zip(
                self.ports.items(), ("综合交易系统", "政府采购交易系统"), strict=True
            )
        }
        self.settings = SystemsSettings(
            self.place.address, systems, signing_profiles=frozenset({"generic"})
        )

    def app(self):
        web = WebSettings(
            secure_cookies=False,
            base_url=self.place.address,
            agent_url=self.place.agent_url,
            per_minute=PER_MINUTE | {"portal": 100},
        )
        return create_app(
            Site(self.place.harness.desk, web, front=self.place.front(), door=self.settings)
        )

    def tell(self):
        return tell_systems(
            self.place.harness.desk,
            receivers_of([*self.settings.systems.values()]),
            HttpCourier(self.settings.issuer),
        )

    def enterprise(self):
        with self.place.harness.tx() as tx:
            at = datetime(2026, 1, 1, tzinfo=UTC)
            one = tx.accounts.add(
                Enterprise(
                    0,
                    NAME,
                    USCC,
                    "赵联系",
                    "c@example.org",
                    "010-00000000",
                    at,
                    information_submitted=True,
                    password_set=True,
                )
            )
            tx.accounts.set_columns(
                one, password_hash=self.place.harness.desk.passwords.hash(PASSWORD)
            )


@pytest.fixture(scope="module")
def systems(tmp_path_factory, screen):  # noqa: F811
    systems = Systems(tmp_path_factory.mktemp("systems"), screen)
    systems.enterprise()
    systems.tell()
    with serving(systems.app(), systems.place.socket):
        yield systems
    systems.place.stop_agent()
    systems.place.harness.store.close()


@pytest.fixture
def relying(systems):
    """The addresses of both systems, each an Apache of its own."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                apache(
                    port,
                    issuer=systems.place.address,
                    system=name,
                    secret=f'"a secret of {name}"',
                    claims=CLAIMS,
                )
            )
            for name, port in systems.ports.items()
        }


def claims(tab):
    return {name: tab.locator(f"[data-claim={name}]").inner_text() for name in CLAIMS}


def test_a_system_of_somebody_else_logs_in_by_password_then_by_lock_and_one_logout_ends_both(
    systems, relying, browser
):
    place = systems.place
    with watched(browser, place.address) as tab:
        tab.goto(relying["zonghe"])
        expect(tab.locator("h1")).to_have_text("登录 · 综合交易系统")
        tab.locator("[data-tabs] [data-tab=account]").click()
        tab.fill("[name=name]", NAME)
        tab.fill("[name=password]", PASSWORD)
        press(tab, "登录")
        tab.wait_for_url(f"{relying['zonghe']}/")
        by_password = claims(tab)
        assert (by_password["name"], by_password["uscc"]) == (NAME, USCC)
        assert "pwd" in by_password["amr"]

        # the lock is bound; the session begins anew, by that lock
        tab.goto(f"{place.address}/portal/locks")
        choose(tab, "ECCARSA1")
        press(tab, "绑定此锁")
        place.type_pin()
        told(tab, "bound")
        assert systems.tell() == 1
        press(tab, "退出")
        tab.goto(relying["zonghe"])
        expect(tab.locator("h1")).to_have_text("登录 · 综合交易系统")
        tab.locator("[data-pane=lock]").wait_for()
        choose(tab, "ECCARSA1")
        press(tab, "CA登录")
        place.type_pin()
        tab.wait_for_url(f"{relying['zonghe']}/")
        by_lock = claims(tab)
        assert by_lock["sub"] == by_password["sub"]
        assert "hwk" in by_lock["amr"]
        assert by_lock["system"] == "综合交易系统"

        tab.goto(relying["zhengcai"])  # no second login
        tab.wait_for_url(f"{relying['zhengcai']}/")
        assert claims(tab)["sub"] == by_lock["sub"]
        assert claims(tab)["sid"] != by_lock["sid"]

        tab.goto(
            f"{relying['zonghe']}/oidc?logout={quote(relying['zonghe'] + '/bye.html', safe='')}"
        )
        tab.wait_for_url("**/bye.html*")
        tab.goto(f"{place.address}/portal")
        tab.wait_for_url("**/portal/login*")
        systems.tell()
        tab.goto(relying["zhengcai"])
        expect(tab.locator("h1")).to_have_text("登录 · 政府采购交易系统")
