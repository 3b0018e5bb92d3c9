"""Recognisers with weights of eight bits. They need about half the time
where the processor multiplies bytes (VNNI).

`eight_bit_models/` has, for each model, its graph without weights, a table of where each weight
begins in the model's own file, and corrections of the rounding (`tools/eight_bit.py` writes them).
At the start the weights are read from the model and rounded: each column of a matrix is scaled by
its largest number, and the corrections move some bytes a little, so that errors cancel
(`tools/rounding.py`). onnxruntime rounds the values between the layers for each line
(DynamicQuantizeMatMul). Models stay as they are without VNNI, where onnxruntime adds products of
bytes in too few bits (16), and where the installed wheel has another model.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import Floats, find_models

FOLDER = Path(__file__).with_name("eight_bit_models")
_VNNI = frozenset({"avx512_vnni", "avx_vnni"})
_CPU_INFO = Path("/proc/cpuinfo")
_LARGEST = 127  # of a signed byte


@functools.cache
def multiplies_bytes() -> bool:
    """Whether this processor adds products of bytes in 32 bits (Linux only; else False)."""
    try:
        lines = _CPU_INFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(_VNNI & set(line.split()) for line in lines if line.startswith("flags"))


def rounded(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix as bytes, and the factor for each of its columns."""
    scale = np.abs(matrix).max(axis=0) / np.float32(_LARGEST)
    scale[scale == 0] = 1
    return np.ascontiguousarray(np.rint(matrix / scale), np.int8), scale


@dataclass(frozen=True)
class EightBit:
    """The graph of a model, and the begin and the shape of each weight in the model's file. `kept`:
    weights that stay as they are; `rounded`: those to be bytes, and whether to transpose them
    first."""

    graph: Path
    model: Path
    kept: Mapping[str, tuple[int, Sequence[int]]]
    rounded: Mapping[str, tuple[int, Sequence[int], bool]]

    @classmethod
    def of(cls, model: Path) -> Self | None:
        """The variant generated from exactly this file; None where there is none, or where this
        processor gains nothing from it."""
        graph, table, rounding = (
            FOLDER / f"{model.stem}.{ending}" for ending in ("onnx", "json", "npz")
        )
        if not multiplies_bytes() or not all(path.is_file() for path in (graph, table, rounding)):
            return None
        layout = json.loads(table.read_text("utf-8"))
        if layout["model"] != hashlib.sha256(model.read_bytes()).hexdigest():
            return None
        return cls(graph, model, layout["kept"], layout["rounded"])

    def weights(self) -> dict[str, NDArray[Any]]:
        """All weights, by their names in the graph."""
        data = self.model.read_bytes()
        found: dict[str, NDArray[Any]] = {
            name: _read(data, *place) for name, place in self.kept.items()
        }
        with np.load(self.graph.with_suffix(".npz")) as corrections:
            for name, (start, shape, turned) in self.rounded.items():
                matrix = _read(data, start, shape)
                nearest, found[f"{name}.scale"] = rounded(matrix.T if turned else matrix)
                found[f"{name}.bytes"] = nearest + corrections[name]
        return found


def weight_bits() -> int:
    """How many bits a weight of the recognisers has on this machine: 8 or 32.

    Raises ConfigError where a model is missing.
    """
    models = find_models()
    return (
        8
        if all(EightBit.of(model) for model in (models.recognition, models.fast_recognition))
        else 32
    )


def _read(data: bytes, start: int, shape: Sequence[int]) -> Floats:
    return np.frombuffer(data, "<f4", int(np.prod(shape)), start).reshape(shape).astype(np.float32)
