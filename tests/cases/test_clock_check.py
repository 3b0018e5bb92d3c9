"""The clock held against others: a step is an alert,
and in doubt nothing that cannot be taken back goes by it."""

from datetime import timedelta

import pytest

from core.cases.upkeep.clock_check import DOUBT, STEP, ClockCheck
from core.clock import is_recent
from core.data.case import State
from mail_intake.intake import Intake
from scheduler.work import Work
from tests.flows.walker import ADDRESS, CannedReader
from tests.scheduler.test_engine import FROM, Post, WaitingBox

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Watched:
    """A clock, the count of seconds beside it, and the check over both."""

    def __init__(self, harness, mails_tell=True):
        self.harness, self.elapsed_s = harness, 0.0
        self.check = ClockCheck(
            harness.desk, harness.clock, lambda: self.elapsed_s, 2 * MINUTE, mails_tell=mails_tell
        )

    def after(self, passed, step=timedelta(0)):
        """So much time passed, and the clock was set by `step`: whether it is believed,
        and which alerts there are."""
        self.elapsed_s += passed.total_seconds()
        self.harness.clock.at += passed + step
        sure = self.check.is_sure()
        with self.harness.tx() as tx:
            return sure, sorted(alert.kind for alert in tx.alerts.find())


@pytest.fixture
def watched(harness):
    one = Watched(harness)
    assert one.after(timedelta(0)) == (True, [])
    return one


def test_a_clock_that_goes_on_is_believed(watched):
    assert watched.after(HOUR) == (True, [])
    assert watched.after(9 * DAY, timedelta(seconds=20)) == (True, []), "the machine slept"


def test_a_small_step_is_told_and_no_more(watched):
    assert watched.after(MINUTE, -MINUTE) == (True, [STEP])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (DAY + timedelta(seconds=61), "+24 小时 1 分 1 秒"),
        (-timedelta(seconds=61), "-0 小时 1 分 1 秒"),
    ],
)
def test_a_step_is_given_in_hours_minutes_and_seconds(watched, step, words):
    watched.after(MINUTE, step)
    with watched.harness.tx() as tx:
        assert words in tx.alerts.by(kind=STEP).text


@pytest.mark.parametrize("step", [DAY, -3 * HOUR])
def test_a_big_step_is_doubt_until_a_mail_agrees(watched, step):
    assert watched.after(MINUTE, step) == (False, [DOUBT, STEP])
    assert watched.after(MINUTE) == (False, [DOUBT, STEP])
    watched.check.mail_came(watched.harness.clock.now() - 30 * MINUTE)
    assert not watched.after(MINUTE)[0], "it may have waited"
    watched.check.mail_came(watched.harness.clock.now())
    assert watched.after(MINUTE) == (True, [STEP])


@pytest.mark.parametrize(
    ("step", "alerts"),
    [
        (timedelta(seconds=30), []),
        (timedelta(seconds=31), [STEP]),
        (2 * MINUTE, [STEP]),
        (2 * MINUTE + timedelta(seconds=1), [DOUBT, STEP]),
    ],
)
def test_how_far_a_clock_may_step(watched, step, alerts):
    assert watched.after(MINUTE, step) == (DOUBT not in alerts, alerts)


@pytest.mark.parametrize(
    ("ahead", "sure"),
    [
        (timedelta(seconds=1) - 10 * MINUTE, True),
        (-10 * MINUTE, False),
        (2 * MINUTE, True),
        (2 * MINUTE + timedelta(seconds=1), False),
    ],
)
def test_which_mail_agrees_with_a_clock_that_stepped(watched, ahead, sure):
    watched.after(MINUTE, DAY)
    watched.check.mail_came(watched.harness.clock.now() + ahead)
    assert watched.after(timedelta(0))[0] is sure


def test_doubt_stands_for_the_next_process_and_ends_when_a_person_clears_it(watched):
    watched.after(MINUTE, DAY)
    after = Watched(watched.harness)
    assert not after.after(MINUTE)[0]
    with watched.harness.tx() as tx:
        tx.alerts.clear(DOUBT)
    assert after.after(MINUTE) == (True, [STEP])


def test_a_mail_from_the_future_is_doubt(watched):
    watched.check.mail_came(watched.harness.clock.now() + HOUR)
    assert watched.after(timedelta(0)) == (False, [DOUBT])


def test_mails_that_this_machine_stamped_say_nothing(harness):
    watched = Watched(harness, mails_tell=False)
    watched.after(timedelta(0))
    watched.after(MINUTE, DAY)
    watched.check.mail_came(harness.clock.now())
    assert not watched.after(MINUTE)[0]


def test_the_databases_clock_tells_more_than_a_step(watched, monkeypatch):
    differs = timedelta(0)
    monkeypatch.setattr(
        type(watched.harness.desk.store),
        "now",
        lambda _store: watched.harness.clock.now() + differs,
    )
    assert watched.after(MINUTE, DAY) == (True, [STEP]), "it was set right"
    differs = HOUR
    assert watched.after(MINUTE) == (False, [DOUBT, STEP])
    differs = MINUTE
    assert watched.after(MINUTE) == (True, [STEP])


def test_a_jump_of_a_day_postpones_nothing_and_writes_to_nobody(harness, watched):
    """It postponed every case and told every enterprise."""
    harness.register()
    case = harness.case(harness.mail())
    box = WaitingBox()
    box.store = harness.desk.store
    work = Work(
        harness.desk,
        Intake(harness.desk, CannedReader(), [ADDRESS]),
        box,
        Post(),
        FROM,
        clock_check=watched.check,
    )
    watched.elapsed_s += 1
    harness.clock.at += DAY + timedelta(seconds=1)
    for act in (work.window, work.housekeeping, work.retention):
        act()
    with harness.tx() as tx:
        assert (tx.cases.get(case.id).state, tx.cases.get(case.id).window_date) == (
            State.QUEUED,
            case.window_date,
        )
        assert [
            letter.kind.value for letter in tx.letters.newest() if letter.kind.value == "postponed"
        ] == []
        tx.alerts.clear(DOUBT)
    work.window()
    with harness.tx() as tx:
        assert tx.cases.get(case.id).window_date > case.window_date, "a person looked at the clock"


@pytest.mark.parametrize(
    ("ago", "recent"),
    [(-HOUR, True), (timedelta(0), True), (DAY - MINUTE, True), (DAY, False), (2 * DAY, False)],
)
def test_a_moment_is_recent_until_its_span_is_over(harness, ago, recent):
    now = harness.clock.now()
    assert is_recent(now - ago, now, DAY) is recent
    assert not is_recent(None, now, DAY)
