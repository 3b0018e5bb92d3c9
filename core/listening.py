"""A listening socket that holds only so many connections, in all and of one source, so that silent
clients use up neither files nor memory.

Where all places are taken, the connection that has kept the server waiting longest is closed, and
the new one is taken: a client who sends at once gets on beside any number that send nothing or
little. Only connections that are being answered are left alone; where all are, the new one is
closed. The limit stands below TLS and below the protocol, so a handshake that never ends counts
too; the protocol only reports when it works for a connection and when it waits. For asyncio's own
loop (uvloop would not call `accept`); used in the thread of the loop alone.
"""

import contextlib
import errno
import select
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

from core.addresses import lies_in, prefix_of
from core.errors import ConfigError, PortBusy

BACKLOG: Final = 512
"""Connections that the kernel keeps until they are accepted."""
ACCEPTED_AT_ONCE: Final = 8
"""How many connections asyncio accepts in one turn of its loop, to be passed as its `backlog`.

A connection is read some turns after it was accepted; fewer than the places of a source must come
between, else a flood pushes out who has just come and sent its request.
"""


def bound_socket(host: str, port: int, settings: str) -> socket.socket:
    """A listening socket, bound before all else starts, so that a busy port is reported at once.

    `settings`: how the names of the settings begin that give host and port.
    Raises PortBusy, and ConfigError for what cannot be listened on for another reason.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        advice = {
            errno.EADDRINUSE: (
                "端口已被占用（the port is in use），可能已有一个解绑办理台在运行："
                f"请停止占用它的程序，或换一个端口（{settings}port）"
            ),
            errno.EACCES: (
                "没有权限使用该端口：请改用 1024 以上的端口，或在前面放一个反向代理"
                "（no permission for this port）"
            ),
            errno.EADDRNOTAVAIL: (
                f"本机没有这个地址：请修改 {settings}host（no such address on this machine）"
            ),
        }.get(number or 0, f"无法监听（{error}），请检查 {settings}host 和 {settings}port")
        refused = PortBusy if number == errno.EADDRINUSE else ConfigError
        raise refused(f"{host}:{port}：{advice}。") from error
    # asyncio does so only for sockets that name their protocol; without it each answer waits
    # 40 ms for the acknowledgement of the one before.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may be open.

    `unlimited`: addresses and networks, such as our own proxy's,
    that only the limit over all holds.
    """

    most: int
    most_per_source: int
    unlimited: tuple[str, ...] = ()


class Connections:
    """The open connections of one listening socket.

    A peer is its address and port, as the socket gives it.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._open: dict[Any, _Accepted] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        return len(self._open) >= self._limits.most

    def works(self, peer: Any) -> None:
        """The server works for this connection now: it is not closed to make room."""
        if peer in self._open:
            self._open[peer].waits_since_s = None

    def waits(self, peer: Any) -> None:
        """From now on the server waits for what this client sends or takes."""
        if peer in self._open:
            self._open[peer].waits_since_s = time.monotonic()

    def close_longest(self, source: str | None = None) -> bool:
        """Close the connection, of this source or of any, that has waited longest.

        False where none waits.
        """
        waiting = [
            one
            for one in self._open.values()
            if one.waits_since_s is not None and not one.leaving and source in {None, one.source}
        ]
        if not waiting:
            return False
        min(waiting, key=lambda one: one.waits_since_s or 0.0).leave()
        return True

    def take(self, accepted: "_Accepted") -> bool:
        """Whether a new connection is taken; room for it is made where
        its source has used up its own."""
        if self.full:
            return False
        accepted.source, accepted.waits_since_s = prefix_of(accepted.peer[0]), time.monotonic()
        of_source = sum(
            1 for one in self._open.values() if one.source == accepted.source and not one.leaving
        )
        limited = of_source >= self._limits.most_per_source and not lies_in(
            accepted.peer[0], self._limits.unlimited
        )
        if limited and not self.close_longest(accepted.source):
            return False
        self._open[accepted.peer] = accepted
        return True

    def drop(self, accepted: "_Accepted") -> None:
        """The connection is closed."""
        if self._open.get(accepted.peer) is accepted:
            del self._open[accepted.peer]


class _Accepted(socket.socket):
    """A connection that is counted until it is closed."""

    def __init__(self, taken: socket.socket, peer: Any, connections: Connections) -> None:
        super().__init__(taken.family, taken.type, taken.proto, fileno=taken.detach())
        self.peer = peer
        self.source = ""
        self.waits_since_s: float | None = None
        self.leaving = False
        self._connections = connections

    def leave(self) -> None:
        """End both directions; whoever reads it sees the end and closes it."""
        self.leaving = True
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connections.drop(self)
        super().close()


class Listening(socket.socket):
    """The listening socket; takes over `bound`, which is not to be used any more."""

    def __init__(self, bound: socket.socket, connections: Connections) -> None:
        super().__init__(bound.family, bound.type, bound.proto, fileno=bound.detach())
        self.connections = connections

    def listen(self, backlog: int = BACKLOG, /) -> None:
        """asyncio passes its own backlog, which is how many it accepts in one turn;
        the kernel keeps more."""
        super().listen(max(backlog, BACKLOG))

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection.

        Raises BlockingIOError while nobody comes or room is being made,
        ConnectionAbortedError for one that found none.
        """
        if self.connections.full and (
            not self._somebody_waits() or self.connections.close_longest()
        ):
            raise BlockingIOError(errno.EAGAIN, "room is being made")
        taken, peer = super().accept()
        accepted = _Accepted(taken, peer, self.connections)
        if not self.connections.take(accepted):
            accepted.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "no room")
        return accepted, peer

    def _somebody_waits(self) -> bool:
        waiting = select.poll()
        waiting.register(self, select.POLLIN)
        return bool(waiting.poll(0))
