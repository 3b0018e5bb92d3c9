"""Intake: mails a second by whole workers, from Dovecot on loopback to stored and judged, beside a
bare IMAPClient loop of the same run that only fetches.

One process works on SQLite, two on one PostgreSQL database, each with its engine and its judging
process; every commit is written through. They have judged a few mails before the clock starts; then
all mails are moved into the mailbox that they watch. Each mail carries a PDF of 200 KiB whose pages
are left unread, and no letter is sent. Beside the speed: the processor time a mail of all processes
of the desk, and the most memory that one of them took.
Run: python -m bench.intake [--database sqlite|postgresql] [MAILS]
"""

import contextlib
import io
import random
import tempfile
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil
from imapclient import IMAPClient
from PIL import Image
from sqlalchemy import create_engine, text

from bench.databases import asked, new_database
from bench.quiet import hush
from core.cases.desk import CaseSettings
from core.data.mail_record import Disposition
from core.store.database import closing_engine
from core.store.schema import upgrade
from scheduler.work import Pace
from tests.flows.walker import ADDRESS, Post
from tests.flows.workers import Unread, Worker
from tests.servers.dovecot import DovecotServer
from tests.servers.processes import PROCESSES

MAILS, WARMING = 1_000, 40
PDF_BYTES = 200 * 1024
WORKERS = {"sqlite": 1, "postgresql": 2}
ASIDE = "Aside"
LOOK_S, LONGEST_S = 0.1, 600.0
FETCHED_AT_ONCE = 50
_JUDGED = text(f"SELECT count(*) FROM mails WHERE disposition = '{Disposition.CASE.value}'")


def one_page_pdf(seed: int) -> bytes:
    """A PDF of one page with one incompressible picture, as a scan is."""
    side = int((PDF_BYTES * 0.98) ** 0.5)
    noise = Image.frombytes("L", (side, side), random.Random(seed).randbytes(side * side))
    out = io.BytesIO()
    noise.save(out, "PDF", quality=95)
    return out.getvalue().ljust(PDF_BYTES, b"%")


def mail(number: int, pdf: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"handler{number}@example.com", ADDRESS
    message["Subject"] = f"CA锁解绑申请 {number}"
    message["Message-ID"] = f"<bench{number}@example.com>"
    name = f"北京第{number}量测有限公司"
    message.set_content(f"企业名称：{name}\n是否解绑：是\n是否需要重置注册密码：否\n")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="材料.pdf")
    return message.as_bytes()


@contextlib.contextmanager
def filled(count: int) -> Iterator[DovecotServer]:
    """A server with WARMING mails in the inbox and so many more aside."""
    pdf = one_page_pdf(7)
    with tempfile.TemporaryDirectory(prefix="dc") as name:
        server = DovecotServer(Path(name) / "d")
        server.start()
        with server.client() as client:
            client.create_folder(ASIDE)
            for number in range(WARMING + count):
                client.append("INBOX" if number < WARMING else ASIDE, mail(number, pdf))
        try:
            yield server
        finally:
            server.stop()


def bare_loop_s(server: DovecotServer) -> float:
    """Seconds of a plain program that fetches the whole inbox and throws it away."""
    began = time.perf_counter()
    with IMAPClient(server.host, server.port, ssl=False) as client:
        client.login(server.user, server.password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), FETCHED_AT_ONCE):
            some = uids[start : start + FETCHED_AT_ONCE]
            client.fetch(some, ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"])
    return time.perf_counter() - began


def await_judged(url: str, count: int) -> None:
    """Look, beside all turns, until so many mails have their cases."""
    engine, until, judged = create_engine(url), time.monotonic() + LONGEST_S, 0
    while judged < count and time.monotonic() < until:
        time.sleep(LOOK_S)
        with engine.connect() as connection:
            judged = connection.scalar(_JUDGED) or 0
    engine.dispose()
    assert judged == count, (judged, count)


def whole_tree(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for one in processes for each in (one, *one.children(recursive=True))]


def cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in processes)


def take_all(server: DovecotServer, database: str, url: str, count: int) -> str:
    """Let the workers take the mails that lie aside; the figures."""
    with closing_engine(url) as engine:
        upgrade(engine)
    post = Post(server.port, server.user, server.password, "INBOX", smtp_port=9)
    worker = Worker(
        url, post, Pace(), Unread, judges_apart=True, sends=False, settings=CaseSettings()
    )
    workers = [PROCESSES.Process(target=worker, daemon=True) for _ in range(WORKERS[database])]
    for one in workers:
        one.start()
    try:
        await_judged(url, WARMING)
        processes = whole_tree([psutil.Process(one.pid) for one in workers])
        began, before_s = time.perf_counter(), cpu_s(processes)
        with server.client() as client:
            client.select_folder(ASIDE)
            client.move(client.search(), "INBOX")
        await_judged(url, WARMING + count)
        rate = count / (time.perf_counter() - began)
        spent_ms = 1000 * (cpu_s(processes) - before_s) / count
        most_mb = max(one.memory_info().rss for one in processes) / 2**20
    finally:
        for one in workers:
            one.terminate()
            one.join(20)
    floor = (WARMING + count) / bare_loop_s(server)
    return (
        f"  {database:<10} workers {len(workers)}   {rate:7.1f} mails/s   bare loop {floor:7.1f}   "
        f"ratio {rate / floor:.2f}   processor {spent_ms:.1f} ms a mail   "
        f"the largest process {most_mb:.0f} MB"
    )


def main() -> None:
    hush()
    databases, counts = asked(__doc__, "MAILS")
    count = counts[0] if counts else MAILS
    print(f"intake: {count} mails with PDFs of 200 KiB, pages unread, Dovecot on loopback")
    for database in databases:
        with filled(count) as server, tempfile.TemporaryDirectory() as folder:
            url = new_database(database, Path(folder), "desk")
            print(take_all(server, database, url, count), flush=True)


if __name__ == "__main__":
    main()
