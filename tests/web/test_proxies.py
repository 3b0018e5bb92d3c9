"""The files of deploy/ for nginx and Caddy, used by the real programs before a real desk."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.app.running import eventually, started, until_said
from tests.servers.certificates import make_certificate
from tests.servers.ports import free_port
from tests.servers.proxies import NAME, Proxy, proxy

MiB = 1024 * 1024


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running desk."""
    home, port = tmp_path_factory.mktemp("desk"), free_port()
    (home / "config.yaml").write_text(
        f"web: {{port: {port}, base_url: 'https://{NAME}', trusted_proxies: [127.0.0.1]}}\n"
        "mailbox: {maildir: {smtp_receiver: false}}\n"
        "storage: {folder: data}\n",
        encoding="utf-8",
    )
    with started("serve", cwd=home) as process:
        until_said(process, "desk.started")
        yield port


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def before(
    request: pytest.FixtureRequest, desk: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp(request.param)
    certificate = make_certificate(folder / "tls", NAME)
    with proxy(request.param, folder, desk, certificate) as found:
        yield found


def test_pages_come_over_tls_with_the_desks_headers(before: Proxy) -> None:
    with before.client() as client:
        answer = client.get("/portal/login")
    assert answer.status_code == 200
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "content-security-policy" in answer.headers


def test_a_form_that_is_too_large_is_refused_and_a_file_is_not(before: Proxy) -> None:
    large = {"x": "a" * (2 * MiB)}
    with before.client() as client:
        try:
            refused = client.post("/portal/login", data=large).status_code
        except httpx.RemoteProtocolError:
            refused = 502  # Caddy cuts its answer off where the desk closes before it has read all
        assert refused in {413, 502}
        upload = client.post("/portal/check", files={"file": ("a.pdf", b"%PDF" + b"a" * 2 * MiB)})
    assert upload.status_code == 403, "the desk has read it; the form's token is missing"


def test_a_client_that_sends_its_headers_for_ever_is_cut_off(before: Proxy) -> None:
    context = ssl.create_default_context(cafile=str(before.certificate.ca_file))
    with (
        socket.create_connection(("127.0.0.1", before.port), 30) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: desk.example.org\r\n")
        begun = time.monotonic()
        while time.monotonic() < begun + 60:
            connection.settimeout(1)
            try:
                if connection.recv(1000) == b"":
                    break
            except TimeoutError:
                connection.sendall(b"X-More: 1\r\n")
            except OSError:
                break
        else:
            pytest.fail("it is still open")


def test_secrets_of_links_stay_out_of_the_log(before: Proxy) -> None:
    with before.client() as client:
        client.get("/link/secret-of-a-letter")
        client.get("/status/JB20261130-0001/secret-of-a-case")
        client.get(
            "/find?words=secret-of-a-search", headers={"Referer": "/find?a=secret-of-a-page"}
        )
        client.get("/portal/last-of-these?page=logged")
    # a proxy writes the line of a request behind its answer
    eventually(lambda: "/portal/last-of-these" in before.log.read_text())
    assert "secret-of" not in before.log.read_text()


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_nor_are_they_in_an_error_where_the_desk_is_down(kind: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls", NAME)
    with (
        proxy(kind, tmp_path, free_port(), certificate) as found,
        found.client() as client,
    ):
        assert client.get("/link/secret-of-a-letter").status_code == 502
        assert client.get("/status/JB20261130-0001/secret-of-a-case").status_code == 502
        client.get("/portal/login")
    written = [file.read_bytes() for file in tmp_path.iterdir() if file.is_file()]
    assert not any(b"secret-of" in content for content in written)


def test_a_flood_of_forms_is_slowed_down(before: Proxy) -> None:
    with before.client() as client:
        codes = {client.post("/portal/login", data={"a": "b"}).status_code for _ in range(60)}
        assert client.get("/portal/login").status_code == 200, "pages are not counted"
    if before.log.parent.name.startswith("nginx"):
        assert 429 in codes
