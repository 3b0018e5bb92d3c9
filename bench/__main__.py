"""Runs the benchmarks: `python -m bench` (all), `python -m bench window intake latency`, `python -m bench soak flood encodings` (long)."""

import runpy
import sys

SUITES = ("window", "intake", "latency", "lock_login", "passwords", "certificates")


def main() -> None:
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or list(SUITES)
    for suite in wanted:
        sys.argv = [suite]
        runpy.run_module(f"bench.{suite}", run_name="__main__")


if __name__ == "__main__":
    main()
