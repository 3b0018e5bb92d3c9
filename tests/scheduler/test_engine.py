"""The engine makes up for what was missed, survives every trouble of its parts,
and stops in order."""

import queue
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from core.cases.decision.approve import approve
from core.cases.letters.deliver import Sender
from core.data.case import State
from core.errors import MailboxError, StorageFull, StoreError, VaultError
from core.store.tables.case_tables import cases
from mail_intake.intake import Intake
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.work import CALENDAR_ALERT, Pace, Tick, Work
from tests.flows.walker import ADDRESS, CannedReader
from tests.intake.test_intake import Box, mail
from tests.validators.builders import SENDER
from tests.world import decline

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

    def listed(self, after=lambda _uidvalidity: 0):
        if self.troubles:
            raise self.troubles.pop(0)
        return super().listed(after)

    def wait(self, timeout_s):
        self.waits += 1
        self.wake.wait(timeout_s)

    def stop(self):
        self.wake.set()

    def log_out(self):
        pass

    def close(self):
        self.closed = True


def work_of(desk, box, post, pace=FAST, **told):
    box.store = desk.store
    return Work(desk, Intake(desk, CannedReader(), [ADDRESS]), box, post, FROM, pace, **told)


@pytest.fixture
def started(harness):
    """Start the engine over a box; it is stopped at the end."""
    running = []

    def start(box):
        post = Post()
        engine = EmbeddedEngine(work_of(harness.desk, box, post))
        running.append(engine)
        engine.start()
        return post

    yield start
    for engine in running:
        engine.stop()


def test_a_mail_becomes_a_letter(harness, started):
    assert started(WaitingBox(mail())).letters.get(timeout=40).recipient == SENDER


def test_a_mailbox_in_trouble_is_told_waited_for_and_tried_again(harness, started, monkeypatch):
    box = WaitingBox(
        mail(),
        troubles=[
            MailboxError("邮箱暂时连不上"),
            RuntimeError("a bug"),
            MailboxError("还是连不上"),
        ],
    )
    monkeypatch.setattr("scheduler.work.TROUBLE_PAUSE_S", 0.01)
    started(box).letters.get(timeout=40)
    assert box.waits >= 2, "each trouble of the mailbox is followed by its own pause"


def test_a_disk_too_full_for_mails_is_an_alert_where_small_steps_still_fit(
    harness, started, monkeypatch
):
    """SQLite goes on in the pages that it has: every tick went well, and no mail was stored."""
    seen = []

    class Box(WaitingBox):
        def listed(self, after=lambda _uidvalidity: 0):
            with harness.store.view() as tx:
                seen.extend(alert.text for alert in tx.alerts.find(families=["mailbox"]))
            return super().listed(after)

    monkeypatch.setattr("scheduler.work.TROUBLE_PAUSE_S", 0.01)
    started(Box(mail(), troubles=[StorageFull("磁盘已满")])).letters.get(timeout=40)
    assert seen[0] == "邮箱 box 暂时无法收信：磁盘已满"


def test_a_mailbox_and_a_database_in_trouble_together_do_not_end_the_watch(harness, started):
    box = WaitingBox(mail(), troubles=[MailboxError("邮箱暂时连不上")])
    whole, failures = harness.desk.store.step, [StoreError("数据库不可用")]

    def step(kind):
        if threading.current_thread().name.startswith("mailbox") and not box.troubles and failures:
            raise failures.pop()
        return whole(kind)

    harness.desk.store.step = step
    assert started(box).letters.get(timeout=40).recipient == SENDER
    assert failures == [], "the database failed while the trouble was to be written down"


def test_what_was_approved_while_the_desk_was_down_is_carried_out_at_the_start(harness, started):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1, minutes=20)
    post = started(WaitingBox())
    subjects = [post.letters.get(timeout=40).subject for _ in range(2)]
    assert any("办理完毕" in subject for subject in subjects)


def test_a_window_that_was_missed_whole_moves_on_with_an_alert(harness, started):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=9)
    post = started(WaitingBox())
    subjects = [post.letters.get(timeout=40).subject for _ in range(2)]
    assert any("办理顺延" in subject for subject in subjects)
    with harness.tx() as tx:
        assert tx.cases.get(case.id).state is State.APPROVED
        assert "window.missed" in [alert.kind for alert in tx.alerts.find()]


def test_the_missing_year_of_the_calendar_is_an_alert(harness):
    work_of(harness.desk, WaitingBox(), Post()).housekeeping()
    with harness.tx() as tx:
        told = {alert.kind: alert.text for alert in tx.alerts.find()}
    assert "2027" in told[CALENDAR_ALERT]


def test_a_case_that_cannot_be_removed_keeps_no_other_work_waiting(harness):
    """Its row may be spoilt: then the retention stops at it,
    and the rest of the housekeeping goes on."""
    case = harness.case(harness.mail())
    ended = decline(harness.desk, case.id, case.version, "li", "不办")
    with harness.tx() as tx:
        tx.connection.execute(cases.update().where(cases.c.id == ended.id).values(sealed=b"spoilt"))
        tx.logins.use_challenge("ab" * 32, harness.clock.now())
    harness.clock.at += timedelta(days=500)
    work = work_of(harness.desk, WaitingBox(), Post())
    with pytest.raises(VaultError):
        work.retention()
    work.housekeeping()
    with harness.tx() as tx:
        assert tx.logins.use_challenge("ab" * 32, harness.clock.now()), "it was forgotten"


@pytest.mark.parametrize("systems", ["fail", "hang"])
def test_administrators_are_told_whatever_becomes_of_telling_the_systems(harness, systems):
    released, told = threading.Event(), threading.Event()

    def tell_systems():
        if systems == "fail":
            raise StoreError("数据库不可用")
        released.wait()

    engine = EmbeddedEngine(
        work_of(
            harness.desk,
            WaitingBox(),
            Post(),
            tell_systems=tell_systems,
            tell_administrators=told.set,
        )
    )
    engine.start()
    assert told.wait(timeout=40)
    released.set()
    engine.stop()


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=-400), timedelta(hours=1)])
def test_a_step_of_the_wall_clock_stops_no_tick(harness, monkeypatch, step):
    """APScheduler waits until an instant of the wall clock:
    after a step back by an hour that would be an hour later."""
    stepped = threading.Event()

    class WallClock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + (step if stepped.is_set() else timedelta(0))

    ticked = threading.Semaphore(0)
    work = work_of(harness.desk, WaitingBox(), Post(), replace(FAST, look_s=0.05))
    monkeypatch.setattr("scheduler.engines.embedded.datetime", WallClock)
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", WallClock)
    monkeypatch.setattr(
        "scheduler.engines.embedded.time",
        SimpleNamespace(time=lambda: WallClock.now(UTC).timestamp(), monotonic=time.monotonic),
    )
    monkeypatch.setattr(work, "ticks", lambda: [Tick("window", 0.05, ticked.release)])
    engine = EmbeddedEngine(work)
    engine.start()
    assert ticked.acquire(timeout=40)
    stepped.set()
    for _ in range(5):
        assert ticked.acquire(timeout=40)
    engine.stop()


def test_it_stops_in_order(harness):
    post, box = Post(), WaitingBox()
    before = threading.active_count()
    engine = EmbeddedEngine(work_of(harness.desk, box, post))
    engine.start()
    engine.stop()
    assert (post.closed, box.closed) == (True, True)
    assert threading.active_count() <= before


def test_the_log_has_one_line_a_mail_and_one_a_case(harness):
    harness.register(contact=SENDER)
    case = harness.case(harness.mail())
    approve(harness.desk, case.id, case.version, "li")
    harness.clock.at += timedelta(hours=1, minutes=20)
    work = work_of(harness.desk, WaitingBox(b"known", mail()), Post())
    with capture_logs() as lines:
        for act in (work.window, work.deliver, work.housekeeping, work.window):
            act()
        work._collect(lambda: None)
        work.judge_waiting()
    ordinary = [line for line in lines if line["log_level"] == "info"]
    assert [(line["event"], line["text"]) for line in ordinary] == [
        ("case.completed", f"工单 {case.number} 已办理"),
        ("mail.taken_in", "来信 2 已读：工单"),
    ]
