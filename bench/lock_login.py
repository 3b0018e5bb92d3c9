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
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer

from bench.browser import Browser
from bench.databases import make_desk
from bench.program import hush, run
from core.accounts.front_desk import EntranceSettings, FrontDesk
from core.data.enterprise import Binding
from core.listening import bound_socket
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from lock_protocol import signed_bytes
from tests.certificates import pki
from tests.certificates.profiles import GENERIC
from tests.unaudited import unaudited
from tests.validators.builders import enterprise
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Site
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
    verifier = CertificateVerifier(
        [replace(GENERIC, authorities=(authority,))], signatures, desk.clock
    )
    front = FrontDesk(
        desk.store,
        desk.passwords,
        verifier,
        signatures,
        desk.store.vault.token,
        EntranceSettings(origin),
    )
    bind(desk, verifier, certificate)
    settings = WebSettings(
        secure_cookies=False,
        base_url=origin,
        per_minute=dict.fromkeys(PER_MINUTE, 10**9),
    )
    sock = bound_socket("127.0.0.1", 0, "web.")
    port_pipe.send((sock.getsockname()[1], os.getpid()))
    bounded_server(create_app(Site(desk, settings, front=front)), 400).run(sockets=[sock])


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
    known = verifier.verify(certificate, desk.clock.now())
    firm = enterprise(name=known.enterprise_name, uscc=known.uscc)
    with unaudited(desk.store) as tx:
        one = Binding(
            0,
            tx.accounts.add(firm),
            known.serial,
            "bench",
            primary=True,
            system="s",
            bound_at=desk.clock.now(),
        )
        one = replace(one, id=tx.bindings.add(one))
        assert tx.bindings.claim_lock(one, [known.spki_sha256])


class Visitor:
    """One enterprise's browser with its lock, over one kept connection."""

    def __init__(self, port: int, certificate: bytes, sign, origin: str) -> None:
        self._browser, self._sign = Browser(port, origin, keeps=True), sign
        self._certificate = base64.b64encode(certificate).decode()
        self._csrf = self._browser.form_token("/portal/login")

    def log_in(self) -> None:
        nonce = self._tell("/portal/challenge", purpose="login", account="")["nonce"]
        octets = base64.urlsafe_b64decode(nonce + "=" * (-len(nonce) % 4))
        signature = self._sign(signed_bytes(self._browser.origin, "login", octets, ""))
        answer = self._tell(
            "/portal/login/lock",
            nonce=nonce,
            certificate=self._certificate,
            signature=base64.b64encode(signature).decode(),
            beside=[],
        )
        assert answer.get("go") == "/portal", answer
        for name in [name for name in self._browser.cookies if "form" not in name]:
            del self._browser.cookies[name]

    def _tell(self, path: str, **fields: Any) -> dict[str, Any]:
        return json.loads(self._browser.post_json(path, csrf=self._csrf, **fields)[1])


@contextmanager
def running(kind: str, *, counts: bool = False) -> Iterator[tuple[Callable[[], Visitor], int, Any]]:
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
        yield partial(Visitor, port, certificate, sign, ORIGIN), pid, ours
        server.terminate()
        server.join(10)


def measure(kind: str, seconds: float) -> str:
    with running(kind) as (browser, pid, _):
        browsers = [browser() for _ in range(CLIENTS)]
        for one in browsers:
            one.log_in()
        before, began = psutil.Process(pid).cpu_times(), time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            times = clients.map(partial(log_in_until, end=began + seconds), browsers)
            took = np.concatenate(list(times))
        wall = time.perf_counter() - began
        after = psutil.Process(pid).cpu_times()
    cores = (after.user + after.system - before.user - before.system) / wall
    p50, p99 = 1000 * np.quantile(took, [0.5, 0.99])
    rate = len(took) / wall
    return (
        f"  {kind.upper():<4} {rate:6.1f} logins/s with {cores:.2f} cores of the server = "
        f"{rate / cores:6.1f}/s a core"
        f"   p50 {p50:5.1f} ms   p99 {p99:5.1f} ms"
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


def log_in_until(browser: Visitor, end: float) -> list[float]:
    """The seconds that each login took."""
    took = []
    while time.perf_counter() < end:
        began = time.perf_counter()
        browser.log_in()
        took.append(time.perf_counter() - began)
    return took


def main(seconds: Annotated[float, typer.Argument()] = SECONDS) -> None:
    print(f"lock_login: challenge to session over HTTP, one server process, {CLIENTS} browsers")
    for kind in ("rsa", "sm2"):
        print(measure(kind, seconds))
    print(f"  {calls_a_login('rsa'):.0f} calls of Python and C functions a login (RSA)")


if __name__ == "__main__":
    run(main)
