"""What turns owe, alone and on PostgreSQL, and what an engine owes over them: order by sender, fairness, one outcome, bounded tries, an end in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from core.adapters.session_turns import SessionTurns
from core.adapters.store_mails import TURNS_AT_A_TIME
from core.cases.mail_record import Disposition, NewMail
from mail_intake.intake import MAX_ATTEMPTS, Intake
from scheduler.engine import Engine
from scheduler.turns import Alone
from scheduler.work import Pace, Work
from tests.app.running import until_said
from tests.flows.walker import ADDRESS, IDENTITY, CannedReader
from tests.flows.workers import desk_over
from tests.intake.test_intake import mail
from tests.scheduler.test_engine import FROM, Post, WaitingBox
from tests.servers.databases import postgres_database, sqlite_database
from tests.validators.builders import ARRIVED

ROOT = Path(__file__).parents[2]
HOLDER = (
    "import sys, threading; from core.adapters.session_turns import SessionTurns; "
    "print('mine', SessionTurns(sys.argv[1], float(sys.argv[2])).mine('lead'), flush=True); threading.Event().wait()"
)
WITHIN_S = 60.0


def eventually(done):
    deadline = time.monotonic() + WITHIN_S
    while not done():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


@pytest.fixture
def database():
    return postgres_database()


@pytest.fixture
def ours(database):
    with closing(SessionTurns(database)) as turns:
        yield turns


@pytest.fixture
def holder(database):
    """Another process that has the turn to lead; it counts as gone when it is silent for two seconds."""
    command = [sys.executable, "-c", HOLDER, database, "2"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert "mine True" in until_said(process, "mine")
    yield process
    process.kill()
    process.communicate()


def test_whoever_is_alone_has_every_turn():
    with closing(Alone()) as turns:
        assert turns.mine("lead")
        turns.release("lead")
        assert turns.mine("lead")


def test_one_of_two_has_a_turn_keeps_it_and_leaves_it(database, ours):
    with closing(SessionTurns(database)) as other:
        assert ours.mine("lead")
        assert ours.mine("lead")
        assert not other.mine("lead")
        assert other.mine("somebody else's")
        ours.release("lead")
        assert other.mine("lead")
        assert not ours.mine("lead")
        other.close()
        eventually(lambda: ours.mine("lead"))


def test_the_turn_of_a_process_that_is_killed_is_free(ours, holder):
    assert not ours.mine("lead")
    holder.kill()
    eventually(lambda: ours.mine("lead"))


def test_the_turn_of_a_process_that_stands_still_is_free_and_it_learns_that_it_lost_it(ours, holder):
    os.kill(holder.pid, signal.SIGSTOP)
    assert not ours.mine("lead")
    eventually(lambda: ours.mine("lead"))
    os.kill(holder.pid, signal.SIGCONT)
    assert ours.mine("lead")


def test_who_loses_the_session_loses_the_turns_and_takes_them_anew(database, ours):
    assert ours.mine("lead")
    assert ours.mine("a sender")
    with closing(desk_over(database).store) as store, store.engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
    assert not ours.mine("lead"), "it says so once"
    with closing(SessionTurns(database)) as other:
        eventually(lambda: other.mine("a sender"))
        assert ours.mine("lead")


@pytest.fixture(params=["alone", "two on postgresql"])
def engines(request, tmp_path):
    """Put mails before as many engines as there may be; they run until nothing waits."""
    url = postgres_database() if "postgresql" in request.param else sqlite_database(tmp_path / "desk.db")
    with ExitStack() as stack:
        first = desk_over(url)
        stack.callback(first.store.close)

        def run(raws, judged=lambda intake: intake.judge):
            with first.store.transaction() as tx:
                for uid, (sender, raw) in enumerate(raws, 1):
                    tx.mails.add(NewMail("other", 1, uid, ARRIVED + timedelta(seconds=uid), len(raw), raw, sender=sender, vouched=True))
            started = []
            for _ in range(2 if "postgresql" in request.param else 1):
                desk = desk_over(url)
                stack.callback(desk.store.close)
                box = WaitingBox()
                box.store = desk.store
                intake = Intake(desk, CannedReader(), [ADDRESS])
                work = Work(desk, intake, [box], Post(), FROM, Pace(60, 60, 60, 60, 60, look_s=0.05), judge_each=partial(map, judged(intake)))
                started.append(Engine(work, SessionTurns(url) if "postgresql" in request.param else Alone()))
            for engine in started:
                engine.start()
            eventually(lambda: nothing_waits(first))
            for engine in started:
                engine.stop()
            return first

        yield run


def nothing_waits(desk):
    with desk.store.transaction() as tx:
        return not tx.mails.waiting(1)


def in_order(desk):
    """The mails as they were judged: each opened a case."""
    with desk.store.transaction() as tx:
        cases = sorted(tx.cases.find(), key=lambda case: case.id)
        found = {record.case_id: record for record in tx.mails.find(limit=1000)}
        return [found[case.id] for case in cases]


def from_each(senders, times):
    return [(f"{s}@example.com", mail(100 * s + n, papers=[IDENTITY + b"%d %d" % (s, n)], sender=f"{s}@example.com")) for n in range(times) for s in senders]


def test_every_mail_is_judged_once_those_of_a_sender_in_order(engines):
    desk = engines(from_each(range(6), 4))
    judged = in_order(desk)
    assert len(judged) == 24
    for sender in range(6):
        mine = [record.uid for record in judged if record.sender == f"{sender}@example.com"]
        assert mine == sorted(mine)
    with desk.store.transaction() as tx:
        assert len(tx.letters.find(limit=100)) == 24


def test_nobody_waits_behind_a_flood(engines):
    judged = in_order(engines([*from_each([1], 30), *from_each([2], 1)]))
    assert [record.sender for record in judged].index("2@example.com") <= TURNS_AT_A_TIME


def test_a_mail_that_ends_its_judging_process_is_set_aside_after_so_many_tries_and_nothing_else_is(engines):
    def judged(intake):
        def judge(mail_id):
            if mail_id != 2:
                return intake.judge(mail_id)
            intake.interrupted(mail_id, False)
            return False

        return judge

    desk = engines(from_each(range(4), 2), judged)
    with desk.store.transaction() as tx:
        [aside] = tx.mails.find([Disposition.QUARANTINED])
        assert (aside.id, aside.attempts) == (2, MAX_ATTEMPTS)
    assert len(in_order(desk)) == 7
