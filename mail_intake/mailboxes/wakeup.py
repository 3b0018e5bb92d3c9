"""Waiting that can be called off: on a socket, or on nothing, until something comes,
the time is over, or `stop` is called.

A socket pair and not an Event, because waiting for mail is waiting for a socket,
and both must end the same wait.
"""

import contextlib
import selectors
import socket


class Wakeup:
    """A switch that ends every present and future wait.

    `stop` may be called from any thread or signal handler.
    """

    def __init__(self) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._mouth.settimeout(0)
        self.stopped = False

    def stop(self) -> None:
        """End all waits, now and later."""
        self.stopped = True
        # closed already, or full: either way nobody sleeps through it
        with contextlib.suppress(OSError):
            self._mouth.send(b"!")

    def wait(self, timeout_s: float, sock: socket.socket | None = None) -> bool:
        """Wait until `sock` can be read (true), `timeout_s` is over,
        or it is stopped (both false)."""
        if self.stopped or (timeout_s <= 0 and sock is None):
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            if sock is not None:
                selector.register(sock, selectors.EVENT_READ)
            ready = selector.select(max(timeout_s, 0))
        return any(key.fileobj is sock for key, _ in ready)

    def close(self) -> None:
        """Stop, and give the sockets back."""
        self.stop()
        self._ear.close()
        self._mouth.close()
