"""Runs the benchmarks: `python -m bench` (all), `python -m bench window intake latency`, `python -m
bench kills soak flood pages_wait encodings mail_cost hostile sheets keyboard numbers` (long).

Each suite runs in a process of its own, so that none measures the leftovers of another.
"""

import subprocess
import sys

SUITES = (
    "window",
    "intake",
    "latency",
    "idle",
    "lock_login",
    "passwords",
    "certificates",
    "portal",
    "console",
    "documents.worst_pages",
)


def main() -> None:
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or list(SUITES)
    sys.exit(
        max(
            subprocess.run([sys.executable, "-m", f"bench.{suite}"], check=False).returncode
            for suite in wanted
        )
    )


if __name__ == "__main__":
    main()
