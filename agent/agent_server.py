"""The agent's HTTP server: 127.0.0.1 only, three addresses, JSON.

`origin_gate` decides which requests are answered; `signing` does the work.

Answers a refused request without CORS headers, so the page learns nothing. Never logs a body.
Limits: 16 connections, 10 s to send a whole request. When all 16 are in use, the one whose request
has been incomplete for the longest time is closed.
"""

import contextlib
import json
import logging
import os
import select
import socket
import sys
import threading
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agent import origin_gate
from agent.agent_errors import AgentError
from agent.origin_gate import Gate
from agent.signing import Signing

ADDRESS = "127.0.0.1"
READ_TIMEOUT_S = 10.0
MOST_CONNECTIONS = 16
CLOSING_S = 1.0
log = logging.getLogger("unbind-agent")


class AgentServer(ThreadingHTTPServer):
    """Listens from its construction on; `serve_forever` answers."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows others could take the port, too
    request_queue_size = 64

    def __init__(self, port: int, origins: frozenset[str], signing: Signing) -> None:
        super().__init__((ADDRESS, port), RequestHandler)
        self.gate = Gate(
            origins, frozenset({f"{ADDRESS}:{self.server_port}", f"localhost:{self.server_port}"})
        )
        self.signing = signing
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._deadlines: dict[Any, threading.Timer] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self._close_longest()
            if not self._places.acquire(timeout=CLOSING_S):
                self.shutdown_request(request)
                return
        deadline = threading.Timer(READ_TIMEOUT_S, self.cut_off, (request,))
        deadline.daemon = True
        deadline.start()
        self._deadlines[request] = deadline
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.request_received(request)
            self._places.release()

    def request_received(self, request: Any) -> None:
        """The request is complete, or its connection ended: its deadline no longer applies."""
        if deadline := self._deadlines.pop(request, None):
            deadline.cancel()

    def _close_longest(self) -> None:
        """Close the oldest connection whose request is incomplete; its thread then ends and frees
        its place."""
        for request in list(self._deadlines)[:1]:
            self.cut_off(request)

    def cut_off(self, request: Any) -> None:
        """End a connection whose request is incomplete, even if single bytes still arrive."""
        self.request_received(request)
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)

    # the signature is the base class's
    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exception()
        if isinstance(error, OSError):
            log.info("网页断开了连接")
        else:  # an error of this program: no traceback, because it could contain the request
            place = traceback.extract_tb(error.__traceback__)[-1] if error else None
            log.error(
                "程序出错 %s %s:%s",
                type(error).__name__,
                place and place.name,
                place and place.lineno,
            )


class RequestHandler(BaseHTTPRequestHandler):
    """One request a connection."""

    server: AgentServer
    protocol_version = "HTTP/1.1"
    server_version = "unbind-agent"
    sys_version = ""
    timeout = READ_TIMEOUT_S

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.close_connection = True

    def do_GET(self) -> None:
        origin = ""
        try:
            origin = self.server.gate.admit(self.command, self.path, self.headers)
            if self.command == "OPTIONS":
                headers = origin_gate.answer_headers(origin, preflight=True)
                self._send(HTTPStatus.NO_CONTENT, None, headers)
                return
            status, answer = HTTPStatus.OK, self._result(origin)
        except AgentError as error:
            log.warning("拒绝 %s %s", error.code, error.message)
            status, answer = (
                error.status,
                {"error": error.code, "message": error.message, "remedy": error.remedy},
            )
        self._send(status, answer, origin_gate.answer_headers(origin) if origin else [])

    # http.server looks for these names
    do_POST = do_OPTIONS = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def _result(self, origin: str) -> dict[str, Any]:
        signing = self.server.signing
        if self.path == "/status":
            self.server.request_received(self.request)
            return signing.status()
        body = self.rfile.read(origin_gate.body_length(self.headers))
        self.server.request_received(self.request)
        if self.path == "/certificates":
            origin_gate.fields(self.path, body)
            return signing.certificates()
        return signing.sign(origin, origin_gate.sign_request(body), self._hung_up)

    def _hung_up(self) -> bool:
        """Whether the page has closed its connection: it is readable, but at its end."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send(
        self, status: HTTPStatus, answer: dict[str, Any] | None, headers: list[tuple[str, str]]
    ) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode() if answer is not None else b""
        self.send_response(status)
        for name, value in [
            *headers,
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ]:
            self.send_header(name, value)
        if answer is not None:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # the name is the base class's
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Does nothing: refusals are logged above, and the request line is not ours to log."""
