"""Checks around every page: its host name, headers, a limit for forms, and the answer to an
unexpected error.

The policy lets pages load nothing from elsewhere, run no inline script or style and be framed by
nobody. Pages are never stored, because nearly all hold personal data. Each request has a number,
which all log lines about it carry and the answer's X-Request-Id names. An unexpected error gives a
page with that number; the log gets the kind of error and where it happened, but not its words,
which may hold what a sender wrote.
"""

import secrets
from contextlib import ExitStack

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import raised_at
from web.common.failures import failure_page
from web.common.site import Site
from web.request_gate import Gate, Refused

POLICY = (
    "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
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
STATIC_CACHE = "public, max-age=86400"
PORTAL = "/portal"
PICTURED = frozenset({"/portal/check", "/portal/request"})
"""Pages that contain pictures of a file that is stored nowhere."""
WITH_PICTURES = POLICY.replace("img-src 'self' blob:", "img-src 'self' blob: data:")
FOR_PROGRAMS = ("/.well-known/", "/openid/", "/api/")

log = structlog.get_logger(__name__)


class Guard:
    """ASGI middleware around the whole site."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site
        self._gate = Gate(site.settings)
        # The portal's pages alone may speak to the lock agent.
        agent = f" {site.settings.agent_url}" if site.front else ""
        self._portal_policy = POLICY.replace("connect-src 'self'", f"connect-src 'self'{agent}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, number = False, secrets.token_hex(4)

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(scope, MutableHeaders(scope=message))
                message["headers"].append((b"x-request-id", number.encode()))
            await send(message)

        with ExitStack() as answered:
            try:
                body = await self._gate.body(Request(scope, receive), answered)
            except ClientDisconnect:
                return
            except Refused as error:
                page = failure_page(self._site, error.status, error.title, error.text)
                page.headers["Connection"] = "close"  # what else comes is not read
                await page(scope, receive, guarded)
                return
            with structlog.contextvars.bound_contextvars(request=number):
                try:
                    await self._app(_as_get(scope), replayed(body, receive), guarded)
                except Exception as error:  # noqa: BLE001
                    # the last place that can turn an error into a page
                    log_unexpected(error, str(scope["method"]))
                    if not started:
                        text = f"抱歉，页面出错。请将事件编号 {number} 告知系统管理员。"
                        page = failure_page(self._site, 500, "系统出错", text)
                        await page(scope, receive, guarded)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        if scope["path"] in PICTURED:
            headers.setdefault("Content-Security-Policy", WITH_PICTURES)
        if scope["path"].startswith(PORTAL):
            headers.setdefault("Content-Security-Policy", self._portal_policy)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if scope["path"].startswith("/static/"):
            headers["Cache-Control"] = STATIC_CACHE


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered as GET where programs ask (RFC 9110 section 9.3.2); the server leaves the
    body away. Pages have no HEAD: programs that look at links in letters are not to open them."""
    is_head = scope["method"] == "HEAD" and scope["path"].startswith(FOR_PROGRAMS)
    return {**scope, "method": "GET"} if is_head else scope


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read before, then whatever comes."""
    waiting: list[Message] = (
        [{"type": "http.request", "body": body, "more_body": False}] if body else []
    )

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def log_unexpected(error: Exception, method: str) -> None:
    """Log an unexpected error without its words."""
    log.error("web.unexpected", method=method, error=type(error).__name__, at=raised_at(error))
