"""Soak: one process on SQLite, or two workers over one PostgreSQL database, killed (kill -9) at random, again and again, they or their children, while mails
come in by Dovecot and letters leave by an SMTP server that fails.

Everything is counted at the end: every mail has its disposition, every case its one letter, every letter was taken by the server, and a letter that
was taken twice (the answer to DATA was lost, or the kill fell between) has the same Message-ID. Run: python -m bench.soak [MAILS] [KILLS] [postgresql] [sent]
"sent": the provider keeps a copy of every letter that it takes; then none may be taken twice.
"""

import contextlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import psutil

from bench.judging import desk_in, judging_canned
from bench.quiet import hush
from core.adapters.schema import upgrade
from core.adapters.session_turns import SessionTurns
from core.adapters.transports import SmtpSettings, SmtpTransport
from core.cases import deliver
from core.cases.deliver import Sender
from core.cases.letter import LetterState
from core.cases.mail_record import Disposition
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from mail_intake.mailboxes.imap_sent_folder import ImapSentFolder
from scheduler.engine import Engine
from scheduler.judging_process import JudgingProcess
from scheduler.turns import Alone
from scheduler.work import Pace, Work
from tests.flows.kill import patiently
from tests.flows.walker import ADDRESS, IDENTITY, CannedReader, Post
from tests.servers.databases import postgres_database
from tests.servers.dovecot import DovecotServer
from tests.servers.smtp_sink import Fault, SmtpSink

MAILS, KILLS = 500, 200
FAULTS = (Fault.GREYLIST, Fault.BUSY_DATA, Fault.DROP_BEFORE_DATA, Fault.DROP_AFTER_DATA, Fault.DROP_UNTAKEN, Fault.SHUT_DOWN)
PROCESSES = multiprocessing.get_context("forkserver")
LAST_WAIT_S = 420.0
COPY_TAKES = timedelta(seconds=2)
CHILDREN = 0.3
"""Of so many kills a child is the one that dies."""


def serve(folder: Path, post: Post) -> None:
    """One worker, until it is killed or asked to end."""
    hush()
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    desk, url = desk_in(folder), folder / "url"
    settings = ImapSettings(
        host="127.0.0.1", port=post.imap_port, user=post.imap_user, security="none", name="soak", logins_per_hour=100_000, after_reading="seen"
    )
    transport = SmtpTransport(SmtpSettings(host="127.0.0.1", port=post.smtp_port, security="none"), "")
    sender = Sender(ADDRESS, "解绑办理台", "https://desk.example.org", pauses_min=(0.02,))
    mailbox = ImapMailbox(settings, post.imap_password)
    intake = Intake(desk, CannedReader(), [ADDRESS])
    copies, judge = sent_folder(folder, post), JudgingProcess(partial(judging_canned, folder), interrupted=intake.interrupted)
    pace = Pace(window_s=5, deliver_s=0.1, mailbox_s=1, look_s=0.2)
    work = Work(desk, intake, [mailbox], transport, sender, pace, copies, judge)
    engine = Engine(work, SessionTurns(url.read_text()) if url.exists() else Alone())
    engine.start()
    ending.wait()
    engine.stop()
    judge.close()


def sent_folder(folder: Path, post: Post) -> ImapSentFolder | None:
    if not (folder / "sent").exists():
        return None
    deliver.COPY_TAKES = COPY_TAKES
    return ImapSentFolder(
        ImapSettings(host="127.0.0.1", port=post.imap_port, user=post.imap_user, security="none", folder="Sent", logins_per_hour=100_000), post.imap_password
    )


def keep_copies(server: DovecotServer, sink: SmtpSink, taken: "Counter[str]") -> None:
    """What the provider does with every letter that it takes."""
    with server.client() as client:
        while True:
            letter = sink.letters.get()
            client.append("Sent", letter.raw)
            taken[letter.message["Message-ID"]] += 1


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"handler{number}@example.com", ADDRESS, "CA锁解绑申请"
    message["Message-ID"] = f"<soak{number}@example.com>"
    message.set_content(f"企业名称：北京第{number}浸泡测试有限公司\n是否解绑：是\n是否需要重置注册密码：否\n")
    message.add_attachment(IDENTITY + str(number).encode(), maintype="application", subtype="pdf", filename="材料.pdf")
    return message.as_bytes()


def write_mails(server: DovecotServer, count: int, done: threading.Event) -> None:
    for number in range(count):
        patiently(lambda number=number: server.append(mail(number)))
    done.set()


def kill_at_random(folder: Path, post: Post, kills: int, sink: SmtpSink) -> None:
    dice = random.Random(20261125)
    places = [Place(folder, post) for _ in range(2 if (folder / "url").exists() else 1)]
    for _ in range(kills):
        place = dice.choice(places)
        sink.next_faults.extend(dice.choices(FAULTS, k=dice.randrange(3)))
        place.process.join(dice.uniform(0.3, 1.3))
        if dice.random() < CHILDREN:
            place.kill_a_child(dice)
        else:
            place.kill()
            place.start()
    for place in places:
        place.kill()


class Place:
    """Where one process works, and the next one when it was killed."""

    def __init__(self, folder: Path, post: Post) -> None:
        self._folder, self._post = folder, post
        self.start()

    def start(self) -> None:
        self.process = PROCESSES.Process(target=serve, args=(self._folder, self._post), daemon=True)
        self.process.start()

    def kill(self) -> None:
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()

    def kill_a_child(self, dice: random.Random) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True)
        if children:
            with contextlib.suppress(psutil.NoSuchProcess):
                dice.choice(children).kill()


def finish(folder: Path, post: Post, count: int) -> float:
    """Run undisturbed until nothing waits any more; how long that took."""
    process = PROCESSES.Process(target=serve, args=(folder, post), daemon=True)
    process.start()
    began, desk = time.perf_counter(), desk_in(folder)
    while time.perf_counter() - began < LAST_WAIT_S:
        with desk.store.transaction() as tx:
            waiting = len(tx.mails.find([Disposition.RECEIVED], limit=count)) + len(tx.letters.find(states=[LetterState.PENDING], limit=count))
            stored = len(tx.mails.find(limit=count + 1))
        if waiting == 0 and stored == count:
            break
        process.join(0.5)
    process.terminate()
    process.join(20)
    return time.perf_counter() - began


def tell(folder: Path, sink: SmtpSink, taken: "Counter[str]", count: int, kills: int) -> bool:
    with desk_in(folder).store.transaction() as tx:
        dispositions = Counter(record.disposition.value for record in tx.mails.find(limit=2 * count))
        letters = tx.letters.find(limit=2 * count)
        per_case = Counter(letter.case_id for letter in letters)
    while not sink.letters.empty():
        taken[sink.letters.get().message["Message-ID"]] += 1
    lost = [letter for letter in letters if letter.message_id not in taken]
    doubled = sum(times > 1 for times in taken.values())
    accounted = dispositions["case"] == sum(dispositions.values()) == count
    good = accounted and len(letters) == dispositions["case"] and set(per_case.values()) == {1} and not lost
    good = good and not (doubled and (folder / "sent").exists())
    print(f"soak: {kills} kills over {count} mails, SMTP faults between")
    print(f"  mails {dict(dispositions)}   letters {len(letters)}, one a case: {set(per_case.values()) == {1}}, lost {len(lost)}")
    print(f"  taken more than once under the same Message-ID: {doubled}; Message-IDs that are not ours: {len(set(taken) - {x.message_id for x in letters})}")
    print("  PASS" if good else "  FAIL")
    return good


def make_sent(server: DovecotServer) -> None:
    with server.client() as client:
        client.create_folder("Sent")


def main() -> None:
    count, kills = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (MAILS, KILLS)
    PROCESSES.set_forkserver_preload(["bench.judging", "scheduler.engine", "core.adapters.session_turns"])
    with tempfile.TemporaryDirectory(prefix="dc") as short, tempfile.TemporaryDirectory() as name:
        folder, server, sink = Path(name), DovecotServer(Path(short) / "d"), SmtpSink()
        server.start()
        sink.start()
        taken: Counter[str] = Counter()
        if "sent" in sys.argv:
            (folder / "sent").touch()
            patiently(partial(make_sent, server))
            threading.Thread(target=keep_copies, args=(server, sink, taken), daemon=True).start()
        if "postgresql" in sys.argv:
            (folder / "url").write_text(postgres_database())
        upgrade(desk_in(folder).store.engine)
        post = Post(server.port, server.user, server.password, "INBOX", sink.port)
        written = threading.Event()
        threading.Thread(target=write_mails, args=(server, count, written), daemon=True).start()
        try:
            kill_at_random(folder, post, kills, sink)
            assert written.wait(120)
            sink.next_faults.clear()
            print(f"  the rest took {finish(folder, post, count):.0f} s undisturbed")
            good = tell(folder, sink, taken, count, kills)
        finally:
            sink.stop()
            server.stop()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
