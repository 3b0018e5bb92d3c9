"""Work in a process of its own: called as if it were here, started again when it dies,
ended with whoever started it."""

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import WorkFailed
from scheduler.judging_process import Deadline, JudgingProcess
from tests.app.running import eventually
from tests.scheduler import works

ROOT = Path(__file__).parents[2]
DESK = "from tests.scheduler.works import judging, never_done; judging(never_done).each([1])"
WITHIN_S = 30


def ends(pid_fd: int) -> bool:
    """Whether the process ends within the time."""
    return bool(select.select([pid_fd], [], [], WITHIN_S)[0])


def test_calls_go_to_one_other_process(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGUN", str(tmp_path / "begun"))
    with closing(works.judging(works.telling_its_number)) as work:
        for piece in (1, 2):
            assert work.each([piece]) == [True]
            assert begun(tmp_path / "begun") == work.pid != os.getpid()


def test_an_error_over_there_is_told_here_and_the_work_goes_on():
    with closing(works.judging(works.failing_twice)) as work:
        with pytest.raises(WorkFailed, match=r"^数据库不可用：请检查磁盘。$"):
            work.each([1])
        with pytest.raises(WorkFailed, match=r"^ValueError$"):  # its words might be a mail's
            work.each([1])
        assert work.each([1]) == [True]


def test_pieces_are_answered_in_order_up_to_the_first_that_is_not_done():
    with closing(works.judging(works.doing_odd_ones)) as work:
        assert work.each([1, 3, 2, 5]) == [True, True, False]
        assert work.each([5, 7]) == [True, True]


def test_what_was_under_way_with_a_failed_piece_answers_no_later_call():
    with closing(works.judging(works.failing_twice)) as work:
        for _ in range(2):
            with pytest.raises(WorkFailed):
                work.each([1, 2, 3])
        assert work.each([1, 2]) == [True, True]


def test_no_piece_counts_as_tried_behind_one_that_the_process_died_over():
    told = []
    with closing(
        works.judging(works.dying_over_its_second, lambda piece, _late: told.append(piece))
    ) as work:
        assert work.each(range(1, 6)) == [True, False]
    assert told == [2]


def test_a_process_that_dies_over_its_work_is_replaced():
    with closing(works.judging(works.dying)) as work:
        work.start()
        first = work.pid
        assert work.each([1]) == [False]
        assert work.pid is None
        work.start()
        assert work.pid not in {None, first}


def test_a_process_that_cannot_begin_is_told_each_time():
    with closing(works.judging(works.not_opening)) as work:
        for _ in range(2):
            with pytest.raises(WorkFailed, match="未能启动"):
                work.each([1])


def test_signals_to_all_processes_leave_its_end_to_its_parent(tmp_path, monkeypatch):
    monkeypatch.setenv("BEGUN", str(tmp_path / "begun"))
    with closing(works.judging(works.telling_its_number)) as work:
        assert work.each([1]) == [True]
        there = work.pid
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(there, number)
        assert (work.each([2]), work.pid) == ([True], there)


def begun(file: Path) -> int:
    """The process that began the work that is never done."""
    eventually(lambda: file.exists() and file.read_text())
    return int(file.read_text())


def test_it_ends_with_a_parent_that_is_killed_in_the_middle_of_its_work(tmp_path):
    file = tmp_path / "begun"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BEGUN": str(file)}
    with subprocess.Popen(
        [sys.executable, "-c", DESK], env=environment, stdout=subprocess.DEVNULL
    ) as desk:
        pid_fd = os.pidfd_open(begun(file))
        desk.kill()
    try:
        assert ends(pid_fd)
    finally:
        os.close(pid_fd)


def test_closing_ends_it_in_the_middle_of_its_work_and_the_call_returns(tmp_path, monkeypatch):
    file = tmp_path / "begun"
    monkeypatch.setenv("BEGUN", str(file))
    work, answers = works.judging(works.never_done), []
    thread = threading.Thread(target=lambda: answers.extend(work.each([1])))
    thread.start()
    pid_fd = os.pidfd_open(begun(file))
    work.close()
    thread.join(WITHIN_S)
    try:
        assert answers == [False]
        assert ends(pid_fd)
        assert work.each([2]) == []
        assert work.pid is None, "closed for good"
    finally:
        os.close(pid_fd)


@pytest.mark.parametrize(
    ("opened", "deadline", "overran"),
    [
        (works.never_done_with_its_second, Deadline(whole_s=1, own_cpu_s=60), True),
        (works.busy_with_its_second, Deadline(whole_s=600, own_cpu_s=0.5), True),
        (works.dying_over_its_second, Deadline(whole_s=600, own_cpu_s=60), False),
    ],
)
def test_a_piece_that_overruns_its_deadline_ends_the_process_and_is_told(opened, deadline, overran):
    told = []
    with closing(
        JudgingProcess(opened, deadline, lambda piece, late: told.append((piece, late)))
    ) as work:
        assert work.each([1, 2]) == [True, False]
        assert told == [(2, overran)]
        assert work.pid is None
