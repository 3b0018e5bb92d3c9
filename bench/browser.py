"""A browser's worth of HTTP: one source, its cookies, forms with their tokens."""

import json
import re
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
TIMEOUT_S = 30.0
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """A visitor of the site at a port of this machine. `keeps`: one connection for all requests."""

    def __init__(
        self,
        port: int,
        origin: str,
        source: tuple[str, int] = ("127.0.0.1", 0),
        *,
        keeps: bool = False,
    ) -> None:
        self.origin, self._keeps, self.cookies = origin, keeps, dict[str, str]()
        self._connection = HTTPConnection(
            "127.0.0.1", port, timeout=TIMEOUT_S, source_address=source
        )

    def ask(
        self, method: str, path: str, body: str = "", kind: str = FORM, host: str = ""
    ) -> tuple[int, str]:
        """Status and page; 0 where the site closed the connection."""
        headers = {
            "Host": host or self.origin.partition("//")[2],
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body:
            headers |= {"Content-Type": kind, "Origin": self.origin}
        try:
            if not self._connection.sock:
                self._connection.connect()
                self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection.request(method, path, body.encode() or None, headers)
            answer = self._connection.getresponse()
            for header in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = header.split(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            if not self._keeps:
                self._connection.close()

    def form_token(self, path: str) -> str:
        found = _CSRF.search(self.ask("GET", path)[1])
        return found[1] if found else ""

    def post_form(self, path: str, page: str = "", **fields: str) -> int:
        """The status of a form that is sent. `page`: where it stands, by default at the path."""
        fields |= {"csrf": self.form_token(page or path)}
        return self.ask("POST", path, urlencode(fields))[0]

    def post_json(self, path: str, **fields: Any) -> tuple[int, str]:
        return self.ask("POST", path, json.dumps(fields), "application/json")
