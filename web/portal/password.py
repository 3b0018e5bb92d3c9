"""The first password of an enterprise that has none, with a signature of its lock (core.accounts.own_password)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.accounts.own_password import set_first_password
from core.accounts.passwords_rules import RULES_TEXT
from web.portal.answers import PasswordSent, ProofRoute, went
from web.portal.pages import portal_page
from web.portal.visits import TheFront, TheVisit, origin_of, require_own_challenge, require_sent_here
from web.site import TheSite

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)


@router.get("/password")
def show_password(request: Request, site: TheSite, visit: TheVisit) -> Response:
    """The form, or that there is a password."""
    return portal_page(request, site, "password", visit, rules=RULES_TEXT)


@proofs.post("/password")
def set_password(request: Request, site: TheSite, front: TheFront, visit: TheVisit, sent: PasswordSent) -> Response:
    """Set it."""
    require_sent_here(request, visit.csrf, sent.csrf)
    proof, origin = sent.proof(), origin_of(request, site, front)
    require_own_challenge(request, site, proof)
    set_first_password(front, visit.session, proof, origin, sent.password, sent.again)
    return went("/portal?done=password")
