"""A queue of mixed cases judged in Chromium by keyboard alone: acts and seconds a case, by sort.

Goal: a clean case takes two acts and under 6 seconds.

A machine presses the keys at once, so the seconds are those of server and browser; a person's
reading comes on top. Run: python -m bench.keyboard [CASES]
"""

import sys
import tempfile
from pathlib import Path

from bench.quiet import hush
from tests.servers.chromium import chromium
from tests.servers.pages import listening, serving
from tests.web.harness import Harness
from tests.web.keyboard import arrive, judge, log_in, wrong


def main() -> None:
    hush()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bound, address = listening()
    with tempfile.TemporaryDirectory() as folder:
        harness = Harness(Path(folder), base_url=address)
        harness.administrator()
        made = arrive(harness, count)
        with serving(harness.app, bound):
            page = (
                chromium()
                .new_context(base_url=address, viewport={"width": 1280, "height": 720})
                .new_page()
            )
            log_in(page)
            sorts = judge(page, made)
        odd = wrong(harness, made)
        harness.store.close()
    print(f"keyboard: {count} mixed cases judged by keyboard alone, {len(odd)} not as meant")
    for name, sort in sorted(sorts.items()):
        acts = (
            f"{min(sort.acts)} to {max(sort.acts)}"
            if min(sort.acts) < max(sort.acts)
            else str(sort.acts[0])
        )
        print(
            f"  {name:<10} {len(sort.acts):>4} cases   {acts} acts   median {sort.median_s:.2f} "
            f"s   longest {max(sort.seconds):.2f} s"
        )
    sys.exit(1 if odd or set(sorts["clean"].acts) != {2} else 0)


if __name__ == "__main__":
    main()
