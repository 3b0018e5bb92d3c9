"""Hostile clients of the pages and of the SMTP receiver, from many addresses of this machine: each
call is one of them, and none waits long."""

import base64
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from bench.browser import FORM, TIMEOUT_S, Browser
from bench.hostile.honest import enterprise_of
from tests.certificates import pki

HALF_SENT = (
    b"GET /login HTTP/1.1\r\nX: ",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nname=",
    b"",
    b"G",
)
SMTP_BEGUN = (
    b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: ",
    b"EH",
)
LENGTHS = (
    b"Content-Length: 400000000",
    b"Transfer-Encoding: chunked",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
)
HOSTS = ("evil.example", "127.0.0.1", "desk.example.org.evil.example", "[::1]:1")
Act = Callable[[random.Random], object]


@dataclass(slots=True)
class Half:
    """Connections that send a byte a second and never come to an end;
    the desk ends them, or their time does."""

    held: list[tuple[socket.socket, float]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, connection: socket.socket, seconds: float = 60.0) -> None:
        with self.lock:
            self.held.append((connection, time.monotonic() + seconds))

    def drip(self, ended: threading.Event) -> None:
        """In a thread of its own."""
        while not ended.wait(1.0):
            with self.lock:
                self.held = [(one, until) for one, until in self.held if _dripped(one, until)]
        for connection, _ in self.held:
            connection.close()


def _dripped(connection: socket.socket, until: float) -> bool:
    with suppress(OSError):
        if time.monotonic() < until:
            connection.send(b"x")
            return True
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
        connection.sendall(dice.choice(HALF_SENT))
        self.half.keep(connection)

    def smtp_dribble(self, dice: random.Random) -> None:
        connection = _connect(self.smtp, dice)
        connection.sendall(dice.choice(SMTP_BEGUN))
        self.half.keep(connection)

    def giant_body(self, dice: random.Random) -> None:
        host = self.origin.partition("//")[2]
        head = f"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: {FORM}\r\n".encode()
        with _connect(self.web, dice) as connection, suppress(OSError):
            connection.sendall(head + dice.choice(LENGTHS) + b"\r\n\r\n")
            for _ in range(16):
                connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
            connection.recv(1000)

    def wrong_host(self, dice: random.Random) -> int:
        return self._browser(dice).ask("GET", "/login", host=dice.choice(HOSTS))[0]

    def wrong_link(self, dice: random.Random) -> int:
        tokens = [secrets.token_urlsafe(32), "../../etc/passwd", "x" * 3000, "short"]
        return self._browser(dice).ask("GET", f"/link/{dice.choice(tokens)}")[0]

    def console_password(self, dice: random.Random) -> int:
        name = dice.choice([self.administrator, self.administrator, "root", secrets.token_hex(20)])
        return self._browser(dice).post_form("/login", name=name, password=_password(dice))

    def portal_password(self, dice: random.Random) -> int:
        known = enterprise_of(dice.randrange(200)).name
        name = known if dice.random() < 0.7 else f"北京{secrets.token_hex(6)}有限公司"
        return self._browser(dice).post_form("/portal/login", name=name, password=_password(dice))

    def junk_certificate(self, dice: random.Random) -> int:
        octets = bytearray(self._good)
        for _ in range(dice.randrange(1, 20)):
            octets[dice.randrange(len(octets))] ^= dice.randrange(1, 256)
        junk = dice.choice([bytes(octets), dice.randbytes(3000), b"\x30\x80" * 4000])
        return self._told(dice, "/portal/certificate", certificate=base64.b64encode(junk).decode())

    def challenge(self, dice: random.Random) -> int:
        purpose = dice.choice(["login", "register", "x"])
        return self._told(dice, "/portal/challenge", purpose=purpose, account="")

    def _told(self, dice: random.Random, path: str, **fields: str) -> int:
        browser = self._browser(dice)
        return browser.post_json(path, csrf=browser.form_token("/portal/login"), **fields)[0]

    def _browser(self, dice: random.Random) -> Browser:
        return Browser(self.web, self.origin, _source(dice))

    def acts(self, scale: float) -> Iterator[tuple[str, Callable[[], object]]]:
        """Kind and act of each; the same ones at each run."""
        dice = random.Random(91126)
        kinds: dict[str, tuple[Act, int]] = {
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


def _password(dice: random.Random) -> str:
    return dice.choice(["123456", "password", secrets.token_hex(8)])


def _source(dice: random.Random) -> tuple[str, int]:
    return f"127.{dice.randrange(1, 200)}.{dice.randrange(255)}.{dice.randrange(1, 255)}", 0


def _connect(port: int, dice: random.Random) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), TIMEOUT_S, source_address=_source(dice))
