"""Walks through the demonstration's desk with Chromium, invented data in a temporary folder, and
writes docs/TOUR.md. Run: make tour

Dates and case numbers are those of the day; all else stays the same from run to run. No picture
shows an ID number: screens cover them, and the tour never asks to see one.
"""

import re
import tempfile
import time
from pathlib import Path

from tools.tour.console import console
from tools.tour.demo import running
from tools.tour.portal import inside, outside
from tools.tour.walk import DOCS, PICTURES

HEAD = """# A tour in pictures

Made by `make tour` from the demonstration with invented data ({day}); run it again when pages have
changed. All people and enterprises are invented, and ID numbers are covered.

"""


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "demo") as tour:
        for walk in (outside, inside, console):
            walk(tour)
        day = f"{tour.front.clock.now():%Y-%m-%d}"
    kept = set(re.findall(r"tour/([\w-]+\.webp)", "".join(tour.shown)))
    for old in PICTURES.glob("*.webp"):
        if old.name not in kept:
            old.unlink()
    (DOCS / "TOUR.md").write_text(HEAD.format(day=day) + "\n".join(tour.shown), encoding="utf-8")
    size = sum(file.stat().st_size for file in PICTURES.glob("*.webp"))
    print(
        f"docs/TOUR.md: {len(kept)} pictures, {size / 1e6:.2f} MB, {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
