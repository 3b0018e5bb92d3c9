"""The site behind the server that a running desk has."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from web.http_bounds import bounded_server

Result = TypeVar("Result")


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
        thread.join(40)


def in_loop(steps: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine; the driver of the browser tests has a loop in this thread."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, steps).result(60)


def paths(app: FastAPI, method: str) -> set[str]:
    """The paths of a site's routes."""
    return {route.path for route in routes(app, method)}


def routes(app: FastAPI, method: str) -> Iterator[APIRoute]:
    """A site's routes. What FastAPI includes stands within its own list of routes."""
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute) and method in route.methods:
            yield route
        waiting += list(
            getattr(route, "routes", None)
            or getattr(getattr(route, "original_router", None), "routes", ())
            or ()
        )


def portal_pages(app: FastAPI) -> list[str]:
    """The portal's pages that have an address of their own."""
    found = sorted(
        path for path in paths(app, "GET") if path.startswith("/portal") and "{" not in path
    )
    assert "/portal/login" in found
    return found
