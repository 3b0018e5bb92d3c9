"""A harness for each fast test; one live server and one browser for the session."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from core.accounts.administrators import administrator_login
from core.accounts.administrators.second_factor_login import How
from core.data.tries import LoginSource
from core.keys.passwords import Argon2Passwords
from core.tokens import digest
from tests.servers.chromium import watched
from tests.servers.pages import listening, serving
from tests.web.harness import PASSWORD, Harness
from web.common.cookies import SESSION, cookie_name

CSRF = re.compile(r'name="(?:portal-)?csrf" (?:value|content)="([^"]+)"')


class Visitor(TestClient):
    """A client that finds the token of the page it saw last, as a browser would send it.

    It follows no redirect.
    """

    csrf = ""

    def __init__(self, app, **options) -> None:
        super().__init__(app, follow_redirects=False, **options)

    def see(self, path: str):
        return self._seen(self.get(path))

    def submit(self, path: str, **fields):
        return self.post(path, data={"csrf": self.csrf, **fields})

    def see_after(self, path: str, **fields):
        """Send a form and see the page that answers it."""
        return self._seen(self.submit(path, **fields))

    def enter_as(self, harness, name="wang"):
        """Take up a session as the login gives it; the form has tests of its own."""
        session = open_session(harness, name)
        self.cookies.set(
            cookie_name(harness.settings, SESSION), session, domain="testserver.local", path="/"
        )
        with harness.tx() as tx:
            self.csrf = tx.sessions.by_id(digest(session)).csrf

    def _seen(self, answer):
        found = CSRF.search(answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def log_in(self, name="wang", password=PASSWORD):
        self.see("/login")
        answer = self.submit("/login", name=name, password=password)
        self.see("/password")
        return answer


def open_session(harness, name="wang"):
    """The token of an administrator's new session."""
    with harness.tx() as tx:
        administrator = tx.administrators.by(name=name)
    here = LoginSource("127.0.0.1")
    return administrator_login.complete(harness.console, administrator, How.PASSWORD, here).token


def with_roles(harness, name, *roles):
    with harness.tx() as tx:
        tx.administrators.save(replace(tx.administrators.by(name=name), roles=frozenset(roles)))


def someone(harness, name, *roles):
    """A visitor who is logged in as an administrator with these roles."""
    harness.administrator(name)
    with_roles(harness, name, *roles)
    visitor = Visitor(harness.app)
    visitor.enter_as(harness, name)
    return visitor


def field(text, name):
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def doubts(text):
    """The doubts that a case's page names."""
    return [unescape(one) for one in re.findall(r'name="doubt" value="([^"]*)"', text)]


def act(admin, case, verb, **fields):
    """Do with a case what its page offers, as it was seen just now."""
    page = admin.see(f"/cases/{case.number}")
    return admin.submit(
        f"/cases/{case.number}/{verb}",
        version=field(page.text, "version"),
        **{"doubt": doubts(page.text), **fields},
    )


@pytest.fixture
def harness(tmp_path) -> Iterator[Harness]:
    harness = Harness(tmp_path)
    yield harness
    harness.store.close()


@pytest.fixture
def visitor(harness) -> Visitor:
    return Visitor(harness.app)


@pytest.fixture
def admin(harness, visitor) -> Visitor:
    harness.administrator()
    visitor.enter_as(harness)
    return visitor


@pytest.fixture
def queued(harness):
    """A complete request of a registered enterprise."""
    harness.register(1)
    return harness.request(1)


@pytest.fixture
def own(harness):
    """A complete request of the registered contact: it may be approved unseen."""
    harness.register(1, contact="handler1@example.com")
    return harness.request(1)


class Served(Harness):
    """A harness behind a real server. `address` ends without a slash."""

    address = ""


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    bound, address = listening()
    harness = Served(tmp_path_factory.mktemp("served"), Argon2Passwords(), base_url=address)
    harness.administrator()
    harness.address = address
    with serving(harness.app, bound):
        yield harness
    harness.store.close()


@pytest.fixture
def tab(browser, served) -> Iterator[Page]:
    """A fresh browser session."""
    with watched(browser, served.address) as page:
        yield page


@pytest.fixture
def case(served):
    """A complete request of the registered contact at the real server."""
    seed = served.fresh_seed()
    served.register(seed, contact=f"handler{seed}@example.com")
    return served.request(seed)


@pytest.fixture
def desk_tab(served, tab) -> Page:
    """The same with a session of wang's."""
    session = {"name": "unbind", "value": open_session(served), "url": served.address}
    tab.context.add_cookies([session])
    return tab
