"""Hostile clients of the pages and of the SMTP receiver, from many addresses of this machine: each
call is one of them, and none waits long."""

import base64
import random
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlencode

from bench.hostile.mails import name_of
from tests.certificates import pki

FORM: Final = "application/x-www-form-urlencoded"
TIMEOUT_S: Final = 30.0


@dataclass(slots=True)
class Half:
    """Connections that send a byte a second and never come to an end;
    the desk ends them, or their time does."""

    held: list[tuple[socket.socket, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, connection: socket.socket, seconds: float) -> None:
        with self.lock:
            self.held.append((connection, time.monotonic() + seconds))

    def drip(self, ended: threading.Event) -> None:
        """In a thread of its own."""
        while not ended.wait(1.0):
            with self.lock:
                held, self.held = self.held, []
            alive = [
                (connection, until) for connection, until in held if _dripped(connection, until)
            ]
            with self.lock:
                self.held += alive
        for connection, _ in self.held:
            connection.close()


def _dripped(connection: socket.socket, until: float) -> bool:
    try:
        if time.monotonic() < until:
            connection.send(b"x")
            return True
    except OSError:
        pass
    connection.close()
    return False


class Attacker:
    """All hostile clients of one desk."""

    def __init__(self, web: int, smtp: int, origin: str, administrator: str) -> None:
        self.web, self.smtp, self.origin, self.administrator = web, smtp, origin, administrator
        self.half = Half()
        self._good = pki.enterprise(pki.root("rsa"), pki.kept_key("rsa", "hostile"))

    def half_sent(self, dice: random.Random) -> None:
        connection = _connect(self.web, dice)
        connection.sendall(
            dice.choice(
                [
                    b"GET /login HTTP/1.1\r\nX: ",
                    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nname=",
                    b"",
                    b"G",
                ]
            )
        )
        self.half.keep(connection, 60)

    def smtp_dribble(self, dice: random.Random) -> None:
        connection = _connect(self.smtp, dice)
        connection.sendall(
            b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: "
            if dice.random() < 0.7
            else b"EH"
        )
        self.half.keep(connection, 60)

    def giant_body(self, dice: random.Random) -> None:
        lines = dice.choice(
            [
                b"Content-Length: 400000000\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            ]
        )
        with _connect(self.web, dice) as connection, suppress(OSError):
            host = self.origin.partition("//")[2].encode()
            connection.sendall(
                b"POST /login HTTP/1.1\r\nHost: "
                + host
                + b"\r\n"
                + f"Content-Type: {FORM}\r\n".encode()
                + lines
                + b"\r\n"
            )
            for _ in range(16):
                connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
            connection.recv(1000)

    def wrong_host(self, dice: random.Random) -> int:
        return self._client(dice).ask(
            "GET",
            "/login",
            host=dice.choice(
                ["evil.example", "127.0.0.1", "desk.example.org.evil.example", "[::1]:1"]
            ),
        )[0]

    def wrong_link(self, dice: random.Random) -> int:
        token = dice.choice(
            [secrets.token_urlsafe(32), "../../etc/passwd", "x" * 3000, secrets.token_urlsafe(5)]
        )
        return self._client(dice).ask("GET", f"/link/{token}")[0]

    def console_password(self, dice: random.Random) -> int:
        name = (
            self.administrator
            if dice.random() < 0.5
            else dice.choice(["admin", "root", secrets.token_hex(20)])
        )
        return self._client(dice).post_form(
            "/login",
            "/login",
            name=name,
            password=dice.choice(["123456", "password", secrets.token_hex(8)]),
        )

    def portal_password(self, dice: random.Random) -> int:
        name = (
            name_of(dice.randrange(200))
            if dice.random() < 0.7
            else f"北京{secrets.token_hex(6)}有限公司"
        )
        return self._client(dice).post_form(
            "/portal/login",
            "/portal/login",
            name=name,
            password=dice.choice(["123456", secrets.token_hex(8)]),
        )

    def junk_certificate(self, dice: random.Random) -> int:
        octets = bytearray(self._good)
        for _ in range(dice.randrange(1, 20)):
            octets[dice.randrange(len(octets))] ^= dice.randrange(1, 256)
        junk = dice.choice([bytes(octets), dice.randbytes(3000), b"\x30\x80" * 4000])
        client = self._client(dice)
        csrf = client.form_token("/portal/login")  # that of the same cookie
        return client.post_json(
            "/portal/certificate",
            f'{{"csrf": "{csrf}", "certificate": "{base64.b64encode(junk).decode()}"}}',
        )

    def challenge(self, dice: random.Random) -> int:
        client = self._client(dice)
        csrf = client.form_token("/portal/login")
        return client.post_json(
            "/portal/challenge",
            f'{{"csrf": "{csrf}", "purpose": "{dice.choice(["login", "register", "x"])}", '
            '"account": ""}',
        )

    def _client(self, dice: random.Random) -> "Client":
        return Client(self.web, self.origin, _source(dice))

    def acts(self, scale: float) -> Iterator[tuple[str, Callable[[], int | None]]]:
        """Kind and act of each; the same ones at each run."""
        dice = random.Random(91126)
        kinds: dict[str, tuple[Callable[[random.Random], int | None], int]] = {
            "half-sent HTTP": (self.half_sent, 900),
            "SMTP dribble": (self.smtp_dribble, 300),
            "giant bodies": (self.giant_body, 300),
            "wrong Host": (self.wrong_host, 500),
            "wrong links": (self.wrong_link, 600),
            "console passwords": (self.console_password, 500),
            "portal passwords": (self.portal_password, 500),
            "junk certificates": (self.junk_certificate, 390),
            "challenges": (self.challenge, 200),
        }
        for kind, (act, count) in kinds.items():
            for _ in range(round(count * scale) or 1):
                yield kind, partial(act, random.Random(dice.random()))


def _source(dice: random.Random) -> tuple[str, int]:
    return f"127.{dice.randrange(1, 200)}.{dice.randrange(255)}.{dice.randrange(1, 255)}", 0


def _connect(port: int, dice: random.Random) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), TIMEOUT_S, source_address=_source(dice))


class Client:
    """A browser's worth of HTTP: one source, its cookies, a connection for each request."""

    def __init__(self, port: int, origin: str, source: tuple[str, int]) -> None:
        self._port, self._origin, self._source = port, origin, source
        self._cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: str = "", kind: str = FORM, host: str = ""
    ) -> tuple[int, str]:
        """Status and page; 0 where the desk closed the connection."""
        connection = HTTPConnection(
            "127.0.0.1", self._port, timeout=TIMEOUT_S, source_address=self._source
        )
        headers = {
            "Host": host or self._origin.partition("//")[2],
            "Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items()),
        }
        if body:
            headers |= {"Content-Type": kind, "Origin": self._origin}
        try:
            connection.request(method, path, body.encode() or None, headers)
            answer = connection.getresponse()
            for header in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = header.split(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, answer.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def form_token(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", path)[1])
        return found[1] if found else ""

    def post_form(self, page: str, path: str, **fields: str) -> int:
        return self.ask("POST", path, urlencode(fields | {"csrf": self.form_token(page)}))[0]

    def post_json(self, path: str, body: str) -> int:
        return self.ask("POST", path, body, "application/json")[0]
