"""No page of the portal has what axe-core calls a fault, light, dark and on a telephone."""

import pytest
from fastapi.routing import APIRoute

from core.cases.submission import Documents
from mail_intake.documents.reading import Reading
from tests.accounts.entrance import lock
from tests.portal.conftest import PortalHarness, watched
from tests.portal.test_papers import asking
from tests.servers.accessible import findings
from tests.servers.pages import listening, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def place(tmp_path):
    bound, address = listening()
    harness = PortalHarness(tmp_path, origin=address)
    harness.address = address
    asking(harness, lambda _content: Reading(Documents()))
    with serving(harness.app, bound):
        yield harness
    harness.store.close()


def addresses(app):
    """Pages of the portal that have an address of their own."""
    routes = [route for route in app.routes if isinstance(route, APIRoute) and "GET" in route.methods and "{" not in route.path]
    return [route.path for route in routes if route.path.startswith("/portal")]


def test_axe_finds_nothing(place, browser):
    enterprise = place.enterprise(submitted=False)
    token = place.hold(enterprise, lock(enterprise.uscc, "k1"))
    with watched(browser, place.address) as tab:
        outside = [found for address in addresses(place.app) for found in findings(tab, address)]
        tab.context.add_cookies([{"name": "unbind-portal", "value": token, "url": place.address}])
        inside = [found for address in addresses(place.app) for found in findings(tab, address)]
    assert (outside, inside) == ([], [])
