"""What others read on the same pages: rapidocr off the shelf and tesseract (chi_sim),
one thread each, resumable.

They give text and no fields, so a field counts as read when its value stands anywhere in the page's
text, which flatters them: they need not know which name is whose. Pages are given as they lie;
fields on turned pages are counted separately.
"""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from bench.documents.kept import Line, note, told
from bench.documents.measure import request
from papers.lines.words import fold
from tests.drawing.generate import PageTruth

FIELDS: Final = ("name", "id_number", "enterprise_name", "uscc", "legal_representative")
Reader = Callable[[Image.Image], str]


def rapidocr_reader() -> Reader:
    """rapidocr with its own settings, held to one thread."""
    from rapidocr import RapidOCR

    threads = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine: Any = RapidOCR(params={**threads, "Global.log_level": "error"})
    return lambda image: "".join(
        engine(np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])).txts or ()
    )


def tesseract_reader() -> Reader | None:
    """tesseract with chi_sim, or None where it is not installed (apt-get install
    tesseract-ocr-chi-sim)."""
    if not _has_tesseract():
        return None

    def read(image: Image.Image) -> str:
        command = ["tesseract", "-", "-", "-l", "chi_sim", "--dpi", "200"]
        return subprocess.run(
            command,
            input=_png(image),
            capture_output=True,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        ).stdout.decode("utf-8", "replace")

    return read


def _has_tesseract() -> bool:
    """Whether tesseract and its Chinese model are installed."""
    if shutil.which("tesseract") is None:
        return False
    return (
        "chi_sim"
        in subprocess.run(
            ["tesseract", "--list-langs"], capture_output=True, check=False, text=True
        ).stdout.split()
    )


def missing_engines() -> str:
    """What is printed where an engine is not installed."""
    return (
        ""
        if _has_tesseract()
        else (
            "; tesseract with chi_sim is not installed (apt-get install tesseract-ocr-chi-sim): "
            "not measured"
        )
    )


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _cpu_s() -> float:
    """Processor seconds of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _read(reader: Reader, page: PageTruth) -> Line:
    started = _cpu_s()
    text = fold("".join(reader(page.image).split()))
    took_s = _cpu_s() - started
    return {
        f: fold(v) in text for part in page.parts for f, v in part.fields.items() if f in FIELDS
    } | {"cpu_s": round(took_s, 2)}


def measure_engines(seeds: Sequence[int], pages: int, out: Path, until: float) -> list[Line]:
    """A line a page until so many pages were read or the clock (time.monotonic) says `until`."""
    done = told(out)
    seen = {(line["seed"], line["page"]) for line in done}
    readers = {
        name: reader
        for name, reader in (("rapidocr", rapidocr_reader()), ("tesseract", tesseract_reader()))
        if reader
    }
    for seed in seeds:
        truth, how = request(seed)
        for number, page in enumerate(truth, 1):
            if len(done) >= pages or time.monotonic() > until:
                return done
            if (seed, number) in seen:
                continue
            line = {
                "seed": seed,
                "page": number,
                "turned": how["turn"] != 0,
                **{name: _read(reader, page) for name, reader in readers.items()},
            }
            done.append(line)
            note(out, line)
    return done


def engine_rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """(peer, field, upright right/of, turned right/of) and one row of time a peer."""
    rows: list[tuple[str, ...]] = []
    for engine in ("rapidocr", "tesseract"):
        measured = [line for line in lines if engine in line]
        rows += [
            (
                engine,
                field,
                _share(measured, engine, field, turned=False),
                _share(measured, engine, field, turned=True),
            )
            for field in FIELDS
        ]
        if measured:
            rows.append(
                (
                    engine,
                    "seconds a page, one core",
                    f"{np.mean([line[engine]['cpu_s'] for line in measured]):.2f}",
                    f"{len(measured)} pages",
                )
            )
    return rows


def _share(lines: Sequence[Line], engine: str, field: str, *, turned: bool) -> str:
    found = [
        line[engine][field] for line in lines if line["turned"] is turned and field in line[engine]
    ]
    return f"{sum(found)}/{len(found)}"
