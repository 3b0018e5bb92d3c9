"""No page of the portal has what axe-core calls a fault, light, and dark on a telephone."""

import pytest

from core.data.documents import Documents
from papers.paper_reading import Reading
from tests.accounts.entrance import lock
from tests.portal.conftest import at_address, enter
from tests.portal.test_papers import asking
from tests.servers.accessible import findings
from tests.servers.chromium import watched
from tests.servers.pages import portal_pages
from tests.thorough import share

pytestmark = pytest.mark.browser


@pytest.fixture
def place(tmp_path):
    with at_address(
        tmp_path, lambda harness: asking(harness, lambda _content: Reading(Documents()))
    ) as harness:
        yield harness


def test_axe_finds_nothing(place, browser):
    enterprise = place.enterprise(submitted=False)
    place.hold(enterprise, lock(enterprise.uscc, "k1"))
    with watched(browser, place.address) as tab:
        outside = look(place, tab)
        enter(place, tab, enterprise)
        inside = look(place, tab)
    assert (outside, inside) == ([], [])


def look(place, tab):
    """What axe finds on the pages that this visitor gets; the others lead to one of them."""
    shown = [
        path
        for path in portal_pages(place.app)
        if tab.request.get(path, max_redirects=0).status == 200
    ]
    assert len(shown) >= 6
    return [found for path in share(shown, 2) for found in findings(tab, path)]
