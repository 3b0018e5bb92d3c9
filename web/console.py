"""Who may reach the administrators' pages at all: the networks of `web.administrators_from`. For everybody else there are no such pages."""

from fastapi import Request

from core.addresses import lies_in
from web.failures import NotFound
from web.site import TheSite
from web.source import source_of


async def from_its_networks(request: Request, site: TheSite) -> None:
    """Raise NotFound for a source outside of the networks; without any, everybody may come. Asynchronous, so that it costs no thread."""
    networks = site.settings.administrators_from
    if networks and not lies_in(source_of(request), networks):
        raise NotFound
