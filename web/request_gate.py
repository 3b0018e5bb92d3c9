"""Which requests are let in: those to a name of this site, whose body states its length once and
has it.

The name comes first: another Host than base_url's is a name that somebody else let point here (DNS
rebinding), or comes from a proxy that does not pass it on. A body is read here as a whole, counted
as it comes, before any page sees it: forms are small, and a client that sends slowly keeps no page
waiting. Its deadline counts from its begin and not from the last byte; a long one gains as much as
what came of it takes on a slow line. Where too many are on their way, the oldest ends.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from core.errors import Busy
from web.common.page_settings import WebSettings
from web.common.source import network_of
from web.common.uploads import FORM_BYTES, PATHS, UploadRoom

USUAL_PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
MONITORED = frozenset({"/health", "/metrics"})
"""Monitors request these under any name or address: they have nothing personal and no link."""
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
BODY_S = 30.0
BODY_BYTES_PER_S = 100 * 1024
MOST_BODIES = 64
BODIES_OF_ONE_SOURCE = 16
DIGITS = 18
"""More are no length; `int` of a long text takes its time."""


class Refused(Exception):
    """The request is turned away. Status, title and text are those of the page that answers it."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status, self.title, self.text = status, title, text


class TooLarge(Refused):
    """The body has more bytes than the page accepts."""

    def __init__(self) -> None:
        super().__init__(413, "无法处理", "提交的内容过大。扫描件请用 200 dpi 扫描，或减少页数。")


class Gate:
    """The gate of one site."""

    def __init__(self, settings: WebSettings) -> None:
        self._home = settings.base_url
        self._hosts = hosts_of(settings.base_url)
        self._form_bytes = settings.max_form_bytes
        self._upload_bytes = settings.max_upload_bytes + FORM_BYTES
        self._room = UploadRoom(self._upload_bytes)
        self._deadlines: dict[asyncio.Timeout, str] = {}

    async def body(self, request: Request, until: ExitStack) -> bytes:
        """The request's body. A file takes room until the stack is closed. Raises Refused and
        ClientDisconnect."""
        path = request.url.path
        if path not in MONITORED and request.headers.get("host", "").lower() not in self._hosts:
            raise Refused(421, "无法处理", f"本系统的网址是 {self._home}，请由此访问。")
        length = _length(request.method, request.headers)
        if not length:
            return b""
        source = network_of(request)
        try:
            async with self._deadline(source) as deadline:
                pieces = _timed(request.stream(), deadline)
                is_file = length > self._form_bytes
                take = self._room.taking(source, until) if is_file else len
                return await self._read(path in PATHS, pieces, length, take)
        except TimeoutError as error:
            raise Refused(408, "请稍后再试", "提交的内容没有及时收到，请重新提交。") from error
        except Busy as error:
            raise Refused(503, "请稍后再试", str(error)) from error

    async def _read(
        self,
        takes_file: bool,
        pieces: AsyncIterator[bytes],
        length: int,
        take: Callable[[bytes], object],
    ) -> bytes:
        most = self._upload_bytes if takes_file else self._form_bytes
        body = bytearray()
        try:
            _require_at_most(most, length)
            async for piece in pieces:
                take(piece)
                body += piece
                _require_at_most(most, len(body))
        except (TooLarge, Busy):
            if takes_file:  # a browser that is cut off in its sending shows no answer
                async for _ in pieces:
                    pass
            raise
        return bytes(body)

    @asynccontextmanager
    async def _deadline(self, source: str) -> AsyncIterator[asyncio.Timeout]:
        """The deadline of a body. Raises TimeoutError."""
        for only, most in ((source, BODIES_OF_ONE_SOURCE), (None, MOST_BODIES)):
            on_their_way = [
                one
                for one, its in self._deadlines.items()
                if only in (its, None) and not one.expired()
            ]
            if len(on_their_way) >= most:
                del self._deadlines[on_their_way[0]]
                on_their_way[0].reschedule(0)
        async with asyncio.timeout(BODY_S) as deadline:
            self._deadlines[deadline] = source
            try:
                yield deadline
            finally:
                self._deadlines.pop(deadline, None)


def _require_at_most(most: int, length: int) -> None:
    if length > most:
        raise TooLarge


async def _timed(pieces: AsyncIterator[bytes], deadline: asyncio.Timeout) -> AsyncIterator[bytes]:
    """The pieces. Each moves the deadline by the time that it takes on a slow line."""
    async for piece in pieces:
        deadline.reschedule((deadline.when() or 0) + len(piece) / BODY_BYTES_PER_S)
        yield piece


def _length(method: str, headers: Headers) -> int:
    """The length that a request states. Raises Refused.

    A body must state its length, and only once: h11 follows Transfer-Encoding where Content-Length
    stands beside it (RFC 9112 section 6.3), so a length that was looked at would not be the one
    that is read.
    """
    lengths = headers.getlist("content-length")
    if "transfer-encoding" in headers or (method in WITH_BODY and not lengths):
        if lengths:
            raise Refused(400, "无法处理", "请求的长度前后矛盾。")
        raise Refused(411, "无法处理", "请求没有说明长度。")
    if any(not one.isdecimal() or len(one) > DIGITS for one in lengths):
        raise TooLarge
    return max(map(int, lengths), default=0)


def hosts_of(base_url: str) -> frozenset[str]:
    """The Host headers that belong to this address, with and without the port that is its scheme's
    own; of loopback, under each of its names."""
    parts = urlsplit(base_url.lower())
    port = f":{parts.port}" if parts.port else ""
    usual = f":{USUAL_PORTS.get(parts.scheme, 0)}"
    ports = {"", usual} if port in {"", usual} else {port}
    name = parts.netloc.rpartition("@")[2].removesuffix(port)
    names = LOOPBACK if name in LOOPBACK else {name}
    return frozenset(name + port for name in names for port in ports)
