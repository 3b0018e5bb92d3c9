"""`python -m bench.documents`: the table of docs/BENCHMARKS.md "Documents". Resumable: what was
read lies in var/bench-documents and is not read again; delete the folder to measure again.

So many complete requests and those between them are read, by `--jobs` processes over different
seeds. Seconds of a page say little where more than one reads: take `--jobs 1`, or
`bench.documents.turns`. With `--claims` the seals are asked for the names of impostors too.
"""

import argparse
from pathlib import Path

from bench.documents.kept import note, told
from bench.documents.measure import MEASURES, measured
from bench.documents.table import report
from tests.drawing.strata import FIRST, seeds_for


def main() -> None:
    """Measures what is not measured yet, and prints everything."""
    given = _arguments()
    file = given.out / f"{'claims' if given.claims else 'held'}-{given.first}.jsonl"
    lines, seeds = (
        {line["seed"]: line for line in told(file)},
        seeds_for(given.complete, given.first),
    )
    todo = [seed for seed in seeds if seed not in lines]
    for line in measured(todo, given.jobs, claims=given.claims, minutes=given.minutes):
        lines[line["seed"]] = line
        note(file, line)
    print(report([lines[seed] for seed in seeds if seed in lines], MEASURES))


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
    parser.add_argument("--jobs", type=int, default=2, help="processes that read")
    parser.add_argument("--claims", action="store_true", help="ask the seals for impostors")
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="after so long it stops with what it has"
    )
    parser.add_argument("--out", type=Path, default=Path("var/bench-documents"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
