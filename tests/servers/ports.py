"""Ports for servers that cannot be told to take any free one."""

import contextlib
import itertools
import os
import random
import socket
from collections.abc import Iterator

BELOW_CONNECTIONS = range(20_000, 32_000)
"""Linux gives no connection a port below 32768 (ip_local_port_range), so that none takes a port
between the moment when it is found free and the server's start."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens. Consecutive calls never return the same port,
    nor do two workers of pytest-xdist: a port is free until its server starts."""
    for port in itertools.islice(_ports, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no port is free")


def _share_of_this_worker() -> Iterator[int]:
    """The ports of this worker in random order, again and again."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ports = list(BELOW_CONNECTIONS[worker::workers])
    random.SystemRandom().shuffle(ports)
    return itertools.cycle(ports)


_ports = _share_of_this_worker()
