"""Growth: one, two, four and eight workers (`unbind worker`) over one PostgreSQL database and one
mailbox, each with the same share of a core, and what a centre needs by that.

Workers, database and Dovecot have control groups (version 1, as root) that limit and count
processor time. Mails without papers and mails with two scanned pages are measured apart; letters go
into a Maildir. Then a model: the hour before 11:00 brings PEAK of a day's mails, WITH_PAPERS of
them with two pages, and no part is busy for more than BUSY of it.
On a quiet machine, ten minutes: python -m bench.growth
"""

import contextlib
import itertools
import operator
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import DEVNULL
from typing import NamedTuple

import psutil
from sqlalchemy import Connection, create_engine, text

from bench.databases import new_database
from core.data.mail_record import Disposition
from papers.page.workers import WORKER
from tests.app.running import UNBIND, environment
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.flows.walker import ADDRESS, request_mail
from tests.servers.dovecot import DovecotServer
from tests.servers.postgres import cluster

WORKERS = (1, 2, 4, 8)
KINDS = {"without papers": (100, 0.1), "two pages": (4, 0.1)}
"""Mails for each worker, and its share of a core: eight leave the rest of two to the database."""
WARMING = 3
"""Mails for each worker before: one that has not loaded its models does that in its share."""
GROUPS, PERIOD_US = Path("/sys/fs/cgroup"), 100_000
DAYS, PEAK, WITH_PAPERS, BUSY = (500, 5_000, 50_000), 0.3, 0.6, 0.7
PATIENCE_S, IDLE_S, LOOK_S, LOOKS_A_COUNT = 900.0, 10.0, 0.01, 20
CONFIG = """\
storage: {{folder: '{home}', database_url: '{url}'}}
mailbox:
  kind: imap
  address: {address}
  imap: {{host: 127.0.0.1, port: {port}, user: {user}, security: none, logins_per_hour: 600}}
sender: {{accept_unauthenticated: true, dns_servers: null}}
documents: {{workers: 1}}
"""
_JUDGED = text(f"SELECT count(*) FROM mails WHERE disposition <> '{Disposition.RECEIVED.value}'")
_TURN = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")


def mail(number: int, *, papers: bool) -> bytes:
    """A request, with two scanned pages where it has papers."""
    firm, parts = invent_enterprise(number), ("id_front", "licence")
    pdfs = [request_pdf(firm, invent_person(number), parts=parts, seed=number)] if papers else []
    sender = f"handler{number}@example.com"
    return request_mail(sender, f"growth{number}@example.com", pdfs, name=firm.name)


@dataclass(frozen=True, slots=True)
class Group:
    """A control group of its own for processor time."""

    name: str

    def add(self, *pids: int) -> None:
        for controller in ("cpu", "cpuacct"):
            folder = GROUPS / controller / self.name
            folder.mkdir(exist_ok=True)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):  # a session that has ended
                    (folder / "cgroup.procs").write_text(str(pid))

    def limit(self, share: float) -> None:
        quota = GROUPS / "cpu" / self.name / "cpu.cfs_quota_us"
        quota.write_text(str(int(share * PERIOD_US)))

    def used_s(self) -> float:
        return int((GROUPS / "cpuacct" / self.name / "cpuacct.usage").read_text()) / 1e9

    def readers_s(self) -> float:
        """The part of it that went to the processes that read pages."""
        spent = 0.0
        for pid in (GROUPS / "cpuacct" / self.name / "cgroup.procs").read_text().split():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(pid))
                spent += sum(process.cpu_times()[:4]) * (WORKER in process.cmdline())
        return spent


DATABASE, MAILBOX = Group("database"), Group("mailbox")


class Measured(NamedTuple):
    """Mails a second; of a mail, processor time of each part and the time that it has the turn."""

    a_second: float
    desk_ms: float
    readers_ms: float
    database_ms: float
    mailbox_ms: float
    turn_ms: float


@contextlib.contextmanager
def centre(folder: Path) -> Iterator[tuple[Path, DovecotServer, str]]:
    """The folder of a desk's config.yaml, its mail server, and the URL of its database."""
    server = DovecotServer(folder / "dovecot")
    server.start()
    MAILBOX.add(*(child.pid for child in psutil.Process().children(recursive=True)))
    url, home = new_database("postgresql", folder, "desk"), folder / "desk"
    postmaster = (cluster(written_through=True) / "data" / "postmaster.pid").read_text().split()[0]
    sessions = psutil.Process(int(postmaster)).children()
    DATABASE.add(int(postmaster), *(session.pid for session in sessions))
    home.mkdir()
    (home / "config.yaml").write_text(
        CONFIG.format(home=home, url=url, address=ADDRESS, port=server.port, user=server.user)
    )
    subprocess.run([*UNBIND, "db", "upgrade"], cwd=home, env=environment(), check=True)
    try:
        yield home, server, url
    finally:
        server.stop()


@contextlib.contextmanager
def workers(home: Path, password: str, count: int) -> Iterator[list[Group]]:
    """So many running workers, each in a group."""
    groups = [Group(f"worker{number}") for number in range(count)]
    env = environment({"UNBIND_IMAP_PASSWORD": password})
    with contextlib.ExitStack() as stack:
        for group in groups:
            worker = subprocess.Popen([*UNBIND, "worker"], cwd=home, env=env, stderr=DEVNULL)
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            group.add(worker.pid)
            group.limit(1)  # not that of the row before
        yield groups


def measure(
    home: Path,
    server: DovecotServer,
    looking: Connection,
    raws: list[bytes],
    count: int,
    share: float,
) -> Measured:
    """The mails are judged by workers with this share of a core, which have judged some before.

    From a worker with a whole core its cost without a mail, and that of the looking, is taken off.
    Workers with less have no time for it while mails wait.
    """
    cut = WARMING * count
    with workers(home, server.password, count) as groups:
        parts = (*groups, DATABASE, MAILBOX)
        spent(parts, looking, arriving(server, looking, raws[:cut]))
        for group in groups:
            group.limit(share)
        idle = spent(parts, looking, partial(operator.lt, time.monotonic() + IDLE_S))
        busy = spent(parts, looking, arriving(server, looking, raws[cut:]))
    took_s, mails = busy[0], len(raws) - cut
    idle_for_s = took_s if share == 1 else 0.0
    net = [one - rest * idle_for_s / idle[0] for one, rest in zip(busy, idle, strict=True)]
    *desk, database, mailbox, readers, turn = net[1:]
    times = (sum(desk) - readers, readers, database, mailbox, turn)
    return Measured(mails / took_s, *(max(0.0, one) * 1000 / mails for one in times))


def spent(
    parts: Sequence[Group], looking: Connection, is_over: Callable[[float], bool]
) -> list[float]:
    """Seconds until it is over; processor time of each part and of all page readers; seconds for
    which a step had the turn."""
    began, used = time.monotonic(), [part.used_s() for part in parts]
    read, held = sum(part.readers_s() for part in parts), list[bool]()
    while len(held) % LOOKS_A_COUNT or not is_over(time.monotonic()):
        held.append(bool(looking.scalar(_TURN)))
        time.sleep(LOOK_S)
    took_s = time.monotonic() - began
    grown = [part.used_s() - was for part, was in zip(parts, used, strict=True)]
    read_s = sum(part.readers_s() for part in parts) - read
    return [took_s, *grown, read_s, took_s * sum(held) / max(1, len(held))]


def arriving(
    server: DovecotServer, looking: Connection, raws: list[bytes]
) -> Callable[[float], bool]:
    """Whether these mails, which come at the first call, are judged too."""
    target, until = (looking.scalar(_JUDGED) or 0) + len(raws), time.monotonic() + PATIENCE_S

    def is_over(now: float) -> bool:
        assert now < until
        if raws:
            with server.client() as client:
                while raws:
                    client.append("INBOX", raws.pop())
        return (looking.scalar(_JUDGED) or 0) >= target

    return is_over


def measure_all(home: Path, server: DovecotServer, looking: Connection) -> list[Measured]:
    """Print a row for each number of workers; the figures of one with a whole core, by kind."""
    numbers, alone = itertools.count(), []
    print(
        "kind            workers  share   mails/s  ms: desk     pages  database   mailbox      turn"
    )
    for kind, (each, share) in KINDS.items():
        for count, limit in ((1, 1.0), *((count, share) for count in WORKERS)):
            papers = kind == "two pages"
            raws = [mail(next(numbers), papers=papers) for _ in range(count * (WARMING + each))]
            seen = measure(home, server, looking, raws, count, limit)
            alone += [seen] * (limit == 1)
            print(f"{kind:<15} {count:>7}  {limit:>5}  {row(*seen)}", flush=True)
    return alone


def row(*figures: float) -> str:
    return "  ".join(f"{one:8.2f}" for one in figures)


def model(bare: Measured, paper: Measured) -> None:
    """Print what a centre needs in its busiest hour."""
    pairs = zip(bare, paper, strict=True)
    mean = Measured(*(WITH_PAPERS * read + (1 - WITH_PAPERS) * unread for unread, read in pairs))
    print("mails a day    mails/s  cores: pages  desk  database  the turn is held for a part of")
    for day in DAYS:
        rate = day * PEAK / 3600
        needs = (part / 1000 for part in (mean.readers_ms, mean.desk_ms, mean.database_ms))
        cores = [rate * seconds / BUSY for seconds in needs]
        print(f"{day:>11,}  {row(rate, *cores, rate * mean.turn_ms / 1000)}")
    most = BUSY * 1000 / mean.turn_ms
    print(f"steps take turns: at most {most:.0f} mails/s, {most * 3600 / PEAK:,.0f} a day")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        with centre(Path(name)) as (home, server, url):
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as looking:
                alone = measure_all(home, server, looking)
    model(*alone)


if __name__ == "__main__":
    main()
