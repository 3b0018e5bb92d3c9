"""How long a client may take to send a request and to take its answer: what uvicorn leaves open.

uvicorn ends idle keep-alive connections, but waits without end for the rest of a request and for a
client that does not read. Each connection is in one phase at a time; a phase that waits for the
client has a deadline, counted from its begin and not from the last byte, so a client that sends a
byte now and then gains nothing. A body gains as much as what came of it takes on a slow line. While
the site works there is none. The same phases let the listening socket know which connections may be
closed to make room (core/listening.py).
"""

import asyncio
import os
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.listening import ACCEPTED_AT_ONCE, Connections

KEEP_ALIVE_S: Final = 5
LONGEST_HEADER_BYTES: Final = 16 * 1024
STOPPING_S: Final = 10
ENDLESS: Final = frozenset({"/live"})
"""Answers that end with the server, which does not wait for them."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds for all header lines of a request, for its whole body, and for a client to take what
    is ready for it. A long body (a file) has as much more as what came of it takes at
    `body_bytes_per_s`; the length that its header says is the client's word."""

    header_s: float = 10.0
    body_s: float = 30.0
    taking_s: float = 60.0
    body_bytes_per_s: int = 100 * 1024


class Phase(Enum):
    """The phase of a connection. IDLE is ended by uvicorn's own keep-alive timer."""

    HEADER = auto()
    BODY = auto()
    WORK = auto()
    TAKING = auto()
    IDLE = auto()


class BoundedHttp(H11Protocol):
    """HTTP/1.1 of uvicorn, with deadlines."""

    def __init__(self, *, deadlines: Deadlines, connections: Connections, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._limits_s = {
            Phase.HEADER: deadlines.header_s,
            Phase.BODY: deadlines.body_s,
            Phase.TAKING: deadlines.taking_s,
        }
        self._body_bytes_per_s = deadlines.body_bytes_per_s
        self._held = connections
        self._phase: Phase | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()
        if self._phase is Phase.BODY and self._deadline:
            self._bound(self._deadline.when() + len(data) / self._body_bytes_per_s)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def shutdown(self) -> None:
        super().shutdown()
        if self.cycle and self.cycle.scope["path"] in ENDLESS:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        self._forget_deadline()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Begin a phase, where another one has begun."""
        phase = self._present_phase()
        if self._gone or phase is self._phase:
            return
        self._phase = phase
        self._forget_deadline()
        if phase is Phase.WORK:
            self._held.works(self._peer)
            return
        self._held.waits(self._peer)
        if phase in self._limits_s:
            self._bound(self.loop.time() + self._limits_s[phase])

    def _bound(self, at_s: float) -> None:
        """End the connection at this time of the loop, unless its phase ends before."""
        self._forget_deadline()
        self._deadline = self.loop.call_at(at_s, self.transport.abort)

    def _present_phase(self) -> Phase:
        if self.transport.is_closing() or self.flow.write_paused:
            return Phase.TAKING
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.BODY
        if self.conn.their_state is not h11.IDLE:
            return Phase.WORK
        return Phase.IDLE if self.timeout_keep_alive_task else Phase.HEADER

    def _forget_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


class BoundedServer(uvicorn.Server):
    """uvicorn's server, which answers a signal at once."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            say_stopping()
        super().handle_exit(sig, frame)


def say_stopping() -> None:
    """Answer a signal. Whatever else is being written at this moment, a handler may do this."""
    os.write(2, "\n正在停止… / stopping …\n".encode())


def bounded_server(
    app: ASGIApp,
    connections: Connections,
    deadlines: Deadlines = Deadlines(),
    *,
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Server:
    """The site served by uvicorn, to be run with a `Listening` socket of these connections.

    With TLS where files are named; raises OSError for them.

    Nothing is logged of a request: addresses of links in letters hold a secret,
    and junk would fill the log.
    """
    protocols = partial(BoundedHttp, deadlines=deadlines, connections=connections)
    config = uvicorn.Config(
        app,
        http=protocols,  # type: ignore[arg-type]  # a maker of protocols, not a class
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOPPING_S,
        h11_max_incomplete_event_size=LONGEST_HEADER_BYTES,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    config.load()
    return BoundedServer(config)
