"""Changing the contact address: by a lock's signature, or by the password where no lock is bound (core.cases.contact_change decides)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.accounts.contact import LONGEST_ADDRESS
from core.accounts.tries import Audience
from core.cases import contact_change
from core.errors import DeskError
from web.cookies import PORTAL, went
from web.devices import login_source_of
from web.failures import require_tries
from web.portal.account import bindings_of
from web.portal.answers import ContactSent, ProofRoute, gone_on
from web.portal.pages import portal_page
from web.portal.proofs import Inside
from web.portal.visits import PostedVisit, TheFront, TheVisit, Visit
from web.site import Site, TheSite

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)


@router.get("/contact")
def show_contact(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The address, the change that waits for its confirmation, and the form that fits the account."""
    return _page(request, site, front, visit)


@proofs.post("/contact/lock")
def ask_by_lock(here: Inside, sent: ContactSent) -> Response:
    """Ask for a change with a lock's signature over the new address."""
    proof, origin = here.proof(sent)
    contact_change.ask_by_lock(here.site.desk, here.front, here.visit.session, sent.address, proof, origin)
    return gone_on(here.site, "/portal", "contact")


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
    return went(site.settings, "/portal", "contact", audience=PORTAL)


def _page(request: Request, site: Site, front: TheFront, visit: Visit, status: int = 200, *, problem: str = "", address: str = "") -> Response:
    with site.desk.store.view() as tx:
        pending = contact_change.pending(tx, visit.enterprise.id, site.desk.clock.now())
    return portal_page(
        request, site, "contact", visit, status, problem=problem, address=address, bound=bindings_of(front, visit),
        pending=pending.after if pending else "",
    )
