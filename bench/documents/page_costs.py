"""What a page costs with the code that is importable: `python page_costs.py`, told one PDF of one
page after another on standard input, by their paths.

Answers each with a line of JSON: processor milliseconds by stage and of the whole page, and the
process's greatest memory so far. It imports only what has not changed its name since November
2026, so that another checkout can be measured by it (`turns`).
"""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

from onnxruntime import InferenceSession

from papers.lines import onnx_ocr
from papers.lines.pictures import decode
from papers.opening.pages import read_file
from papers.opening.sandbox import RawPage
from papers.page import page_reading

_DRAWING = {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000}
_RUN = InferenceSession.run
_models_s: list[float] = []


def _timed_run(*arguments: Any, **named: Any) -> Any:
    """A model's run, which notes its processor time."""
    started = time.process_time()
    try:
        return _RUN(*arguments, **named)
    finally:
        _models_s.append(time.process_time() - started)


def read(ocr: onnx_ocr.OnnxOcr, pdf: bytes) -> dict[str, float]:
    """What reading a PDF of one page costs."""
    _models_s.clear()
    times = [time.process_time()]
    [picture] = [picture for head, picture in read_file(pdf, _DRAWING) if "page" in head]
    times.append(time.process_time())
    image = decode(picture)
    assert image is not None
    times.append(time.process_time())
    page_reading.read_page(ocr, image, "a.pdf", RawPage(1))
    times.append(time.process_time())
    opening, decoding, _ = (1000 * (end - start) for start, end in itertools.pairwise(times))
    return {
        "opening": opening,
        "decoding": decoding,
        "models": 1000 * sum(_models_s),
        "calls of models": len(_models_s),
        "page": 1000 * (times[-1] - times[0]),
    }


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Reads until there is nothing more to read."""
    InferenceSession.run = _timed_run
    ocr = onnx_ocr.OnnxOcr()
    for line in sys.stdin:
        costs = read(ocr, Path(line.strip()).read_bytes()) | {"memory, MB": _peak_mb()}
        print(json.dumps(costs), flush=True)


if __name__ == "__main__":
    main()
