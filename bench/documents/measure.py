"""What the reader gets right on seeded pages: `python -m bench.documents.measure --part tune|held
--count N [--out FILE]`.

Resumable: each request's result is a line of the output file, and those already there are not read
again. The held part is for measuring only: its seeds are never looked at while tuning. Figures go
to docs/BENCHMARKS.md.
"""

import argparse
import difflib
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.documents import overlaid
from bench.documents.kept import note, told
from bench.documents.verdicts import judged, lacking, seals_asked, unreported
from core.data.submission import Seal
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.lines.words import fold
from papers.opening.pages import read_file
from papers.page.page_reading import PageReading, read_page
from tests.drawing import strata
from tests.drawing.generate import (
    PARTS,
    Enterprise,
    PageTruth,
    invent_person,
    pdf_of,
    request_pages,
    stamp,
)
from tests.drawing.organisations import TITLES
from tests.drawing.other_pages import certificate_page, permit_page
from tests.drawing.people import invent_formed, one_character_off
from tests.drawing.permits import PERMITS
from tests.drawing.wear import WEAR

FIRST_SEED = {"tune": 1000, "held": strata.FIRST}
_WEARS = (
    "scan",
    "scan",
    "scan",
    "photo",
    "grey",
    "watermark",
    "faint",
    "coarse",
    "skew",
    "clean",
    "fax",
    "screen",
)
_SEALS = (
    "official",
    "official",
    "official",
    "official",
    "contract",
    "finance",
    "invoice",
    "business",
)
_PARTS_LEFT = (("id_back", "licence"), ("id_front", "id_back"))  # of every seventh request
_DRAWING = {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000}
FIELDS = ("name", "id_number", "valid_until", "enterprise_name", "uscc", "legal_representative")


def plan(seed: int) -> dict[str, Any]:
    """How the request of a seed looks."""
    if seed >= strata.FIRST:
        return overlaid.plan(seed) if seed >= overlaid.FIRST else strata.plan(seed)
    rng = np.random.default_rng(seed)
    return {
        "wear": str(rng.choice(_WEARS)),
        "turn": int(rng.choice([0, 0, 0, 0, 90, 180, 270])),
        "one_page": bool(rng.random() < 0.25),
        "sealed": bool(rng.random() < 0.85),
        "seal_kind": str(rng.choice(_SEALS)),
        "seal_colour": str(rng.choice(["red"] * 9 + ["blue"])),
        "layout": str(rng.choice(["", "landscape", "portrait"])),
        "over_text": bool(rng.random() < 0.35),
        "form": "company",
        "parts": _PARTS_LEFT[seed // 7 % 2] if seed % 7 == 3 else PARTS,
        "lacks": "impostor" if seed % 10 == 0 else "",
    }


def enterprise_of(seed: int) -> Enterprise:
    """The enterprise that sends the request of a seed."""
    return invent_formed(seed, plan(seed)["form"])


def request(seed: int) -> tuple[list[PageTruth], dict[str, Any]]:
    """The pages of a seed and how they were made."""
    how, enterprise = plan(seed), enterprise_of(seed)
    seal_name = one_character_off(enterprise, seed).name if how["lacks"] == "impostor" else ""
    looks = {name: value for name, value in how.items() if name not in {"form", "lacks"}}
    pages = request_pages(enterprise, invent_person(seed), seed=seed, seal_name=seal_name, **looks)
    return [*pages, *_stand_in(seed, how, enterprise)], how


def _stand_in(seed: int, how: dict[str, Any], enterprise: Enterprise) -> list[PageTruth]:
    """The paper in the place of a card or licence, sealed, upright and worn as the rest."""
    rng = random.Random(f"stand-in {seed}")
    if how["lacks"] == "permit":
        page = permit_page(
            invent_person(seed), rng.choice([kind for kind in PERMITS if kind != "temporary"]), seed
        )
    elif how["lacks"] == "certificate":
        page = certificate_page(enterprise, rng.choice(TITLES), seed)
    else:
        return []
    stamp(page, enterprise.name, rng)
    page.image, page.wear = WEAR[how["wear"]](page.image, rng), how["wear"]
    return [page]


def page_files(first: int) -> Iterator[bytes]:
    """The pages of the requests from a seed on, each a PDF of its own."""
    return (
        pdf_of([page.image], quality=75)
        for seed in itertools.count(first)
        for page in request(seed)[0]
    )


def _field_results(page: PageTruth, reading: PageReading) -> dict[str, str]:
    """Per field of the truth: right, missing, doubtful (wrong but said so) or wrong."""
    out = {}
    for truth in page.parts:
        part = next((p for p in reading.parts if p.kind == truth.kind), None)
        out[f"{truth.kind}.part"] = "right" if part else "missing"
        for name, value in truth.fields.items():
            if name not in FIELDS:
                continue
            got = part.fields.get(name) if part else None
            verdict = (
                "missing"
                if got is None
                else "right"
                if fold(got) == fold(value)
                else "doubtful"
                if part and name in part.doubts
                else "wrong"
            )
            out[f"{truth.kind}.{name}"] = (
                verdict if verdict in {"right", "missing"} else f"{verdict}: {value} -> {got}"
            )
    return out


def _nearest(x: float, y: float, seals: Sequence[Seal]) -> Seal | None:
    """The seal around a point whose middle lies nearest:
    seals may overlap, and the registry's own is often one of them."""
    around = [s for s in seals if s.box.x0 < x < s.box.x1 and s.box.y0 < y < s.box.y1]
    return min(
        around,
        key=lambda s: abs(s.box.x0 + s.box.x1 - 2 * x) + abs(s.box.y0 + s.box.y1 - 2 * y),
        default=None,
    )


def _is_cut(box: tuple[float, float, float, float]) -> bool:
    """Whether a seal does not lie wholly on its page, so that its name cannot be read."""
    return min(box) <= 0 or max(box) >= 1


def _seal_results(page: PageTruth, reading: PageReading) -> dict[str, str]:
    out: dict[str, str] = {}
    own = [s for s in reading.seals if s.kind != "authority"]
    taken = set()
    for n, (name, kind, box) in enumerate(page.seals):
        hit = _nearest((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, reading.seals)
        taken.add(id(hit))
        out[f"seal{n}.found"] = "right" if hit else "missing"
        if hit and _is_cut(box):
            out[f"seal{n}.cut"] = (
                "unsure" if hit.doubtful or hit.kind == "unknown" else f"sure: {name} -> {hit.text}"
            )
        elif hit:
            ratio = difflib.SequenceMatcher(None, fold(name), fold(hit.text or "")).ratio()
            out[f"seal{n}.name"] = (
                "exact"
                if fold(hit.text or "") == fold(name)
                else f"near: {name} -> {hit.text}"
                if ratio >= 0.8
                else f"far: {name} -> {hit.text}"
            )
            out[f"seal{n}.kind"] = (
                "right"
                if hit.kind == kind
                else "unsure"
                if hit.kind == "unknown"
                else f"wrong: {kind} -> {hit.kind.value}"
            )
    out |= {
        f"false_seal{n}": f"{s.kind.value} {s.text} {s.colour} doubtful={s.doubtful}"
        for n, s in enumerate(own)
        if id(s) not in taken
    }
    return out


def drawn(pdf: bytes) -> list[tuple[bytes, float]]:
    """The page pictures of a PDF as the desk's child draws them,
    each with its share of the processor time."""
    started = time.process_time()
    pictures = [picture for head, picture in read_file(pdf, _DRAWING) if "page" in head]
    return [(picture, (time.process_time() - started) / len(pictures)) for picture in pictures]


def read_request(
    ocr: OnnxOcr, pages: list[PageTruth], name: str = ""
) -> tuple[list[PageReading], list[float]]:
    """The pages of a request as a PDF, drawn and read, and the processor seconds of each.

    `name`: what the mail says, for which the seals are asked.
    """
    readings, times = [], []
    for number, (picture, drawn_s) in enumerate(
        drawn(pdf_of([p.image for p in pages], quality=75)), 1
    ):
        started = time.process_time()
        image = decode(picture)
        assert image is not None
        readings.append(read_page(ocr, image, "a.pdf", number))
        times.append(round(drawn_s + time.process_time() - started, 3))
    if not name:
        return readings, times
    started = time.process_time()
    asked = seals_asked(ocr, name, readings)
    asked_s = (time.process_time() - started) / len(times)
    return asked, [round(cpu_s + asked_s, 3) for cpu_s in times]


def _page_results(page: PageTruth, reading: PageReading) -> dict[str, object]:
    return {
        "confident": reading.page.confident,
        "colour": reading.page.colour,
        "seal_ink": reading.page.seal_ink,
        "sealed": bool(page.seals),
        "extra": [
            p.kind.value for p in reading.parts if p.kind not in {t.kind for t in page.parts}
        ],
        **_field_results(page, reading),
        **_seal_results(page, reading),
    }


def measure(ocr: OnnxOcr, seed: int) -> dict[str, object]:
    """One request read and held against its truth."""
    pages, how = request(seed)
    name = enterprise_of(seed).name
    readings, times = read_request(ocr, pages, name)
    verdict, lacks = judged("a.pdf", name, readings), lacking(pages, name)
    codes = [finding.code for finding in verdict.findings]
    return {
        "seed": seed,
        "how": how,
        "lacks": lacks,
        "decision": verdict.decision.value,
        "codes": codes,
        "unreported": unreported(lacks, codes) if verdict.decision.value == "queue" else [],
        "pages": [
            _page_results(page, reading) for page, reading in zip(pages, readings, strict=True)
        ],
        "cpu_s": times,
    }


def summary(lines: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Counts of every result by field."""
    count: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for page in line["pages"]:
            for key, value in page.items():
                name = (
                    key.split(".")[-1]
                    if key.startswith("seal") and "." in key
                    else key.rstrip("0123456789")
                )
                prefix = "seal." if key[:4] == "seal" and "." in key else ""
                count[
                    (
                        prefix + name,
                        str(value).split(":")[0]
                        if not key.startswith(("false_seal", "extra"))
                        else "yes"
                        if value
                        else "no",
                    )
                ] += 1
            grey = "colour" if page["colour"] else "grey"
            count[(f"sealed {page['sealed']}, {grey}: ink seen", str(page["seal_ink"]))] += 1
    return count


def main() -> None:
    """Measures and prints the table and every page that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=sorted(FIRST_SEED), default="tune")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    done = told(arguments.out) if arguments.out else []
    seen, ocr = {line["seed"] for line in done}, OnnxOcr()
    for seed in range(
        FIRST_SEED[arguments.part] + arguments.first,
        FIRST_SEED[arguments.part] + arguments.first + arguments.count,
    ):
        if seed in seen:
            continue
        done.append(measure(ocr, seed))
        if arguments.out:
            note(arguments.out, done[-1])
    for line in done:
        for number, page in enumerate(line["pages"], 1):
            bad = {
                k: v
                for k, v in page.items()
                if (isinstance(v, str) and v.split(":")[0] not in {"right", "exact"})
                or (k == "extra" and v)
            }
            if bad or not page["confident"]:
                print(
                    line["seed"],
                    number,
                    line["how"]["wear"],
                    "confident" if page["confident"] else "NOT CONFIDENT",
                    bad,
                )
    times = [t for line in done for t in line["cpu_s"]]
    for (name, value), n in sorted(summary(done).items()):
        print(f"{name:40} {value:12} {n}")
    print(
        f"pages {len(times)}, mean {np.mean(times):.2f} s, p95 {np.quantile(times, 0.95):.2f} s, "
        f"most {max(times):.2f} s of one core"
    )


if __name__ == "__main__":
    main()
