"""An enterprise's own pages: how far its account is and what comes next, and its information."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.accounts.certificate_end import ending
from core.accounts.enterprise import Binding
from core.accounts.front_desk import FrontDesk
from core.accounts.papers import KIND_WORDS
from core.accounts.registration import submit_information
from core.errors import DeskError
from web.cookies import PORTAL, went
from web.portal.pages import portal_page
from web.portal.visits import AnyVisit, PostedVisit, TheFront, TheVisit, Visit
from web.site import Site, TheSite

router = APIRouter(prefix="/portal")

Field = Annotated[str, Form(max_length=200)]


@router.get("")
def home(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The account, and the next step."""
    bindings, now = bindings_of(front, visit), front.clock.now()
    usable = [binding for binding in bindings if not binding.lost_at and (binding.valid_until is None or binding.valid_until > now)]
    return portal_page(request, site, "home", visit, bindings=bindings, usable=usable, ending=ending(bindings, now))


@router.get("/information")
def show_information(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The form of the enterprise's information."""
    return information_page(request, site, front, visit)


@router.post("/information")
def submit(
    request: Request, site: TheSite, front: TheFront, visit: PostedVisit,
    contact_name: Field = "", contact_phone: Field = "",
) -> Response:
    """Submit the enterprise's information."""
    name, phone = contact_name.strip(), contact_phone.strip()
    try:
        submit_information(front, visit.session, name, phone)
    except DeskError as error:
        return information_page(request, site, front, visit, 422, person=(name, phone), problem=str(error))
    return went(site.settings, "/portal", "information", audience=PORTAL)


@router.get("/help")
def explain(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    """What the published help page says of logging in and unbinding, for everybody."""
    return portal_page(request, site, "help", visit)


def information_page(request: Request, site: Site, front: FrontDesk, visit: Visit, status: int = 200, **facts: Any) -> Response:
    """The enterprise's information, with the papers that are asked for."""
    one = visit.enterprise
    with front.store.view() as tx:
        there = tx.papers.of_enterprise(one.id)
    shown = {"person": (one.contact_name, one.contact_phone), "problem": "", "asked": front.settings.papers, "there": there, "kinds": KIND_WORDS}
    return portal_page(request, site, "information", visit, status, **shown | facts)


def bindings_of(front: FrontDesk, visit: Visit, *, ended: bool = False) -> list[Binding]:
    """The locks of the enterprise, primary first."""
    with front.store.view() as tx:
        return tx.bindings.of_enterprise(visit.enterprise.id, ended=ended)
