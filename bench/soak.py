"""Soak: one process on SQLite, or two workers over one PostgreSQL database, killed (kill -9) at
random, again and again, they or their children, while mails come in by Dovecot, letters leave by an
SMTP server that fails, and the window is open.

Each enterprise sends a request that lacks the licence, and at once its supplement; an administrator
approves what is complete. Everything is counted in the end: every enterprise has one case made of
its two mails in their order (the request returned, the supplement received), carried out once, its
lock unbound once; every letter was taken by the server, and one that was taken twice (the answer to
DATA was lost, or the kill fell between) has the same Message-ID; no mail is set aside. It goes in
rounds of ROUND kills; a round that is done is noted in build/soak.jsonl, and the next call goes on
behind it; without that file it begins anew.
Run: python -m bench.soak [MAILS] [KILLS] [--database sqlite|postgresql]
"""

import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer

from bench.program import kept, noted, run
from core.cases.desk import Desk
from core.data.case import State
from core.data.case_query import CaseQuery
from core.data.letter import LetterState
from core.errors import DeskError
from scheduler.work import Pace
from tests.flows.kill import patiently, world
from tests.flows.vouching import vouched
from tests.flows.walker import IDENTITY, LICENCE, Post, approve_queued, request_mail
from tests.flows.workers import Worker, desk_over, name_of, paper_of, register, sender_of
from tests.servers.databases import postgres_database, sqlite_database
from tests.servers.dovecot import DovecotServer
from tests.servers.processes import PROCESSES
from tests.servers.smtp_sink import Fault, SmtpSink
from tests.unaudited import unaudited

MAILS, KILLS, ROUND = 500, 1000, 100
DONE = Path("build/soak.jsonl")
FAULTS = (
    Fault.GREYLIST,
    Fault.BUSY_DATA,
    Fault.DROP_BEFORE_DATA,
    Fault.DROP_AFTER_DATA,
    Fault.DROP_UNTAKEN,
    Fault.SHUT_DOWN,
)
PACE = Pace(window_s=0.3, deliver_s=0.1, mailbox_s=1, look_s=0.2)
LAST_WAIT_S = 420.0
CHILDREN = 0.3
"""Of so many kills a child is the one that dies."""


def mails(number: int) -> list[bytes]:
    """A request with the ID card, and its supplement with the licence."""
    request = f"request{number}@example.com"
    return [
        mail(number, request, IDENTITY),
        mail(number, f"supplement{number}@example.com", LICENCE, f"<{request}>"),
    ]


def mail(number: int, message_id: str, paper: bytes, answers: str = "") -> bytes:
    papers = [paper_of(number, paper)]
    sender, name = sender_of(number), name_of(number)
    return vouched(request_mail(sender, message_id, papers, name=name, answers=answers))


def write_mails(server: DovecotServer, count: int, done: threading.Event) -> None:
    for number in range(count):
        for raw in mails(number):
            patiently(partial(server.append, raw, when=datetime.now(UTC)))
    done.set()


def approve_all(desk: Desk, ending: threading.Event) -> None:
    """The administrator."""
    while not ending.wait(0.5):
        with contextlib.suppress(DeskError):
            approve_queued(desk)


def kill_at_random(worker: Worker, kills: int, sink: SmtpSink, seed: int) -> None:
    dice = random.Random(seed)
    places = [Place(worker) for _ in range(1 if worker.url.startswith("sqlite") else 2)]
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

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.start()

    def start(self) -> None:
        self.process = PROCESSES.Process(target=self._worker, daemon=True)
        self.process.start()

    def kill(self) -> None:
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()

    def kill_a_child(self, dice: random.Random) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True)
        if children:
            with contextlib.suppress(psutil.NoSuchProcess):
                dice.choice(children).kill()


def finish(worker: Worker, desk: Desk, count: int) -> float:
    """Run undisturbed until nothing waits any more; how long that took."""
    process = PROCESSES.Process(target=worker, daemon=True)
    process.start()
    began = time.perf_counter()
    while time.perf_counter() - began < LAST_WAIT_S and not at_rest(desk, count):
        process.join(0.5)
    process.terminate()
    process.join(20)
    return time.perf_counter() - began


def at_rest(desk: Desk, count: int) -> bool:
    with desk.store.transaction() as tx:
        waiting = tx.mails.backlog().count + tx.letters.backlog().count
        return (
            waiting + len(tx.letters.newest(state=[LetterState.WAITING], limit=1)) == 0
            and tx.cases.count() == {State.COMPLETED: count}
            and len(tx.mails.newest()) == 2 * count
        )


def outcome(desk: Desk, taken: "Counter[str]", count: int) -> dict[str, bool]:
    """What must be so in the end, and whether it is. `taken`: how often each letter was."""
    with desk.store.transaction() as tx:
        dispositions = Counter(record.disposition.value for record in tx.mails.newest())
        letters, cases = tx.letters.newest(), tx.cases.find(CaseQuery(limit=10 * count))
        done = Counter(
            (entry.case_id, entry.detail["bindings_ended"])
            for entry in tx.audit.of_action("case.completed", datetime(2024, 1, 1, tzinfo=UTC))
        )
        bound = sum(len(tx.bindings.of_enterprise(number + 1)) for number in range(count))
    kinds = [
        sorted(letter.kind.value for letter in letters if letter.case_id == case.id)
        for case in cases
    ]
    # a return that had not left gives way to the receipt
    usual = (["completed", "received", "returned"], ["completed", "received"])
    return {
        f"mails {dict(dispositions)}": dispositions == {"case": 2 * count},
        f"cases {len(cases)}": len(cases) == count,
        "one letter of each kind for each case": all(each in usual for each in kinds),
        f"letters taken {len(taken)} of {len(letters)}": set(taken)
        == {letter.message_id for letter in letters},
        f"carried out {done.total()} times": done == {(case.id, "1"): 1 for case in cases},
        f"locks still bound {bound}": not bound,
    }


def one_round(number: int, count: int, kills: int, database: str) -> bool:
    """So many kills over so many enterprises, in folders of their own."""
    with world() as (server, sink), tempfile.TemporaryDirectory() as name:
        is_sqlite, path = database == "sqlite", Path(name) / "desk.db"
        url = sqlite_database(path) if is_sqlite else postgres_database()
        desk = desk_over(url)
        with unaudited(desk.store) as tx:
            register(tx, count)
        post = Post(server.port, server.user, server.password, "INBOX", sink.port)
        worker = Worker(url, post, PACE, judges_apart=True)
        written, ending = threading.Event(), threading.Event()
        threading.Thread(target=write_mails, args=(server, count, written), daemon=True).start()
        threading.Thread(target=approve_all, args=(desk, ending), daemon=True).start()
        try:
            kill_at_random(worker, kills, sink, seed=number)
            assert written.wait(300)
            sink.next_faults.clear()
            took_s = finish(worker, desk, count)
        finally:
            ending.set()
        return told(number, kills, took_s, desk, sink, count)


def told(number: int, kills: int, took_s: float, desk: Desk, sink: SmtpSink, count: int) -> bool:
    """Print what came of a round; whether all is as it must be."""
    taken = Counter(sink.letters.get().message["Message-ID"] for _ in range(sink.letters.qsize()))
    found = outcome(desk, taken, count)
    print(
        f"round {number + 1}: {kills} kills over {count} enterprises; "
        f"the rest took {took_s:.0f} s undisturbed\n"
        f"  taken more than once under one Message-ID: {sum(n > 1 for n in taken.values())}"
    )
    for words, is_so in found.items():
        print(f"  {'PASS' if is_so else 'FAIL'}  {words}", flush=True)
    return all(found.values())


def main(
    mails: Annotated[int, typer.Argument()] = MAILS,
    kills: Annotated[int, typer.Argument()] = KILLS,
    *,
    database: str = "sqlite",
) -> None:
    rounds = max(1, kills // ROUND)
    now = {"mails": mails, "kills": kills, "database": database}
    for number in range(kept(DONE).count(now), rounds):
        if not one_round(number, mails // rounds, kills // rounds, database):
            sys.exit(1)
        noted(DONE, [now])
    print(f"soak {now}: all {rounds} rounds PASS")


if __name__ == "__main__":
    run(main)
