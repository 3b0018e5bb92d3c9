"""What both engines owe: order by sender, fairness, one outcome, bounded tries,
take-over, an end in order."""

import asyncio
import os
import signal
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from core.data.due import STRANGERS_WAIT_FOR
from core.data.mail_record import Disposition, NewMail
from core.errors import StoreError
from core.store.repositories.store_mails import TURNS_AT_A_TIME
from core.store.tables.case_tables import mails
from mail_intake.intake import MAX_ATTEMPTS, Intake
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.engines.procrastinate import MOST_STALLS, ProcrastinateEngine
from scheduler.work import Pace, Work
from tests.flows.kill import PROCESSES
from tests.flows.walker import ADDRESS, IDENTITY, CannedReader
from tests.flows.workers import desk_over
from tests.intake.test_intake import mail
from tests.scheduler.holding import hold
from tests.scheduler.test_engine import FROM, Post, WaitingBox
from tests.servers.cut_off import Host
from tests.servers.databases import libpq, postgres_database, sqlite_database
from tests.validators.builders import ARRIVED

PACE = Pace(0.1, 0.1, 60, 60, 60, look_s=0.05)
SILENCE_S = 2.0
WITHIN_S = 60.0


def each_by(judge):
    return lambda mail_ids: [judge(mail_id) for mail_id in mail_ids]


def eventually(done):
    for _ in range(int(WITHIN_S / 0.02)):
        if done():
            return
        threading.Event().wait(0.02)
    pytest.fail("it did not happen in time")


class World:
    """A database, and engines over it: as many as there may be at once."""

    def __init__(self, url):
        self.url, self.shared = url, url.startswith("postgresql")
        self.desk, self.boxes, self.posts = desk_over(url), [], []
        self._engines, self._stack = [], ExitStack()
        self._stack.callback(self.desk.store.close)

    def put(self, *raws, first=1):
        """Mails before the engines, in order of their arrival: sender and bytes, vouched for unless
        the sender says that he is a stranger."""
        with self.desk.store.transaction() as tx:
            for uid, (sender, raw) in enumerate(raws, first):
                arrived = ARRIVED + timedelta(seconds=uid)
                tx.mails.add(
                    NewMail(
                        "other",
                        1,
                        uid,
                        arrived,
                        len(raw),
                        raw,
                        sender=sender,
                        vouched="stranger" not in sender,
                    )
                )

    def start(self, judged=lambda intake: intake.judge, engines=0):
        for _ in range(engines or (2 if self.shared else 1)):
            desk, box, post = desk_over(self.url), WaitingBox(), Post()
            self._stack.callback(desk.store.close)
            box.store, box.name = desk.store, "INBOX"
            intake = Intake(desk, CannedReader(), [ADDRESS])
            work = Work(
                desk,
                intake,
                box,
                post,
                FROM,
                PACE,
                judge_each=each_by(judged(intake)),
            )
            engine = (
                ProcrastinateEngine(work, desk.store, libpq(self.url), take_over_s=SILENCE_S)
                if self.shared
                else EmbeddedEngine(work)
            )
            self.boxes.append(box)
            self.posts.append(post)
            self._engines.append(engine)
            engine.start()

    def stop(self):
        while self._engines:
            self._engines.pop().stop()

    def close(self):
        self.stop()
        self._stack.close()

    def until_nothing_waits(self):
        eventually(lambda: not self.waiting())

    def waiting(self):
        with self.desk.store.transaction() as tx:
            return tx.mails.backlog().count

    def in_order(self):
        """The mails as they were judged: each opened a case."""
        with self.desk.store.transaction() as tx:
            cases = sorted(tx.cases.find(), key=lambda case: case.id)
            found = {record.case_id: record for record in tx.mails.newest(limit=1000)}
            return [found[case.id] for case in cases]

    def set_aside(self):
        with self.desk.store.transaction() as tx:
            return tx.mails.newest(disposition=Disposition.QUARANTINED)


def made(kind, folder):
    return World(sqlite_database(folder / "desk.db") if kind == "embedded" else postgres_database())


@pytest.fixture(params=["embedded", "procrastinate"])
def world(request, tmp_path):
    world = made(request.param, tmp_path)
    yield world
    world.close()


@pytest.fixture
def shared(tmp_path):
    world = made("procrastinate", tmp_path)
    yield world
    world.close()


def address(sender):
    return f"a@sender{sender}.example"


def from_each(senders, times, address=address):
    return [
        (address(s), mail(100 * s + n, papers=[IDENTITY + b"%d %d" % (s, n)], sender=address(s)))
        for n in range(times)
        for s in senders
    ]


def test_every_mail_is_judged_once_those_of_a_sender_in_order(world):
    world.put(*from_each(range(6), 4))
    world.start()
    world.until_nothing_waits()
    judged = world.in_order()
    assert len(judged) == 24
    for sender in range(6):
        mine = [record.uid for record in judged if record.sender == address(sender)]
        assert mine == sorted(mine)
    with world.desk.store.transaction() as tx:
        letters = {letter.message_id for letter in tx.letters.newest(limit=100)}
    assert len(letters) == 24
    sent = []
    eventually(
        lambda: (
            sent.extend(
                post.letters.get().message_id
                for post in world.posts
                for _ in range(post.letters.qsize())
            )
            or len(sent) >= 24
        )
    )
    world.stop()
    assert sorted(sent) == sorted(letters), "each letter leaves once"


def test_nobody_waits_behind_a_flood(world):
    world.put(*from_each([1], 30), *from_each([2], 3))
    world.start(engines=1)
    world.until_nothing_waits()
    places = [place for place, one in enumerate(world.in_order()) if one.sender == address(2)]
    assert places[0] <= TURNS_AT_A_TIME
    assert [after - before for before, after in pairwise(places)] == [2, 2], (
        "nor does the flood wait for one who wrote three"
    )


def test_strangers_wait_for_others_but_not_for_ever(world):
    strangers = from_each(range(20), 1, "{}@stranger.example".format)
    world.put(*strangers, *from_each(range(20), 1), first=1)
    world.start(engines=1)
    world.until_nothing_waits()
    strangers = [
        place for place, record in enumerate(world.in_order()) if "stranger" in record.sender
    ]
    assert {after - before for before, after in pairwise(strangers[:4])} == {STRANGERS_WAIT_FOR + 1}
    assert strangers[0] in {STRANGERS_WAIT_FOR - 1, STRANGERS_WAIT_FOR}


def test_a_mail_that_ends_its_judging_process_is_set_aside_after_so_many_tries_and_nothing_else_is(
    world,
):
    def judged(intake):
        def judge(mail_id):
            if mail_id != 2:
                return intake.judge(mail_id)
            intake.interrupted(mail_id, False)
            return False

        return judge

    world.put(*from_each(range(4), 2))
    world.start(judged)
    world.until_nothing_waits()
    assert [(record.id, record.attempts) for record in world.set_aside()] == [(2, MAX_ATTEMPTS)]
    assert len(world.in_order()) == 7


def test_what_is_in_hand_at_the_end_is_finished_and_what_waits_is_found_at_the_next_start(world):
    judging, end = threading.Event(), threading.Event()

    def slowly(intake):
        def judge(mail_id):
            judging.set()
            end.wait(WITHIN_S)
            return intake.judge(mail_id)

        return judge

    world.put(*from_each(range(3), 1))
    world.start(slowly, engines=1)
    assert judging.wait(WITHIN_S)
    threading.Timer(0.2, end.set).start()
    world.stop()
    judged = len(world.in_order())
    assert judged >= 1
    world.start(engines=1)
    world.until_nothing_waits()
    assert (len(world.in_order()), world.set_aside()) == (3, [])


def test_mails_that_nobody_told_of_are_found(shared):
    """As after a restoration, or a move from SQLite."""
    shared.put(*from_each(range(3), 1))
    with psycopg.connect(libpq(shared.url), autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    shared.start(engines=1)
    shared.until_nothing_waits()
    assert len(shared.in_order()) == 3


def test_what_is_not_kept_is_not_in_the_queue(shared):
    with pytest.raises(KeyError), shared.desk.store.transaction() as tx:
        tx.mails.add(NewMail("other", 1, 1, ARRIVED, 1, b"x", sender="a@example.com"))
        raise KeyError
    shared.put(("a@example.com", b"x"), ("a@example.com", b"y"), ("", b"z"))
    with psycopg.connect(libpq(shared.url)) as connection:
        jobs = connection.execute(
            "SELECT queue_name, args, priority FROM procrastinate_jobs ORDER BY id"
        ).fetchall()
    assert jobs == [("mails", {"about": 1}, -1), ("mails", {"about": 3}, -2)], (
        "ids only, one job for each sender"
    )


@pytest.mark.parametrize("how", ["killed", "stopped", "cut off"])
def test_another_goes_on_where_one_is_killed_or_stands_still_or_is_cut_off(shared, tmp_path, how):
    """The holder of a mail and of the mailbox.

    What it does when it goes on after all counts for nothing.
    """
    host, url = None, shared.url
    if how == "cut off":
        database, _, folder = url.removeprefix("postgresql+psycopg://").partition("?host=")
        host = Host(f"{folder}/.s.PGSQL.5432")
        url = f"postgresql+psycopg://{database.replace('@', f'@{host.address}:{host.port}')}"
    process = PROCESSES.Process(
        target=hold, args=(url, SILENCE_S, tmp_path, host and host.name), daemon=True
    )
    shared.put(*from_each([1, 2], 1))
    process.start()
    try:
        eventually((tmp_path / "reached").exists)
        host.cut_off() if host else os.kill(
            process.pid, signal.SIGKILL if how == "killed" else signal.SIGSTOP
        )
        shared.start(engines=1)
        shared.until_nothing_waits()
        eventually(lambda: shared.boxes[0].waits)
        (tmp_path / "go on").touch()
        if how != "killed":
            host.join() if host else os.kill(process.pid, signal.SIGCONT)
            process.join(1)
            assert process.is_alive()
    finally:
        process.kill()
        process.join()
        if host:
            host.close()
    assert len(shared.in_order()) == 2
    assert shared.set_aside() == []


def test_a_worker_that_is_cut_off_leaves_no_open_transaction_over_the_jobs(shared):
    """Its locks would keep the tick of every other worker waiting."""
    shared.put(*from_each(range(2), 1))
    shared.start(engines=1)
    shared.until_nothing_waits()
    with psycopg.connect(libpq(shared.url), autocommit=True) as connection:
        last = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = 'queue' "
            "AND datname = current_database()"
        ).fetchall()
    assert last
    assert not {query for (query,) in last} & {"BEGIN", "COMMIT", "ROLLBACK"}


def test_sessions_that_the_database_ends_end_nothing_else(shared):
    shared.put(*from_each(range(3), 1))
    shared.start()
    shared.until_nothing_waits()
    with psycopg.connect(libpq(shared.url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND pid <> pg_backend_pid()"
        )
    eventually(lambda: put_in(shared, from_each(range(3, 6), 2)))
    shared.until_nothing_waits()
    assert len(shared.in_order()) == 9


def test_it_stops_though_its_workers_lose_the_database_meanwhile(shared, monkeypatch):
    """The trouble of a worker that is cancelled must not replace the cancellation."""
    working = threading.Event()

    async def ends_in_trouble(*_):
        working.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectorException

    monkeypatch.setattr(ProcrastinateEngine, "_worker", ends_in_trouble)
    monkeypatch.setattr("scheduler.engines.procrastinate.STOP_S", 4 * SILENCE_S)
    shared.start(engines=1)
    assert working.wait(WITHIN_S)
    shared.stop()
    assert "queue" not in {thread.name for thread in threading.enumerate()}


def test_it_leaves_no_query_under_way_when_it_stops(shared, monkeypatch, caplog):
    """A task that is destroyed with its loop cannot end its query: its connection is spoilt."""
    query = "SELECT pg_sleep(600)"

    async def leaves_a_query(engine, _name):
        left.append(asyncio.create_task(engine._connector.execute_query_async(query)))
        await asyncio.Event().wait()

    def runs():
        with psycopg.connect(libpq(shared.url)) as connection:
            return connection.execute(
                "SELECT FROM pg_stat_activity WHERE query = %s AND state = 'active' "
                "AND datname = current_database()",
                [query],
            ).fetchall()

    left = []
    monkeypatch.setattr(ProcrastinateEngine, "_worker", leaves_a_query)
    shared.start(engines=1)
    eventually(runs)
    shared.stop()
    eventually(lambda: not runs())
    assert all(task.cancelled() for task in left)
    assert [record for record in caplog.records if record.name.startswith("psycopg")] == []


def put_in(world, raws):
    try:
        world.put(*raws, first=10)
    except StoreError:
        return False
    return True


def test_a_mail_over_which_whole_workers_end_is_set_aside_in_the_end(shared):
    shared.put(*from_each(range(2), 1))
    with psycopg.connect(libpq(shared.url), autocommit=True) as connection:
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE args = "
            "'{\"about\": 1}'",
            [MOST_STALLS],
        )
    shared.start(engines=1)
    shared.until_nothing_waits()
    assert [record.id for record in shared.set_aside()] == [1]
    assert len(shared.in_order()) == 1


def test_a_clock_that_is_an_hour_ahead_keeps_no_mail_and_no_letter_waiting(shared, monkeypatch):
    """That of the machine which stores, judges and writes:
    jobs, letters and ticks go by the database's."""
    ahead = time.time
    monkeypatch.setattr("time.time", lambda: ahead() + 3600)
    shared.put(*from_each(range(2), 1))
    shared.start(engines=1)
    shared.until_nothing_waits()
    assert shared.posts[0].letters.get(timeout=WITHIN_S)
    with shared.desk.store.transaction() as tx:
        assert tx.connection.scalar(mails.select().with_only_columns(mails.c.id).limit(1))
