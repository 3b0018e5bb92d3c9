"""Logout by a trading system (OpenID Connect RP-Initiated Logout 1.0): ends the session here and
the logins of that session at all systems, which are notified.

With one of our ID tokens, which only the system has, the session in the token ends at once. Without
one, or if the browser is logged in by another session, the enterprise must confirm, because any
page could send a browser here. The address that the browser returns to must be in config.yaml
exactly.
"""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from core.data.trading_systems import System
from web.common.caller import Caller
from web.common.failures import failure_page
from web.common.site import Site
from web.openid.openid_requests import HERE, TheRequest, claims_of_hint, must_come_again
from web.portal.destination import onward
from web.portal.visits import Anyone, AnyoneWithForm, Guest, Visit

router = APIRouter()

LOGOUT = "/openid/logout"
RETURN_FIELDS = ("post_logout_redirect_uri", "state")
WRONG = "退出请求有误。请在本系统的页面退出登录。"
Words = Annotated[str, Form(max_length=4000)]


@router.get(LOGOUT)
@router.post(LOGOUT)
def log_out(here: Anyone, system_request: TheRequest) -> Response:
    """End the session of the ID token, or ask the enterprise to confirm the logout."""
    fields = system_request.form
    if must_come_again(here, system_request.ours.get(HERE)):
        return onward(here.site, f"{LOGOUT}?{urlencode([*system_request.pairs, (HERE, '1')])}")
    hint = fields.get("id_token_hint", "")
    claims = claims_of_hint(here, hint)
    client_id = fields.get("client_id", claims.get("aud", ""))
    if hint and client_id != claims.get("aud"):
        return failure_page(here.site, 400, "无法处理", WRONG, "/portal")
    system = here.door.systems.get(str(client_id))
    if not hint or not _end_session(here.site, here.visit, str(claims.get("sid", ""))):
        sent = {name: fields.get(name, "") for name in RETURN_FIELDS} | {"client_id": client_id}
        title = system.title if system else ""
        return Caller.page(replace(here, visit=None), "logout.html", title=title, kept=sent)
    url = _return_url(system, fields)
    response = RedirectResponse(url, 303) if url else _ended_page(here)
    if here.visit:  # else a cookie of the browser may belong to a session that was not checked
        here.leave(response)
    return response


@router.post("/openid/logout/confirmed")
def log_out_confirmed(
    here: AnyoneWithForm,
    client_id: Words = "",
    post_logout_redirect_uri: Words = "",
    state: Words = "",
) -> Response:
    """End the browser's session after the enterprise confirmed."""
    here.end_visit()
    fields = {"post_logout_redirect_uri": post_logout_redirect_uri, "state": state}
    url = _return_url(here.door.systems.get(client_id), fields)
    return here.leave(onward(here.site, url, "交易系统") if url else _ended_page(here))


def _end_session(site: Site, visit: Visit | None, sid: str) -> bool:
    """End the session of a login at a system, if it is still open. Returns False, and ends nothing,
    if the browser is logged in by another session."""
    with site.desk.step() as tx:
        login = tx.systems.by_id(sid)
        if visit and (login is None or login.session_sha256 != visit.session.token_sha256):
            return False
        if login:
            tx.logins.end_sessions(login.enterprise_id, login.session_sha256)
        return True


def _return_url(system: System | None, fields: dict[str, str]) -> str:
    """Where the system wants the browser to return; "" if that is none of its addresses."""
    uri = fields.get("post_logout_redirect_uri", "")
    if system is None or uri not in system.post_logout_uris:
        return ""
    state = fields.get("state")
    return str(add_params_to_uri(uri, [("state", state)])) if state else uri


def _ended_page(here: Guest) -> Response:
    text = "已退出本次登录；经此登录的各交易系统也随之退出。"
    return failure_page(here.site, 200, "已退出", text, "/portal/login", button="重新登录")
