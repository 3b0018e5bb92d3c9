"""No page offers an act that its route refuses to whoever sees the page."""

import re
from html.parser import HTMLParser

import pytest

from core.data.roles import RIGHTS, Role
from tests.web.conftest import someone
from tests.web.test_numbers_anywhere import world
from tests.web.walking import Walk
from web.common.rights import NEEDED

__all__ = ["world"]

PAGES = ("/", "/mails", "/letters", "/enterprises", "/certificates", "/alerts", "/calendar")
PAGES += ("/people", "/statistics", "/audit", "/today", "/password", "/second-factor")
RECORDS = ("/cases/{number}", "/mails/{mail_id}", "/enterprises/{enterprise_id}")


class Acts(HTMLParser):
    """The addresses to which a page's buttons post."""

    def __init__(self, page):
        super().__init__()
        self.found, self._form = set(), {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self._form = given
        submits = tag == "button" and given.get("type", "submit") == "submit"
        address = given.get("formaction") or self._form.get("action")
        if submits and address and self._form.get("method") == "post":
            self.found.add(address.partition("?")[0])

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = {}


def route_of(address):
    """The row of `web.common.rights` for an address: the one with the fewest parameters."""
    met = [
        route
        for route in NEEDED
        if route.startswith("POST ")
        and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.removeprefix("POST ")), address)
    ]
    return min(met, key=lambda route: route.count("{"), default=None)


@pytest.mark.parametrize("role", list(Role))
def test_no_page_offers_what_its_route_refuses(world, role):
    harness = world.harness
    world.registering()
    with harness.tx() as tx:
        walk = Walk(tx)
    visitor = someone(harness, "li", role)
    addresses = [*PAGES, *(one for path in RECORDS for one in walk.addresses(path))]
    answers = [(address, visitor.get(address)) for address in addresses]
    offered = {
        (route, NEEDED.get(route))
        for _, answer in answers
        if answer.status_code == 200
        for route in map(route_of, Acts(answer.text).found)
    }
    assert offered, "no form was found on any page"
    refused = sorted(str(route) for route, right in offered if right and right not in RIGHTS[role])
    assert not refused, (
        f"{role}: pages show forms for {refused}. "
        "Put them into {% if me.may(…) %} with the right of web/common/rights.py."
    )
