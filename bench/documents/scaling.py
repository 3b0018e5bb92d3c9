"""Two reading workers against one, beside a fixed processor loop's own scaling in the same run;
a worker's start and memory.

On shared or hyper-threaded cores two busy loops do not run twice as fast as one, so the loop's own
figure says how much of the goal the machine allows.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil

from papers.opening.processes import WHERE_POSSIBLE
from papers.opening.sandbox import RawPage
from papers.page.workers import WORKER, Workers, _Worker

_LOOP: Final = "n = 0\nfor i in range(30_000_000): n += i"
_PAGE_WALL_S: Final = 120.0
_ROUNDS: Final = 3


def median_scaling(pictures: Sequence[bytes]) -> tuple[float, float]:
    """How many times as much two processes do as one: a loop that shares nothing, and reading these
    pages. By turns, the median of three each."""
    rounds = [
        (2 * _loops_s(1) / _loops_s(2), _pages_s(pictures, 1) / _pages_s(pictures, 2))
        for _ in range(_ROUNDS)
    ]
    return statistics.median(loop for loop, _ in rounds), statistics.median(
        pages for _, pages in rounds
    )


def _loops_s(count: int) -> float:
    started = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", _LOOP]) for _ in range(count)]
    for process in running:
        process.wait()
    return time.perf_counter() - started


def _pages_s(pictures: Sequence[bytes], count: int) -> float:
    workers = Workers(count, _PAGE_WALL_S)
    for warm in [workers.submit(RawPage(1, pictures[0]), "a.pdf") for _ in range(count)]:
        warm.result()
    started = time.perf_counter()
    for reading in [
        workers.submit(RawPage(n, picture), "a.pdf") for n, picture in enumerate(pictures, 1)
    ]:
        reading.result()
    took_s = time.perf_counter() - started
    workers.close()
    return took_s


def worker_costs(pictures: Sequence[bytes]) -> tuple[float, float, int]:
    """Wall and processor seconds until a worker is ready (the median of three), and one's greatest
    memory in MB after reading these pages."""
    started = [_started() for _ in range(_ROUNDS)]
    worker = started[0][0]
    for number, picture in enumerate(pictures, 1):
        worker.read(RawPage(number, picture), "a.pdf", _PAGE_WALL_S)
    status = Path(f"/proc/{_reader(worker)}/status").read_text(encoding="ascii").splitlines()
    peak_kb = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    for other, _, _ in started:
        other.end()
    return (
        statistics.median(ready for _, ready, _ in started),
        statistics.median(cpu for _, _, cpu in started),
        peak_kb // 1024,
    )


def _started() -> tuple[_Worker, float, float]:
    """A worker, and the wall and processor seconds until it was ready."""
    began = time.perf_counter()
    worker = _Worker(WHERE_POSSIBLE, WORKER)
    ready_s = time.perf_counter() - began
    ticks = (
        Path(f"/proc/{_reader(worker)}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    )
    return worker, ready_s, (int(ticks[11]) + int(ticks[12])) / 100


def _reader(worker: _Worker) -> int:
    """The process that reads: bubblewrap's own stand between it and us."""
    started = psutil.Process(worker.process.pid)
    return int([started, *started.children(recursive=True)][-1].pid)
