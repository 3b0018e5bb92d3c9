"""Two reading workers against one, beside a fixed processor loop's own scaling in the same run; a worker's start and memory.

On shared or hyper-threaded cores two busy loops do not run twice as fast as one, so the loop's own figure says how much of the goal the machine allows.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mail_intake.documents.sandbox import RawPage
from mail_intake.documents.workers import Workers, _Worker

_LOOP: Final = "n = 0\nfor i in range(30_000_000): n += i"
_PAGE_WALL_S: Final = 120.0


def loop_scaling() -> float:
    """How many times as much two processes do as one, for a loop that shares nothing."""
    return 2 * _loops_s(1) / _loops_s(2)


def _loops_s(count: int) -> float:
    started = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", _LOOP]) for _ in range(count)]
    for process in running:
        process.wait()
    return time.perf_counter() - started


def worker_scaling(pictures: Sequence[bytes]) -> float:
    """How many times as fast two workers read these pages as one."""
    return _pages_s(pictures, 1) / _pages_s(pictures, 2)


def _pages_s(pictures: Sequence[bytes], count: int) -> float:
    workers = Workers(count, _PAGE_WALL_S)
    for warm in [workers.submit(RawPage(0, pictures[0]), "a.pdf") for _ in range(count)]:
        warm.result()
    started = time.perf_counter()
    for reading in [workers.submit(RawPage(n, picture), "a.pdf") for n, picture in enumerate(pictures)]:
        reading.result()
    took_s = time.perf_counter() - started
    workers.close()
    return took_s


def worker_costs(pictures: Sequence[bytes]) -> tuple[float, float, int]:
    """Wall and processor seconds until a worker is ready, and its greatest memory in MB after reading these pages."""
    started = time.perf_counter()
    worker = _Worker()
    ready_s, status = time.perf_counter() - started, Path(f"/proc/{worker.process.pid}")
    ticks = (status / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    for number, picture in enumerate(pictures):
        worker.read(RawPage(number, picture), "a.pdf", _PAGE_WALL_S)
    peak_kb = next(
        int(line.split()[1]) for line in (status / "status").read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")
    )
    worker.end()
    return ready_s, (int(ticks[11]) + int(ticks[12])) / 100, peak_kb // 1024
