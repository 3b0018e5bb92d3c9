"""What is checked before every act that a lock signs: the request came from a page of ours, and the
challenge is one that this browser asked for.

A handler takes `Inside` or `Outside` and gets the proof from it in no other way; so none can leave
a check out. What the signature is worth, the use cases decide
(core.accounts.enterprises.lock_proof).
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from core.accounts.front_desk import FrontDesk
from core.data.tries import Audience, LoginSource
from core.locks.challenge import Proof
from web.common.devices import login_source
from web.common.sessions import require_own_form
from web.common.site import Site, site_of
from web.portal.portal_answers import ProofSent
from web.portal.visits import (
    Visit,
    front_of,
    origin_of,
    require_own_challenge,
    require_sent_publicly,
    visit_of,
    visiting,
)


@dataclass(frozen=True, slots=True)
class Proving:
    """A request that carries a signature. `visit`: who is logged in, if anybody."""

    request: Request
    site: Site
    front: FrontDesk
    visit: Visit | None
    login_source: LoginSource

    def proof(self, sent: ProofSent) -> tuple[Proof, str]:
        """The proof, and the origin that the lock signed for. Raises StrangeForm, EntryRefused."""
        self.require_own_page(sent.csrf)
        proof, origin = sent.proof(), origin_of(self.request, self.site, self.front)
        require_own_challenge(self.request, self.site, proof)
        return proof, origin

    def require_own_page(self, csrf: str) -> None:
        """Raise StrangeForm unless a page of ours sent it."""
        require_sent_publicly(self.request, self.site, self.visit, csrf)


@dataclass(frozen=True, slots=True)
class ProvingInside(Proving):
    """The same from a page of an enterprise that is logged in."""

    visit: Visit

    def require_own_page(self, csrf: str) -> None:
        require_own_form(self.request, csrf, self.visit.csrf)


async def proving(request: Request) -> Proving:
    """From a page for everybody. One function, since each dependency costs a login its time."""
    site = site_of(request)
    front = await front_of(site)
    visit = await visit_of(request, site, front)
    source = login_source(request, site, Audience.ENTERPRISE)
    return Proving(request, site, front, visit, source)


async def proving_inside(request: Request) -> ProvingInside:
    """From a page of who is logged in. Raises NotAtPortal before anything else is looked at."""
    here = await proving(request)
    visit = await visiting(here.visit)
    return ProvingInside(request, here.site, here.front, visit, here.login_source)


Outside = Annotated[Proving, Depends(proving)]
Inside = Annotated[ProvingInside, Depends(proving_inside)]
