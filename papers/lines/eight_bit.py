"""Recognisers with weights of eight bits: about half the time,
where the processor multiplies bytes (VNNI).

In `eight_bit_models` lies the graph of a model without its weights, with a table of where each of
them begins in the model's own file (`tools/eight_bit.py` makes them). At the start the weights are
read from there and rounded: a column of a matrix by its largest number, some of them up or down
otherwise than to the nearest, so that errors cancel (`tools/rounding.py`). What flows between them
is rounded by onnxruntime for each line anew (DynamicQuantizeMatMul). Without VNNI onnxruntime adds
products of bytes in sixteen bits, which is not enough: there, and where a wheel has another model,
models stay as they are.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from papers.lines.ocr_models import find_models

FOLDER: Final = Path(__file__).with_name("eight_bit_models")
_VNNI: Final = frozenset({"avx512_vnni", "avx_vnni"})
_CPU_INFO: Final = Path("/proc/cpuinfo")
_LARGEST: Final = 127


@functools.cache
def multiplies_bytes() -> bool:
    """Whether this processor adds products of bytes in 32 bits."""
    try:
        lines = _CPU_INFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(_VNNI & set(line.split()) for line in lines if line.startswith("flags"))


def rounded(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix as bytes, and the factor for each of its columns."""
    scale = np.abs(matrix).max(axis=0) / np.float32(_LARGEST)
    scale[scale == 0] = 1
    return np.ascontiguousarray(np.rint(matrix / scale), np.int8), scale


@dataclass(frozen=True, slots=True)
class EightBit:
    """The graph of a model and where its weights begin in that model's file: `kept` as they are,
    `rounded` as bytes (true: its rows are columns)."""

    graph: Path
    model: Path
    kept: Mapping[str, tuple[int, Sequence[int]]]
    rounded: Mapping[str, tuple[int, Sequence[int], bool]]

    @classmethod
    def of(cls, model: Path) -> Self | None:
        """The one made from this very file; None where there is none,
        or where the processor gains nothing from it."""
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
        """All of them by the names that the graph has for them."""
        data = self.model.read_bytes()
        found: dict[str, NDArray[Any]] = {
            name: _read(data, *place) for name, place in self.kept.items()
        }
        with np.load(self.graph.with_suffix(".npz")) as otherwise:
            for name, (start, shape, turned) in self.rounded.items():
                matrix = _read(data, start, shape)
                nearest, found[f"{name}.scale"] = rounded(matrix.T if turned else matrix)
                found[f"{name}.bytes"] = nearest + otherwise[name]
        return found


def weight_bits() -> int:
    """Of how many bits the weights of both recognisers are on this machine.

    Raises ConfigError where a model is missing.
    """
    models = find_models()
    return (
        8
        if all(EightBit.of(model) for model in (models.recognition, models.fast_recognition))
        else 32
    )


def _read(data: bytes, start: int, shape: Sequence[int]) -> NDArray[np.float32]:
    return np.frombuffer(data, "<f4", int(np.prod(shape)), start).reshape(shape).astype(np.float32)
