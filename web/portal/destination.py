"""Where a login leads: to the portal, or on to the trading system that sent the browser here.

Only a path of our own is ever followed.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from fastapi.responses import Response

from web.common.site import Site

AUTHORIZE = "/openid/authorize"
CANCEL = "/openid/cancel"
UNBINDING = "/portal/unbinding"
LONGEST = 6000


@dataclass(frozen=True)
class Destination:
    """The request of a system that waits for the login.

    `title`: the system's name; `page`: the path of our page that it requests.
    """

    title: str
    query: str
    page: str = AUTHORIZE

    @property
    def path(self) -> str:
        return f"{self.page}?{self.query}"

    @property
    def cancel(self) -> str:
        """Where it is given up; "" where that page itself says so."""
        return f"{CANCEL}?{self.query}" if self.page == AUTHORIZE else ""

    @property
    def parameter(self) -> str:
        """For addresses of the login page: `next=…`."""
        return f"next={quote(self.path, safe='')}"


def destination(site: Site, following: str) -> Destination | None:
    """The request of a trading system that the path `following` names; None where it names none:
    the login then leads to the portal."""
    path, _, query = following.partition("?")
    if path not in {AUTHORIZE, UNBINDING} or site.door is None or len(following) > LONGEST:
        return None
    system = site.door.systems.get(parse_qs(query).get("client_id", [""])[0])
    return Destination(system.title, query, path) if system else None


def onward(site: Site, path: str, title: str = "") -> Response:
    """A page of ours that goes on to a path of ours.

    Needed twice: a request that another site brought comes without our cookies, which are
    SameSite=Strict; and what a form leads to may not leave this site (form-action of the page
    policy), while this page may.
    """
    return site.page("onward.html", title=title, path=path)
