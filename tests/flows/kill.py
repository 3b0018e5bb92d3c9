"""One walk of a case under a service that is killed once at a given commit and started again:
nothing is lost, nothing done twice."""

import contextlib
import json
import re
import tempfile
import threading
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient.exceptions import LoginError

from core.data.case import State
from core.data.letter import LetterState
from core.data.mail_record import Disposition
from tests.flows.vouching import vouched
from tests.flows.walker import IDENTITY, LICENCE, PASSWORD, Post, make_desk, request_mail, run
from tests.servers.databases import sqlite_database
from tests.servers.dovecot import DovecotServer
from tests.servers.processes import PROCESSES
from tests.servers.smtp_sink import SmtpSink
from tests.unaudited import unaudited
from tests.validators.builders import SENDER, enterprise
from tests.world import enrol

PATIENCE_S = 120.0
LETTERS = ["returned", "received", "completed", "reset_link"]


class Walk:
    """The world around the service: its mailbox, its mail server,
    and the enterprise that writes."""

    def __init__(self, folder: Path, server: DovecotServer, sink: SmtpSink, failpoint: str) -> None:
        folder.mkdir()
        self.folder, self.server, self.sink = folder, server, sink
        self.box = folder.name
        self.failpoint = failpoint
        self.deaths = 0
        self.seen: dict[str, EmailMessage] = {}
        sqlite_database(folder / "desk.db")
        self.desk = make_desk(folder)
        self._register()
        patiently(self._make_folder)
        self.post = Post(server.port, server.user, server.password, self.box, sink.port)
        self.process = self._start(failpoint)

    def go(self) -> None:
        """The case from the incomplete mail to the new password."""
        self._send("first@example.com", IDENTITY)
        returned = self.letter("退回补正")
        self._send("second@example.com", LICENCE, in_reply_to=returned["Message-ID"])
        self.letter("受理")
        reset = self.letter("重置")
        self.letter("办理完毕")
        text = reset.get_body(("plain",)).get_content()
        (self.folder / "token.new").write_text(re.search(r"/link/(\S+)", text)[1])
        (self.folder / "token.new").rename(self.folder / "token")
        self._until(self._password_is_set)
        self._until(lambda: not self._pending())

    def stop(self) -> int:
        """End the service; how many changing commits it made, if it was not killed."""
        self.process.terminate()
        self.process.join(60)
        self.desk.store.close()
        commits = self.folder / "commits"
        return json.loads(commits.read_text()) if commits.exists() and not self.deaths else 0

    def check(self) -> None:
        """Everything once."""
        with self.desk.store.transaction() as tx:
            cases = tx.cases.find()
            assert [case.state for case in cases] == [State.COMPLETED], cases
            assert [m.disposition for m in tx.mails.newest()] == [Disposition.CASE] * 2
            kinds = [letter.kind.value for letter in reversed(tx.letters.newest())]
            assert sorted(kinds) == sorted(LETTERS), kinds
            assert all(letter.state is LetterState.SENT for letter in tx.letters.newest())
            one = tx.accounts.get(cases[0].enterprise_id)
            assert (tx.bindings.of_enterprise(one.id), one.password_set) == ([], True)
            assert self.desk.passwords.verify(tx.accounts.password_hash(one.id), PASSWORD)
            actions = [entry.action for entry in tx.audit.entries()]
            for action in (
                "case.opened",
                "case.queued",
                "case.approved",
                "case.completed",
                "password.set",
            ):
                assert actions.count(action) == 1, (action, actions)
        assert len(self.seen) == len(LETTERS), "a letter sent again keeps its Message-ID"

    def letter(self, subject: str) -> EmailMessage:
        """The letter whose subject holds these words, once it is there."""
        self._until(lambda: self._find(subject) is not None)
        return self._find(subject)

    def _find(self, subject: str) -> EmailMessage | None:
        return next((letter for letter in self.seen.values() if subject in letter["Subject"]), None)

    def _until(self, done) -> None:
        """Wait for the service to get there, and start it again if it was killed."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self._read_letters()
            if done():
                return
            if not self.process.is_alive():
                self.deaths += 1
                self.process = self._start("")
            assert time.monotonic() < deadline, (
                f"{self.failpoint}: stuck with {[m['Subject'] for m in self.seen.values()]}"
            )
            self.process.join(0.05)

    def _read_letters(self) -> None:
        while not self.sink.letters.empty():
            message = self.sink.letters.get().message
            self.seen.setdefault(message["Message-ID"], message)

    def _pending(self) -> bool:
        with self.desk.store.transaction() as tx:
            return bool(tx.letters.newest(state=[LetterState.PENDING])) or bool(
                tx.mails.newest(disposition=Disposition.RECEIVED)
            )

    def _password_is_set(self) -> bool:
        with self.desk.store.transaction() as tx:
            return tx.accounts.find()[0].password_set

    def _start(self, failpoint: str):
        process = PROCESSES.Process(
            target=run, args=(self.folder, self.post, failpoint), daemon=True
        )
        process.start()
        return process

    def _make_folder(self) -> None:
        with self.server.client() as client:
            client.create_folder(self.box)

    def _register(self) -> None:
        with unaudited(self.desk.store) as tx:
            enrol(tx, enterprise(contact_email=SENDER, password_set=False))

    def _send(self, message_id: str, paper: bytes, in_reply_to: str = "") -> None:
        raw = vouched(request_mail(SENDER, message_id, [paper], reset="是", answers=in_reply_to))
        patiently(lambda: self.server.append(raw, folder=self.box))


def patiently(act) -> None:
    """Do it; a server that answers "temporary failure" to a login right after its clients were
    killed is asked again."""
    for _ in range(20):
        try:
            act()
        except LoginError:
            threading.Event().wait(0.1)
        else:
            return
    pytest.fail("the mail server keeps refusing logins")


def kill_at_each(point: str, folder: Path, step: int = 1) -> int:
    """Walk once unharmed to count the commits, then once for each `step`th with a kill there.

    Returns how many kills there were.
    """
    with world() as (server, sink):
        commits = walk(folder / "whole", server, sink, "")
        assert commits > 10
        return sum(
            walk(folder / f"at{number}", server, sink, f"{point}:{number}") == 0
            for number in range(1, commits + 1, step)
        )


def walk(folder: Path, server: DovecotServer, sink: SmtpSink, failpoint: str) -> int:
    one = Walk(folder, server, sink, failpoint)
    try:
        one.go()
    finally:
        commits = one.stop()
    one.check()
    return commits


@contextlib.contextmanager
def world():
    # Dovecot's socket names must stay under 108 characters
    with tempfile.TemporaryDirectory(prefix="dc") as short:
        server, sink = DovecotServer(Path(short) / "d"), SmtpSink()
        server.start()
        sink.start()
        try:
            yield server, sink
        finally:
            sink.stop()
            server.stop()
