"""What stands before every act that a lock signs: the request came from a page of ours, and the
challenge is one that this browser asked for.

A handler takes `Inside` or `Outside` and gets the proof from it in no other way; so none can leave
a check out. What the signature is worth, the use cases decide
(core.accounts.enterprises.lock_proof).
"""

from typing import Annotated

from fastapi import Depends, Request

from core.locks.challenge import Proof
from web.common.devices import EnterpriseSource
from web.common.sessions import require_own_form
from web.common.site import TheSite
from web.portal.portal_answers import ProofSent
from web.portal.visits import (
    AnyVisit,
    TheFront,
    TheVisit,
    Visit,
    origin_of,
    require_own_challenge,
    require_sent_publicly,
)


class Proving:
    """A request that carries a signature, from a page for everybody.

    `visit`: who is logged in there, if anybody.
    """

    def __init__(
        self,
        request: Request,
        site: TheSite,
        front: TheFront,
        visit: AnyVisit,
        login_source: EnterpriseSource,
    ) -> None:
        self.request, self.site, self.front, self.visit, self.login_source = (
            request,
            site,
            front,
            visit,
            login_source,
        )

    def proof(self, sent: ProofSent) -> tuple[Proof, str]:
        """The proof, and the origin that the lock signed for. Raises StrangeForm, EntryRefused."""
        self._require_own_page(sent)
        proof, origin = sent.proof(), origin_of(self.request, self.site, self.front)
        require_own_challenge(self.request, self.site, proof)
        return proof, origin

    def _require_own_page(self, sent: ProofSent) -> None:
        require_sent_publicly(self.request, self.site, self.visit, sent.csrf)


class ProvingInside(Proving):
    """The same from a page of an enterprise that is logged in;
    a session that ended is told before anything else."""

    visit: Visit

    def __init__(
        self,
        request: Request,
        site: TheSite,
        front: TheFront,
        visit: TheVisit,
        login_source: EnterpriseSource,
    ) -> None:
        super().__init__(request, site, front, visit, login_source)

    def _require_own_page(self, sent: ProofSent) -> None:
        require_own_form(self.request, sent.csrf, self.visit.csrf)


Outside = Annotated[Proving, Depends()]
Inside = Annotated[ProvingInside, Depends()]
