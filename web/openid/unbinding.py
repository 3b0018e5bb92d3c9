"""Self-unbinding for a trading system: it sends the browser here, the lock signs afresh, and the
browser goes back with what became of it.

The address, the system's name and where to go back are checked as those of a login are. The act
itself is that of CA管理 (core.cases.accounts.bind).
"""

from typing import Annotated
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from core.data.trading_systems import System
from core.errors import DeskError
from web.openid.openid_requests import must_come_again
from web.portal.destination import UNBINDING, Destination, onward
from web.portal.lock_pages import ended_by
from web.portal.portal_answers import UnbindSent
from web.portal.visits import Anyone, Inside

router = APIRouter()

STRANGE = "返回的地址未登记，不能办理。请在本系统的“CA管理”中解除绑定。"
Words = Annotated[str, Query(max_length=2000)]


class Order:
    """A system's request. Raises DeskError where it is unknown, or the way back is not registered
    letter by letter."""

    def __init__(
        self, here: Anyone, client_id: Words = "", redirect_uri: Words = "", state: Words = ""
    ) -> None:
        system = here.door.systems.get(client_id)
        if system is None or redirect_uri not in system.redirect_uris:
            raise DeskError(STRANGE)
        self.system: System = system
        self.query = urlencode(
            {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
        )
        self._uri, self._state = redirect_uri, [("state", state)] if state else []

    def back(self, name: str, result: str) -> str:
        """The way back, with what became of it."""
        return str(add_params_to_uri(self._uri, [(name, result), *self._state]))


TheOrder = Annotated[Order, Depends()]


@router.get(UNBINDING)
def show(here: Anyone, order: TheOrder, mark: Annotated[str, Query(alias="here")] = "") -> Response:
    """The bound locks; who is not logged in logs in first."""
    if must_come_again(here, mark):
        return onward(here.site, f"{UNBINDING}?{order.query}&here=1")
    if here.visit is None:
        going = Destination("", order.query, UNBINDING)
        return RedirectResponse(f"/portal/login?{going.parameter}", 303)
    with here.view() as tx:
        bound = tx.bindings.of_enterprise(here.visit.enterprise.id)
    return here.page("unbinding", bound=bound, order=order)


@router.post(UNBINDING)
def unbind(here: Inside, order: TheOrder, sent: UnbindSent) -> Response:
    """End one binding by the lock's fresh signature, and go back."""
    ended = ended_by(here, sent)
    response = here.done(order.back("result", "unbound"))
    if ended.id == here.visit.session.binding_id:
        here.leave(response)
    return response
