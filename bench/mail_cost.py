"""What one mail can cost: CPU seconds from its bytes to its verdict, pages left unread, over its
size, for mails made to cost more than their size.

Each mail is judged in a process of its own that is ended after LIMIT_S. Printed is for each group
the worst shape at each size, and the most by which a doubled size multiplied a cost above
NOTICED_S: 2 is linear growth, less than 2 means that a bound holds. Run: python -m bench.mail_cost
[GROUP …]
"""

import math
import os
import resource
import select
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

from bench.judging import OURS, Unread
from bench.quiet import hush
from mail_intake.mail_reading import read_submission
from tests.message.costly import SHAPES
from validators.check import check

SIZES = (10_000, 50_000, 100_000, 350_000, 1_000_000, 2_000_000)
ARRIVED = datetime(2026, 3, 2, 2, tzinfo=UTC)
LIMIT_S = 30
NOTICED_S = 0.2


def judge(raw: bytes) -> None:
    check(read_submission(raw, ARRIVED, OURS, Unread()).submission)


def cost_s(raw: bytes, work: Callable[[bytes], None] = judge) -> float:
    """CPU seconds of a child that does the work; infinite when it was ended or raised."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
        began = time.process_time()
        try:
            work(raw)
            os.write(write, str(time.process_time() - began).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    told = os.read(read, 100) if select.select([read], [], [], 0)[0] else b""
    os.close(read)
    os.close(write)
    return float(told) if told else math.inf


def growth(costs: dict[int, float]) -> float:
    """The most by which a doubling of the size multiplied the cost,
    where it stands out from noise."""
    steps = [
        (costs[large] / costs[small]) ** (1 / math.log2(large / small))
        for small, large in pairwise(SIZES)
        if costs[small] >= NOTICED_S
    ]
    return max(steps, default=0.0)


def main() -> None:
    hush()
    judge(SHAPES["text"]["prose"](1000))  # everything is loaded before the first child is made
    judge(SHAPES["html"]["rows"](1000))
    print(
        "mail cost: CPU seconds from bytes to verdict, pages unread; "
        "the worst shape of each group by size of the mail"
    )
    print(
        f"  {'':<10}"
        + "".join(f"{size // 1000:>9} kB" for size in SIZES)
        + "   growth per doubling   the worst"
    )
    for group in sys.argv[1:] or SHAPES:
        found = {
            name: {size: cost_s(shape(size)) for size in SIZES}
            for name, shape in SHAPES[group].items()
        }
        worst = max(found, key=lambda name: max(found[name].values()))
        row = "".join(f"{max(costs[size] for costs in found.values()):>10.2f} s" for size in SIZES)
        print(
            f"  {group:<10}{row}   {max(map(growth, found.values())):>19.2f}   {worst}", flush=True
        )


if __name__ == "__main__":
    main()
