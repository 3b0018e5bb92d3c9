"""Ports for servers that cannot be told to take any free one."""

import contextlib
import random
import socket

BELOW_CONNECTIONS = range(20_000, 32_000)
"""Linux gives no connection a port below 32768 (ip_local_port_range), so that none takes a port
between the moment when it is found free and the server's start."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    for port in random.SystemRandom().sample(BELOW_CONNECTIONS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no port is free")
