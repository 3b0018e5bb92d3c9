"""The password of an enterprise: set or changed with a signature of its lock, or changed by the old one (core.cases.own_password)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.accounts.passwords_rules import RULES_TEXT
from core.accounts.tries import Audience
from core.cases import own_password
from core.errors import Busy, DeskError
from web.cookies import PORTAL, went
from web.devices import login_source_of
from web.failures import require_tries
from web.portal.account import bindings_of
from web.portal.answers import PasswordSent, ProofRoute, gone_on
from web.portal.entrance import keep_entry
from web.portal.pages import portal_page
from web.portal.proofs import Inside
from web.portal.visits import PostedVisit, TheFront, TheVisit, Visit
from web.site import Site, TheSite

router = APIRouter(prefix="/portal")
proofs = APIRouter(prefix="/portal", route_class=ProofRoute)

Typed = Annotated[str, Form(max_length=200)]


@router.get("/password")
def show_password(request: Request, site: TheSite, front: TheFront, visit: TheVisit) -> Response:
    """The forms that fit the account."""
    return _page(request, site, front, visit)


@proofs.post("/password/lock")
def set_by_lock(here: Inside, sent: PasswordSent) -> Response:
    """Set or change it with a lock."""
    proof, origin = here.proof(sent)
    login_source = login_source_of(here.request, here.site.settings, Audience.ENTERPRISE)
    entry = own_password.set_by_lock(here.site.desk, here.front, here.visit.session, proof, origin, sent.password, sent.again, login_source)
    response = gone_on(here.site, "/portal", "password")
    keep_entry(response, here.site, here.front, entry)
    return response


@router.post("/password")
async def change_by_password(
    request: Request, site: TheSite, front: TheFront, visit: PostedVisit, old: Typed = "", password: Typed = "", again: Typed = "",
) -> Response:
    """Change it by the old one. In the threads of logins: it hashes twice."""
    require_tries(request, site, site.portal_tries)
    login_source = login_source_of(request, site.settings, Audience.ENTERPRISE)
    try:
        entry = await site.portal_logins.run(
            lambda: own_password.change_by_password(site.desk, front, visit.session, old, password, again, login_source)
        )
    except Busy:
        raise
    except DeskError as error:
        return _page(request, site, front, visit, 422, str(error).replace("账号或密码", "原密码"))
    response = went(site.settings, "/portal", "password", audience=PORTAL)
    keep_entry(response, site, front, entry)
    return response


def _page(request: Request, site: Site, front: TheFront, visit: Visit, status: int = 200, problem: str = "") -> Response:
    return portal_page(request, site, "password", visit, status, rules=RULES_TEXT, bound=bindings_of(front, visit), problem=problem)
