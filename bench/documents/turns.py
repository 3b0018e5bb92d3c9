"""Two checkouts by turns on the same pages: `python -m bench.documents.turns OTHER [--pages N]
[--first SEED]`. OTHER is the folder of the other one.

Prints what a page costs each (processor time of one thread, from the PDF to the reading), by stage,
and the ratio. A machine that is shared with other work slows both alike, so the ratio tells more
than the milliseconds.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.documents.measure import page_files

_HERE = Path(__file__).parents[2]
Costs = Mapping[str, float]


class _Checkout:
    """A process that reads pages with the code of a checkout."""

    def __init__(self, folder: Path) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        script = folder / "bench" / "documents" / "page_costs.py"
        command = [sys.executable, "-P", str(script)]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, pdf: Path) -> Costs:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{pdf}\n")
        self._process.stdin.flush()
        costs: Costs = json.loads(self._process.stdout.readline())
        return costs

    def end(self) -> None:
        self._process.communicate()


def by_turns(other: Path, first: int, pages: int) -> tuple[list[Costs], list[Costs]]:
    """What each page costs the other checkout and this one;
    each reads the first page once before."""
    checkouts = [_Checkout(other), _Checkout(_HERE)]
    costs: list[list[Costs]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        for number, content in enumerate(itertools.islice(page_files(first), pages)):
            pdf.write_bytes(content)
            for turn in (0, 1) if number % 2 else (1, 0):
                if number == 0:
                    checkouts[turn].read(pdf)
                costs[turn].append(checkouts[turn].read(pdf))
    for checkout in checkouts:
        checkout.end()
    return costs[0], costs[1]


def _row(name: str, other: float, here: float) -> str:
    return (
        f"| {name} | {other:.4g} | {here:.4g} | {here / other:.2f} |"
        if other
        else f"| {name} | {other:.4g} | {here:.4g} | |"
    )


def table(other: Sequence[Costs], here: Sequence[Costs]) -> str:
    """Milliseconds a page by stage, calls a page, and how the pages are spread."""
    stages = sorted(
        {stage for costs in (*other, *here) for stage in costs} - {"page", "memory, MB"}
    )
    rows = [
        _row(
            stage,
            *(float(np.mean([one.get(stage, 0.0) for one in side])) for side in (other, here)),
        )
        for stage in stages
    ]
    whole = [[one["page"] for one in side] for side in (other, here)]
    rows += [
        _row("page, mean", *(float(np.mean(side)) for side in whole)),
        _row("page, 95 %", *(float(np.quantile(side, 0.95)) for side in whole)),
    ]
    rows += [
        _row("page, most", *map(max, whole)),
        _row(
            "memory, most, MB", *(max(one["memory, MB"] for one in side) for side in (other, here))
        ),
    ]
    return "\n".join(
        [
            f"{len(here)} pages",
            "| processor milliseconds a page | other | here | ratio |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.documents.turns", description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--first", type=int, default=731_000)
    arguments = parser.parse_args()
    print(table(*by_turns(arguments.other.resolve(), arguments.first, arguments.pages)))


if __name__ == "__main__":
    main()
