"""Connections as a client has them."""

import contextlib
import socket


def until_closed(client: socket.socket) -> bytes:
    """All that comes until the other side ends the connection."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65536):
            got += piece
    return got
