"""What a page costs, here and in another checkout, by turns: `python -m bench.documents.turns
[OTHER] [--dearest] [--pages N] [--first SEED]`. OTHER is the folder of the other one.

Prints processor time of one thread, from the PDF to the reading, by stage; a machine that is shared
with other work slows both alike, so the ratio tells more than the milliseconds. With --dearest the
dearest pages (tests.drawing.dear_pages) are read too, each beside the mean of the ordinary ones.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bench.program import run
from tests.drawing.dear_pages import dear_pages
from tests.drawing.requests import page_files

_HERE = Path(__file__).parents[2]
Costs = Mapping[str, float]


class _Checkout:
    """A process that reads pages with the code of a checkout, and what they cost."""

    def __init__(self, folder: Path) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        script = folder / "bench" / "documents" / "page_costs.py"
        self.costs: list[Costs] = []
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, pdf: Path) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{pdf}\n")
        self._process.stdin.flush()
        self.costs.append(json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        self._process.communicate()


def by_turns(checkouts: Sequence[_Checkout], pages: Iterable[bytes]) -> None:
    """Let each checkout read each page; the first page is read once before."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        for number, content in enumerate(pages):
            pdf.write_bytes(content)
            for checkout in checkouts if number % 2 else reversed(checkouts):
                checkout.read(pdf)
                if number == 0:
                    checkout.costs.clear()
                    checkout.read(pdf)
    for checkout in checkouts:
        checkout.end()


def stages(sides: Sequence[Sequence[Costs]]) -> str:
    """Milliseconds a page by stage, calls a page, and how the pages are spread."""
    names = sorted({name for side in sides for costs in side for name in costs})
    rows = [
        _row(name, [float(np.mean([costs.get(name, 0.0) for costs in side])) for side in sides])
        for name in names
        if name not in {"page", "memory, MB"}
    ]
    whole = [[costs["page"] for costs in side] for side in sides]
    rows += [
        _row("page, mean", [float(np.mean(side)) for side in whole]),
        _row("page, 95 %", [float(np.quantile(side, 0.95)) for side in whole]),
        _row("page, most", list(map(max, whole))),
        _row("memory, most, MB", [max(costs["memory, MB"] for costs in side) for side in sides]),
    ]
    columns = ["other", "here", "ratio"] if len(sides) == 2 else ["here"]
    head = _line("processor milliseconds a page", columns)
    ruler = "|---" * (1 + len(columns)) + "|"
    return "\n".join([f"{len(sides[-1])} pages", head, ruler, *rows])


def _row(name: str, values: Sequence[float]) -> str:
    ratio = [f"{values[1] / values[0]:.2f}"] if len(values) == 2 and values[0] else []
    return _line(name, [*(f"{value:.4g}" for value in values), *ratio])


def _line(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def dearest_pages(names: Sequence[str], sides: Sequence[Sequence[Costs]], ordinary: int) -> str:
    """The dearest pages by their seconds here, each in means of the ordinary ones."""
    [*_, here] = sides
    mean_ms = float(np.mean([costs["page"] for costs in here[:ordinary]]))
    costs_ms = sorted(zip((costs["page"] for costs in here[ordinary:]), names, strict=True))
    rows = [
        _line(name, [f"{cost_ms / 1000:.2f} s", f"{cost_ms / mean_ms:.2f}"])
        for cost_ms, name in reversed(costs_ms)
    ]
    return "\n".join([_line("page", ["here", "of the mean"]), "|---|---|---|", *rows])


def main(
    other: Annotated[Path | None, typer.Argument()] = None,
    *,
    dearest: bool = False,
    pages: int = 40,
    first: int = 731_000,
) -> None:
    folders = [*([other.resolve()] if other else []), _HERE]
    checkouts = [_Checkout(folder) for folder in folders]
    dear = dict(dear_pages()) if dearest else {}
    ordinary = itertools.islice(page_files(first), pages)
    by_turns(checkouts, itertools.chain(ordinary, dear.values()))
    sides = [checkout.costs for checkout in checkouts]
    print(stages([side[:pages] for side in sides]))
    if dear:
        print(dearest_pages([*dear], sides, pages))


if __name__ == "__main__":
    run(main)
