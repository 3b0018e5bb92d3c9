"""Intake: messages a second from Dovecot on loopback to stored and judged, OCR off, beside a bare
IMAPClient loop in the same run.

Mails carry a 200 KiB PDF each and differ in sender and enterprise. Collecting runs in this process,
judging in another, as in the service. Pages are left unread (every PDF is doubt), so that the
figure is that of the mail line alone; what the pages cost is measured by bench.latency. Measured in
memory (tmpfs) and on the disk, where each commit is written through. Before that, memory: the most
that both processes held over 1,000 and over 10,000 mails, with PDFs of 20 KiB so that it does not
take too long. At last whole workers (bench.intake_workers), one over SQLite and two over
PostgreSQL, both with every commit written through. Run: python -m bench.intake [--database
sqlite|postgresql] [MAILS]: with --database whole workers alone
"""

import contextlib
import io
import os
import random
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from PIL import Image

from bench.databases import asked, new_database
from bench.desk import make_desk
from bench.intake_floor import bare_imap_loop
from bench.intake_workers import ASIDE, WORKERS
from bench.intake_workers import take_all as take_all_by_workers
from bench.judging import OURS, Unread, judging
from bench.quiet import hush
from core.data.mail_record import Disposition
from core.errors import WorkFailed
from mail_intake.intake import Intake, JudgeEach
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from scheduler.judging_process import JudgingProcess
from tests.servers.dovecot import DovecotServer

MAILS = 1_000
PDF_BYTES = 200 * 1024
IN_MEMORY = Path("/dev/shm")  # where the compared programs were measured
FEW, MANY, SMALL_PDF_BYTES = 1_000, 10_000, 20 * 1024
WARMING = 40


def one_page_pdf(seed: int, size_bytes: int = PDF_BYTES) -> bytes:
    """A one-page PDF of that size with one incompressible picture, as a scan is."""
    side = int((size_bytes * 0.98) ** 0.5)
    noise = Image.frombytes("L", (side, side), random.Random(seed).randbytes(side * side))
    out = io.BytesIO()
    noise.save(out, "PDF", quality=95)
    pdf = out.getvalue()
    return pdf + b"%" + b"0" * max(0, size_bytes - len(pdf) - 1)


def mail(number: int, pdf: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"handler{number}@example.com", "support@example.org"
    message["Subject"], message["Message-ID"] = (
        f"CA锁解绑申请 {number}",
        f"<bench{number}@example.com>",
    )
    message.set_content(
        f"企业名称：北京第{number}量测有限公司\n是否解绑：是\n是否需要重置注册密码：否\n"
    )
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="材料.pdf")
    return message.as_bytes()


def fill(
    server: DovecotServer,
    count: int,
    pdf_bytes: int = PDF_BYTES,
    first: int = 0,
    box: str = "INBOX",
) -> None:
    pdf = one_page_pdf(7, pdf_bytes)
    with server.client() as client:
        for number in range(first, first + count):
            client.append(box, mail(number, pdf))


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds until every mail of the box had its disposition,
    and the most memory of this process and of the judging one."""

    took_s: float
    peak_mb: int
    judging_peak_mb: int


def take_all(server: DovecotServer, folder: Path, count: int) -> Taken:
    folder.mkdir()
    key = secrets.token_bytes(32)
    desk = make_desk(folder, key=key)
    settings = ImapSettings(host=server.host, port=server.port, user=server.user, security="none")
    with (
        contextlib.closing(ImapMailbox(settings, server.password)) as mailbox,
        contextlib.closing(JudgingProcess(partial(judging, folder, key))) as judge,
    ):
        with contextlib.suppress(WorkFailed):
            judge(0)  # both processes stand before the clock starts, as in a desk that runs
        Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
        began = time.perf_counter()
        stored = in_step(Intake(desk, Unread(), OURS), mailbox, judge.each)
        took_s = time.perf_counter() - began
        peaks = peak_mb("self"), peak_mb(judge.pid)
    with desk.store.transaction() as tx:
        judged = len(tx.mails.find([Disposition.CASE], limit=count + 1))
    assert stored == judged == count, (stored, judged)
    return Taken(took_s, *peaks)


def in_step(intake: Intake, mailbox: ImapMailbox, judge_each: JudgeEach) -> int:
    """Collect here while the mails that came are judged there; how many were stored."""
    came, all_came = threading.Event(), threading.Event()

    def judge_what_comes() -> None:
        while True:
            last = all_came.is_set()
            came.clear()
            if not intake.judge_waiting(judge_each):
                if last:
                    return
                came.wait()

    thread = threading.Thread(target=judge_what_comes)
    thread.start()
    stored = intake.collect(mailbox, lambda _arrived: came.set())
    all_came.set()
    came.set()
    thread.join()
    return stored


def peak_mb(pid: object) -> int:
    """The most resident memory of a process since it began, or since its peak was forgotten."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) // 1024


@contextlib.contextmanager
def filled(
    count: int, pdf_bytes: int, where: Path | None = None
) -> Iterator[tuple[DovecotServer, Path]]:
    """A server with that many mails, and a folder."""
    with tempfile.TemporaryDirectory(dir=where) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = DovecotServer(folder / "dovecot")
        server.start()
        try:
            fill(server, count, pdf_bytes)
            yield server, folder
        finally:
            server.stop()


def speed(count: int, where: Path | None) -> None:
    with filled(count, PDF_BYTES, where) as (server, folder):
        fetched, floor_s = bare_imap_loop(server.host, server.port, server.user, server.password)
        _, quiet_s = bare_imap_loop(
            server.host, server.port, server.user, server.password, quiet=True
        )
        assert fetched == count
        taken = take_all(server, folder / "desk", count)
        sync_ms = bare_sync_ms(folder / "sync")
    print(
        f"intake: {count} mails with 200 KiB PDFs, OCR off, Dovecot on loopback, SQLite, "
        f"files in {where or tempfile.gettempdir()}"
    )
    print(
        f"  stored and judged {count / taken.took_s:7.1f} messages/s   bare IMAPClient loop "
        f"{count / floor_s:7.1f} messages/s"
    )
    print(
        f"  the bare loop without imaplib's debug log {count / quiet_s:7.1f} messages/s   64 KiB "
        f"written through {sync_ms:.2f} ms"
    )
    print(
        f"  ratio {floor_s / taken.took_s:.2f}   peak memory {taken.peak_mb} MB, "
        f"judging process {taken.judging_peak_mb} MB"
    )


def bare_sync_ms(file: Path, times: int = 50) -> float:
    """What the folder takes for a write that a power cut may not undo;
    judging makes one a mail, the bare loop none."""
    with file.open("wb", buffering=0) as out:
        began = time.perf_counter()
        for _ in range(times):
            out.write(bytes(64 * 1024))
            os.fdatasync(out)
    return (time.perf_counter() - began) / times * 1000


def memory() -> None:
    print(f"memory: mails with {SMALL_PDF_BYTES // 1024} KiB PDFs, the most that was held")
    held = {}
    for count in (FEW, MANY):
        with filled(count, SMALL_PDF_BYTES) as (server, folder):
            taken = take_all(server, folder / "desk", count)
        held[count] = taken.peak_mb + taken.judging_peak_mb
        print(
            f"  {count:6} mails   {taken.peak_mb} MB + judging process {taken.judging_peak_mb} "
            f"MB   {count / taken.took_s:.1f} messages/s"
        )
    print(f"  ratio {held[MANY] / held[FEW]:.2f}")


def workers(databases: list[str], count: int) -> None:
    """Whole workers beside the bare loop, in one run."""
    print(
        f"workers: {count} mails with 200 KiB PDFs, OCR off, from one mailbox of "
        "Dovecot on loopback"
    )
    for database in databases:
        with filled(WARMING, PDF_BYTES) as (server, folder):
            with server.client() as client:
                client.create_folder(ASIDE)
            fill(server, count, first=WARMING, box=ASIDE)
            url = new_database(database, folder, "desk")
            took_s = take_all_by_workers(
                server, database, url, secrets.token_bytes(32), count, WARMING
            )
            fetched, floor_s = bare_imap_loop(
                server.host, server.port, server.user, server.password
            )
        print(
            f"  {database:<10} workers {WORKERS[database]}   {count / took_s:7.1f} messages/s   "
            f"bare loop {fetched / floor_s:7.1f}   ratio {floor_s / fetched * count / took_s:.2f}",
            flush=True,
        )


def main() -> None:
    hush()
    databases, counts = asked(__doc__, "MAILS")
    count = counts[0] if counts else MAILS
    if len(databases) > 1:
        memory()  # first, while this process holds nothing else
        for where in (IN_MEMORY, None):
            speed(count, where)
    workers(databases, count)


if __name__ == "__main__":
    main()
