"""Which requests are let in: for this site by name,
with a body that says its length once and keeps to it.

The name comes first: another Host than base_url's is a name that somebody else let point here (DNS
rebinding), or comes from a proxy that does not pass it on. A body is read here as a whole, counted
as it comes, before any page sees it: forms are small, and a client that sends slowly keeps no page
waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from web.common.uploads import PATHS

USUAL_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
MONITORED: Final = frozenset({"/health", "/metrics"})
"""Asked by monitors under any name or address: they show nothing personal and no link."""
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
DIGITS: Final = 18
"""More are no length; `int` of a long text takes its time."""


class BodyTooLarge(Exception):
    """More bytes came than a form may have."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The page that is shown in place of the one that was asked for."""

    status: int
    title: str
    text: str


TOO_LARGE: Final = Refusal(413, "无法处理", "提交的内容过大。")


@dataclass(frozen=True, slots=True)
class Gate:
    """`hosts`: the names under which the site may be called; `max_form_bytes`: of a body;
    `max_upload_bytes`: of one to a page that takes files."""

    hosts: frozenset[str]
    home: str
    max_form_bytes: int
    max_upload_bytes: int = 0

    def most_bytes(self, path: str) -> int:
        """Of a body that this page takes."""
        return self.max_upload_bytes if path in PATHS else self.max_form_bytes

    def refusal(self, method: str, path: str, headers: Headers) -> Refusal | None:
        """Why a request is refused, by its header lines; None for what may pass.

        A body must state its length, and only once: h11 follows Transfer-Encoding where
        Content-Length stands beside it (RFC 9112 section 6.3), so a length that was looked at would
        not be the one that is read.
        """
        if path not in MONITORED and headers.get("host", "").lower() not in self.hosts:
            return Refusal(421, "无法处理", f"本系统的网址是 {self.home}，请由此访问。")
        lengths = headers.getlist("content-length")
        if "transfer-encoding" in headers or (method in WITH_BODY and not lengths):
            return (
                Refusal(400, "无法处理", "请求的长度前后矛盾。")
                if lengths
                else Refusal(411, "无法处理", "请求没有说明长度。")
            )
        if any(
            not length.isdecimal() or len(length) > DIGITS or int(length) > self.most_bytes(path)
            for length in lengths
        ):
            return TOO_LARGE
        return None


def hosts_of(base_url: str) -> frozenset[str]:
    """The Host headers that belong to this address, with and without the port that is its scheme's
    own; of loopback, under each of its names."""
    parts = urlsplit(base_url.lower())
    port = f":{parts.port}" if parts.port else ""
    names = (
        LOOPBACK
        if parts.hostname in LOOPBACK_NAMES
        else {parts.netloc.rpartition("@")[2].removesuffix(port)}
    )
    usual = f":{USUAL_PORTS.get(parts.scheme, 0)}"
    ports = {"", usual} if port in {"", usual} else {port}
    return frozenset(name + port for name in names for port in ports)


async def whole_body(receive: Receive, most_bytes: int, heard: Callable[[bytes], object]) -> bytes:
    """The request's body, counted as it comes. `heard` is given each piece. Raises BodyTooLarge at
    the limit, ClientDisconnect, and what `heard` raises."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        heard(piece)
        body += piece
        if len(body) > most_bytes:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)


async def drained(receive: Receive) -> None:
    """Take the rest of a body without keeping it. Raises ClientDisconnect."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if not message.get("more_body", False):
            return


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read before, then whatever comes."""
    waiting: list[Message] = (
        [{"type": "http.request", "body": body, "more_body": False}] if body else []
    )

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
