"""A site whose answers are timed."""

import time

from starlette.types import ASGIApp, Receive, Scope, Send


class Timed:
    """The application with a watch: milliseconds of the last answer, first byte of the request to
    last of the answer, and of the processor meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.last_ms = app, (0.0, 0.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, used = time.perf_counter(), time.process_time()
        await self._app(scope, receive, send)
        self.last_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)
