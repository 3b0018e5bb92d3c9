"""onnxruntime, which runs the models, against OpenVINO, which would: `python -m
bench.documents.runtimes`. Needs `pip install --no-deps openvino` besides.

Each model on usual sizes, one thread, by turns: processor milliseconds, the greatest difference of
their answers, and what OpenVINO takes to load a model and to compile it for a size that is new to
it. Measure before either is chosen for another kind of processor: OpenVINO took a third for the
detector on an Intel Xeon until onnxruntime was told to take denormal numbers for 0
(docs/BENCHMARKS.md).
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import find_models
from papers.lines.onnx_ocr import _keep_freed_memory, _session

_SIZES: Final = {
    "detection": ((960, 672), (704, 960)),
    "recognition": ((48, 64), (48, 320), (48, 800)),
    "fast_recognition": ((48, 96), (48, 320), (48, 800)),
    "orientation": ((224, 224),),
}
_SETTINGS: Final = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
    "ENABLE_CPU_PINNING": False,
}
_ROUNDS: Final = 9


def _openvino() -> Any:
    """Its core.

    Importing it also imports its converter, which tells its maker of each start; that is kept out.
    """
    sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]
    import openvino

    return openvino.Core()


def _took_ms(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return (time.process_time() - started) * 1000


def _compared(session: Any, request: Any, pixels: NDArray[np.float32]) -> str:
    """A row of the table: first use of the size, both by turns, their ratio and difference."""
    name = session.get_inputs()[0].name
    first_ms = _took_ms(lambda: request.infer([pixels]))
    off = float(
        np.abs(session.run(None, {name: pixels})[0] - request.get_output_tensor(0).data).max()
    )
    turns = [
        (
            _took_ms(lambda: session.run(None, {name: pixels})),
            _took_ms(lambda: request.infer([pixels])),
        )
        for _ in range(_ROUNDS)
    ]
    ort_ms, openvino_ms = (statistics.median(side) for side in zip(*turns, strict=True))
    return (
        f"{ort_ms:.1f} | {openvino_ms:.1f} | {openvino_ms / ort_ms:.2f} | "
        f"{first_ms:.0f} | {off:.0e} |"
    )


def main() -> None:
    """Prints a row for each model and size."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _keep_freed_memory()
    core, models, random = _openvino(), find_models(), np.random.default_rng(1)
    print(
        "| model, height × width | onnxruntime, ms | OpenVINO, ms | ratio | first use of the "
        "size, ms | difference |\n|---|---|---|---|---|---|"
    )
    for name, sizes in _SIZES.items():
        path = getattr(models, name)
        session, started = _session(path), time.process_time()
        request = core.compile_model(str(path), "CPU", _SETTINGS).create_infer_request()
        loaded_ms = (time.process_time() - started) * 1000
        for height, width in sizes:
            print(
                f"| {name} (loaded by OpenVINO in {loaded_ms:.0f} ms), {height} × {width} | ",
                end="",
            )
            print(
                _compared(session, request, random.random((1, 3, height, width), dtype=np.float32)),
                flush=True,
            )


if __name__ == "__main__":
    main()
