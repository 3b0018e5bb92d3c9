"""`python -m bench.documents`: the table of docs/BENCHMARKS.md "Documents". Resumable: what was
read lies in `--out` and is not read again; delete the folder to measure again.

From the seed `--first` on, `--complete` requests are read and a third as many that lack something,
by `--jobs` processes, for at most `--minutes`. Seconds of a page say little where more than one
reads: take `--jobs 1`, or `bench.documents.turns`. With `--claims` the seals are asked for the
names of impostors too.
"""

from pathlib import Path

from bench.documents.measure import MEASURES, measured
from bench.documents.table import report
from bench.program import kept, noted, run
from tests.drawing.strata import FIRST, seeds_for


def main(
    *,
    first: int = FIRST,
    complete: int = 300,
    jobs: int = 2,
    claims: bool = False,
    minutes: float = 60.0,
    out: Path = Path("var/bench-documents"),
) -> None:
    file = out / f"{'claims' if claims else 'held'}-{first}.jsonl"
    lines, seeds = {line["seed"]: line for line in kept(file)}, seeds_for(complete, first)
    todo = [seed for seed in seeds if seed not in lines]
    fresh = noted(file, measured(todo, jobs, claims=claims, minutes=minutes))
    lines |= {line["seed"]: line for line in fresh}
    print(report([lines[seed] for seed in seeds if seed in lines], MEASURES))


if __name__ == "__main__":
    run(main)
