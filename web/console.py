"""Who may reach the administrators' pages at all: the networks of `web.administrators_from`. For everybody else there are no such pages."""

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from fastapi import Request

from core.addresses import UNKNOWN
from web.failures import NotFound
from web.site import TheSite
from web.source import source_of


async def from_its_networks(request: Request, site: TheSite) -> None:
    """Raise NotFound for a source outside of the networks; without any, everybody may come. Asynchronous, so that it costs no thread."""
    networks = site.settings.administrators_from
    if networks and not is_from(request, networks):
        raise NotFound


def is_from(request: Request, networks: Collection[str]) -> bool:
    """Whether a request comes from one of the addresses and networks."""
    source = source_of(request)
    return source != UNKNOWN and any(ip_address(source) in ip_network(network) for network in networks)
