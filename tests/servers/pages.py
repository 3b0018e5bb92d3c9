"""The site behind the server that a running desk has."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from core.listening import ConnectionLimits, Connections, Listening
from tests.servers.certificates import ServerCertificate
from web.http_bounds import Deadlines, bounded_server

LIMITS, DEADLINES = ConnectionLimits(400, 64), Deadlines()


def listening() -> tuple[socket.socket, str]:
    """A socket that listens on a free port of loopback, and its address without a slash at the end."""
    bound = socket.create_server(("127.0.0.1", 0))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def serving(
    app: ASGIApp, bound: socket.socket, limits: ConnectionLimits = LIMITS, deadlines: Deadlines = DEADLINES, tls: ServerCertificate | None = None,
) -> Iterator[Connections]:
    """The app behind a real server, which ends with the block."""
    connections = Connections(limits)
    files = {"certificate": tls.cert_file, "key": tls.key_file} if tls else {}
    server = bounded_server(app, connections, deadlines, **files)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [Listening(bound, connections)]})
    thread.start()
    yield connections
    server.should_exit = True
    thread.join(20)
