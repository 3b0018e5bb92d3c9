"""Intake by whole workers, as a centre runs them: one process over SQLite, two over one PostgreSQL
database, each with its engine and its judging process.

They stand and have judged a few mails before the clock starts; then all mails are moved into the
mailbox that one of them watches. No letter is sent.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import create_engine, text

from bench.databases import open_store
from bench.desk import desk_on
from bench.judging import OURS, Unread
from bench.quiet import hush
from core.cases.letters.deliver import Sender
from core.data.letter import OutgoingLetter
from core.data.mail_record import Disposition
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.procrastinate import ProcrastinateEngine
from scheduler.judging_process import JudgingProcess
from scheduler.work import Work
from tests.flows.kill import PROCESSES
from tests.servers.databases import libpq
from tests.servers.dovecot import DovecotServer

WORKERS = {"sqlite": 1, "postgresql": 2}
ASIDE = "Aside"
LOOK_S, LONGEST_S = 0.1, 600.0
_JUDGED = text(f"SELECT count(*) FROM mails WHERE disposition = '{Disposition.CASE.value}'")


class Taking:
    """A way out that takes every letter and sends none."""

    def send(self, letter: OutgoingLetter) -> None:
        pass

    def forget(self, now: datetime) -> None:
        pass

    def close(self) -> None:
        pass


@contextlib.contextmanager
def judging_over(url: str, key: bytes) -> Iterator[object]:
    """What the judging process of a worker does, pages left unread."""
    hush()
    yield Intake(desk_on(open_store(url, key)), Unread(), OURS).judge


def work(url: str, key: bytes, settings: ImapSettings, password: str) -> None:
    """A worker, until SIGTERM."""
    hush()
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    desk = desk_on(open_store(url, key))
    intake, judge = Intake(desk, Unread(), OURS), JudgingProcess(partial(judging_over, url, key))
    mailbox, sender = (
        ImapMailbox(settings, password),
        Sender(OURS[0], "解绑办理台", "http://127.0.0.1"),
    )
    working = Work(desk, intake, [mailbox], Taking(), sender, judge_each=judge.each)
    engine = (
        EmbeddedEngine(working)
        if url.startswith("sqlite")
        else ProcrastinateEngine(working, desk.store, libpq(url))
    )
    engine.start()
    ending.wait()
    engine.stop()
    judge.close()


def take_all(
    server: DovecotServer, database: str, url: str, key: bytes, count: int, warming: int
) -> float:
    """Seconds from the move of `count` mails out of ASIDE into the mailbox until each is judged;
    `warming` lie in the mailbox before."""
    settings = ImapSettings(host=server.host, port=server.port, user=server.user, security="none")
    open_store(url, key).close()
    PROCESSES.set_forkserver_preload(["bench.intake_workers"])
    workers = [
        PROCESSES.Process(target=work, args=(url, key, settings, server.password), daemon=True)
        for _ in range(WORKERS[database])
    ]
    for worker in workers:
        worker.start()
    try:
        _await_judged(url, warming)
        began = time.perf_counter()
        with server.client() as client:
            client.select_folder(ASIDE)
            client.move(client.search(), "INBOX")
        _await_judged(url, warming + count)
        return time.perf_counter() - began
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(20)


def _await_judged(url: str, count: int) -> None:
    """Look, beside all turns, until so many mails have their cases."""
    engine, until, judged = create_engine(url), time.monotonic() + LONGEST_S, 0
    while judged < count and time.monotonic() < until:
        time.sleep(LOOK_S)
        with engine.connect() as connection:
            judged = connection.scalar(_JUDGED) or 0
    engine.dispose()
    assert judged == count, (judged, count)
