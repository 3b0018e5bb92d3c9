"""Which pages a site has: the routes of all rooms. They are the same for every site of a process, and worked out once for all of them."""

from functools import cache

from fastapi import APIRouter, Depends, Request
from starlette.routing import BaseRoute

from core.addresses import lies_in
from web import (
    audit_pages,
    calendar_pages,
    case_actions,
    case_list,
    case_page,
    enterprise_pages,
    letter_pages,
    links,
    login,
    mail_pages,
    people,
    reply_pages,
    second_factor,
    service,
    statistics,
    today,
)
from web.failures import NotFound
from web.openid import authorize, ending, endpoints, unbinding
from web.portal import account, checking, entrance, guide, locks, lost, making, papers
from web.site import TheSite
from web.source import source_of

_EVERYBODY = (links, service)
_CONSOLE = (
    login, case_list, case_page, case_actions, mail_pages, reply_pages, letter_pages, enterprise_pages, people, second_factor, calendar_pages,
    audit_pages, statistics, today,
)
_PORTAL = (entrance, locks, account, guide, lost, making, papers)
_PROOFS = (entrance, locks, account)
_DOOR = (authorize, endpoints, ending, unbinding)


async def from_its_networks(request: Request, site: TheSite) -> None:
    """Raise NotFound for an administrators' page asked for from outside of `web.administrators_from`; without any networks, everybody may come.

    Asynchronous, so that it costs no thread.
    """
    networks = site.settings.administrators_from
    if networks and not lies_in(source_of(request), networks):
        raise NotFound


@cache
def routes_of(*, portal: bool, reads: bool, door: bool) -> tuple[BaseRoute, ...]:
    """The routes of a site with the enterprises' portal, its reading of a request before it is sent, the door of the trading systems."""
    router = APIRouter()
    for module in _EVERYBODY:
        router.include_router(module.router)
    for console in (*(module.router for module in _CONSOLE), enterprise_pages.acts):
        router.include_router(console, dependencies=[Depends(from_its_networks)])
    if portal:
        for one in (*(module.router for module in _PORTAL), *(module.proofs for module in _PROOFS)):
            router.include_router(one)
    if portal and reads:
        router.include_router(checking.router)
    if door:
        for one in (*(module.router for module in _DOOR), unbinding.proofs):
            router.include_router(one)
    return tuple(router.routes)
