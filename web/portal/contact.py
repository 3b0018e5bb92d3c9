"""Changing the contact address: by a lock's signature, or by the password where no lock is bound (core.cases.contact_change decides)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.accounts.contact import LONGEST_ADDRESS
from core.accounts.tries import Audience
from core.cases import contact_change
from core.errors import DeskError
from web.devices import login_source_of
from web.portal.account import bindings_of
from web.portal.answers import ContactSent, ProofRoute, went
from web.portal.entrance import require_tries
from web.portal.pages import portal_page
from web.portal.visits import PostedVisit, TheFront, TheVisit, Visit, origin_of, require_own_challenge, require_sent_here
from web.site import Site, TheSite

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)


@router.get("/contact")
def show_contact(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The address, the change that waits for its confirmation, and the form that fits the account."""
    return _page(request, site, front, visit)


@proofs.post("/contact/lock")
def ask_by_lock(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: ContactSent) -> Response:
    """Ask for a change with a lock's signature over the new address."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    contact_change.ask_by_lock(site.desk, front, visit.session, sent.address, proof, origin)
    return went("/portal?done=contact")


@router.post("/contact")
def ask_by_password(
    request: Request, site: TheSite, front: TheFront, visit: PostedVisit,
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "", password: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Ask for a change with the password."""
    require_tries(request, site, site.portal_tries)
    login_source = login_source_of(request, site.settings, Audience.ENTERPRISE)
    try:
        contact_change.ask_by_password(site.desk, front, visit.session, address.strip(), password, login_source)
    except DeskError as error:
        return _page(request, site, front, visit, 422, problem=str(error), address=address)
    return RedirectResponse("/portal?done=contact", 303)


def _page(request: Request, site: Site, front: TheFront, visit: Visit, status: int = 200, *, problem: str = "", address: str = "") -> Response:
    with site.desk.store.transaction() as tx:
        pending = contact_change.pending(tx, visit.enterprise.id, site.desk.clock.now())
    return portal_page(
        request, site, "contact", visit, status, problem=problem, address=address, bound=bindings_of(front, visit),
        pending=pending.after if pending else "",
    )
