"""What the reader gets right of one drawn request, as a line of JSON."""

import difflib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Final

from bench.documents.kept import Line
from bench.documents.verdicts import (
    GREY,
    judged,
    judged_under,
    lacking,
    seals_asked,
    unreported,
)
from core.data.submission import Seal
from papers.lines.ocr_models import Ocr
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.lines.words import fold
from papers.opening.pages import read_file
from papers.page.page_reading import PageReading, read_page
from tests.drawing.generate import PageTruth
from tests.drawing.impostors import impostors
from tests.drawing.requests import DrawnRequest, request

_DRAWING: Final = {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000}
FIELDS: Final = (
    "name",
    "id_number",
    "valid_until",
    "enterprise_name",
    "uscc",
    "legal_representative",
)
_ALIKE: Final = 0.8
_ocr: list[OnnxOcr] = []


def drawn(pdf: bytes) -> list[tuple[bytes, float]]:
    """The page pictures of a PDF as the desk's child draws them,
    each with its share of the processor time."""
    started = time.process_time()
    pictures = [picture for head, picture in read_file(pdf, _DRAWING) if "page" in head]
    return [(picture, (time.process_time() - started) / len(pictures)) for picture in pictures]


def read_pdf(ocr: Ocr, pdf: bytes) -> tuple[list[PageReading], list[float]]:
    """The pages of a PDF, drawn and read, and the processor seconds of each."""
    words = {head["text"]: head["words"] for head, _ in read_file(pdf, _DRAWING) if "text" in head}
    readings, times = [], []
    for number, (picture, drawn_s) in enumerate(drawn(pdf), 1):
        started, image = time.process_time(), decode(picture)
        assert image is not None
        layer = [tuple(word) for word in words.get(number, ())]
        readings.append(read_page(ocr, image, "a.pdf", number, layer))
        times.append(drawn_s + time.process_time() - started)
    return readings, times


def measure(ocr: Ocr, one: DrawnRequest, *, claims: bool) -> Line:
    """A request read and compared with its truth; with `claims`, its seals asked for impostors."""
    plain, times = read_pdf(ocr, one.pdf)
    started = time.process_time()
    readings = seals_asked(ocr, one.name, plain)
    asked_s = (time.process_time() - started) / len(times)
    verdict, lacks = judged(one.name, readings), lacking(one.pages, one.name)
    codes = sorted({finding.code for finding in verdict.findings})
    both = zip(one.pages, readings, strict=True)
    return {
        "seed": one.seed,
        "how": one.how,
        "lacks": lacks,
        "decision": verdict.decision.value,
        "codes": codes,
        "unreported": unreported(lacks, codes) if verdict.decision.value == "queue" else [],
        "pages": [_page_results(page, reading) for page, reading in both],
        "claims": list(_claims(ocr, one, plain)) if claims and not lacks else [],
        "cpu_s": [round(cpu_s + asked_s, 3) for cpu_s in times],
    }


def _claims(
    ocr: Ocr, one: DrawnRequest, readings: Sequence[PageReading]
) -> Iterator[tuple[str, Line]]:
    """What the seals answer when licence and mail bear an impostor's name, by its class."""
    if one.how["wear"] in GREY or not any(reading.cuts for reading in readings):
        return
    for kind, claim in impostors(one.name, one.seed):
        yield kind, judged_under(ocr, one.name, claim, readings)
    foreign = read_pdf(ocr, one.foreign)[0] if one.foreign else []
    if foreign and all(reading.cuts for reading in (*readings, *foreign)):
        both = [*foreign, *readings[1:]]
        yield "one of two seals foreign", judged_under(ocr, one.name, one.name, both)


def _page_results(page: PageTruth, reading: PageReading) -> Line:
    return {
        "confident": reading.page.confident,
        "extra": [
            p.kind.value for p in reading.parts if p.kind not in {t.kind for t in page.parts}
        ],
        **dict(_field_results(page, reading)),
        **_seal_results(page, reading),
    }


def _field_results(page: PageTruth, reading: PageReading) -> Iterator[tuple[str, str]]:
    """Per field of the truth: right, missing, doubtful (wrong but said so) or wrong."""
    for truth in page.parts:
        part = next((p for p in reading.parts if p.kind == truth.kind), None)
        yield f"{truth.kind}.part", "right" if part else "missing"
        for name in FIELDS:
            value, got = truth.fields.get(name), part.fields.get(name) if part else None
            if value is None:
                continue
            outcome = "wrong"
            if got is None:
                outcome = "missing"
            elif fold(got) == fold(value):
                outcome = "right"
            elif part and name in part.doubts:
                outcome = "doubtful"
            detail = f": {value} -> {got}" if outcome in {"wrong", "doubtful"} else ""
            yield f"{truth.kind}.{name}", outcome + detail


def _seal_results(page: PageTruth, reading: PageReading) -> dict[str, str]:
    out: dict[str, str] = {}
    taken = set()
    for n, (name, kind, box) in enumerate(page.seals):
        hit = _nearest((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, reading.seals)
        taken.add(id(hit))
        out[f"seal{n}.found"] = "right" if hit else "missing"
        if hit and (min(box) <= 0 or max(box) >= 1):  # its page cuts it: no name can be read
            is_unsure = hit.doubtful or hit.kind == "unknown"
            out[f"seal{n}.cut"] = "unsure" if is_unsure else f"sure: {name} -> {hit.text}"
        elif hit:
            out[f"seal{n}.name"] = f"{_likeness(name, hit.text or '')}: {name} -> {hit.text}"
            outcome = {kind: "right", "unknown": "unsure"}.get(hit.kind, "wrong")
            out[f"seal{n}.kind"] = f"{outcome}: {kind} -> {hit.kind.value}"
    false = [s for s in reading.seals if s.kind != "authority" and id(s) not in taken]
    return out | {
        f"false_seal{n}": f"{s.kind.value} {s.text} {s.colour} doubtful={s.doubtful}"
        for n, s in enumerate(false)
    }


def _likeness(name: str, read: str) -> str:
    if fold(read) == fold(name):
        return "exact"
    ratio = difflib.SequenceMatcher(None, fold(name), fold(read)).ratio()
    return "near" if ratio >= _ALIKE else "far"


def _nearest(x: float, y: float, seals: Sequence[Seal]) -> Seal | None:
    """The seal around a point whose middle lies nearest:
    seals may overlap, and the registry's own is often one of them."""
    around = [s for s in seals if s.box.x0 < x < s.box.x1 and s.box.y0 < y < s.box.y1]
    return min(
        around,
        key=lambda s: abs(s.box.x0 + s.box.x1 - 2 * x) + abs(s.box.y0 + s.box.y1 - 2 * y),
        default=None,
    )


def _load() -> None:
    _ocr.append(OnnxOcr())


def _measure(seed: int, claims: bool) -> Line:
    return measure(_ocr[0], request(seed), claims=claims)


def measured(seeds: Sequence[int], jobs: int, *, claims: bool, minutes: float) -> Iterator[Line]:
    """What is read of these requests, as it comes; fewer of them where the minutes are over."""
    until = time.monotonic() + 60 * minutes
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_load) as pool:
        for future in as_completed([pool.submit(_measure, seed, claims) for seed in seeds]):
            yield future.result()
            if time.monotonic() > until:
                pool.shutdown(cancel_futures=True)
                return
