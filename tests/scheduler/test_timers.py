"""The timers make up for what was missed, survive every trouble of their parts, and stop in order."""

import logging
import queue
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.adapters.tables import cases, workers
from core.cases.approve import approve, decline
from core.cases.case import State
from core.cases.deliver import Sender
from core.cases.worker import Worker
from core.clock import SystemClock
from core.errors import MailboxError, StoreError, VaultError
from mail_intake.intake import Intake
from scheduler.timers import CALENDAR_ALERT, JOB_DEFAULTS, Pace, Timers
from tests.cases.conftest import harness  # noqa: F401  a fixture
from tests.flows.walker import ADDRESS, CannedReader
from tests.intake.test_intake import Box, mail
from tests.validators.builders import SENDER

FAST = Pace(window_s=0.05, deliver_s=0.05, housekeeping_s=0.05, mailbox_s=0.05)
FROM = Sender(ADDRESS, "解绑办理台", "https://desk.example.org")


class Post:
    """A transport that hands every letter to the test."""

    def __init__(self):
        self.letters = queue.Queue()
        self.closed = False

    def forget(self, now):
        pass

    def send(self, letter):
        self.letters.put(letter)

    def close(self):
        self.closed = True


class WaitingBox(Box):
    """A box that waits as a real one does."""

    def __init__(self, *raws, troubles=()):
        super().__init__(*raws)
        self.troubles = list(troubles)
        self.wake = threading.Event()
        self.waits = 0
        self.closed = False

    def fetch_after(self, position):
        if self.troubles:
            raise self.troubles.pop(0)
        yield from super().fetch_after(position)

    def wait(self, timeout_s):
        self.waits += 1
        self.wake.wait(timeout_s)

    def stop(self):
        self.wake.set()

    def close(self):
        self.closed = True


@pytest.fixture
def started(harness):  # noqa: F811
    """Start the timers over a box; it is stopped at the end."""
    running = []

    def start(box):
        box.store = harness.desk.store
        post = Post()
        work = Timers(harness.desk, Intake(harness.desk, CannedReader(), [ADDRESS]), [box], post, FROM, FAST)
        running.append(work)
        work.start()
        return post

    yield start
    for work in running:
        work.stop()


def test_a_mail_becomes_a_letter(harness, started):  # noqa: F811
    assert started(WaitingBox(mail())).letters.get(timeout=20).recipient == SENDER


def test_a_mailbox_in_trouble_is_told_waited_for_and_tried_again(harness, started):  # noqa: F811
    box = WaitingBox(mail(), troubles=[MailboxError("邮箱暂时连不上"), RuntimeError("a bug"), MailboxError("还是连不上")])
    from scheduler import timers

    pause, timers.TROUBLE_PAUSE_S = timers.TROUBLE_PAUSE_S, 0.01
    try:
        started(box).letters.get(timeout=20)
    finally:
        timers.TROUBLE_PAUSE_S = pause
    assert box.waits >= 2, "each trouble of the mailbox is followed by its own pause"


def test_a_mailbox_and_a_database_in_trouble_together_do_not_end_the_watch(harness, started):  # noqa: F811
    box = WaitingBox(mail(), troubles=[MailboxError("邮箱暂时连不上")])
    whole, failures = harness.desk.store.transaction, [StoreError("数据库不可用")]

    def transaction():
        if threading.current_thread().name.startswith("mailbox") and not box.troubles and failures:
            raise failures.pop()
        return whole()

    harness.desk.store.transaction = transaction
    assert started(box).letters.get(timeout=20).recipient == SENDER
    assert failures == [], "the database failed while the trouble was to be written down"


def test_what_was_approved_while_the_desk_was_down_is_carried_out_at_the_start(harness, started):  # noqa: F811
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1, minutes=20)
    post = started(WaitingBox())
    subjects = [post.letters.get(timeout=20).subject for _ in range(2)]
    assert any("办理完毕" in subject for subject in subjects)


def test_a_window_that_was_missed_whole_moves_on_with_an_alert(harness, started):  # noqa: F811
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=9)
    post = started(WaitingBox())
    subjects = [post.letters.get(timeout=20).subject for _ in range(2)]
    assert any("办理顺延" in subject for subject in subjects)
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.APPROVED
        assert "window.missed" in [alert.kind for alert in tx.alerts.find()]


def test_the_missing_year_of_the_calendar_is_an_alert(harness):  # noqa: F811
    post, box = Post(), WaitingBox()
    work = Timers(harness.desk, Intake(harness.desk, CannedReader(), [ADDRESS]), [box], post, FROM, FAST)
    work.tick_housekeeping()
    with harness.tx() as tx:
        told = {alert.kind: alert.text for alert in tx.alerts.find()}
    assert "2027" in told[CALENDAR_ALERT]


def test_a_case_that_cannot_be_removed_keeps_no_other_work_waiting(harness):  # noqa: F811
    """Its row may be spoilt: then the retention stops at it, and the rest of the housekeeping goes on."""
    case = harness.case(harness.mail())
    ended = decline(harness.desk, case.id, case.version, "li", "不办")
    with harness.tx() as tx:
        tx.connection.execute(cases.update().where(cases.c.id == ended.id).values(sealed=b"spoilt"))
        tx.logins.use_challenge("ab" * 32, harness.clock.now())
    harness.clock.at += timedelta(days=500)
    box = WaitingBox()
    box.store = harness.desk.store
    work = Timers(harness.desk, Intake(harness.desk, CannedReader(), [ADDRESS]), [box], Post(), FROM, FAST)
    with pytest.raises(VaultError):
        work.tick_retention()
    work.tick_housekeeping()
    with harness.tx() as tx:
        assert tx.logins.use_challenge("ab" * 32, harness.clock.now()), "it was forgotten"


def test_a_worker_shows_life_while_it_runs_and_no_longer(harness):  # noqa: F811
    """Whatever else it waits for; what it had in hand is free at once when it has stopped in order."""
    desk, box = replace(harness.desk, clock=SystemClock(), worker=Worker("living", lease_s=0.5)), WaitingBox()
    box.store = desk.store
    work = Timers(desk, Intake(desk, CannedReader(), [ADDRESS]), [box], Post(), FROM, Pace(60, 60, 60, 60, 60))

    def told():
        with desk.store.transaction() as tx:
            return tx.connection.scalar(select(workers.c.alive_until).where(workers.c.name == "living"))

    work.start()
    for _ in range(3):
        last, deadline = told(), time.monotonic() + 20
        while told() == last:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)
    work.stop()
    assert told() is None


def test_it_stops_in_order(harness):  # noqa: F811
    post, box = Post(), WaitingBox()
    box.store = harness.desk.store
    work = Timers(harness.desk, Intake(harness.desk, CannedReader(), [ADDRESS]), [box], post, FROM, FAST)
    before = threading.active_count()
    work.start()
    work.stop()
    assert (post.closed, box.closed) == (True, True)
    assert threading.active_count() <= before


def test_a_late_trigger_is_not_dropped():
    assert JOB_DEFAULTS["misfire_grace_time"] >= 1800
    assert JOB_DEFAULTS["coalesce"]
    assert JOB_DEFAULTS["max_instances"] == 1


@pytest.fixture(autouse=True)
def _quiet():
    """A tick that is still running when the next one is due is skipped on purpose."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
