"""`pytest -p tests.slow_pages -m browser`: pages come in pieces, scripts, pictures and answers to
scripts come late, as on a busy machine. A test that asks a page too early fails."""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.servers import pages

PIECES, BETWEEN_S, LATE_S = 4, 0.15, 0.4
LATE = ("text/javascript", "application/json", "image/", "text/plain")
LONG_ENOUGH = 400
"""Bytes of a page that is worth cutting."""
_bounded_server = pages.bounded_server


class SlowPages:
    """An app whose answers take their time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = ""

        async def slowly(message: Message) -> None:
            nonlocal kind
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type", b"").decode()
                if kind.startswith(LATE):
                    await asyncio.sleep(LATE_S)
            elif kind.startswith("text/html") and len(message["body"]) > LONG_ENOUGH:
                message = await _all_but_the_last_piece(message, send)
            await send(message)

        await self._app(scope, receive, slowly)


async def _all_but_the_last_piece(message: Message, send: Send) -> Message:
    body = message["body"]
    step = len(body) // PIECES
    for begin in range(0, step * (PIECES - 1), step):
        await send({**message, "body": body[begin : begin + step], "more_body": True})
        await asyncio.sleep(BETWEEN_S)
    return {**message, "body": body[step * (PIECES - 1) :]}


def _slow_server(app: ASGIApp, *bounds: Any) -> Any:
    return _bounded_server(SlowPages(app), *bounds)


pages.bounded_server = _slow_server
