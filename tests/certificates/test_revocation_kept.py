"""Lists are fetched from named addresses only, within bounds; their age is told before and after
they run out; every CA of a path is judged."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from app.operations.certificate_checks import authorities, revocation
from app.operations.health import DeskHealth
from app.revocation import RevocationKeeper
from app.settings.config import Config, load
from app.wiring import Wiring
from core.errors import ConfigError, ListUnavailable
from core.locks.certificates.crl_fetch import fetch, list_urls
from core.locks.certificates.crl_watch import Age, watched
from core.locks.certificates.parsing import parse
from core.locks.certificates.verifier import CertificateVerifier, desk_signatures
from tests.app.parsing import settings_of
from tests.certificates import pki
from tests.certificates.pki import NOW, Authority, enterprise
from tests.certificates.profiles import GENERIC
from tests.certificates.test_revocation import issuing_point, login, points_to
from tests.fixed_clock import FixedClock
from tests.web.harness import Harness

DAY = timedelta(days=1)
Make = Callable[..., CertificateVerifier]


class Publisher:
    """A CA's HTTP server on loopback.

    `pages`: octets, or what a handler does, by path; `asked`: the paths, in order.
    """

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.path)
                page = publisher.pages.get(self.path)
                if callable(page):
                    page(self)
                    return
                self.send_response(200 if page is not None else 404)
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    yield publisher
    publisher.server.shutdown()
    publisher.server.server_close()


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    harness = Harness(tmp_path)
    harness.clock.at = NOW
    yield harness
    harness.store.close()


def kept(
    harness: Harness,
    issuer: Authority,
    *urls: str,
    roots: tuple[bytes, ...] = (),
    folder: Path | None = None,
) -> tuple[CertificateVerifier, RevocationKeeper]:
    profile = replace(GENERIC, authorities=(issuer.der,), revocation="crl", crl_urls=urls)
    verifier = CertificateVerifier(
        [profile], desk_signatures(), harness.clock, roots=roots, crl_folder=folder
    )
    return verifier, RevocationKeeper(verifier, harness.desk)


def alerts(harness: Harness) -> list[str]:
    with harness.tx() as tx:
        return [alert.kind.partition(".")[0] for alert in tx.alerts.find()]


# ---- the default


def test_revocation_is_on_as_soon_as_issuers_are_named() -> None:
    settings = settings_of({"certificates": {"profiles": {"bjca": {"issuers": ["ca.pem"]}}}})
    assert settings.certificates.profiles["bjca"].revocation != "none"


@pytest.mark.parametrize(
    "url",
    [
        "ldap://ca.example.org/cn=crl",
        "file:///etc/passwd",
        "http://user@ca.example.org/x",
        "http:///x",
        "ca.example.org/x",
    ],
)
def test_an_address_that_is_no_lists_is_refused_in_the_settings(url: str) -> None:
    with pytest.raises(ConfigError, match="crl_urls"):
        settings_of({"certificates": {"profiles": {"bjca": {"crl_urls": [url]}}}})


# ---- fetching


def test_a_list_is_fetched_used_and_kept(
    harness: Harness, publisher: Publisher, tmp_path: Path
) -> None:
    issuer = pki.root("sm2")
    publisher.pages["/ca.crl"] = issuer.crl([(72, None)])
    verifier, keeper = kept(harness, issuer, f"{publisher.url}/ca.crl", folder=tmp_path / "crl")
    assert login(verifier, enterprise(issuer, serial=71)) == "revocation.unknown", (
        "on, and nothing known yet: refused"
    )
    assert keeper.round() == []
    assert [login(verifier, enterprise(issuer, serial=serial)) for serial in (71, 72)] == [
        None,
        "revocation.revoked",
    ]
    again, _ = kept(harness, issuer, folder=tmp_path / "crl")
    assert login(again, enterprise(issuer, serial=72)) == "revocation.revoked"
    assert alerts(harness) == []


def test_a_running_keeper_fetches_by_itself(harness: Harness, publisher: Publisher) -> None:
    issuer, fetched = pki.root("sm2"), threading.Event()

    def serve(handler: BaseHTTPRequestHandler) -> None:
        data = issuer.crl()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
        fetched.set()

    publisher.pages["/ca.crl"] = serve
    _verifier, keeper = kept(harness, issuer, f"{publisher.url}/ca.crl")
    keeper.start()
    assert fetched.wait(40)
    keeper.close()


def test_a_locks_own_distribution_point_is_never_asked(
    harness: Harness, publisher: Publisher
) -> None:
    issuer = pki.root("sm2")
    verifier, keeper = kept(harness, issuer)
    lock = enterprise(
        issuer, serial=71, extensions=[points_to(f"{publisher.url}/inside"), pki.code_extension()]
    )
    login(verifier, lock)
    keeper.round()
    assert publisher.asked == []


def test_the_points_on_the_configured_cas_own_certificates_are_asked(
    harness: Harness, publisher: Publisher
) -> None:
    root = pki.root("sm2")
    issuer = pki.below(root, "sm2", extensions=[points_to(f"{publisher.url}/root.crl")])
    publisher.pages["/root.crl"] = root.crl([(issuer_serial(issuer), None)])
    verifier, keeper = kept(harness, issuer, roots=(root.der,))
    keeper.round()
    assert publisher.asked == ["/root.crl"]
    verifier.lists.offer(issuer.crl(), NOW)
    assert login(verifier, enterprise(issuer)) == "issuer.revoked"


def issuer_serial(issuer: Authority) -> int:
    return parse(issuer.der).serial


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)  # the defect itself: a server that drips
    except OSError:
        return


def redirecting(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/inside")
    handler.end_headers()


def test_what_cannot_be_a_list_ends_within_its_bounds(publisher: Publisher) -> None:
    publisher.pages |= {
        "/large": b"x" * 2_000_000,
        "/drip": dripping,
        "/redirect": redirecting,
        "/inside": b"secret",
    }
    began = time.monotonic()
    for path, within_s, words in (
        ("/large", 40.0, "MiB"),
        ("/drip", 1.0, "127.0.0.1"),
        ("/redirect", 40.0, "302"),
        ("/nothing", 40.0, "404"),
    ):
        with pytest.raises(ListUnavailable, match=words):
            fetch(publisher.url + path, within_s, 1_000_000)
    assert time.monotonic() - began < 40
    assert "/inside" not in publisher.asked


def test_a_server_that_never_speaks_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ListUnavailable):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/x", 0.5)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "ldap://127.0.0.1/x",
        "http://a@127.0.0.1/x",
        "http://[::1",
    ],
)
def test_other_ways_are_never_taken(url: str) -> None:
    with pytest.raises(ListUnavailable):
        fetch(url, 1.0)


def test_a_forged_list_is_not_taken_and_told(harness: Harness, publisher: Publisher) -> None:
    issuer = pki.root("sm2")
    publisher.pages["/ca.crl"] = issuer.crl(signer=pki.kept_key("sm2", "forger"))
    _verifier, keeper = kept(harness, issuer, f"{publisher.url}/ca.crl")
    assert len(keeper.round()) == 1
    assert alerts(harness) == ["revocation"]


def test_a_profile_that_asks_for_no_revocation_has_nothing_fetched() -> None:
    issuer = pki.root("sm2")
    profile = replace(
        GENERIC, authorities=(issuer.der,), revocation="none", crl_urls=("http://ca.example.org/x",)
    )
    verifier = CertificateVerifier([profile], desk_signatures(), FixedClock(NOW))
    assert list_urls(verifier.trust) == ()


# ---- age


def test_the_age_of_a_list_is_told_before_and_after_it_runs_out(
    harness: Harness, publisher: Publisher, tmp_path: Path
) -> None:
    issuer = pki.root("sm2")
    verifier, keeper = kept(harness, issuer, f"{publisher.url}/ca.crl")

    def at(moment: datetime) -> tuple[Age, list[str]]:
        harness.clock.at = moment
        keeper.round()
        [line] = watched(verifier, moment)
        return line.age, alerts(harness)

    assert at(NOW) == (Age.MISSING, ["revocation"])
    publisher.pages["/ca.crl"] = issuer.crl(number=1, this_update=NOW, next_update=NOW + 10 * DAY)
    assert at(NOW) == (Age.FRESH, [])
    assert at(NOW + 8 * DAY) == (Age.FRESH, [])
    assert at(NOW + 9.5 * DAY) == (Age.AGEING, ["revocation-soon"])
    assert ill(harness, tmp_path) is False
    assert at(NOW + 11 * DAY) == (Age.STALE, ["revocation"])
    assert ill(harness, tmp_path) is True
    publisher.pages["/ca.crl"] = issuer.crl(
        number=2, this_update=NOW + 11 * DAY, next_update=NOW + 20 * DAY
    )
    assert at(NOW + 11 * DAY) == (Age.FRESH, [])


def ill(harness: Harness, folder: Path) -> bool:
    settings = settings_of({"storage": {"folder": str(folder)}})
    [line] = [
        line
        for line in DeskHealth(
            Wiring(Config(settings, Path())), harness.desk, harness.clock.now()
        ).lines()
        if line.name == "alerts"
    ]
    return not line.ok


def test_doctor_tells_what_is_not_judged_and_what_is_missing(tmp_path: Path) -> None:
    issuer = pki.root("sm2")
    (tmp_path / "ca.cer").write_bytes(issuer.der)
    file = tmp_path / "config.yaml"

    def lines(extra: str = "") -> list[tuple[bool | None, str]]:
        file.write_text(
            f"storage: {{folder: {tmp_path}/data}}\n"
            f"certificates:\n  profiles:\n    bjca:\n      issuers: [ca.cer]\n{extra}",
            encoding="utf-8",
        )
        return [
            (line.ok, line.text) for line in revocation(Wiring(load(file), clock=FixedClock(NOW)))
        ]

    [(ok, text)] = lines()
    assert (ok, "没有吊销列表" in text) == (False, True)
    [(ok, text)] = lines("      revocation: none\n")
    assert (ok, "不查吊销" in text) == (None, True)
    (tmp_path / "data" / "crl").mkdir(parents=True)
    (tmp_path / "data" / "crl" / "by hand.crl").write_bytes(issuer.crl())
    [(ok, text)] = lines()
    assert (ok, "有效" in text) == (True, True)


@pytest.mark.parametrize(
    ("days", "told"),
    [(-3001, [False]), (-2999, []), (2939, []), (2941, [None]), (3001, [False])],
)
def test_doctor_tells_a_ca_certificate_that_is_out_of_its_time(
    tmp_path: Path, days: int, told: list[bool | None]
) -> None:
    issuer = pki.root("sm2")
    (tmp_path / "ca.cer").write_bytes(issuer.der)
    file = tmp_path / "config.yaml"
    file.write_text(
        f"storage: {{folder: {tmp_path}/data}}\n"
        "certificates: {profiles: {bjca: {issuers: [ca.cer]}}}\n",
        encoding="utf-8",
    )
    lines = [*authorities(Wiring(load(file), clock=FixedClock(NOW + days * DAY)))]
    assert [(line.ok, "测试根CA" in line.text, "issuers" in line.remedy) for line in lines] == [
        (ok, True, True) for ok in told
    ]


# ---- files put into the folder


def pem_list(der: bytes) -> bytes:
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("before", [b"", b"Certificate Revocation List (CRL):\n    Version 2\n"])
def test_a_list_is_read_as_pem_too(
    harness: Harness,
    publisher: Publisher,
    tmp_path: Path,
    before: bytes,
) -> None:
    issuer = pki.root("sm2")
    (tmp_path / "by hand.crl").write_bytes(before + pem_list(issuer.crl([(72, None)])))
    by_hand, _ = kept(harness, issuer, folder=tmp_path)
    assert login(by_hand, enterprise(issuer, serial=71)) is None
    assert login(by_hand, enterprise(issuer, serial=72)) == "revocation.revoked"
    publisher.pages["/ca.crl"] = before + pem_list(issuer.crl([(73, None)], number=5))
    fetching, keeper = kept(harness, issuer, f"{publisher.url}/ca.crl", folder=tmp_path / "crl")
    assert keeper.round() == []
    assert login(fetching, enterprise(issuer, serial=73)) == "revocation.revoked"
    again, _ = kept(harness, issuer, folder=tmp_path / "crl")
    assert login(again, enterprise(issuer, serial=73)) == "revocation.revoked"


@pytest.mark.parametrize(
    "content",
    [
        b"<html>404</html>",
        b"",
        b"-----BEGIN X509 CRL-----\nMIIB\n",
        b"-----BEGIN X509 CRL-----\n?\n-----END X509 CRL-----\n",
    ],
)
def test_a_list_that_cannot_be_read_is_a_line_in_log_alert_and_doctor(
    harness: Harness,
    tmp_path: Path,
    content: bytes,
) -> None:
    issuer, folder = pki.root("sm2"), tmp_path / "data" / "crl"
    folder.mkdir(parents=True)
    (folder / "good.crl").write_bytes(issuer.crl(number=2))
    (folder / "older.crl").write_bytes(issuer.crl(number=1))
    (folder / "of another CA.crl").write_bytes(pki.root("p256", "另一根CA").crl())
    (folder / "page.crl").write_bytes(content)
    _, keeper = kept(harness, issuer, folder=folder)
    with capture_logs() as logged:
        keeper.round()
    [line] = [line["what"] for line in logged if line["event"] == "revocation.not_taken"]
    assert line.startswith("page.crl：")
    assert alerts(harness) == ["revocation-file"]
    assert ill(harness, tmp_path) is False, "the list in use is a good one"

    (tmp_path / "ca.cer").write_bytes(issuer.der)
    config = tmp_path / "config.yaml"
    config.write_text(
        f"storage: {{folder: {tmp_path}/data}}\n"
        "certificates: {profiles: {bjca: {issuers: [ca.cer]}}}\n",
        encoding="utf-8",
    )
    told = [*revocation(Wiring(load(config), clock=FixedClock(NOW)))]
    assert [one.text for one in told if not one.ok] == [line]
    assert [str(folder) in one.remedy for one in told if not one.ok] == [True]

    (folder / "page.crl").write_bytes(issuer.crl(number=3))
    assert keeper.round() == []
    assert alerts(harness) == []


# ---- every certificate of the path


def chain(make_verifier: Make, **knobs: object) -> tuple[Authority, Authority, CertificateVerifier]:
    root = pki.root("p256")
    issuer = pki.below(root, "p256")
    return root, issuer, make_verifier([issuer.der], roots=[root.der], revocation="crl", **knobs)


def test_a_ca_above_the_lock_is_judged_too(make_verifier: Make) -> None:
    root, issuer, verifier = chain(make_verifier)
    verifier.lists.offer(issuer.crl(), NOW)
    assert login(verifier, enterprise(issuer)) == "issuer.revocation_unknown"
    verifier.lists.offer(root.crl(number=1), NOW)
    assert login(verifier, enterprise(issuer)) is None
    verifier.lists.offer(root.crl([(issuer_serial(issuer), None)], number=2), NOW)
    assert login(verifier, enterprise(issuer)) == "issuer.revoked"


def test_a_list_of_cas_only_speaks_of_cas_and_a_list_of_users_of_users(make_verifier: Make) -> None:
    root, issuer, verifier = chain(make_verifier)
    verifier.lists.offer(issuer.crl(extensions=[issuing_point("", (0x82, b"\xff"))]), NOW)
    verifier.lists.offer(root.crl(extensions=[issuing_point("", (0x81, b"\xff"))]), NOW)
    assert login(verifier, enterprise(issuer)) == "issuer.revocation_unknown"
    verifier.lists.offer(root.crl(extensions=[issuing_point("", (0x82, b"\xff"))]), NOW)
    assert login(verifier, enterprise(issuer)) == "revocation.unknown"
    verifier.lists.offer(issuer.crl(extensions=[issuing_point("", (0x81, b"\xff"))]), NOW)
    assert login(verifier, enterprise(issuer)) is None
