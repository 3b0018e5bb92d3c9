"""Which requests are let in: for this site by name, with a body that says its length once and keeps
to it.

The name comes first: another Host than base_url's is a name that somebody else let point here (DNS
rebinding), or comes from a proxy that does not pass it on. A body is read here as a whole, counted
as it comes, before any page sees it: forms are small, and a client that sends slowly keeps no page
waiting.
"""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from core.errors import Busy
from web.common.page_settings import WebSettings
from web.common.source import network_of
from web.common.uploads import FORM_BYTES, PATHS, UploadRoom

USUAL_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
MONITORED: Final = frozenset({"/health", "/metrics"})
"""Asked by monitors under any name or address: they show nothing personal and no link."""
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
DIGITS: Final = 18
"""More are no length; `int` of a long text takes its time."""


class Refused(Exception):
    """The page that is shown in place of the one that was asked for."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status, self.title, self.text = status, title, text


class TooLarge(Refused):
    """More bytes than the page takes."""

    def __init__(self) -> None:
        super().__init__(413, "无法处理", "提交的内容过大。")


class Gate:
    """The gate of one site."""

    def __init__(self, settings: WebSettings) -> None:
        self._home = settings.base_url
        self._hosts = hosts_of(settings.base_url)
        self._form_bytes = settings.max_form_bytes
        self._upload_bytes = settings.max_upload_bytes + FORM_BYTES
        self._room = UploadRoom(self._upload_bytes)

    async def body(self, request: Request, places: ExitStack) -> bytes:
        """The request's body. A file takes room until `places` end. Raises Refused and
        ClientDisconnect."""
        path = request.url.path
        if path not in MONITORED and request.headers.get("host", "").lower() not in self._hosts:
            raise Refused(421, "无法处理", f"本系统的网址是 {self._home}，请由此访问。")
        length = _length(request.method, request.headers)
        stream = request.stream()
        try:
            return await self._read(request, stream, length, places) if length else b""
        except (TooLarge, Busy) as error:
            if path in PATHS:  # a browser that is cut off in its sending shows no answer
                async for _ in stream:
                    pass
            if isinstance(error, Busy):
                raise Refused(503, "请稍后再试", str(error)) from error
            raise

    async def _read(
        self, request: Request, stream: AsyncGenerator[bytes, None], length: int, places: ExitStack
    ) -> bytes:
        most = self._upload_bytes if request.url.path in PATHS else self._form_bytes
        if length > most:
            raise TooLarge
        is_file = length > self._form_bytes
        take = self._room.taking(network_of(request), places) if is_file else len
        body = bytearray()
        async for piece in stream:
            take(piece)
            body += piece
            if len(body) > most:
                raise TooLarge
        return bytes(body)


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
    if parts.hostname in LOOPBACK_NAMES:
        names = LOOPBACK
    else:
        names = frozenset({parts.netloc.rpartition("@")[2].removesuffix(port)})
    return frozenset(name + port for name in names for port in ports)
