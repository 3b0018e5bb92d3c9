"""挂失 by the password, or by a link in a letter to the registered contact.

Both lead to the page of web.portal.links (core.cases.accounts.lock_loss).
"""

import asyncio
import time

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from core.cases.accounts import lock_loss
from core.errors import DeskError
from web.common.site import Line, Secret
from web.common.source import network_of
from web.portal.entrance_pages import password_refusal
from web.portal.visits import Anyone, AnyoneWithForm, Guest

router = APIRouter(prefix="/portal/lost")


@router.get("")
def show_ways(here: Anyone) -> Response:
    return _page(here)


@router.post("/password")
async def ask_by_password(here: AnyoneWithForm, name: Line = "", password: Secret = "") -> Response:
    """By account and password: the page where the locks are chosen. Counted like a login."""
    try:
        token = await here.try_password(
            lambda: lock_loss.ask_by_password(here.front, name, password, here.source)
        )
    except DeskError as error:
        status, refusal = password_refusal(error, name)
        return _page(here, status, **refusal)
    return RedirectResponse(f"/link/{token}", 303)


@router.post("/letter")
async def ask_by_letter(here: AnyoneWithForm, name: Line = "") -> Response:
    """By a letter to the registered contact. What is answered, and after how long, is the same for
    every name; too many of one source are refused."""
    here.count_try("portal")
    started_s, network = time.monotonic(), network_of(here.request)
    await here.site.portal_logins.run(lambda: lock_loss.ask_by_letter(here.desk, name, network))
    await asyncio.sleep(here.rest_s(started_s))
    return here.done("/portal/lost", "loss_letter")


def _page(here: Guest, status: int = 200, **facts: object) -> Response:
    name = here.visit.enterprise.name if here.visit else ""
    return here.page("lost", status, **{"name": name} | facts)
