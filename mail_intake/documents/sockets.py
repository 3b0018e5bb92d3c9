"""Framed messages between the desk and its reading processes: a JSON head and bytes, each with its length before it.

What comes from a child is never unpickled: a child that a hostile file has taken over can only lie about a page.
"""

import json
import socket
import struct
from typing import Any, Final

_HEAD: Final = struct.Struct("!II")
_MOST_BYTES: Final = 256 * 2**20


def send_frame(sock: socket.socket, head: Any, body: bytes = b"") -> None:
    """Sends one message."""
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
    sock.sendall(_HEAD.pack(len(text), len(body)) + text)
    sock.sendall(body)


def receive_frame(sock: socket.socket) -> tuple[Any, bytes] | None:
    """The next message, or None when the other side has closed (also in the middle). Raises TimeoutError and ValueError (nonsense)."""
    head = _exactly(sock, _HEAD.size)
    if head is None:
        return None
    text_size, body_size = _HEAD.unpack(head)
    if text_size + body_size > _MOST_BYTES:
        raise ValueError("A message of the reading process is too large.")
    text, body = _exactly(sock, text_size), _exactly(sock, body_size)
    if text is None or body is None:
        return None
    return json.loads(text.decode("utf-8", "surrogatepass")), body


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    buffer = bytearray(count)
    view, done = memoryview(buffer), 0
    while done < count:
        try:
            got = sock.recv_into(view[done:])
        except ConnectionError:
            return None
        if not got:
            return None
        done += got
    return bytes(buffer)
