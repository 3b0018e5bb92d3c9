"""Intake with whole workers, from Dovecot to judged: mails a second over SQLite and PostgreSQL,
beside a bare IMAPClient loop that only fetches.

One process works on SQLite, two on one PostgreSQL database, or `--workers`, each with its engine
and its judging process; every commit is written through. They have judged `--warming` mails before
the clock starts; then all mails are moved into the mailbox that they watch. Each mail carries a PDF
of 200 KiB whose pages are left unread, or with `--papers` two scanned pages that are read, and no
letter is sent. Beside the speed: the processor time a mail of the desk, of the processes that read
its pages and of PostgreSQL, and the most memory that one process took. For growth, `--share 0.1`
gives each worker no more than that of a core (control groups of version 1, as root).
Run: python -m bench.intake [MAILS] [--database sqlite|postgresql]
"""

import contextlib
import io
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer
from imapclient import IMAPClient
from PIL import Image
from sqlalchemy import create_engine, text

from bench.databases import DATABASES, new_database
from bench.program import run
from core.cases.desk import CaseSettings
from core.data.mail_record import Disposition
from core.store.database import closing_engine
from core.store.schema import upgrade
from papers.page.workers import WORKER
from papers.paper_reading import DocumentReader, DocumentSettings
from scheduler.work import Pace
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.flows.kill import world
from tests.flows.walker import Post, request_mail
from tests.flows.workers import Unread, Worker
from tests.servers.dovecot import DovecotServer
from tests.servers.postgres import cluster
from tests.servers.processes import PROCESSES

MAILS, WARMING = 1_000, 40
PDF_BYTES = 200 * 1024
WORKERS = {"sqlite": 1, "postgresql": 2}
ASIDE = "Aside"
LOOK_S, LONGEST_S = 0.1, 900.0
FETCHED_AT_ONCE = 50
GROUPS, PERIOD_US = Path("/sys/fs/cgroup/cpu"), 100_000
PAGE_READER = partial(DocumentReader, DocumentSettings(workers=1))
_JUDGED = text(f"SELECT count(*) FROM mails WHERE disposition <> '{Disposition.RECEIVED.value}'")


def one_page_pdf(seed: int) -> bytes:
    """A PDF of one page with one incompressible picture, as a scan is."""
    side = int((PDF_BYTES * 0.98) ** 0.5)
    noise = Image.frombytes("L", (side, side), random.Random(seed).randbytes(side * side))
    out = io.BytesIO()
    noise.save(out, "PDF", quality=95)
    return out.getvalue().ljust(PDF_BYTES, b"%")


def two_pages(number: int) -> bytes:
    """An ID card and a licence, as scanned."""
    firm, person = invent_enterprise(number), invent_person(number)
    return request_pdf(firm, person, parts=("id_front", "licence"), seed=number)


def fill(server: DovecotServer, warming: int, aside: int, *, papers: bool) -> None:
    """So many mails in the inbox, and so many more aside."""
    noise = one_page_pdf(7)
    with server.client() as client:
        client.create_folder(ASIDE)
        for number in range(warming + aside):
            sender, name = f"handler{number}@example.com", invent_enterprise(number).name
            pdf = two_pages(number) if papers else noise
            mail = request_mail(sender, f"bench{number}@example.com", [pdf], name=name)
            client.append("INBOX" if number < warming else ASIDE, mail)


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


def whole_tree(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [each for one in processes for each in (one, *one.children(recursive=True))]


def spent_ms(parts: Mapping[str, Sequence[psutil.Process]]) -> Counter[str]:
    """The processor time of each part with its children, those that read pages apart, in ms."""
    spent = Counter[str]()
    for part, processes in parts.items():
        for one in whole_tree(processes):
            with contextlib.suppress(psutil.NoSuchProcess):  # a session that has ended
                busy_ms = round(1000 * sum(one.cpu_times()[:4]))
                spent["pages" if WORKER in one.cmdline() else part] += busy_ms
    return spent


def limit(number: int, worker: psutil.Process, share: float) -> None:
    """Give a worker and its children no more than a share of a core."""
    group = GROUPS / f"worker{number}"
    group.mkdir(exist_ok=True)
    (group / "cpu.cfs_quota_us").write_text(str(int(share * PERIOD_US)))
    for one in whole_tree([worker]):
        (group / "cgroup.procs").write_text(str(one.pid))


@contextlib.contextmanager
def working(worker: Worker, count: int) -> Iterator[list[psutil.Process]]:
    """So many of these workers, until the block ends."""
    processes = [PROCESSES.Process(target=worker, daemon=True) for _ in range(count)]
    for one in processes:
        one.start()
    try:
        yield [psutil.Process(one.pid) for one in processes]
    finally:
        for one in processes:
            one.terminate()
            one.join(20)


def postmaster() -> psutil.Process:
    file = cluster(written_through=True) / "data" / "postmaster.pid"
    return psutil.Process(int(file.read_text().split()[0]))


def take_all(server: DovecotServer, url: str, worker: Worker, count: int, share: float) -> str:
    """Let so many workers take the mails that lie aside; the figures."""
    with server.client() as client, working(worker, count) as workers:
        warming = len(server.uids())
        await_judged(url, warming)
        for number, one in enumerate(workers if share else ()):
            limit(number, one, share)
        client.select_folder(ASIDE)
        aside = client.search()
        parts = {"desk": workers, "PostgreSQL": [] if url.startswith("sqlite") else [postmaster()]}
        began, before = time.perf_counter(), spent_ms(parts)
        client.move(aside, "INBOX")
        await_judged(url, warming + len(aside))
        rate = len(aside) / (time.perf_counter() - began)
        spent = spent_ms(parts) - before
        most_mb = max(one.memory_info().rss for one in whole_tree(workers)) / 2**20
    costs = ", ".join(f"{part} {spent[part] / len(aside):.1f}" for part in sorted(spent))
    floor = (warming + len(aside)) / bare_loop_s(server)
    return (
        f"workers {count}   {rate:7.1f} mails/s   bare loop {floor:7.1f}   "
        f"ratio {rate / floor:.2f}   processor ms a mail: {costs}   "
        f"the largest process {most_mb:.0f} MB"
    )


def main(
    mails: Annotated[int, typer.Argument()] = MAILS,
    *,
    database: str = "",
    workers: int = 0,
    share: float = 0.0,
    papers: bool = False,
    warming: int = WARMING,
) -> None:
    print(f"intake: {mails} mails, Dovecot on loopback")
    for name in [database] if database else DATABASES:
        with world() as (server, _), tempfile.TemporaryDirectory() as folder:
            fill(server, warming, mails, papers=papers)
            url = new_database(name, Path(folder), "desk")
            with closing_engine(url) as engine:
                upgrade(engine)
            post = Post(server.port, server.user, server.password, "INBOX", smtp_port=9)
            reader = PAGE_READER if papers else Unread
            worker = Worker(
                url,
                post,
                Pace(),
                reader,
                judges_apart=True,
                sends=False,
                settings=CaseSettings(),
            )
            count = workers or WORKERS[name]
            print(f"  {name:<10} {take_all(server, url, worker, count, share)}", flush=True)


if __name__ == "__main__":
    run(main)
