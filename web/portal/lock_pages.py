"""CA管理: the locks of an enterprise.

Each act needs a fresh signature; whose, the use cases decide (core.accounts.enterprises.bind).
"""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.accounts.enterprises import bind
from core.accounts.enterprises.certificate_end import ending
from core.cases.accounts import lock_loss
from core.data.enterprise import Binding
from core.errors import EntryRefused
from web.common.site import TheSite
from web.portal.account_page import bindings_of
from web.portal.entrance_pages import rotated
from web.portal.portal_answers import ProofRoute, ProofSent, RenewSent, UnbindSent, gone_on
from web.portal.portal_pages import portal_page
from web.portal.proofs import Inside, ProvingInside
from web.portal.visits import TheFront, TheVisit, forget_visit

router = APIRouter(prefix="/portal/locks")
proofs = APIRouter(prefix="/portal/locks", route_class=ProofRoute)

LOCKS: Final = "/portal/locks"


@router.get("")
def show_locks(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The bound locks, and those that were bound."""
    bindings = bindings_of(front, visit, ended=True)
    bound, ended = [b for b in bindings if not b.ended_at], [b for b in bindings if b.ended_at]
    primary = next((b for b in bound if b.primary), None)
    came_by_primary = primary is not None and visit.session.binding_id == primary.id
    return portal_page(
        request,
        site,
        "locks",
        visit,
        bound=bound,
        ended=ended,
        primary=primary,
        came_by_primary=came_by_primary,
        ending=ending(bound, front.clock.now()),
    )


@proofs.post("/bind")
def bind_lock(here: Inside, sent: ProofSent) -> Response:
    """Bind the lock that signed: as primary, or as secondary beside it."""
    _binding, token = bind.bind(here.front, here.visit.session, *here.proof(sent))
    return rotated(here.site, here.front, LOCKS, token, "bound")


@proofs.post("/unbind")
def unbind_lock(here: Inside, sent: UnbindSent) -> Response:
    """End one binding. Who came in with that lock is out."""
    ended = ended_by_signature(here, sent)
    if ended.id != here.visit.session.binding_id:
        return gone_on(here.site, LOCKS, "unbound")
    left = bool(bindings_of(here.front, here.visit))
    return _out(here, "lock" if left else "account", "own_left" if left else "own")


def ended_by_signature(here: ProvingInside, sent: UnbindSent) -> Binding:
    """The binding that a fresh signature of a lock ended.

    Raises EntryRefused, also for one that is gone.
    """
    proof, origin = here.proof(sent)
    try:
        return bind.unbind(here.front, here.visit.session, sent.binding_id, proof, origin)
    except LookupError as error:
        raise EntryRefused("lock.unbound", bind.GONE) from error


@proofs.post("/lost")
def report_lost(here: Inside, sent: UnbindSent) -> Response:
    """Report one lock lost, by another one that signs. Who came in with the lost one is out."""
    proof, origin = here.proof(sent)
    lock_loss.report_by_lock(
        here.site.desk, here.front, here.visit.session, sent.binding_id, proof, origin
    )
    if sent.binding_id != here.visit.session.binding_id:
        return gone_on(here.site, LOCKS, "lost")
    return _out(here, "lock", "lost")


@proofs.post("/renew")
def renew_lock(here: Inside, sent: RenewSent) -> Response:
    """A renewed lock takes over from the one that signed."""
    proof, origin = here.proof(sent)
    _binding, token = bind.renew(here.front, here.visit.session, proof, sent.renewed, origin)
    return rotated(here.site, here.front, LOCKS, token, "renewed")


def _out(here: ProvingInside, by: str, notice: str) -> Response:
    response = gone_on(here.site, f"/portal/login?by={by}", notice)
    forget_visit(response, here.site.settings)
    return response
