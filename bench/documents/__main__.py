"""`python -m bench.documents`: the table of docs/BENCHMARKS.md "Documents". Resumable: what was
read lies in var/bench-documents and is not read again.

Two passes: accuracy on so many complete requests and those between them (`--jobs` processes over
different seeds), and time on some of their pages (one process, nothing beside it). Each stops after
`--minutes`. With `--claims` the seals are asked for the names of impostors too. Delete the folder
to measure again.
"""

import argparse
import time
from pathlib import Path

from bench.documents.passes import measured, timed
from bench.documents.table import report
from tests.drawing.strata import FIRST, seeds_for


def main() -> None:
    """Measures what is not measured yet, and prints everything."""
    given = _arguments()
    seeds, limit_s = seeds_for(given.complete, given.first), given.minutes * 60
    name = f"{'claims' if given.claims else 'held'}-{given.first}.jsonl"
    until = time.monotonic() + limit_s
    lines = measured(seeds, given.jobs, given.out / name, until, claims=given.claims)
    until = time.monotonic() + limit_s
    read = [line["seed"] for line in lines]
    times = timed(read, given.timing_pages, given.out / f"times-{given.first}.jsonl", until)
    print(report(lines, times))


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
    parser.add_argument("--claims", action="store_true", help="ask the seals for impostors")
    parser.add_argument("--timing-pages", type=int, default=60)
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after so long each pass stops with what it has"
    )
    parser.add_argument("--out", type=Path, default=Path("var/bench-documents"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
