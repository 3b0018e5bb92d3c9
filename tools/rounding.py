"""Which way each weight is rounded, so that errors cancel on lines as they come (GPTQ: Frantar et
al., 2023); rounding to the nearest has 3.7 times the error.

Lines are those that the recognisers read on generated pages, by seeds that no measurement uses.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

from bench.documents.measure import drawn
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from papers.opening.sandbox import RawPage
from papers.page.page_reading import read_page
from tests.drawing.requests import page_files

_FIRST_SEED = 990_000
_PAGES = 40
_LINES = 150
_DAMPING = 0.01

Matrix = NDArray[np.float64]


class _Noting:
    """A model that keeps what it was given."""

    def __init__(self, session: Any) -> None:
        self._session, self.given = session, list[NDArray[np.float32]]()

    def run(self, names: Any, given: Mapping[str, NDArray[np.float32]]) -> Any:
        self.given += given.values()
        return self._session.run(names, given)


def lines_read() -> tuple[Sequence[NDArray[np.float32]], Sequence[NDArray[np.float32]]]:
    """Lines as the large and the small recogniser are given them."""
    ocr = OnnxOcr(eight_bit=False)
    large, small = _Noting(ocr._small._session), _Noting(ocr._tiny._session)  # noqa: SLF001
    ocr._small._session, ocr._tiny._session = large, small  # noqa: SLF001
    for pdf in itertools.islice(page_files(_FIRST_SEED), _PAGES):
        for picture, _ in drawn(pdf):
            image = decode(picture)
            if image is not None:
                read_page(ocr, image, "a.pdf", RawPage(1))
    return _some(large.given), _some(small.given)


def _some(lines: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
    return lines[:: max(1, len(lines) // _LINES)]


def energies(
    model: Any, products: Mapping[str, str], lines: Sequence[NDArray[np.float32]]
) -> dict[str, Matrix]:
    """How strongly the inputs of each product occur together.

    `products`: their names with what flows into them;
    of that the second axis is the inputs where it has four, else the last.
    """
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(
        helper.make_empty_tensor_value_info(name) for name in set(products.values())
    )
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names, found = (
        [output.name for output in session.get_outputs()],
        dict.fromkeys(products, np.zeros((), np.float64)),
    )
    for line in lines:
        flows = dict(
            zip(names, session.run(names, {session.get_inputs()[0].name: line}), strict=True)
        )
        for product, source in products.items():
            flow = np.moveaxis(flows[source], 1, -1) if flows[source].ndim == 4 else flows[source]
            rows = flow.reshape(-1, flow.shape[-1]).astype(np.float64)
            found[product] = found[product] + rows.T @ rows / (len(rows) * len(lines))
    return found


def cancelling(
    matrix: NDArray[np.float32], scale: NDArray[np.float32], energy: Matrix
) -> NDArray[np.int8]:
    """A matrix as bytes: row by row, the strongest first,
    what rounding one costs is taken off those that follow."""
    order = np.argsort(-np.diag(energy), kind="stable")
    left, damped = (
        matrix[order].astype(np.float64),
        energy[np.ix_(order, order)] + np.eye(len(order)) * np.diag(energy).mean() * _DAMPING,
    )
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    found = np.empty(matrix.shape, np.int8)
    for i, row in enumerate(order):
        found[row] = np.clip(np.rint(left[i] / scale), -127, 127)
        left[i + 1 :] -= np.outer(
            upper[i, i + 1 :], (left[i] - found[row] * scale.astype(np.float64)) / upper[i, i]
        )
    return found
