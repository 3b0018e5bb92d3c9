"""What the desk makes of pages of the world: `python -m bench.world [--first SEED] [--count N]
[--out FILE]`. Resumable; one line of JSON a request.

Each request is read, its seals are asked for the honest name and for those of impostors (as in
`bench.documents.asked_seals`), and the rules judge it.
"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.documents.asked_seals import judged_under, share
from bench.documents.kept import Line, note, told
from bench.documents.verdicts import GREY, SEAL_FINDINGS, judged, seals_asked
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.lines.words import fold
from papers.opening.pages import read_file
from papers.page.page_reading import PageReading, read_page
from tests.drawing.impostors import impostors
from tests.drawing.world.drawing import artist
from tests.drawing.world.requests import WorldRequest, request


def measured(ocr: OnnxOcr, made: WorldRequest) -> Line:
    """One request read and judged, honest and under other names."""
    readings, times = _read(ocr, made.pdf)
    name = made.who.name
    verdict = judged("a.pdf", name, seals_asked(ocr, name, readings))
    askable = any(reading.cuts for reading in readings)
    others = (
        [
            (kind, judged_under(ocr, name, claim, readings))
            for kind, claim in impostors(name, 1)
            if kind != "another firm"
        ]
        if askable
        else []
    )
    return {
        "kind": made.who.kind,
        "wear": made.wear,
        "turn": made.turn,
        "dpi": made.dpi,
        "decision": verdict.decision.value,
        "cpu_s": times,
        "codes": sorted({finding.code for finding in verdict.findings}),
        "fields": dict(_fields(made, readings)),
        "impostors": others,
        "honest": judged_under(ocr, name, name, readings)
        if askable
        else {"answers": [], "findings": []},
    }


def _read(ocr: OnnxOcr, pdf: bytes) -> tuple[list[PageReading], list[float]]:
    """The pages, with their text layer where they have one, and the processor seconds of each."""
    began = time.process_time()
    heads = list(
        read_file(pdf, {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000})
    )
    pictures, words = (
        [picture for head, picture in heads if "page" in head],
        {head["text"]: head["words"] for head, _ in heads if "text" in head},
    )
    opened_s = (time.process_time() - began) / len(pictures)
    readings, times = [], []
    for number, picture in enumerate(pictures, 1):
        began, image = time.process_time(), decode(picture)
        assert image is not None
        readings.append(
            read_page(ocr, image, "a.pdf", number, [tuple(word) for word in words.get(number, ())])
        )
        times.append(round(opened_s + time.process_time() - began, 3))
    return readings, times


def _fields(made: WorldRequest, readings: Sequence[PageReading]) -> Iterator[tuple[str, str]]:
    """Each field of the truth: right, missing, doubtful or wrong."""
    for truth, reading in zip(made.pages, readings, strict=True):
        for part in truth.parts:
            got = next((p for p in reading.parts if p.kind == part.kind), None)
            for name, value in part.fields.items():
                said = got.fields.get(name) if got else None
                right = said is not None and fold(said) == fold(value)
                yield (
                    f"{part.kind}.{name}",
                    "right"
                    if right
                    else "missing"
                    if said is None
                    else "doubtful"
                    if got and name in got.doubts
                    else "wrong",
                )


def table(lines: Sequence[Line]) -> str:
    """The figures as Markdown."""
    coloured = [line for line in lines if line["wear"] not in GREY]
    rows = [
        ("requests, pages", f"{len(lines)}, {sum(len(line['cpu_s']) for line in lines)}"),
        ("rejected", share(sum(line["decision"] == "reject" for line in lines), len(lines))),
    ]
    rows += [
        (
            f"honest in colour: {code}",
            share(sum(code in line["codes"] for line in coloured), len(coloured)),
        )
        for code in sorted(SEAL_FINDINGS)
    ]
    rows.append(
        (
            "honest in colour: any finding on seals",
            share(sum(bool(SEAL_FINDINGS & {*line["codes"]}) for line in coloured), len(coloured)),
        )
    )
    rows += [
        (f"field {name}", ", ".join(f"{what} {n}" for what, n in sorted(count.items())))
        for name, count in sorted(_by_field(lines).items())
    ]
    rows += [
        (
            f"impostor, {kind}: a finding",
            share(sum(bool(r["findings"]) for r in results), len(results)),
        )
        for kind, results in _by_class(lines).items()
    ]
    times = [cpu_s for line in lines for cpu_s in line["cpu_s"]]
    mean, late, most = (
        (np.mean(times), np.quantile(times, 0.95), max(times)) if times else (0.0, 0.0, 0.0)
    )
    rows.append(
        ("processor seconds a page, mean · 95 % · most", f"{mean:.2f} · {late:.2f} · {most:.2f}")
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)])


def _by_field(lines: Iterable[Line]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for name, outcome in line["fields"].items():
            counts[name][outcome] += 1
    return counts


def _by_class(lines: Iterable[Line]) -> dict[str, list[Line]]:
    results: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for kind, result in line["impostors"]:
            results[kind].append(result)
    return results


def main() -> None:
    """Measures what is not measured yet, and prints the table and every request that has
    a finding or a wrong field."""
    parser = argparse.ArgumentParser(prog="python -m bench.world", description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("var/world.jsonl"))
    arguments = parser.parse_args()
    lines = told(arguments.out)
    seen, ocr = {line["seed"] for line in lines}, OnnxOcr()
    with tempfile.TemporaryDirectory() as folder, artist(Path(folder)) as pen:
        for seed in range(arguments.first, arguments.first + arguments.count):
            if seed not in seen:
                lines.append({"seed": seed, **measured(ocr, request(pen, seed))})
                note(arguments.out, lines[-1])
    for line in lines:
        bad = {name: outcome for name, outcome in line["fields"].items() if outcome != "right"}
        print(
            line["seed"],
            line["kind"],
            line["wear"],
            line["turn"],
            line["dpi"],
            line["decision"],
            line["codes"],
            line["honest"]["answers"],
            bad,
        )
    print(table(lines))


if __name__ == "__main__":
    main()
