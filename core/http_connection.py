"""One HTTP exchange with an address of config.yaml, within a time as a whole.

http.client instead of a larger client: no redirections,
proxies or cookies that would have to be switched off.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


@contextlib.contextmanager
def connected(
    url: str, timeout_s: float, failure: type[Exception]
) -> Iterator[tuple[http.client.HTTPConnection, str]]:
    """A connection to the address, and the path with its query, as requests name it.

    What the network does within the block becomes a `failure`.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.connect()
        with _ended_after(timeout_s, connection.sock):
            yield connection, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise failure(f"{parts.hostname}：{type(error).__name__}") from error
    finally:
        connection.close()


@contextlib.contextmanager
def _ended_after(timeout_s: float, sock: socket.socket) -> Iterator[None]:
    """Shuts the socket at a deadline: a timeout of each reading would let
    a server drip for ever."""
    timer = threading.Timer(timeout_s, _shut, (sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
