"""A running desk with the usual 1,024 files, and a stranger who opens more: pages and mails go on
beside it; the log keeps the secrets of links out."""

import contextlib
import resource
import smtplib
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sockets import require_files
from core.errors import ConfigError
from tests.app.running import started, until_said
from tests.servers.ports import free_port

FILES = 1024
ACCEPTED = 32
"""Connections after which an answer is waited for: the kernel lets a connection wait for a second
where more than a server's backlog are not accepted yet (web 64, SMTP 8)."""
MAIL = b"From: a@example.com\r\nTo: support@example.org\r\nSubject: hello\r\n\r\nhello\r\n"


class Running:
    """A desk of its own process."""

    def __init__(self, process: "subprocess.Popen[str]", web: int, smtp: int) -> None:
        self.process, self.web, self.smtp = process, web, smtp

    def page(self, path: str = "/login") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}{path}", timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def mail(self) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=60) as client:
            client.sendmail("a@example.com", ["support@example.org"], MAIL)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Running]:
    web, smtp = free_port(), free_port()
    (tmp_path / "config.yaml").write_text(
        f"storage: {{folder: data}}\nweb: {{port: {web}}}\nlogging: {{level: debug}}\n"
        f"mailbox: {{maildir: {{smtp_port: {smtp}}}}}\n",
        encoding="utf-8",
    )
    with started("serve", cwd=tmp_path) as process:
        until_said(process, "desk.started")
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        yield Running(process, web, smtp)


@pytest.fixture(autouse=True)
def files_enough() -> Iterator[None]:
    """For the stranger's side of the connections, which is this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def half_open(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(b"GET /login HTTP/1.1\r\n")
    return client


def test_pages_and_mails_go_on_beside_more_half_open_connections_than_the_process_has_files(
    desk: Running,
) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(1100):
            stack.enter_context(half_open(desk.web))
            if number % ACCEPTED == 0:
                assert desk.page() == 200
        for _ in range(300):
            assert stack.enter_context(half_open(desk.smtp)).recv(3) == b"220"
        assert [desk.page() for _ in range(5)] == [200] * 5
        desk.mail()
        assert len(list(Path(f"/proc/{desk.process.pid}/fd").iterdir())) < FILES / 2
    assert desk.page("/health") in {200, 503}


def test_the_log_holds_no_address_of_a_link(desk: Running) -> None:
    token = "SecretOfALink" * 3
    assert desk.page(f"/link/{token}") == 410
    with socket.create_connection(("127.0.0.1", desk.web), timeout=60) as client:
        client.sendall(f"GET /link/{token} HTTP/1.1\r\nbroken\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    desk.process.terminate()
    said = desk.process.communicate(timeout=60)[0]
    assert "desk.stopping" in said
    assert "SecretOfALink" not in said


def test_connections_leave_files_to_the_desk_or_it_says_so() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    require_files(100)
    with pytest.raises(ConfigError, match="max_connections"):
        require_files(hard + 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
    require_files(200)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 456
