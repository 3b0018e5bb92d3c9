"""What surrounds every page: whom it is called by, headers, a limit for forms,
and what becomes of an unexpected error.

The policy lets pages load nothing from elsewhere, run no inline script or style and be framed by
nobody. Pages are never stored, because nearly all hold personal data. Each request has a number,
which all log lines about it carry and the answer's X-Request-Id names. An unexpected error gives a
page with that number; the log gets the kind of error and where it happened, but not its words,
which may hold what a sender wrote.
"""

import secrets
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import structlog
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Busy
from web.common.source import network_of
from web.common.uploads import PATHS, UploadRoom
from web.request_gate import TOO_LARGE, BodyTooLarge, Gate, Refusal, drained, replayed, whole_body

POLICY: Final = (
    "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
TRANSPORT_SECURITY: Final = "max-age=31536000"
STATIC_CACHE: Final = "public, max-age=86400"
PORTAL: Final = "/portal"
FOR_PROGRAMS: Final = ("/.well-known/", "/openid/", "/api/")

log = structlog.get_logger(__name__)


class Guard:
    """ASGI middleware around the whole site.

    `page(status, title, text)` makes the page that is shown instead.

    `agent`: the address of the lock agent, which the portal's pages alone may speak to.
    """

    def __init__(
        self,
        app: ASGIApp,
        page: Callable[[int, str, str], Response],
        gate: Gate,
        secure: bool,
        agent: str = "",
    ) -> None:
        self._app = app
        self._page = page
        self._gate = gate
        self._secure = secure
        self._uploads = UploadRoom(gate.max_upload_bytes)
        self._portal_policy = (
            POLICY.replace("connect-src 'self'", f"connect-src 'self' {agent}") if agent else POLICY
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, request = False, secrets.token_hex(4)

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(scope, MutableHeaders(scope=message))
                message["headers"].append((b"x-request-id", request.encode()))
            await send(message)

        with ExitStack() as places:
            try:
                body = await self._body(scope, receive, places)
            except ClientDisconnect:
                return
            if isinstance(body, Refusal):
                await self._refuse(body, scope, receive, guarded)
                return
            with structlog.contextvars.bound_contextvars(request=request):
                try:
                    await self._app(_as_get(scope), replayed(body, receive), guarded)
                except Exception as error:  # noqa: BLE001
                    # the last place that can turn an error into a page
                    log_unexpected(error, str(scope["method"]))
                    if not started:
                        await self._page(
                            500,
                            "系统出错",
                            f"抱歉，页面出错。请将事件编号 {request} 告知系统管理员。",
                        )(scope, receive, guarded)

    async def _body(self, scope: Scope, receive: Receive, places: ExitStack) -> bytes | Refusal:
        """The request's body, or why it is refused. A file takes room until `places` end. Raises
        ClientDisconnect."""
        headers, path = Headers(scope=scope), scope["path"]
        refusal = self._gate.refusal(scope["method"], path, headers)
        if refusal:
            if refusal is TOO_LARGE and path in PATHS:
                await drained(receive)  # a browser that is cut off in its sending shows no answer
            return refusal
        length = int(headers.get("content-length", "0"))
        try:
            heard = (
                self._uploads.taking(network_of(Request(scope)), places)
                if length > self._gate.max_form_bytes
                else len
            )
            return await whole_body(receive, self._gate.most_bytes(path), heard) if length else b""
        except Busy as error:
            await drained(receive)
            return Refusal(503, "请稍后再试", str(error))
        except BodyTooLarge:
            return TOO_LARGE

    async def _refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        """The connection ends with the answer, so that what else comes is not read."""
        page = self._page(refusal.status, refusal.title, refusal.text)
        page.headers["Connection"] = "close"
        await page(scope, receive, send)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        if scope["path"].startswith(PORTAL):
            headers.setdefault("Content-Security-Policy", self._portal_policy)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if scope["path"].startswith("/static/"):
            headers["Cache-Control"] = STATIC_CACHE
        if self._secure:
            headers.setdefault("Strict-Transport-Security", TRANSPORT_SECURITY)


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered as GET where programs ask (RFC 9110 section 9.3.2); the server leaves the
    body away. Pages have no HEAD: programs that look at links in letters are not to open them."""
    is_head = scope["method"] == "HEAD" and scope["path"].startswith(FOR_PROGRAMS)
    return {**scope, "method": "GET"} if is_head else scope


def log_unexpected(error: Exception, method: str) -> None:
    """Log an unexpected error without its words."""
    places = [
        f"{frame.filename}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("web.unexpected", method=method, error=type(error).__qualname__, places=places[-8:])
