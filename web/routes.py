"""Which pages a site has: the routes of all rooms. They are the same for every site of a process, and worked out once for all of them."""

from functools import cache

from fastapi import APIRouter, Depends
from starlette.routing import BaseRoute

from web import (
    attachments,
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
    paper_pages,
    people,
    reply_pages,
    reversal,
    second_factor,
    service,
    statistics,
    status_pages,
    today,
)
from web.console import from_its_networks
from web.openid import authorize, ending, endpoints, unbinding
from web.portal import account, checking, entrance, guide, locks, lost, making, papers

_EVERYBODY = (links, status_pages, service)
_CONSOLE = (
    login, case_list, case_page, reversal, case_actions, mail_pages, attachments, reply_pages, letter_pages, enterprise_pages,
    people, second_factor, calendar_pages, audit_pages, statistics, paper_pages, today,
)
_PORTAL = (entrance, locks, account, guide, lost, making, papers)
_PROOFS = (entrance, locks, account)
_DOOR = (authorize, endpoints, ending, unbinding)


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
