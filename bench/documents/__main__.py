"""`python -m bench.documents`: the table of docs/BENCHMARKS.md "Documents". Resumable: what was
read lies in var/bench-documents and is not read again.

Four passes: accuracy on so many complete requests and those between them (`--jobs` processes over
different seeds), time on some of their pages (one process, nothing beside it), workers against one
beside a fixed loop, and other OCR engines. Each stops after `--minutes`. Delete the folder to
measure again.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.documents.measure import drawn, request
from bench.documents.other_engines import engine_rows, measure_engines, missing_engines
from bench.documents.overlaid import by_place
from bench.documents.passes import measured, timed
from bench.documents.scaling import median_scaling, worker_costs
from bench.documents.table import Row, counted, gates, goals, markdown, worst
from tests.drawing.generate import pdf_of
from tests.drawing.strata import FIRST, seeds_for

# one worker idles while the other reads the last page: of few pages that would be measured
_PAGES_FOR_SCALING = 40


def main() -> None:
    """Measures what is not measured yet, and prints everything."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    seeds, limit_s = seeds_for(arguments.complete, arguments.first), arguments.minutes * 60
    lines = measured(
        seeds,
        arguments.jobs,
        arguments.out / f"held-{arguments.first}.jsonl",
        time.monotonic() + limit_s,
    )
    read = [line["seed"] for line in lines]
    times = timed(
        read,
        arguments.timing_pages,
        arguments.out / f"times-{arguments.first}.jsonl",
        time.monotonic() + limit_s,
    )
    workers, ready = _workers(read)
    for kind, place, figure in by_place(lines):
        print(f"{kind} under a seal over {place}: recognised {figure}")
    print(
        f"\n{counted(lines)}\n\n"
        f"{markdown([*gates(lines, times), *ready, *goals(lines, times), *workers])}\n\nThe worst:"
    )
    for line in worst(lines):
        print(_in_short(line))
    _print_engines(read, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__)
    parser.add_argument(
        "--first", type=int, default=FIRST, help="first seed; those that were read before are known"
    )
    parser.add_argument(
        "--complete",
        type=int,
        default=300,
        help="complete requests; a third as many that lack something lie between them",
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes of the accuracy pass")
    parser.add_argument("--timing-pages", type=int, default=60)
    parser.add_argument("--engine-pages", type=int, default=60)
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after so long each pass stops with what it has"
    )
    parser.add_argument("--out", type=Path, default=Path("var/bench-documents"))
    return parser.parse_args()


def _workers(seeds: Sequence[int]) -> tuple[list[Row], list[Row]]:
    """The goal of two workers and the gates of one."""
    pictures = [
        picture
        for seed in seeds[:40]
        for picture, _ in drawn(pdf_of([p.image for p in request(seed)[0]]))
    ][:_PAGES_FOR_SCALING]
    loop, pages = median_scaling(pictures)
    ready_s, cpu_s, peak_mb = worker_costs(pictures)
    figure = (
        f"{pages:.2f} × ({len(pictures)} pages, median of three; a fixed loop by turns with them: "
        f"{loop:.2f} ×)"
    )
    return [Row("two workers against one", "≥ 1.9 ×", figure)], [
        Row(
            "a worker ready",
            "≤ 0.5 s",
            f"{ready_s:.2f} s by the clock, {cpu_s:.2f} s of processor time",
            ready_s <= 0.5,
        ),
        Row(
            "a worker's memory, most",
            "≤ 500 MB",
            f"{peak_mb} MB after {len(pictures)} pages",
            peak_mb <= 500,
        ),
    ]


def _in_short(line: dict[str, Any]) -> str:
    bad = [
        f"p{number} {key} {value}"
        for number, page in enumerate(line["pages"], 1)
        for key, value in page.items()
        if key.startswith("false_seal")
        or (isinstance(value, str) and value.split(":")[0] not in {"right", "exact"})
    ]
    how = f"{line['how']['wear']} turn {line['how']['turn']} {line['how'].get('form', '')}"
    return (
        f"{line['seed']} {how} lacks {line['lacks']} {line['decision']} "
        f"{json.dumps(line['codes'])}: {'; '.join(bad)}"
    )


def _print_engines(seeds: Sequence[int], arguments: argparse.Namespace) -> None:
    until = time.monotonic() + arguments.minutes * 60
    engines = measure_engines(
        seeds, arguments.engine_pages, arguments.out / f"engines-{arguments.first}.jsonl", until
    )
    print(
        f"\nOther OCR engines on {len(engines)} pages: value anywhere in the page's text, "
        f"upright pages and turned ones{missing_engines()}\n"
    )
    print("| | | upright | turned |\n|---|---|---|---|")
    for row in engine_rows(engines):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
