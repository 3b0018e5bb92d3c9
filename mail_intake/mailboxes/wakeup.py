"""A wait for a socket, or for time alone, that another thread can end.

It uses a socket pair instead of an Event, because one wait must end by new mail on a socket and by
`stop`.
"""

import contextlib
import selectors
import socket


class Wakeup:
    """A switch that ends every present and future wait.

    `stop` may be called from any thread or signal handler.
    """

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._sender.settimeout(0)
        self.stopped = False

    def stop(self) -> None:
        """End all present and future waits."""
        self.stopped = True
        # a closed or full socket raises, but then no wait can miss it
        with contextlib.suppress(OSError):
            self._sender.send(b"!")

    def wait(self, timeout_s: float, sock: socket.socket | None = None) -> bool:
        """Wait until `sock` can be read, for at most `timeout_s`, or until stopped. Returns whether
        `sock` can be read."""
        if self.stopped or (timeout_s <= 0 and sock is None):
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._receiver, selectors.EVENT_READ)
            if sock is not None:
                selector.register(sock, selectors.EVENT_READ)
            ready = selector.select(max(timeout_s, 0))
        return any(key.fileobj is sock for key, _ in ready)

    def close(self) -> None:
        """Stop, and close the sockets."""
        self.stop()
        self._receiver.close()
        self._sender.close()
