"""From which address a request came, for limits that count by source. Who is believed about it: only proxies that config.yaml names.

`X-Forwarded-For` and `X-Forwarded-Proto` are read by uvicorn's ProxyHeadersMiddleware (web/server.py) for requests whose peer is a trusted
proxy: the source is then the last hop that is none. From everybody else the headers are ignored, because anybody can write them.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from fastapi import Request

UNKNOWN: Final = "unknown"
SITE_BITS: Final = 64
"""An IPv6 customer holds a /64 at least (RFC 6177), so its single addresses say nothing."""


def source_of(request: Request) -> str:
    """The client's address as text in its shortest form; an IPv4 address mapped into IPv6 as IPv4. `unknown` where there is none."""
    return plain_address(request.client.host) if request.client else UNKNOWN


def plain_address(text: str) -> str:
    """One spelling for each address; what is no address gives `unknown`, so that nobody makes up sources."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def prefix_of(address: str) -> str:
    """What a limit counts by: an IPv4 address as it is, of an IPv6 address its /64 (`2001:db8::/64`), any other text as it is."""
    plain = plain_address(address)
    if plain == UNKNOWN:
        return address
    return str(ip_network(f"{plain}/{SITE_BITS}", strict=False)) if ":" in plain else plain
