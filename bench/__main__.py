"""Runs the benchmarks: `python -m bench` (all of SUITES), or some: `python -m bench window intake`.

Long ones, by name alone: kills soak hostile talk documents world. Each runs in a process
of its own, so that none measures the leftovers of another. At the end stand the figures of
docs/BENCHMARKS.md that are older than the code they measure.
"""

import subprocess
import sys

from bench import stale

SUITES = ("window", "intake", "lock_login", "console")


def main() -> None:
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or list(SUITES)
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{suite}"], check=False).returncode
        for suite in wanted
        if suite != "stale"  # it comes in any case
    ]
    stale.main()
    sys.exit(max(codes, default=0))


if __name__ == "__main__":
    main()
