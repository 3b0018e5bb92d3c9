"""挂失 by the password, or by a link in a letter to the registered contact.

Both lead to the page of web.portal.links (core.cases.accounts.lock_loss).
"""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from core.cases.accounts import lock_loss
from core.errors import DeskError
from web.common.cookies import PORTAL, went
from web.common.devices import EnterpriseSource
from web.common.failures import failures_counted, require_tries
from web.common.site import Site, TheSite
from web.common.source import network_of
from web.portal.help import help_for
from web.portal.portal_answers import status_and_words
from web.portal.portal_pages import portal_page
from web.portal.visits import AnyVisit, TheFront, Visit, require_sent_publicly

router = APIRouter(prefix="/portal/lost")

Name = Annotated[str, Form(max_length=200)]


@router.get("")
def show_ways(request: Request, site: TheSite, visit: AnyVisit) -> Response:
    return _page(request, site, visit)


@router.post("/password")
async def ask_by_password(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: AnyVisit,
    login_source: EnterpriseSource,
    csrf: Annotated[str, Form()] = "",
    name: Name = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """By account and password: the page where the locks are chosen.
    Counted and threaded like a login."""
    require_sent_publicly(request, site, visit, csrf)
    try:
        with failures_counted(request, site, site.portal_tries):
            token = await site.portal_logins.run(
                lambda: lock_loss.ask_by_password(front, name.strip(), password, login_source),
            )
    except DeskError as error:
        status, code, message = status_and_words(error)
        return _page(
            request,
            site,
            visit,
            status if status == 503 else 401,
            problem=message,
            help=help_for(code),
            name=name,
        )
    return RedirectResponse(f"/link/{token}", 303)


@router.post("/letter")
async def ask_by_letter(
    request: Request,
    site: TheSite,
    _front: TheFront,
    visit: AnyVisit,
    csrf: Annotated[str, Form()] = "",
    name: Name = "",
) -> Response:
    """By a letter to the registered contact. What is answered, and after how long, is the same for
    every name; too many of one source are refused."""
    require_sent_publicly(request, site, visit, csrf)
    require_tries(request, site, site.portal_tries)
    started_s = time.monotonic()
    await site.portal_logins.run(
        lambda: lock_loss.ask_by_letter(site.desk, name.strip(), network_of(request))
    )
    await asyncio.sleep(max(site.settings.refusal_takes_s - (time.monotonic() - started_s), 0))
    return went(site.settings, "/portal/lost", "loss_letter", audience=PORTAL)


def _page(
    request: Request, site: Site, visit: Visit | None, status: int = 200, **facts: object
) -> Response:
    shown = {"problem": "", "help": None, "name": visit.enterprise.name if visit else ""} | facts
    return portal_page(request, site, "lost", visit, status, **shown)
