"""Soak: one process on SQLite, or two workers over one PostgreSQL database, killed (kill -9) at
random, again and again, they or their children, while mails come in by Dovecot, letters leave by an
SMTP server that fails, and the window is open.

Each enterprise sends a request that lacks the licence, and at once its supplement; an administrator
approves what is complete. Everything is counted in the end: every enterprise has one case made of
its two mails in their order (the request returned, the supplement received), carried out once, its
lock unbound once; every letter was taken by the server, and one that was taken twice (the answer to
DATA was lost, or the kill fell between) has the same Message-ID; no mail is set aside. It goes in
rounds of ROUND kills; a round that is done is noted in build/soak.json, and the next call goes on
behind it (`anew` forgets them). Run: python -m bench.soak [MAILS] [KILLS] [postgresql] [anew]
"""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from bench.judging import HalvesReader, desk_in, judging_halves
from bench.quiet import hush
from core.cases.decision.approve import approve
from core.cases.desk import Desk
from core.cases.letters.deliver import Sender
from core.data.case import State
from core.data.enterprise import Binding, Enterprise
from core.data.letter import LetterState
from core.errors import DeskError
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from core.store.schema import upgrade
from mail_intake.intake import Intake
from mail_intake.mailboxes.imap_mailbox import ImapMailbox, ImapSettings
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.procrastinate import ProcrastinateEngine
from scheduler.judging_process import JudgingProcess
from scheduler.work import Pace, Work
from tests.flows.kill import patiently
from tests.flows.vouching import SENDERS, vouched
from tests.flows.walker import ADDRESS, IDENTITY, LICENCE, Post, request_mail
from tests.flows.workers import name_of, sender_of, uscc_of
from tests.servers.databases import libpq, postgres_database
from tests.servers.dovecot import DovecotServer
from tests.servers.smtp_sink import Fault, SmtpSink

MAILS, KILLS, ROUND = 500, 1000, 100
DONE = Path("build/soak.json")
FAULTS = (
    Fault.GREYLIST,
    Fault.BUSY_DATA,
    Fault.DROP_BEFORE_DATA,
    Fault.DROP_AFTER_DATA,
    Fault.DROP_UNTAKEN,
    Fault.SHUT_DOWN,
)
PROCESSES = multiprocessing.get_context("forkserver")
LAST_WAIT_S = 420.0
CHILDREN = 0.3
"""Of so many kills a child is the one that dies."""


def serve(folder: Path, post: Post) -> None:
    """One worker, until it is killed or asked to end."""
    hush()
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    desk, url = desk_in(folder), folder / "url"
    settings = ImapSettings(
        host="127.0.0.1",
        port=post.imap_port,
        user=post.imap_user,
        security="none",
        name="soak",
        logins_per_hour=100_000,
        after_reading="seen",
    )
    transport = SmtpTransport(
        SmtpSettings(host="127.0.0.1", port=post.smtp_port, security="none"), ""
    )
    sender = Sender(ADDRESS, "解绑办理台", "https://desk.example.org", pauses_min=(0.02,))
    mailbox = ImapMailbox(settings, post.imap_password)
    intake = Intake(desk, HalvesReader(), [ADDRESS], senders=SENDERS)
    judge = JudgingProcess(partial(judging_halves, folder), interrupted=intake.interrupted)
    pace = Pace(window_s=0.3, deliver_s=0.1, mailbox_s=1, look_s=0.2)
    work = Work(desk, intake, [mailbox], transport, sender, pace, judge.each)
    engine = (
        ProcrastinateEngine(work, desk.store, libpq(url.read_text()))
        if url.exists()
        else EmbeddedEngine(work)
    )
    engine.start()
    ending.wait()
    engine.stop()
    judge.close()


def register(desk: Desk, count: int) -> None:
    """The enterprises, each with a lock; its handler's address is its registered contact."""
    long_ago = datetime(2024, 1, 2, tzinfo=UTC)
    with desk.store.transaction() as tx:
        for number in range(count):
            one = Enterprise(
                0,
                name_of(number),
                uscc_of(number),
                "张三",
                sender_of(number),
                "",
                long_ago,
                information_submitted=True,
                password_set=True,
            )
            tx.bindings.add(
                Binding(
                    0,
                    tx.accounts.add(one),
                    f"SN-{number}",
                    "BJCA",
                    primary=True,
                    system="综合交易系统",
                    bound_at=long_ago,
                )
            )
        tx.audit.write(desk.clock.now(), "soak", "enterprises.imported")


def mails(number: int) -> list[bytes]:
    """A request with the ID card, and its supplement with the licence."""
    request = f"request{number}@example.com"
    return [
        mail(number, request, IDENTITY),
        mail(number, f"supplement{number}@example.com", LICENCE, f"<{request}>"),
    ]


def mail(number: int, message_id: str, paper: bytes, answers: str = "") -> bytes:
    return vouched(
        request_mail(
            sender_of(number),
            message_id,
            [paper + str(number).encode()],
            name=name_of(number),
            answers=answers,
        )
    )


def write_mails(server: DovecotServer, count: int, done: threading.Event) -> None:
    for number in range(count):
        for raw in mails(number):
            patiently(partial(server.append, raw, when=datetime.now(UTC)))
    done.set()


def approve_all(desk: Desk, ending: threading.Event) -> None:
    """The administrator."""
    while not ending.wait(0.5):
        with contextlib.suppress(DeskError), desk.store.transaction() as tx:
            pending = {
                letter.case_id
                for letter in tx.letters.find(
                    states=[LetterState.PENDING, LetterState.WAITING], limit=None
                )
            }
            # else the last letter would take the receipt's place
            queued = [case for case in tx.cases.find([State.QUEUED]) if case.id not in pending]
        for case in queued:
            with contextlib.suppress(DeskError):  # it changed at this moment
                approve(desk, case.id, case.version, "li")


def kill_at_random(folder: Path, post: Post, kills: int, sink: SmtpSink, seed: int) -> None:
    dice = random.Random(seed)
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
            waiting = (
                tx.mails.backlog().count
                + tx.letters.backlog().count
                + len(tx.letters.find(states=[LetterState.WAITING], limit=1))
            )
            if (
                waiting == 0
                and tx.cases.count() == {State.COMPLETED: count}
                and len(tx.mails.find(limit=None)) == 2 * count
            ):
                break
        process.join(0.5)
    process.terminate()
    process.join(20)
    return time.perf_counter() - began


def tell(folder: Path, sink: SmtpSink, taken: "Counter[str]", count: int) -> bool:
    with desk_in(folder).store.transaction() as tx:
        dispositions = Counter(record.disposition.value for record in tx.mails.find(limit=None))
        letters, cases = tx.letters.find(limit=None), tx.cases.find(limit=10 * count)
        done = Counter(
            (entry.case_id, entry.detail["bindings_ended"])
            for entry in tx.audit.of_action("case.completed", datetime(2024, 1, 1, tzinfo=UTC))
        )
        bound = sum(len(tx.bindings.of_enterprise(number + 1)) for number in range(count))
    while not sink.letters.empty():
        taken[sink.letters.get().message["Message-ID"]] += 1
    of_case = {
        case.id: sorted(letter.kind.value for letter in letters if letter.case_id == case.id)
        for case in cases
    }
    # a return that had not left gives way to the receipt
    expected = (["completed", "received", "returned"], ["completed", "received"])
    wrong = sum(kinds not in expected for kinds in of_case.values())
    lost = [letter for letter in letters if letter.message_id not in taken]
    doubled = sum(times > 1 for times in taken.values())
    good = (
        dispositions == {"case": 2 * count}
        and len(cases) == count
        and not wrong
        and not lost
        and not bound
    )
    good = (
        good
        and done == {(case.id, "1"): 1 for case in cases}
        and set(taken) == {letter.message_id for letter in letters}
    )
    print(
        f"  mails {dict(dispositions)}   cases {len(cases)}, with other letters than one of each "
        f"kind {wrong}   letters lost {len(lost)}"
    )
    print(
        f"  carried out {sum(done.values())} times, locks still bound {bound}   taken more than "
        f"once under one Message-ID {doubled}   {'PASS' if good else 'FAIL'}"
    )
    return good


def one_round(number: int, count: int, kills: int, flags: Collection[str]) -> bool:
    """So many kills over so many enterprises, in folders of their own."""
    with tempfile.TemporaryDirectory(prefix="dc") as short, tempfile.TemporaryDirectory() as name:
        folder, server, sink = Path(name), DovecotServer(Path(short) / "d"), SmtpSink()
        server.start()
        sink.start()
        taken: Counter[str] = Counter()
        if "postgresql" in flags:
            (folder / "url").write_text(postgres_database())
        desk = desk_in(folder)
        upgrade(desk.store.engine)
        register(desk, count)
        post = Post(server.port, server.user, server.password, "INBOX", sink.port)
        written, ending = threading.Event(), threading.Event()
        threading.Thread(target=write_mails, args=(server, count, written), daemon=True).start()
        threading.Thread(target=approve_all, args=(desk, ending), daemon=True).start()
        try:
            kill_at_random(folder, post, kills, sink, seed=number)
            assert written.wait(300)
            sink.next_faults.clear()
            print(
                f"round {number + 1}: {kills} kills over {count} enterprises; "
                f"the rest took {finish(folder, post, count):.0f} s undisturbed",
                flush=True,
            )
            return tell(folder, sink, taken, count)
        finally:
            ending.set()
            sink.stop()
            server.stop()


def main() -> None:
    numbers, flags = (
        [int(word) for word in sys.argv[1:] if word.isdecimal()],
        sorted({word for word in sys.argv[1:] if not word.isdecimal()} - {"anew"}),
    )
    count, kills = numbers if len(numbers) == 2 else (MAILS, KILLS)
    rounds, run = max(1, kills // ROUND), f"{count} {kills} {' '.join(flags)}".strip()
    noted = json.loads(DONE.read_text()) if DONE.exists() and "anew" not in sys.argv else {}
    PROCESSES.set_forkserver_preload(
        ["bench.judging", "scheduler.engines.embedded", "scheduler.engines.procrastinate"]
    )
    for number in range(noted.get(run, 0), rounds):
        if not one_round(number, count // rounds, kills // rounds, flags):
            sys.exit(1)
        DONE.parent.mkdir(exist_ok=True)
        DONE.write_text(json.dumps(noted | {run: number + 1}))
    print(f"soak {run}: all {rounds} rounds PASS")


if __name__ == "__main__":
    main()
