"""The web site of the desk, built from its arguments; nothing here chooses an adapter or reads
the clock of the machine. The routes of all rooms are the same for every site of a process, and
worked out once for all of them."""

from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.addresses import lies_in
from web import health_pages
from web.api import PATH as API
from web.api import create_api
from web.common.caller import Anybody
from web.common.failures import ANSWERED
from web.common.refusals import NotFound
from web.common.rendering import STATIC
from web.common.sessions import console
from web.common.site import Site
from web.common.source import source_of
from web.console import (
    audit_pages,
    calendar_pages,
    case_actions,
    case_list,
    case_page,
    console_login,
    enterprise_pages,
    ledger,
    letter_pages,
    live,
    mail_pages,
    people,
    reply_pages,
    search_page,
    second_factor_pages,
    statistics,
    today,
)
from web.guard import Guard
from web.openid import authorize, ending, endpoints, unbinding
from web.portal import (
    account_page,
    checking_page,
    entrance_pages,
    guide,
    links,
    lock_pages,
    lost_lock,
    making_page,
    paper_pages,
    portal_answers,
)

_EVERYBODY = (links, health_pages)
_CONSOLE = (
    today,
    live,
    case_list,
    search_page,
    case_page,
    case_actions,
    mail_pages,
    reply_pages,
    letter_pages,
    enterprise_pages,
    people,
    second_factor_pages,
    calendar_pages,
    audit_pages,
    statistics,
    ledger,
)
_PORTAL = (
    entrance_pages,
    lock_pages,
    account_page,
    guide,
    lost_lock,
    making_page,
    paper_pages,
    checking_page,
)
_DOOR = (authorize, endpoints, ending, unbinding)


async def from_its_networks(here: Anybody) -> None:
    """Raise NotFound for a source outside of `web.administrators_from`; without any, everybody may
    come. Asynchronous, so that it costs no thread."""
    networks = here.settings.administrators_from
    if networks and not lies_in(source_of(here.request), networks):
        raise NotFound


@cache
def _routes(*, portal: bool, door: bool) -> tuple[BaseRoute, ...]:
    """The routes of a site with the enterprises' portal, the door of the trading systems. The
    portal's are first: a route is found by trying one after the other, and logins are the most."""
    router, inside = APIRouter(), [Depends(from_its_networks)]
    if portal:
        for one in (*_PORTAL, *(_DOOR if door else ())):
            router.include_router(one.router)
    for module in _EVERYBODY:
        router.include_router(module.router)
    router.include_router(console_login.router, dependencies=inside)
    for module in _CONSOLE:
        router.include_router(module.router, dependencies=[*inside, Depends(console)])
    return tuple(router.routes)


def create_app(site: Site) -> FastAPI:
    """The site as an application. What the site has is there: the portal, /metrics, second factors
    of administrators, the door for the trading systems."""
    portal = site.front is not None
    routes = _routes(portal=portal, door=site.door is not None)
    app = FastAPI(
        title="Unbind Desk", docs_url=None, redoc_url=None, openapi_url=None, routes=list(routes)
    )
    app.state.site = site
    app.state.watch = live.Watch(site.desk)
    if portal:
        app.mount(API, create_api(site))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for kind in ANSWERED:
        app.add_exception_handler(kind, portal_answers.answer)
    app.add_middleware(Guard, site=site)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(site.settings.trusted_proxies))
    return app
