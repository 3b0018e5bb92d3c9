"""From which address a request came, for limits that count by source.

Who is believed about it: only proxies that config.yaml names.

`X-Forwarded-For` and `X-Forwarded-Proto` are read by uvicorn's ProxyHeadersMiddleware
(web/application.py) for requests whose peer is a trusted proxy: the source is then the last hop
that is none. From everybody else the headers are ignored, because anybody can write them.
"""

from fastapi import Request

from core.addresses import UNKNOWN, plain_address, prefix_of


def source_of(request: Request) -> str:
    """The client's address as text in its shortest form; an IPv4 address mapped into IPv6 as IPv4.

    `unknown` where there is none.
    """
    return plain_address(request.client.host) if request.client else UNKNOWN


def network_of(request: Request) -> str:
    """The key by which limits count a request: the client's IPv4 address, or the /64 of its IPv6
    address."""
    return prefix_of(source_of(request))
