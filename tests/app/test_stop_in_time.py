"""SIGTERM ends the desk in time whatever it waits for, and nothing is lost."""

import contextlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from app import service
from app.settings.config import load
from app.wiring import Wiring
from core.cases.letters.deliver import deliver
from core.data.letter import Letter, LetterKind, LetterState, Rendered
from tests.app.running import ROOT, environment, eventually, until_said
from tests.fixed_clock import FixedClock
from tests.servers.databases import database_of, libpq, postgres_database
from tests.servers.ports import free_port
from tests.servers.postgres import hanging
from tests.servers.scripted_imap import PASSWORD, USER, Mail, Provider, ScriptedImap
from tests.servers.smtp_sink import Fault, SmtpSink, certificate, smtp_sink
from tests.unaudited import unaudited

__all__ = ["certificate", "smtp_sink"]

BOUND_S = 1.0
SLACK_S = 8.0
"""For a busy machine; the shortest of the waits that are cut off here takes ten seconds."""
START = (
    f"import app.service; app.service.STOP_WITHIN_S = {BOUND_S}; "
    "from app.cli.main import main; main()"
)


class Running:
    """A desk in its folder whose bound is short."""

    def __init__(self, folder: Path, zones: dict[str, object], word: str = "serve") -> None:
        self.web, self.file = free_port(), folder / "config.yaml"
        usual = {
            "storage": {"folder": "data"},
            "web": {"port": self.web},
            "mailbox": {"maildir": {"smtp_port": free_port()}},
        }
        self.file.write_text(yaml.safe_dump(usual | zones), encoding="utf-8")
        self.wiring = Wiring(load(self.file), {"UNBIND_IMAP_PASSWORD": PASSWORD})
        self._word, self._folder = word, folder

    @contextlib.contextmanager
    def started(self) -> Iterator["subprocess.Popen[str]"]:
        process = subprocess.Popen(
            [sys.executable, "-c", START, self._word],
            cwd=self._folder,
            env=environment({"UNBIND_IMAP_PASSWORD": PASSWORD}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            until_said(process, "desk.started")
            yield process
        finally:
            process.kill()
            process.wait()


def ends_in_time(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(BOUND_S + SLACK_S) == 0


def test_while_a_mail_server_keeps_its_answer_to_a_letter(
    tmp_path: Path, smtp_sink: SmtpSink
) -> None:
    database_of(tmp_path)
    smtp = {"host": "127.0.0.1", "port": smtp_sink.port, "security": "none"}
    desk = Running(tmp_path, {"outbox": {"kind": "smtp", "smtp": smtp}}, "worker")
    now = desk.wiring.clock.now()
    letter = Letter(
        0,
        LetterKind.RECEIVED,
        "a@example.com",
        Rendered("s", "t", "h"),
        "<1@desk.example>",
        now,
        next_try_at=now,
    )
    with contextlib.closing(desk.wiring.store()) as store:
        with unaudited(store) as tx:
            tx.letters.add(letter)
        smtp_sink.next_faults.append(Fault.SILENT)
        with desk.started() as process:
            first = smtp_sink.take(30)
            ends_in_time(process)
        with store.view() as tx:
            [kept] = tx.letters.newest()
        assert kept.state is LetterState.PENDING
    later = Wiring(desk.wiring.config, {}, FixedClock(now + timedelta(minutes=5)))
    with (
        contextlib.closing(later.store()) as store,
        contextlib.closing(later.transport()) as transport,
    ):
        assert deliver(later.desk(store), transport, later.sender()) == 1
    assert smtp_sink.take().message["Message-ID"] == first.message["Message-ID"]


def test_while_a_mailbox_keeps_a_mail_back(tmp_path: Path) -> None:
    server = ScriptedImap(Provider(mute_on="UID FETCH"))
    server.mails[1] = Mail(b"From: a@example.com\r\nSubject: hello\r\n\r\nhello\r\n")
    imap = {
        "host": server.host,
        "port": server.port,
        "security": "none",
        "user": USER,
        "use_idle": False,
    }
    desk = Running(
        tmp_path,
        {"mailbox": {"kind": "imap", "imap": imap}, "sender": {"accept_unauthenticated": True}},
        "worker",
    )
    with desk.started() as process:
        eventually(lambda: "UID FETCH" in server.verbs())
        ends_in_time(process)
    server.stop()
    assert (list(server.mails), server.mails[1].flags) == ([1], set()), (
        "it is fetched at the next start"
    )


def test_while_another_program_locks_the_database(tmp_path: Path) -> None:
    database_of(tmp_path)
    desk = Running(tmp_path, {})
    with (
        desk.started() as process,
        contextlib.closing(
            sqlite3.connect(tmp_path / "data" / "desk.sqlite3", isolation_level=None)
        ) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        ends_in_time(process)


def test_while_postgresql_hangs_and_a_page_waits_for_it(tmp_path: Path) -> None:
    desk = Running(
        tmp_path, {"storage": {"folder": "data", "database_url": libpq(postgres_database())}}
    )
    with (
        desk.started() as process,
        hanging(),
        socket.create_connection(("127.0.0.1", desk.web)) as page,
    ):
        page.sendall(
            f"GET /link/{'x' * 43} HTTP/1.1\r\nHost: 127.0.0.1:{desk.web}\r\n\r\n".encode()
        )
        ends_in_time(process)


def test_while_a_browser_sends_half_a_form(tmp_path: Path) -> None:
    database_of(tmp_path)
    desk = Running(tmp_path, {})
    with desk.started() as process, socket.create_connection(("127.0.0.1", desk.web)) as page:
        page.sendall(f"GET /login HTTP/1.1\r\nHost: 127.0.0.1:{desk.web}\r\n\r\n".encode())
        assert page.recv(1)
        page.sendall(
            (
                f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{desk.web}\r\n"
                "Content-Length: 100\r\n\r\nname="
            ).encode()
        )
        ends_in_time(process)


@pytest.mark.parametrize("unit", ["unbind-desk", "unbind-worker"])
def test_systemd_waits_longer_than_the_desk_takes(unit: str) -> None:
    text = (ROOT / "deploy" / f"{unit}.service").read_text(encoding="utf-8")
    [stop_s] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(stop_s) > service.STOP_WITHIN_S
