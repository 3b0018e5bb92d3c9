"""Intake: messages a second from Dovecot on loopback to stored and judged, OCR off, beside a bare IMAPClient loop in the same run.

Mails carry a 200 KiB PDF each and differ in sender and enterprise. Collecting runs in this thread, judging in another, as in the service. Pages
are left unread (every PDF is doubt), so that the figure is that of the mail line alone; what the pages cost is told by bench.latency.
Run: python -m bench.intake [MAILS]
"""

import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from bench.desk import make_desk
from bench.intake_floor import bare_imap_loop
from bench.quiet import hush
from core.cases.mail_record import Disposition
from core.cases.submission import Documents, Page
from mail_intake.documents.reading import Reading
from mail_intake.imap_mailbox import ImapMailbox, ImapSettings
from mail_intake.intake import Intake
from tests.servers.dovecot import DovecotServer

MAILS = 1_000
PDF_BYTES = 200 * 1024


class Unread:
    """Leaves every file unread: one page each, of which nothing is known."""

    def read(self, files: Sequence[tuple[str, bytes]]) -> Reading:
        return Reading(Documents(tuple(Page(name, 1, confident=False, colour=False, seal_ink=True) for name, _ in files)))


def one_page_pdf(seed: int) -> bytes:
    """A one-page PDF with one incompressible picture of 200 KiB in all, as a scan is."""
    import io

    from PIL import Image

    noise = Image.frombytes("L", (448, 448), random.Random(seed).randbytes(448 * 448))
    out = io.BytesIO()
    noise.save(out, "PDF", quality=95)
    pdf = out.getvalue()
    return pdf + b"%" + b"0" * max(0, PDF_BYTES - len(pdf) - 1)


def mail(number: int, pdf: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"handler{number}@example.com", "support@example.org"
    message["Subject"], message["Message-ID"] = f"CA锁解绑申请 {number}", f"<bench{number}@example.com>"
    message.set_content(f"企业名称：北京第{number}量测有限公司\n是否解绑：是\n是否需要重置注册密码：否\n")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="材料.pdf")
    return message.as_bytes()


def fill(server: DovecotServer, count: int) -> None:
    pdf = one_page_pdf(7)
    with server.client() as client:
        for number in range(count):
            client.append("INBOX", mail(number, pdf))


def take_all(server: DovecotServer, folder: Path, count: int) -> float:
    """Seconds until every mail of the box has its disposition."""
    desk = make_desk(folder)
    intake = Intake(desk, Unread(), ["support@example.org"])
    settings = ImapSettings(host=server.host, port=server.port, user=server.user, security="none")
    mailbox = ImapMailbox(settings, server.password)
    collected = threading.Event()
    began = time.perf_counter()
    judging = threading.Thread(target=judge_until, args=(intake, collected))
    judging.start()
    stored = intake.collect(mailbox)
    collected.set()
    judging.join()
    took = time.perf_counter() - began
    with desk.store.transaction() as tx:
        judged = len(tx.mails([Disposition.CASE], limit=count + 1))
    assert stored == judged == count, (stored, judged)
    mailbox.close()
    return took


def judge_until(intake: Intake, collected: threading.Event) -> None:
    while True:
        last = collected.is_set()
        if not intake.judge_waiting() and last:
            return
        collected.wait(0.001)


def main() -> None:
    hush()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = DovecotServer(folder / "dovecot")
        server.start()
        try:
            fill(server, count)
            fetched, floor_s = bare_imap_loop(server.host, server.port, server.user, server.password)
            _, quiet_s = bare_imap_loop(server.host, server.port, server.user, server.password, quiet=True)
            assert fetched == count
            took_s = take_all(server, folder, count)
        finally:
            server.stop()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"intake: {count} mails with 200 KiB PDFs, OCR off, Dovecot on loopback, SQLite")
    print(f"  stored and judged {count / took_s:7.1f} messages/s   bare IMAPClient loop {count / floor_s:7.1f} messages/s")
    print(f"  the bare loop without imaplib's debug log {count / quiet_s:7.1f} messages/s")
    print(f"  ratio {floor_s / took_s:.2f}   peak memory {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
