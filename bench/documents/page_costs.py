"""What a page costs with the code that is importable: `python page_costs.py`, told one PDF of one
page after another on standard input, by their paths.

Answers each with a line of JSON: processor milliseconds in all and by stage, and the process's
greatest memory so far. It imports only what has not changed its name since November 2026, so that
another checkout can be measured by it (`turns`).
"""

import functools
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from papers.lines import onnx_ocr
from papers.lines.pictures import decode
from papers.opening.pages import read_file
from papers.page import page_reading

_DRAWING = {"image": False, "max_pages": 20, "dpi": 200, "max_pixels": 12_000_000}
MODELS = ("orientation", "detector", "small recogniser", "large recogniser", "fast detector")
_spent: defaultdict[str, float] = defaultdict(float)


def _timed(owner: Any, name: str, stage: str) -> None:
    """Lets a function of a module or object note its processor time."""
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def noting(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return plain(*arguments, **named)
        finally:
            _spent[stage] += time.process_time() - started
            _spent[f"calls: {stage}"] += 1

    setattr(owner, name, noting)


def loaded() -> onnx_ocr.OnnxOcr:
    """The models, each noting its time; and so do the steps of a page from here on."""
    ocr = onnx_ocr.OnnxOcr()
    fast_detector = getattr(ocr, "_fast_detection", None)  # since 30 November 2026
    sessions = (ocr._orientation, ocr._detection, ocr._tiny._session, ocr._small._session)
    for session, stage in zip((*sessions, fast_detector), MODELS, strict=True):
        if session is not None:
            _timed(session, "run", stage)
    for name, stage in (
        ("encode", "encoding"),
        ("painted", "painting"),
        ("redacted_boxes", "painting"),
        ("redacted", "painting"),  # since then both in one
        ("read_seals", "seals with their reading"),
    ):
        if hasattr(page_reading, name):
            _timed(page_reading, name, stage)
    return ocr


def read(ocr: onnx_ocr.OnnxOcr, pdf: bytes) -> dict[str, float]:
    """What reading a PDF of one page costs."""
    _spent.clear()
    started = time.process_time()
    [picture] = [picture for head, picture in read_file(pdf, _DRAWING) if "page" in head]
    _spent["opening"] = time.process_time() - started
    image = decode(picture)
    assert image is not None
    _spent["decoding"] = time.process_time() - started - _spent["opening"]
    page_reading.read_page(ocr, image, "a.pdf", 1)
    _spent["page"] = time.process_time() - started
    return {
        stage: value if stage.startswith("calls") else 1000 * value
        for stage, value in _spent.items()
    }


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Reads until there is nothing more to read."""
    ocr = loaded()
    for line in sys.stdin:
        print(
            json.dumps(read(ocr, Path(line.strip()).read_bytes()) | {"memory, MB": _peak_mb()}),
            flush=True,
        )


if __name__ == "__main__":
    main()
