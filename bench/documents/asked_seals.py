"""Seals asked for names, whole requests judged by the rules: `python -m bench.documents.asked_seals
--first N --count N --out FILE`. Resumable.

The pages of a request are read once, then its seals are asked for the honest name and for the names
of impostors: their picture is honest, the claim (licence and mail) is changed. "One of two" has the
ID page under another firm's seal. Figures go to docs/BENCHMARKS.md.
"""

import argparse
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.documents.kept import Line, note, told
from bench.documents.measure import enterprise_of, read_request, request
from bench.documents.verdicts import GREY, SEAL_FINDINGS, judged, seals_asked
from core.data.submission import SealVerdict
from papers.lines.onnx_ocr import OnnxOcr
from papers.page.page_reading import PageReading
from tests.drawing.generate import invent_person, request_pages
from tests.drawing.impostors import impostors
from tests.drawing.people import one_character_off


def measured(
    ocr: OnnxOcr, seed: int, readings: Sequence[PageReading], foreign: Sequence[PageReading] = ()
) -> Line:
    """What one complete request comes to under its own name, under impostors' names, and with a
    foreign seal on its first page."""
    name = enterprise_of(seed).name
    line: Line = {
        "seed": seed,
        "askable": sum(len(r.cuts) for r in readings),
        "honest": judged_under(ocr, name, name, readings),
    }
    line["impostors"] = (
        [
            [kind, claim, judged_under(ocr, name, claim, readings)]
            for kind, claim in impostors(name, seed)
        ]
        if line["askable"]
        else []
    )
    if foreign and all(r.cuts for r in (*readings, *foreign)):
        line["one_of_two"] = judged_under(ocr, name, name, [*foreign, *readings[1:]])
    return line


def judged_under(ocr: OnnxOcr, name: str, claim: str, readings: Sequence[PageReading]) -> Line:
    """The findings on seals, and what the seals answered, when licence and mail say `claim`."""
    claimed = [_claiming(reading, name, claim) for reading in readings]
    began = time.process_time()
    asked = seals_asked(ocr, claim, claimed)
    took_s = time.process_time() - began
    findings = [
        f"{f.code}/{f.variant}".rstrip("/")
        for f in judged("a.pdf", claim, asked).findings
        if f.code in SEAL_FINDINGS
    ]
    answers = [check.verdict.value for r in asked for seal in r.seals for check in seal.checks[:1]]
    return {"findings": findings, "answers": answers, "cpu_s": round(took_s, 3)}


def _claiming(reading: PageReading, name: str, claim: str) -> PageReading:
    """The page with another name on its licence, or as it was read under the honest one."""
    if claim == name:
        return reading
    parts = [
        replace(p, fields={**p.fields, "enterprise_name": claim}, doubts=())
        if "enterprise_name" in p.fields
        else p
        for p in reading.parts
    ]
    return replace(reading, parts=tuple(parts))


def table(lines: Sequence[Line]) -> str:
    """The figures as Markdown: findings of honest requests in colour,
    and what impostors come to."""
    coloured = [line for line in lines if line["wear"] not in GREY]
    rows = [
        (
            f"| complete requests in colour with {what} that is not so | "
            f"{share(count, len(coloured))} |"
        )
        for what, count in _false(coloured)
    ]
    rows += [f"| {kind} | {_outcomes(results)} |" for kind, results in _by_class(lines).items()]
    asked = [line["honest"]["cpu_s"] / line["askable"] for line in lines if line["askable"]]
    rows.append(
        f"| asking, processor seconds a seal, mean of {len(asked)} requests | "
        f"{sum(asked) / max(1, len(asked)):.2f} |"
    )
    return "\n".join(["| | |", "|---|---|", *rows])


def _false(lines: Iterable[Line]) -> list[tuple[str, int]]:
    found = [{finding.split("/")[0] for finding in line["honest"]["findings"]} for line in lines]
    return [
        ("any seal finding", sum(map(bool, found))),
        *((code, sum(code in codes for codes in found)) for code in sorted(set().union(*found))),
    ]


def _by_class(lines: Iterable[Line]) -> dict[str, list[Line]]:
    results: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for kind, _, result in line["impostors"]:
            results[kind].append(result)
        if "one_of_two" in line:
            results["one of two seals foreign"].append(line["one_of_two"])
    return results


def _outcomes(results: Sequence[Line]) -> str:
    """How many impostors have a finding on a seal, and how many seals answer what."""
    found = sum(bool(r["findings"]) for r in results)
    answers = Counter(
        "differs"
        if SealVerdict.DIFFERS in r["answers"]
        else "unsure"
        if SealVerdict.UNSURE in r["answers"]
        else "agrees"
        for r in results
    )
    return f"finding {share(found, len(results))}; " + ", ".join(
        f"{what} {answers[what]}" for what in ("differs", "unsure", "agrees")
    )


def share(count: int, of: int) -> str:
    """The share with its interval of 95 % (Wilson)."""
    if not of:
        return "–"
    p, z = count / of, 1.96
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return f"{p:.1%} ({count} of {of}; {max(0.0, low):.1%}–{min(1.0, high):.1%})"


def _read(ocr: OnnxOcr, seed: int) -> Line | None:
    """One request drawn, read and measured; None for one that lacks something."""
    pages, how = request(seed)
    if how["lacks"]:
        return None
    foreign: list[PageReading] = []
    if len(pages) > 1:
        looks = {name: value for name, value in how.items() if name not in {"form", "lacks"}}
        other = one_character_off(enterprise_of(seed), seed).name
        foreign = read_request(
            ocr,
            request_pages(
                enterprise_of(seed), invent_person(seed), seed=seed, seal_name=other, **looks
            )[:1],
        )[0]
    return measured(ocr, seed, read_request(ocr, pages)[0], foreign) | {"wear": how["wear"]}


def main() -> None:
    """Measures what is not measured yet, and prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.documents.asked_seals", description=__doc__
    )
    parser.add_argument("--first", type=int, default=720_000)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("var/asked-seals.jsonl"))
    arguments = parser.parse_args()
    lines = told(arguments.out)
    seen, ocr = {line["seed"] for line in lines}, OnnxOcr()
    for seed in range(arguments.first, arguments.first + arguments.count):
        line = None if seed in seen else _read(ocr, seed)
        if line is not None:
            lines.append(line)
            note(arguments.out, line)
    print(table(lines))


if __name__ == "__main__":
    main()
