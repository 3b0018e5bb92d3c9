"""Two passes over the same seeds: what is read (several processes), and how long a page takes (one
process, nothing beside it). Both resumable.

Times taken while a neighbour works on the other half of a core say little,
so none of the first pass are used.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from bench.documents.kept import Line, note, told
from bench.documents.measure import enterprise_of, measure, read_request, request
from papers.lines.onnx_ocr import OnnxOcr

_ocr: list[OnnxOcr] = []


def _load() -> None:
    _ocr.append(OnnxOcr())


def _measure(seed: int) -> Line:
    return measure(_ocr[0], seed)


def measured(seeds: Sequence[int], jobs: int, file: Path, until: float) -> list[Line]:
    """What was read of these requests, in order of their seeds; fewer when the clock
    (time.monotonic) said `until` before."""
    done = {line["seed"]: line for line in told(file)}
    todo = iter([seed for seed in seeds if seed not in done])
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_load) as pool:
        for line in _in_turn(pool, todo, jobs, lambda: monotonic() < until):
            done[line["seed"]] = line
            note(file, line)
    return [done[seed] for seed in seeds if seed in done]


def _in_turn(
    pool: ProcessPoolExecutor, todo: Iterator[int], jobs: int, go_on: Callable[[], bool]
) -> Iterator[Line]:
    """The results as they come; few are under way at a time, so that it can stop soon."""
    under_way: set[Future[Line]] = set()
    while True:
        while len(under_way) < 2 * jobs and go_on() and (seed := next(todo, None)) is not None:
            under_way.add(pool.submit(_measure, seed))
        if not under_way:
            return
        ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in ended)


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
            if ocr is None:
                ocr = OnnxOcr()
                read_request(ocr, request(seed)[0], enterprise_of(seed).name)
            done[seed] = read_request(ocr, request(seed)[0], enterprise_of(seed).name)[1]
            note(file, {"seed": seed, "cpu_s": done[seed]})
        times += done[seed]
    return times
