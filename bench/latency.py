"""Latency: a mail appended to Dovecot while we wait in IDLE,
until its letter is accepted by an SMTP server on loopback.

Each mail has one PDF of two scanned pages (identity card, licence) and is judged in a process of
its own, as in the service. Told beside it: how much of the time is reading the pages. Run: python
-m bench.latency [MAILS]
"""

import contextlib
import secrets
import statistics
import sys
import tempfile
import time
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from bench.desk import make_desk
from bench.judging import OURS, Unread, judging_with_pages
from bench.quiet import hush
from core.cases.desk import CaseSettings, Desk
from core.cases.letters.deliver import Sender
from core.data.mail_record import Disposition
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.judging_process import JudgingProcess
from scheduler.work import Work
from tests.drawing.generate import request_pdf
from tests.drawing.people import invent_enterprise, invent_person
from tests.servers.dovecot import DovecotServer
from tests.servers.smtp_sink import SmtpSink

MAILS = 20


def mail(number: int, *, papers: bool = True) -> bytes:
    enterprise, person = invent_enterprise(number), invent_person(number)
    message = EmailMessage()
    message["From"], message["To"] = f"handler{number}@example.com", OURS[0]
    message["Subject"], message["Message-ID"] = "CA锁解绑申请", f"<latency{number}@example.com>"
    message.set_content(f"企业名称：{enterprise.name}\n是否解绑：是\n是否需要重置注册密码：否\n")
    if papers:
        pdf = request_pdf(enterprise, person, parts=("id_front", "licence"), seed=number)
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename="材料.pdf")
    return message.as_bytes()


def reading_s(desk: Desk) -> list[float]:
    """Seconds spent on the pages of each mail."""
    with desk.store.transaction() as tx:
        readings = [tx.mails.reading(record.id) for record in tx.mails.find([Disposition.CASE])]
    return [sum(reading.documents.timing_ms.values()) / 1000 for reading in readings if reading]


def measure(
    server: DovecotServer, sink: SmtpSink, folder: Path, count: int
) -> tuple[list[float], list[float]]:
    settings, key = (
        CaseSettings(letters_per_hour=10_000, unproved_letters_per_hour=10_000),
        secrets.token_bytes(32),
    )
    desk = make_desk(folder, settings, key)
    mailbox = ImapMailbox(
        ImapSettings(host=server.host, port=server.port, user=server.user, security="none"),
        server.password,
    )
    transport = SmtpTransport(SmtpSettings(host=sink.host, port=sink.port, security="none"), "")
    sender = Sender(OURS[0], "解绑办理台", "http://127.0.0.1")
    with contextlib.closing(
        JudgingProcess(partial(judging_with_pages, folder, settings, key))
    ) as judge:
        work = EmbeddedEngine(
            Work(
                desk,
                Intake(desk, Unread(), OURS),
                [mailbox],
                transport,
                sender,
                judge_each=judge.each,
            )
        )
        work.start()
        try:
            took = [one(server, sink, mail(number)) for number in range(count + 1)]
        finally:
            work.stop()
    return took[1:], reading_s(desk)[:count]  # the first one starts the workers


def one(server: DovecotServer, sink: SmtpSink, raw: bytes) -> float:
    with server.client() as client:
        began = time.perf_counter()
        client.append("INBOX", raw)
        sink.take(120)
        return time.perf_counter() - began


def main() -> None:
    hush()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server, sink = DovecotServer(folder / "dovecot"), SmtpSink()
        server.start()
        sink.start()
        try:
            took, reading = measure(server, sink, folder, count)
        finally:
            sink.stop()
            server.stop()
    took.sort()
    print(
        f"latency: {count} mails appended under IDLE, two scanned pages each, until the letter is "
        "accepted by SMTP"
    )
    print(f"  p50 {statistics.median(took):.2f} s   p95 {took[int(0.95 * (len(took) - 1))]:.2f} s")
    print(
        f"  reading the pages takes {statistics.mean(reading):.2f} s of processor time a mail, "
        "spread over two workers"
    )


if __name__ == "__main__":
    main()
