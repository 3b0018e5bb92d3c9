"""Two passes over the same seeds: what is read (several processes), and how long a page takes (one
process, nothing beside it). Both resumable.

Times taken while a neighbour works on the other half of a core say little,
so none of the first pass are used.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from bench.documents.kept import Line, note, told
from bench.documents.measure import measure, read_pdf
from papers.lines.onnx_ocr import OnnxOcr
from tests.drawing.requests import request

_ocr: list[OnnxOcr] = []


def _load() -> None:
    _ocr.append(OnnxOcr())


def _measure(seed: int, claims: bool) -> Line:
    return measure(_ocr[0], request(seed), claims=claims)


def measured(
    seeds: Sequence[int], jobs: int, file: Path, until: float, *, claims: bool
) -> list[Line]:
    """What was read of these requests, in order of their seeds; fewer when the clock
    (time.monotonic) said `until` before."""
    done = {line["seed"]: line for line in told(file)}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_load) as pool:
        futures = [pool.submit(_measure, seed, claims) for seed in seeds if seed not in done]
        for future in as_completed(futures):
            line = future.result()
            done[line["seed"]] = line
            note(file, line)
            if monotonic() > until:
                pool.shutdown(cancel_futures=True)
                break
    return [done[seed] for seed in seeds if seed in done]


def timed(seeds: Sequence[int], pages: int, file: Path, until: float) -> list[float]:
    """Processor seconds (drawing, reading, seals, codes) of so many pages by one thread,
    the first page of the run left out."""
    done = {line["seed"]: line["cpu_s"] for line in told(file)}
    ocr: OnnxOcr | None = None
    times: list[float] = []
    for seed in seeds:
        if len(times) >= pages or (seed not in done and monotonic() > until):
            break
        if seed not in done:
            one = request(seed)
            if ocr is None:
                ocr = OnnxOcr()
                read_pdf(ocr, one.pdf, one.name)
            done[seed] = read_pdf(ocr, one.pdf, one.name)[1]
            note(file, {"seed": seed, "cpu_s": done[seed]})
        times += done[seed]
    return times
