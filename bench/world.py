"""The same figures as `bench.documents` on pages of a second generator (tests.drawing.world), on
which nothing is tuned, so that it shows what the first one flatters. Resumable. From seed 80000 on
seals lie over a named part of each paper, and every fourth request lacks something.

Papers are HTML and SVG drawn by Chromium; names are characters of GB 2312 at large.
Run: python -m bench.world [--first SEED] [--count N] [--out FILE]
"""

import tempfile
from pathlib import Path

from bench.documents.measure import MEASURES, measure
from bench.documents.table import report
from bench.program import Line, kept, noted, run
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


def main(first: int = 1, count: int = 60, out: Path = Path("var/world.jsonl")) -> None:
    lines, ocr = kept(out), OnnxOcr()
    seen = {line["seed"] for line in lines}
    todo = [seed for seed in range(first, first + count) if seed not in seen]
    with tempfile.TemporaryDirectory() as folder, artist(Path(folder)) as pen:
        lines += noted(out, (measured(ocr, pen, seed) for seed in todo))
    print(report(lines, MEASURES))


if __name__ == "__main__":
    run(main)
