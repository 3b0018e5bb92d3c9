"""The page of a case's own link (core.cases.case_status): GET shows, POST asks to take the request back. Nothing on it is about a person."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from core.cases.case_status import ask_to_withdraw, case_of_link, status_of
from core.cases.objection import UNUSABLE
from core.errors import NotAllowed
from web.failures import require_tries
from web.sessions import PublicForm, public_page
from web.site import Site, TheSite

router = APIRouter(prefix="/status")


@router.get("/{number}/{token}")
def show_status(request: Request, site: TheSite, number: str, token: str) -> Response:
    """Where the case stands."""
    require_tries(request, site, site.link_tries)
    return _page(request, site, number, token)


@router.post("/{number}/{token}")
def withdraw(request: Request, site: TheSite, _form: PublicForm, number: str, token: str) -> Response:
    """Ask to take the request back."""
    require_tries(request, site, site.link_tries)
    try:
        ask_to_withdraw(site.desk, number, token)
    except NotAllowed as error:
        return _page(request, site, number, token, "" if str(error) == UNUSABLE else str(error))
    return RedirectResponse(f"/status/{number}/{token}", 303)


def _page(request: Request, site: Site, number: str, token: str, problem: str = "") -> Response:
    with site.desk.store.view() as tx:
        try:
            status = status_of(site.desk, case_of_link(tx, number, token))
        except NotAllowed:
            return site.pages.html("link_gone.html", 410)
    return public_page(request, site, "status.html", 409 if problem else 200, problem=problem, case=status, phone=site.settings.support_phone)
