"""The judging process killed in the middle: the desk lives on, every mail is judged once, and a
mail that kills it is set aside alone."""

from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest

from mail_intake.intake import MAX_ATTEMPTS, Intake
from scheduler.judging_process import Deadline, JudgingProcess
from tests.flows.judges import DEADLY, endless_over_papers, killed_by_papers, killed_once
from tests.flows.walker import ADDRESS, CannedReader, make_desk
from tests.intake.test_intake import Box, mail
from tests.scheduler.works import judging
from tests.servers.databases import sqlite_database


@pytest.fixture
def desk(tmp_path):
    sqlite_database(tmp_path / "desk.db")
    return make_desk(tmp_path)


def collect(desk, *raws):
    box = Box(*raws)
    box.store = desk.store
    Intake(desk, CannedReader(), [ADDRESS]).collect(box)


def judge_all(desk, opened):
    """Judge until nothing waits; how often the process died over it."""
    deaths, intake = 0, Intake(desk, CannedReader(), [ADDRESS])
    with closing(judging(opened, intake.interrupted)) as judge:
        while intake.judge_waiting(judge.each):
            deaths += judge.pid is None
    return deaths


def outcome(desk):
    with desk.store.transaction() as tx:
        return (
            [record.disposition.value for record in reversed(tx.mails.newest())],
            len(tx.cases.find()),
            len(tx.letters.newest()),
        )


# judged; judged for good
@pytest.mark.parametrize("failpoint", ["commit.before:1", "commit.after:1"])
def test_a_kill_at_its_commits_loses_no_mail_and_judges_none_twice(desk, tmp_path, failpoint):
    collect(desk, mail(1))
    assert judge_all(desk, partial(killed_once, tmp_path, failpoint)) == 1
    assert outcome(desk) == (["case"], 1, 1)


def test_a_mail_that_kills_the_process_is_set_aside_and_its_neighbours_are_judged(desk, tmp_path):
    collect(
        desk,
        mail(1, papers=[DEADLY]),
        mail(2, sender="second@example.com"),
        mail(3, sender="third@example.com"),
    )
    with desk.store.transaction() as tx:
        deadly = tx.mails.newest()[-1]
        tx.mails.save(replace(deadly, attempts=MAX_ATTEMPTS - 1))
    assert judge_all(desk, partial(killed_by_papers, tmp_path)) == 1
    assert outcome(desk) == (["quarantined", "case", "case"], 2, 2)


def test_a_mail_that_overruns_is_set_aside_at_once_and_its_neighbours_wait_as_before(
    desk, tmp_path
):
    collect(
        desk,
        mail(1, papers=[DEADLY]),
        mail(2, sender="second@example.com"),
        mail(3, sender="third@example.com"),
    )
    intake = Intake(desk, CannedReader(), [ADDRESS])
    with closing(
        JudgingProcess(
            partial(endless_over_papers, tmp_path),
            Deadline(whole_s=600, own_cpu_s=1.0),
            intake.interrupted,
        )
    ) as judge:
        assert intake.judge_waiting(judge.each) == 1, "its process is ended over it"
        assert outcome(desk)[0] == ["quarantined", "received", "received"]
        with desk.store.transaction() as tx:
            assert [record.attempts for record in reversed(tx.mails.newest())] == [1, 0, 0]
            assert len(tx.alerts.find()) == 1
        while intake.judge_waiting(judge.each):
            pass
    assert outcome(desk) == (["quarantined", "case", "case"], 2, 2)
