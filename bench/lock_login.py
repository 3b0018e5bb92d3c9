"""Login by lock over HTTP, challenge to session: logins a second, p50 and p99, for RSA and SM2,
with one server process.

The server is the real site (uvicorn, SQLite, the verifier of certificates, libcrypto) in a process
of its own; this process is the browsers and the locks: it signs beforehand only what it may (the
challenge is signed when it comes). Goal: 220 logins/s a core of the server. Beside it: what the
server would reach if it did nothing but verify signatures; and how many calls of Python and C
functions a login takes, which no load of the machine changes, so that two commits compare by it.
Run: python -m bench.lock_login [SECONDS]
"""

import base64
import json
import multiprocessing
import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

from bench.desk import make_desk
from bench.quiet import hush
from core.accounts.front_desk import EntranceSettings, FrontDesk
from core.data.enterprise import Binding, Enterprise
from core.listening import bound_socket
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from core.locks.challenge import Purpose
from lock_protocol import signed_bytes
from tests.certificates import pki
from tests.certificates.profiles import GENERIC
from web.application import create_app
from web.common.page_settings import WebSettings
from web.http_bounds import bounded_server

SECONDS = 8.0
CLIENTS = 4
ORIGIN = "http://127.0.0.1"
COUNTED = 100
CONTEXT = multiprocessing.get_context("spawn")


def serve(
    folder: Path,
    port_pipe,
    authority: bytes,
    certificate: bytes,
    origin: str,
    counts: bool = False,
) -> None:
    """The site, until it is terminated. `counts`: it answers on the pipe how many calls it made."""
    hush()
    if counts:
        count_calls(port_pipe)
    desk = make_desk(folder)
    signatures = desk_signatures()
    verifier = CertificateVerifier([replace(GENERIC, issuers=(authority,))], signatures, desk.clock)
    front = FrontDesk(
        desk.store,
        desk.clock,
        desk.passwords,
        verifier,
        signatures,
        desk.store._vault.token,
        EntranceSettings(frozenset({origin})),
    )
    bind(desk, verifier, certificate)
    settings = WebSettings(
        secure_cookies=False,
        base_url=origin,
        challenge_tries_per_minute=10**9,
        portal_tries_per_minute=10**9,
    )
    sock = bound_socket("127.0.0.1", 0, "web.")
    port_pipe.send((sock.getsockname()[1], os.getpid()))
    bounded_server(create_app(desk, settings, front=front), 400).run(sockets=[sock])


def count_calls(pipe) -> None:
    calls = [0]

    def counted(_frame, event: str, _argument) -> None:
        if event in {"call", "c_call"}:
            calls[0] += 1

    def report() -> None:
        while pipe.recv():
            pipe.send(calls[0])

    threading.Thread(target=report, daemon=True).start()
    threading.setprofile(counted)
    sys.setprofile(counted)


def bind(desk, verifier, certificate: bytes) -> None:
    known = verifier.verify(certificate, desk.clock.now(), Purpose.LOGIN.value)
    with desk.store.transaction(audited=False) as tx:
        enterprise_id = tx.accounts.add(
            Enterprise(
                0,
                known.enterprise_name,
                known.uscc,
                "",
                "c@example.org",
                "",
                desk.clock.now(),
                information_submitted=True,
            )
        )
        one = Binding(
            0,
            enterprise_id,
            known.serial,
            "bench",
            primary=True,
            system="s",
            bound_at=desk.clock.now(),
        )
        one = replace(one, id=tx.bindings.add(one))
        assert tx.bindings.claim_lock(one, [known.spki_sha256])


class Browser:
    """One enterprise's browser with its lock, over one kept connection."""

    def __init__(self, port: int, certificate: bytes, sign, origin: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.certificate, self.sign, self.origin = (
            base64.b64encode(certificate).decode(),
            sign,
            origin,
        )
        self.cookies: dict[str, str] = {}
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", "/portal/login"))[1]

    def log_in(self) -> None:
        answer = json.loads(
            self.ask(
                "POST", "/portal/challenge", {"csrf": self.csrf, "purpose": "login", "account": ""}
            )
        )
        nonce = base64.urlsafe_b64decode(answer["nonce"] + "=" * (-len(answer["nonce"]) % 4))
        signature = self.sign(signed_bytes(self.origin, "login", nonce, ""))
        proof = {
            "csrf": self.csrf,
            "nonce": answer["nonce"],
            "certificate": self.certificate,
            "signature": base64.b64encode(signature).decode(),
        }
        went = json.loads(self.ask("POST", "/portal/login/lock", proof | {"beside": []}))
        assert went.get("go") == "/portal", went
        self.cookies = {name: value for name, value in self.cookies.items() if "form" in name}

    def ask(self, method: str, path: str, body: dict | None = None) -> str:
        headers = {
            "Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()),
            "Origin": self.origin,
            "Host": self.origin.partition("//")[2],
            "Content-Type": "application/json",
        }
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.read().decode()


@contextmanager
def running(kind: str, *, counts: bool = False) -> Iterator[tuple[Callable[[], Browser], int, Any]]:
    """A server: what makes a browser of it, its process id, the pipe to it."""
    authority = pki.root(kind)
    key = pki.kept_key(kind, "bench")
    certificate = pki.enterprise(authority, key)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = CONTEXT.Pipe()
        given = (Path(folder), theirs, authority.der, certificate, ORIGIN, counts)
        server = CONTEXT.Process(target=serve, args=given, daemon=True)
        server.start()
        port, pid = ours.recv()
        sign = partial(key.sign, key.algorithm)
        yield partial(Browser, port, certificate, sign, ORIGIN), pid, ours
        server.terminate()
        server.join(10)


def measure(kind: str, seconds: float) -> str:
    with running(kind) as (browser, pid, _):
        took: list[float] = []
        browsers = [browser() for _ in range(CLIENTS)]
        for one in browsers:
            one.log_in()
        before, began = psutil.Process(pid).cpu_times(), time.perf_counter()
        threads = [
            threading.Thread(target=log_in_until, args=(one, began + seconds, took))
            for one in browsers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = time.perf_counter() - began
        after = psutil.Process(pid).cpu_times()
    cores = (after.user + after.system - before.user - before.system) / wall
    took.sort()
    rate = len(took) / wall
    return (
        f"  {kind.upper():<4} {rate:6.1f} logins/s with {cores:.2f} cores of the server = "
        f"{rate / cores:6.1f}/s a core"
        f"   p50 {1000 * statistics.median(took):5.1f} ms   p99 "
        f"{1000 * took[int(0.99 * (len(took) - 1))]:5.1f} ms"
    )


def calls_a_login(kind: str) -> float:
    with running(kind, counts=True) as (browser, _, pipe):
        one = browser()
        counts = []
        for _ in range(2):  # the first round fills what is computed once
            for _ in range(COUNTED):
                one.log_in()
            pipe.send(True)
            counts.append(pipe.recv())
    return (counts[1] - counts[0]) / COUNTED


def log_in_until(browser: Browser, end: float, took: list[float]) -> None:
    while time.perf_counter() < end:
        began = time.perf_counter()
        browser.log_in()
        took.append(time.perf_counter() - began)


def main() -> None:
    hush()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print(f"lock_login: challenge to session over HTTP, one server process, {CLIENTS} browsers")
    for kind in ("rsa", "sm2"):
        print(measure(kind, seconds))
    print(f"  {calls_a_login('rsa'):.0f} calls of Python and C functions a login (RSA)")


if __name__ == "__main__":
    main()
