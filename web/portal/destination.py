"""Where a login leads: to the portal, or on to the trading system that sent the browser here.

What a browser names as its destination is followed only where it is one of our own pages.
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
    """A page of ours that a trading system sent the browser to, and that wants a login first.

    `title`: the system's name. `page`: the path; `query`: its parameters.
    """

    title: str
    query: str
    page: str = AUTHORIZE

    @property
    def path(self) -> str:
        return f"{self.page}?{self.query}"

    @property
    def cancel(self) -> str:
        """Where the visitor cancels the login of the system; "" where the page cancels itself."""
        return f"{CANCEL}?{self.query}" if self.page == AUTHORIZE else ""

    @property
    def parameter(self) -> str:
        """For addresses of the login page: `next=…`."""
        return f"next={quote(self.path, safe='')}"


def destination(site: Site, following: str) -> Destination | None:
    """The destination of the parameter `next`; None where it is no page for a trading system that
    we know: the login then leads to the portal."""
    path, _, query = following.partition("?")
    if path not in {AUTHORIZE, UNBINDING} or site.door is None or len(following) > LONGEST:
        return None
    system = site.door.systems.get(parse_qs(query).get("client_id", [""])[0])
    return Destination(system.title, query, path) if system else None


def onward(site: Site, url: str, title: str = "") -> Response:
    """A page of ours that goes on by itself: to a path of ours, or to an address that a trading
    system registered. `title`: the name of that system.

    Needed twice: a request that another site caused comes without our cookies, which are
    SameSite=Strict; and the answer to a form may not lead to another site (form-action of the page
    policy), while this page may.
    """
    return site.page("onward.html", title=title, url=url)
