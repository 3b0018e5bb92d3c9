"""A trading system that writes down what it is told, and answers as it is bidden."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


def claims_in(body: str) -> dict[str, Any]:
    """What a logout token says, its signature not looked at."""
    part = parse_qs(body).get("logout_token", [".e30."])[0].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return claims


class Listening:
    """`status`: of its answers; `refused`: the `sid` of a login whose end it answers with 400."""

    def __init__(self) -> None:
        self.status, self.refused = 204, ""
        self.got: list[tuple[str, dict[str, str], str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append((self.path, dict(self.headers), body))
                refused = outer.refused and outer.refused in claims_in(body).values()
                self.send_response(400 if refused else outer.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
