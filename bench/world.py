"""The same figures as `bench.documents` on pages of a second generator (tests.drawing.world), on
which nothing is tuned, so that it shows what the first one flatters. Resumable. From seed 80000 on
seals lie over a named part of each paper, and every fourth request lacks something.

Papers are HTML and SVG drawn by Chromium; names are characters of GB 2312 at large.
Run: python -m bench.world [--first SEED] [--count N] [--out FILE]
"""

import argparse
import tempfile
from pathlib import Path

from bench.documents.kept import Line, note, told
from bench.documents.measure import MEASURES, measure
from bench.documents.table import report
from papers.lines.onnx_ocr import OnnxOcr
from tests.drawing.requests import DrawnRequest
from tests.drawing.world.drawing import Artist, artist
from tests.drawing.world.requests import request


def measured(ocr: OnnxOcr, pen: Artist, seed: int) -> Line:
    made = request(pen, seed)
    how = {"wear": made.wear, "turn": made.turn, "form": made.who.kind, "dpi": made.dpi}
    if made.over:
        how["over"] = made.over.places
    drawn = DrawnRequest(seed, made.who.name, made.pdf, made.pages, how)
    return measure(ocr, drawn, claims=made.over is None)


def main() -> None:
    """Measures what is not measured yet, and prints everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.world", description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("var/world.jsonl"))
    given = parser.parse_args()
    lines = told(given.out)
    seen, ocr = {line["seed"] for line in lines}, OnnxOcr()
    with tempfile.TemporaryDirectory() as folder, artist(Path(folder)) as pen:
        for seed in range(given.first, given.first + given.count):
            if seed not in seen:
                lines.append(measured(ocr, pen, seed))
                note(given.out, lines[-1])
    print(report(lines, MEASURES))


if __name__ == "__main__":
    main()
