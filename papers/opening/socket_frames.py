"""Framed messages between the desk and its processes:
a JSON head and bytes, each with its length before it.

What comes from a child is never unpickled: a child that a hostile file has taken over can only lie
about a page. Nor can it keep the desk waiting, or fill its memory: `Answer` has an end in time and
bounds for each message and for all of them, checked before any memory is allocated.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEAD = struct.Struct("!II")
_HEAD_BYTES = 4 * 2**20
_MOST_BYTES = 256 * 2**20


Limits = Mapping[str, Any]
"""The limits of one file, as the desk sends them to its child: max_pages, max_pixels, dpi, wall_s,
cpu_s, memory_bytes, answer_bytes; whether it is an `image`; and `signature_roots` (hex)."""
Sent = tuple[dict[str, Any], bytes]
"""A message of the child: its head, and a picture or nothing."""


class TooMuch(ValueError):
    """A message, or all of them together, are larger than allowed."""


def send_frame(sock: socket.socket, head: Any, body: bytes = b"") -> None:
    """Sends one message."""
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
    sock.sendall(_HEAD.pack(len(text), len(body)) + text)
    sock.sendall(body)


def receive_frame(sock: socket.socket) -> tuple[Any, bytes] | None:
    """The next message of a trusted side, or None when it has closed (also in the middle).

    Raises TimeoutError and ValueError (nonsense).
    """
    return Answer(sock, math.inf, _MOST_BYTES).frame()


@dataclass(slots=True)
class Answer:
    """The messages that one side may still send, with their limits.

    `until`: by time.monotonic(); `body_bytes`: of each message; `all_bytes`: of all that are to
    come.

    Without an end in time the socket's own timeout applies to each piece.
    """

    sock: socket.socket
    until: float
    body_bytes: int
    all_bytes: float = math.inf

    def frame(self) -> tuple[Any, bytes] | None:
        """The next message, or None when the other side has closed (also in the middle).

        Raises TimeoutError, TooMuch and ValueError (nonsense).
        """
        head = self._exactly(_HEAD.size)
        if head is None:
            return None
        text_size, body_size = _HEAD.unpack(head)
        self.all_bytes -= _HEAD.size + text_size + body_size
        if text_size > _HEAD_BYTES or body_size > self.body_bytes or self.all_bytes < 0:
            raise TooMuch("A message of the reading process is too large.")
        text, body = self._exactly(text_size), self._exactly(body_size)
        if text is None or body is None:
            return None
        return json.loads(text.decode("utf-8", "surrogatepass")), body

    def _exactly(self, count: int) -> bytes | None:
        buffer = bytearray(count)
        view, done = memoryview(buffer), 0
        while done < count:
            self._wait_no_longer()
            try:
                got = self.sock.recv_into(view[done:])
            except ConnectionError:
                return None
            if not got:
                return None
            done += got
        return bytes(buffer)

    def _wait_no_longer(self) -> None:
        """Set the time that is left as the timeout of the next piece."""
        if self.until < math.inf:
            left_s = self.until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("The reading process did not answer in time.")
            self.sock.settimeout(left_s)
