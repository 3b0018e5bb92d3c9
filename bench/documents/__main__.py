"""`python -m bench.documents`: the table of docs/BENCHMARKS.md "Documents". Resumable: what was read lies in var/bench-documents and is not read again.

`--pages` of the held part (seeds from --first), the peers on `--peer-pages` of them, and two workers against one. Delete the folder to measure anew.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.documents.generate import pdf_of
from bench.documents.measure import FIRST_SEED, drawn, measure, request
from bench.documents.peers import measure_peers, peer_rows
from bench.documents.scaling import loop_scaling, worker_costs, worker_scaling
from bench.documents.table import Row, counted, gates, goals, markdown, worst
from mail_intake.documents.onnx_ocr import OnnxOcr

_PAGES_FOR_SCALING = 8


def main() -> None:
    """Measures what is not measured yet, and prints everything."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    first = FIRST_SEED["held"] + arguments.first
    lines = read_held(first, arguments.pages, arguments.out / f"held-{first}.jsonl", time.monotonic() + arguments.minutes * 60)
    workers, ready = _workers([line["seed"] for line in lines])
    print(f"\n{counted(lines)}\n\n{markdown([*gates(lines), *ready, *goals(lines), *workers])}\n\nThe worst:")
    for line in worst(lines):
        print(_in_short(line))
    _print_peers([line["seed"] for line in lines], arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__)
    parser.add_argument("--first", type=int, default=5000, help="first seed of the held part; those below are known")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--peer-pages", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=60.0, help="after so long each half stops with what it has")
    parser.add_argument("--out", type=Path, default=Path("var/bench-documents"))
    return parser.parse_args()


def read_held(first: int, pages: int, out: Path, until: float) -> list[dict[str, Any]]:
    """Result lines of so many pages, in order of their seeds."""
    told: list[dict[str, Any]] = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []
    done, ocr, seed = {line["seed"]: line for line in told}, OnnxOcr(), first
    lines: list[dict[str, Any]] = []
    while sum(len(line["pages"]) for line in lines) < pages and (seed in done or time.monotonic() < until):
        if seed not in done:
            done[seed] = measure(ocr, seed)
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[seed], ensure_ascii=False) + "\n")
        lines.append(done[seed])
        seed += 1
    return lines


def _workers(seeds: Sequence[int]) -> tuple[list[Row], list[Row]]:
    """The goal of two workers and the gates of one."""
    pictures = [picture for seed in seeds[:6] for picture, _ in drawn(pdf_of([p.image for p in request(seed)[0]]))][:_PAGES_FOR_SCALING]
    loop, pages = loop_scaling(), worker_scaling(pictures)
    ready_s, cpu_s, peak_mb = worker_costs(pictures)
    figure = f"{pages:.2f} × ({len(pictures)} pages; a fixed loop: {loop:.2f} ×)"
    return [Row("two workers against one", "≥ 1.7 ×", figure)], [
        Row("a worker ready", "≤ 0.5 s", f"{ready_s:.2f} s by the clock, {cpu_s:.2f} s of processor time", ready_s <= 0.5),
        Row("a worker's memory, most", "≤ 500 MB", f"{peak_mb} MB", peak_mb <= 500),
    ]


def _in_short(line: dict[str, Any]) -> str:
    bad = [
        f"p{number} {key} {value}"
        for number, page in enumerate(line["pages"], 1)
        for key, value in page.items()
        if key.startswith("false_seal") or (isinstance(value, str) and value.split(":")[0] not in {"right", "exact"})
    ]
    return f"{line['seed']} {line['how']['wear']} turn {line['how']['turn']} lacks {line['lacks']} {line['decision']}: {'; '.join(bad)}"


def _print_peers(seeds: Sequence[int], arguments: argparse.Namespace) -> None:
    peers = measure_peers(seeds, arguments.peer_pages, arguments.out / "peers.jsonl", time.monotonic() + arguments.minutes * 60)
    print(
        f"\nPeers on {len(peers)} pages: value anywhere in the page's text, upright pages and turned ones\n\n| | | upright | turned |\n|---|---|---|---|"
    )
    for row in peer_rows(peers):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
