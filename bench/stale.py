"""Which figures of docs/BENCHMARKS.md are older than their code: `python -m bench stale`.

The table "Measured when" names for each section the commit and the folders that it measures. A
section is stale when a commit behind that one changed one of these folders.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"\| ([^|]+) \| `([0-9a-f]{7,})` \| (`[^|]+`) \|")


class Measured(NamedTuple):
    """One row: the section, its commit, and the paths that it measures."""

    section: str
    commit: str
    paths: list[str]


def rows(text: str) -> Iterator[Measured]:
    """The rows of the table "Measured when"."""
    table = text.partition("## Measured when\n")[2].partition("\n## ")[0]
    for section, commit, paths in ROW.findall(table):
        yield Measured(section, commit, re.findall(r"`([^`]+)`", paths))


def commits_behind(row: Measured) -> int | None:
    """How many commits changed the measured code since; None where this clone lacks the commit."""
    command = ["git", "rev-list", "--count", f"{row.commit}..HEAD", "--", *row.paths]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return int(run.stdout) if run.returncode == 0 else None


def main() -> None:
    """Print the stale sections; a figure that is stale is no failure."""
    for row in rows((ROOT / "docs" / "BENCHMARKS.md").read_text(encoding="utf-8")):
        behind = commits_behind(row)
        if behind is None:
            print(f"{row.section}: measured on {row.commit}, which this clone does not have")
        elif behind:
            print(
                f"{row.section}: measured on {row.commit}; {behind} commits changed its code since"
            )


if __name__ == "__main__":
    main()
