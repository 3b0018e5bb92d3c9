"""Self-unbinding for a trading system: it sends the browser here, the lock signs afresh, and the
browser goes back with what became of it.

The address, the system's name and where to go back are checked as those of a login are. The act
itself is that of CA管理 (core.accounts.enterprises.bind).
"""

from typing import Annotated, Final
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from core.data.trading_systems import System
from core.errors import DeskError
from web.common.site import TheSite
from web.openid.openid_requests import TheDoor, must_come_again
from web.portal.account_page import bindings_of
from web.portal.destination import UNBINDING, Destination, onward
from web.portal.lock_pages import ended_by_signature
from web.portal.portal_answers import ProofRoute, UnbindSent, gone_on
from web.portal.portal_pages import portal_page
from web.portal.proofs import Inside
from web.portal.visits import AnyVisit, TheFront, forget_visit

router = APIRouter()
proofs = APIRouter(route_class=ProofRoute)

STRANGE: Final = "返回的地址未登记，不能办理。请在本系统的“CA管理”中解除绑定。"
Words = Annotated[str, Query(max_length=2000)]


class Order:
    """What a system asks.

    Raises DeskError where it is unknown, or the way back is not registered letter by letter.
    """

    def __init__(
        self, door: TheDoor, client_id: Words = "", redirect_uri: Words = "", state: Words = ""
    ) -> None:
        system = door.settings.systems.get(client_id)
        if system is None or redirect_uri not in system.redirect_uris:
            raise DeskError(STRANGE)
        self.system: System = system
        self.query = urlencode(
            {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
        )
        self._uri, self._state = redirect_uri, state

    def back(self, **said: str) -> str:
        """The way back, with what became of it."""
        return str(
            add_params_to_uri(
                self._uri, [*said.items(), *([("state", self._state)] if self._state else [])]
            )
        )


TheOrder = Annotated[Order, Depends()]


@router.get(UNBINDING)
def show(
    request: Request,
    site: TheSite,
    front: TheFront,
    visit: AnyVisit,
    order: TheOrder,
    here: str = "",
) -> Response:
    """The bound locks; who is not logged in logs in first."""
    if must_come_again(request, visit, here):
        return onward(site, f"{UNBINDING}?{order.query}&here=1")
    if visit is None:
        return RedirectResponse(
            f"/portal/login?{Destination('', order.query, UNBINDING).parameter}", 303
        )
    bound = bindings_of(front, visit)
    return portal_page(
        request,
        site,
        "unbinding",
        visit,
        bound=bound,
        title=order.system.title,
        query=order.query,
        back=order.back(error="access_denied"),
    )


@proofs.post(UNBINDING)
def unbind(here: Inside, order: TheOrder, sent: UnbindSent) -> Response:
    """End one binding by the lock's fresh signature, and go back."""
    ended = ended_by_signature(here, sent)
    response = gone_on(here.site, order.back(result="unbound"))
    if ended.id == here.visit.session.binding_id:
        forget_visit(response, here.site.settings)
    return response
