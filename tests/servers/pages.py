"""The site behind the server that a running desk has."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from web.http_bounds import bounded_server


def listening() -> tuple[socket.socket, str]:
    """A socket that listens on a free port of loopback,
    and its address without a slash at the end."""
    bound = socket.create_server(("127.0.0.1", 0))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def serving(
    app: ASGIApp, bound: socket.socket, most: int = 400, proxies: Sequence[str] = ()
) -> Iterator[uvicorn.Server]:
    """The app behind a real server, which ends with the block."""
    server = bounded_server(app, most, proxies)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield server
    finally:  # a test that failed must not keep its process alive
        server.should_exit = True
        thread.join(20)


def paths(app: FastAPI, method: str, kind: type[APIRoute] = APIRoute) -> set[str]:
    """The paths of a site's routes. What FastAPI includes stands within its own list of routes."""
    found, waiting = set(), list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, kind) and method in route.methods:
            found.add(route.path)
        waiting += list(
            getattr(route, "routes", None)
            or getattr(getattr(route, "original_router", None), "routes", ())
            or ()
        )
    return found


def portal_pages(app: FastAPI) -> list[str]:
    """The portal's pages that have an address of their own."""
    found = sorted(
        path for path in paths(app, "GET") if path.startswith("/portal") and "{" not in path
    )
    assert "/portal/login" in found
    return found
