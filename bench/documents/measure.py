"""What the reader gets right of drawn requests, a line of JSON for each."""

import difflib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from bench.documents.table import Result
from bench.documents.verdicts import (
    GREY,
    SEAL_FINDINGS,
    judged,
    judged_under,
    lacking,
    seals_asked,
    unreported,
    untrue,
)
from bench.program import Line
from core.data.documents import Seal
from papers.lines.ocr_models import Ocr
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.lines.words import fold
from papers.opening.pages import read_file
from papers.opening.sandbox import RawPage
from papers.page.page_reading import PageReading, read_page
from tests.drawing.generate import PageTruth
from tests.drawing.impostors import impostors
from tests.drawing.requests import DrawnRequest, request

_DRAWING = {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000}
_FIELDS = {
    "id_front.id_number": "ID number",
    "licence.uscc": "USCC",
    "licence.enterprise_name": "enterprise name",
    "id_front.name": "person's name",
    "id_back.valid_until": "ID validity",
    "licence.legal_representative": "legal representative",
    "licence.valid_until": "licence validity",
}
MEASURES = {
    "complete request": ("0 rejected", "rejected"),
    "absence reported of what lacks": ("0 untrue", "untrue"),
    "incomplete request": ("≤ 1 % silent", ""),
    "ID number": ("≥ 95 %, wrong 0", "wrong"),
    "USCC": ("≥ 99 %, wrong 0", "wrong"),
    "enterprise name": ("≥ 98 %", ""),
    "person's name": ("≥ 97 %", ""),
    "ID validity": ("≥ 95 %", ""),
    "legal representative": ("≥ 95 %", ""),
    "licence validity": ("≥ 95 %", ""),
    "part found": ("≥ 99 %", ""),
    "seal found, colour": ("≥ 99.5 %", ""),
    "seal found, grey": ("≥ 95 %", ""),
    "seal's kind": ("official 0", "official"),
    "seal's words alike, colour": ("≥ 98 %", ""),
    "seal's words exact, colour": ("≥ 85 %", ""),
    "seal cut by its page": ("unsure", ""),
    "no false seal on a page": ("≥ 99.5 %", ""),
    "no false finding on the seals of a complete request in colour": ("≥ 93 %", ""),
}
_ALIKE = 0.8
_ocr: list[OnnxOcr] = []


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
        layer: Any = tuple(map(tuple, words.get(number, ())))
        readings.append(read_page(ocr, image, "a.pdf", RawPage(number, words=layer)))
        times.append(drawn_s + time.process_time() - started)
    return readings, times


def measure(ocr: Ocr, one: DrawnRequest, *, claims: bool) -> Line:
    """A request read and compared with its truth; with `claims`, its seals asked for impostors."""
    plain, times = read_pdf(ocr, one.pdf)
    started = time.process_time()
    readings = seals_asked(ocr, one.name, plain)
    asked_s = (time.process_time() - started) / len(times)
    verdict, lacks = judged(one.name, readings), lacking(one.pages, one.name)
    codes, is_grey = [finding.code for finding in verdict.findings], one.how["wear"] in GREY
    results = list(_verdict_results(lacks, codes, verdict.decision.value, is_grey=is_grey))
    for page, reading in zip(one.pages, readings, strict=True):
        results += _field_results(page, reading)
        results += _seal_results(page, reading, "grey" if is_grey else "colour")
    if claims and not lacks and not is_grey and any(reading.cuts for reading in plain):
        results += _claims(ocr, one, plain)
    return {
        "seed": one.seed,
        "how": one.how,
        "lacks": lacks,
        "decision": verdict.decision.value,
        "results": results,
        "cpu_s": [round(cpu_s + asked_s, 3) for cpu_s in times],
    }


def _verdict_results(
    lacks: Sequence[str], codes: Sequence[str], decision: str, *, is_grey: bool
) -> Iterator[Result]:
    said = ", ".join(codes)
    if untrue(lacks, codes) is not None:
        yield "absence reported of what lacks", "untrue" if untrue(lacks, codes) else "right", said
    if lacks:
        is_silent = decision == "queue" and unreported(lacks, codes)
        yield "incomplete request", "silent" if is_silent else "right", f"{lacks} {said}"
        return
    yield "complete request", "rejected" if decision == "reject" else "right", said
    if not is_grey:  # there every seal is unsure by rule
        false = sorted(SEAL_FINDINGS & set(codes))
        what = "no false finding on the seals of a complete request in colour"
        yield what, " ".join(false) or "right", ""


def _claims(ocr: Ocr, one: DrawnRequest, readings: Sequence[PageReading]) -> Iterator[Result]:
    """What comes of it when licence and mail bear an impostor's name, by its class."""

    def result(kind: str, claim: str, pages: Sequence[PageReading]) -> Result:
        findings, answers = judged_under(ocr, one.name, claim, pages)
        return f"impostor, {kind}: a finding", "right" if findings else "none", ", ".join(answers)

    for kind, claim in impostors(one.name, one.seed):
        yield result(kind, claim, readings)
    foreign = read_pdf(ocr, one.foreign)[0] if one.foreign else []
    if foreign and all(reading.cuts for reading in (*readings, *foreign)):
        yield result("one of two seals foreign", one.name, [*foreign, *readings[1:]])


def _field_results(page: PageTruth, reading: PageReading) -> Iterator[Result]:
    """`doubtful`: wrong, and reported as doubtful."""
    for truth in page.parts:
        part = next((p for p in reading.parts if p.kind == truth.kind), None)
        yield "part found", "right" if part else "missing", truth.kind
        for name, value in truth.fields.items():
            if measure := _FIELDS.get(f"{truth.kind}.{name}"):
                got = part.fields.get(name) if part else None
                outcome = "doubtful" if part and name in part.doubts else "wrong"
                outcome = "right" if got and fold(got) == fold(value) else outcome
                yield measure, outcome if got else "missing", f"{value} → {got}"


def _seal_results(page: PageTruth, reading: PageReading, ink: str) -> Iterator[Result]:
    found = set()
    for name, kind, box in page.seals:
        hit = _nearest((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, reading.seals)
        found.add(id(hit))
        yield f"seal found, {ink}", "right" if hit else "missing", name
        if hit and (min(box) <= 0 or max(box) >= 1):  # no name can be read
            is_unsure = hit.doubtful or hit.kind == "unknown"
            yield "seal cut by its page", "right" if is_unsure else "sure", f"{name} → {hit.text}"
        elif hit:
            read, words = hit.kind.value, f"{name} → {hit.text}"
            yield "seal's kind", "right" if read == kind else read, f"{kind} → {read}"
            likeness = difflib.SequenceMatcher(None, fold(name), fold(hit.text or "")).ratio()
            yield f"seal's words alike, {ink}", "right" if likeness >= _ALIKE else "not", words
            yield f"seal's words exact, {ink}", "right" if likeness == 1 else "not", words
    false = [s for s in reading.seals if s.kind != "authority" and id(s) not in found]
    outcome = "right" if not false else "doubtful" if all(s.doubtful for s in false) else "wrong"
    yield "no false seal on a page", outcome, ", ".join(f"{s.kind.value} {s.text}" for s in false)


def _nearest(x: float, y: float, seals: Sequence[Seal]) -> Seal | None:
    """The seal around a point whose middle lies nearest:
    seals may overlap, and the registry's own is often one of them."""
    around = [s for s in seals if s.box.x0 < x < s.box.x1 and s.box.y0 < y < s.box.y1]
    return min(
        around,
        key=lambda s: abs(s.box.x0 + s.box.x1 - 2 * x) + abs(s.box.y0 + s.box.y1 - 2 * y),
        default=None,
    )
