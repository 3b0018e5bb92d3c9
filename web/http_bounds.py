"""uvicorn with bounds, as the desk runs it behind its own proxy.

The proxy is responsible for TLS, deadlines of clients and limits of one address (deploy/). Bounds
that a proxy cannot enforce are here: only proxies and this machine get an answer, and with too many
open connections the one idle for longest is closed. The deadline of a body is in
web/request_gate.py.
"""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.addresses import lies_in

KEEP_ALIVE_S = 5
LONGEST_HEADER_BYTES = 16 * 1024
STOPPING_S = 10  # for answers under way
ACCEPTED_AT_ONCE = 64
"""asyncio accepts so many connections in one turn of its loop, and reads each some turns later. It
must be below `most`, else a flood closes connections whose request has arrived but is not read."""
LOOPBACK = ("127.0.0.0/8", "::1")


class BoundedHttp(H11Protocol):
    """HTTP/1.1 of uvicorn, with at most `most` connections, all from the addresses and networks in
    `clients`."""

    def __init__(self, *, most: int, clients: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self._most, self._clients = most, clients

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self.since_s = self.loop.time()
        if not lies_in(transport.get_extra_info("peername")[0], self._clients):
            transport.abort()
        elif len(self.connections) > self._most:
            idle: list[Any] = [one for one in self.connections if _waits(one)]
            longest = min(idle, key=lambda one: one.since_s)
            self.connections.discard(longest)
            longest.transport.abort()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.since_s = self.loop.time()


def _waits(connection: Any) -> bool:
    """Whether the server waits for a request of this connection."""
    return connection.cycle is None or connection.cycle.response_complete


class BoundedServer(uvicorn.Server):
    """uvicorn's server, which answers a signal at once."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            print_stopping()
        super().handle_exit(sig, frame)


def print_stopping() -> None:
    """Write to stderr that the desk stops. Safe in a signal handler: nothing is buffered."""
    os.write(2, "\n正在停止… / stopping …\n".encode())


def bounded_server(
    app: ASGIApp, most_connections: int, proxies: Sequence[str] = ()
) -> uvicorn.Server:
    """The server of the site, to run with a bound socket.

    No request is logged: links in letters have a secret in their address, and junk would fill the
    log.
    """
    http = partial(BoundedHttp, most=most_connections, clients=(*LOOPBACK, *proxies))
    config = uvicorn.Config(
        app,
        http=http,  # type: ignore[arg-type]  # a maker of protocols, not a class
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOPPING_S,
        h11_max_incomplete_event_size=LONGEST_HEADER_BYTES,
    )
    return BoundedServer(config)
