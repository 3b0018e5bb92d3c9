"""A request as Authlib takes it: the adapter between its requests and those of our pages.

Our pages are asked by the host of `web.base_url` alone, so the address is that of the issuer. What
stands twice in a request is kept twice, and refused. A request that another site brought comes
without our cookies (SameSite=Strict); `must_come_again` tells which goes through a page of ours
first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from fastapi import Depends, Request

from core.accounts.systems import claims_of, keys_now
from core.data.trading_systems import SigningKey
from web.common.caller import OWN_SITES, Caller
from web.common.site import site_of
from web.portal.visits import Guest

Pairs = Sequence[tuple[str, str]]
HERE = "here"
"""The mark of a request that a page of ours brought."""
SINCE = "since"
"""When a login was requested, with a MAC."""
OURS = frozenset({HERE, SINCE})


class SystemRequest(OAuth2Request):
    """A request. `pairs`: the system's parameters, of the query or of the form, of which the first
    of a name counts; `ours`: those that our own pages put beside them."""

    payload: BasicOAuth2Payload

    def __init__(self, request: Request, issuer: str, pairs: Pairs) -> None:
        authorization = request.headers.get("authorization")
        headers = {"Authorization": authorization} if authorization else {}
        super().__init__(request.method, issuer, headers=headers)
        self.pairs = [pair for pair in pairs if pair[0] not in OURS]
        self.ours = {name: value for name, value in pairs if name in OURS}
        self.payload = BasicOAuth2Payload(dict(reversed(self.pairs)))
        self.scope = ""

    @property
    def form(self) -> dict[str, str]:
        found: dict[str, str] = self.payload.data
        return found

    @property
    def doubled(self) -> frozenset[str]:
        """The names that stand more than once, which no parameter may."""
        counts = Counter(name for name, _ in self.pairs)
        return frozenset(name for name, count in counts.items() if count > 1)


async def system_request(request: Request) -> SystemRequest:
    """The request that came. Of a POST its form counts, else its query. Asynchronous, so that it
    costs no thread."""
    if request.method == "POST":
        form = await request.form()
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    else:
        pairs = request.query_params.multi_items()
    issuer = Caller(request, site_of(request)).door.issuer
    return SystemRequest(request, issuer, pairs)


def must_come_again(here: Guest, mark: str | None) -> bool:
    """Whether another site brought this request, so that nobody knows yet who is logged in.
    `mark`: that of one that a page of ours brought."""
    brought = here.request.headers.get("sec-fetch-site", "cross-site") not in OWN_SITES
    return not here.visit and not mark and brought


def claims_of_hint(here: Caller, hint: str) -> Mapping[str, object]:
    """The claims of an ID token of ours that comes back, however old; nothing for any other. Not
    within a transaction."""
    claims = claims_of(hint, keys_of(here)) if hint else None
    return claims if claims and claims.get("iss") == here.door.issuer else {}


TheRequest = Annotated[SystemRequest, Depends(system_request)]


def keys_of(here: Caller) -> list[SigningKey]:
    """The signing keys, the oldest first; made where it is time. Not within a transaction."""
    return keys_now(here.desk.store, here.now)
