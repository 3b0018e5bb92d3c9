"""No page of the console has what axe-core calls a fault, light, and dark on a telephone: each that has an address of its own, and one case, mail and enterprise."""

import pytest

from tests.servers.accessible import findings
from web.rights import NEEDED

pytestmark = pytest.mark.browser


@pytest.fixture
def addresses(served):
    seed = served.fresh_seed()
    served.register(seed)
    case = served.request(seed)
    with served.tx() as tx:
        (mail, *_) = tx.mails.find(limit=1)
    pages = [path for method, path in NEEDED if method == "GET" and not {"{", "."} & set(path)]
    return [*pages, f"/cases/{case.number}", f"/mails/{mail.id}", f"/enterprises/{case.enterprise_id}", "/login", "/no-such-page"]


def test_axe_finds_nothing(desk_tab, addresses):
    assert [found for address in addresses for found in findings(desk_tab, address)] == []
