"""CA管理: the locks of an enterprise. Each act needs a fresh signature; whose, the use cases decide (core.accounts.bind)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.accounts import bind
from core.accounts.certificate_end import ending
from core.accounts.enterprise import Binding
from core.accounts.front_desk import FrontDesk
from core.cases import lock_loss
from core.errors import EntryRefused
from web.portal.account import bindings_of
from web.portal.answers import ProofRoute, ProofSent, RenewSent, UnbindSent, went
from web.portal.entrance import rotated
from web.portal.pages import portal_page
from web.portal.visits import TheFront, TheVisit, Visit, forget_visit, origin_of, require_own_challenge, require_sent_here
from web.site import Site, TheSite

router = APIRouter(prefix="/portal/locks")
proofs = APIRouter(prefix="/portal/locks", route_class=ProofRoute)


@router.get("")
def show_locks(request: Request, site: TheSite, front: TheFront, visit: TheVisit, done: str = "") -> Response:
    """The bound locks, and those that were bound."""
    bindings = bindings_of(front, visit, ended=True)
    bound, ended = [b for b in bindings if not b.ended_at], [b for b in bindings if b.ended_at]
    primary = next((b for b in bound if b.primary), None)
    came_by_primary = primary is not None and visit.session.binding_id == primary.id
    return portal_page(
        request, site, "locks", visit, done=done, bound=bound, ended=ended, primary=primary, came_by_primary=came_by_primary,
        ending=ending(bound, front.clock.now()),
    )


@proofs.post("/bind")
def bind_lock(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: ProofSent) -> Response:
    """Bind the lock that signed: as primary, or as secondary beside it."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    _binding, token = bind.bind(front, visit.session, proof, origin)
    return rotated(site, front, "/portal/locks?done=bound", token)


@proofs.post("/unbind")
def unbind_lock(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: UnbindSent) -> Response:
    """End one binding. Who came in with that lock is out."""
    ended = ended_by_signature(request, site, front, visit, sent)
    if ended.id != visit.session.binding_id:
        return went("/portal/locks?done=unbound")
    response = went("/portal/login?by=lock&done=own_left" if bindings_of(front, visit) else "/portal/login?by=account&done=own")
    forget_visit(response, site.settings)
    return response


def ended_by_signature(request: Request, site: Site, front: FrontDesk, visit: Visit, sent: UnbindSent) -> Binding:
    """The binding that a fresh signature of a lock ended. Raises EntryRefused, also for one that is gone."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    try:
        return bind.unbind(front, visit.session, sent.binding_id, proof, origin)
    except LookupError as error:
        raise EntryRefused("lock.unbound", bind.GONE) from error


@proofs.post("/lost")
def report_lost(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: UnbindSent) -> Response:
    """Report one lock lost, by another one that signs. Who came in with the lost one is out."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    lock_loss.report_by_lock(site.desk, front, visit.session, sent.binding_id, proof, origin)
    if sent.binding_id != visit.session.binding_id:
        return went("/portal/locks?done=lost")
    response = went("/portal/login?by=lock&done=lost")
    forget_visit(response, site.settings)
    return response


@proofs.post("/renew")
def renew_lock(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: RenewSent) -> Response:
    """A renewed lock takes over from the one that signed."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    _binding, token = bind.renew(front, visit.session, proof, sent.renewed, origin)
    return rotated(site, front, "/portal/locks?done=renewed", token)
