"""The `Ocr` adapter: PP-OCRv6 models on bare onnxruntime, one thread, as the cascade of small
detection, tiny and small recognition.

Measured choices: detection with the long side at most 960 px; recognition line by line (batches
only pad); cut-outs taken from the red channel, where red seal ink vanishes; no spinning, so that
idle workers cost no processor; memory arena off, but what a model frees is kept for the next;
numbers too small for a whole mantissa (below 1e-38: the tails of Gelu) are taken for 0, since an
Intel processor computes with them fifty times as slowly. onnxruntime decides that once for a
process, with its first session and for the thread that makes it. Recognisers have weights of eight
bits where the processor gains by it (`eight_bit`); the detector does not: half of its time lies in
convolutions that gain nothing. Differentiable binarization: Liao et al. 2020; the rectangle is
grown by area × ratio / perimeter as there.
"""

import contextlib
import ctypes
import functools
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from papers.lines.eight_bit import EightBit
from papers.lines.ocr_models import (
    Alphabet,
    Floats,
    Frames,
    Image,
    Line,
    Quad,
    Strip,
    decoded,
    find_models,
)
from papers.lines.pictures import contrast, halved, resized, square

SIDE = 960  # pixels: the longer side of what a detector sees
_BLOCK = 32  # pixels that the detector takes together
_FAINTEST = 8  # grey levels between ink and paper
_INK, _BOX, _GROW = 0.25, 0.5, 1.55
_RED_SHARE = 0.8
_HEIGHT = 48
_WIDEST = 3200
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_MOST_KEPT = 256 * 2**20  # bytes
_MEAN = np.array([[[0.485]], [[0.456]], [[0.406]]], dtype=np.float32)
_STD = np.array([[[0.229]], [[0.224]], [[0.225]]], dtype=np.float32)


def _session(path: Path, weights: Mapping[str, Any] | None = None) -> Any:
    """A model, one thread; `weights`: those that its file names only.

    They must live as long as it.
    """
    # else it keeps a device id and events in ~/.cache and sends them to its maker
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 3
    if weights:
        options.add_external_initializers(list(weights), list(weights.values()))
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _as_ort_values(weights: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Weights as onnxruntime takes them, uncopied."""
    from onnxruntime import OrtValue

    return {name: OrtValue.ortvalue_from_numpy(value) for name, value in weights.items()}


def _keep_freed_memory() -> None:
    """Lets glibc reuse what was freed.

    Else each array of a page and of a model is new memory,
    which the kernel clears first: 0.1 s a page.
    """
    with contextlib.suppress(OSError, AttributeError):
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_M_MMAP_MAX, 0)
        allocator.mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)


class _Recogniser:
    """A CTC recogniser with its characters: 0 is the blank, the last one a space."""

    def __init__(self, path: Path, characters: Path | None = None, *, eight_bit: bool) -> None:
        smaller = EightBit.of(path) if eight_bit else None
        self._weights = _as_ort_values(smaller.weights()) if smaller else {}
        self._session = _session(smaller.graph if smaller else path, self._weights)
        text = (
            characters.read_text(encoding="utf-8")
            if characters
            else self._session.get_modelmeta().custom_metadata_map["character"]
        )
        count = self._session.get_outputs()[0].shape[-1]
        listed = text.split("\n")
        self._characters = ["", *listed[: count - 2], " "]

    def read(self, cut: Image) -> Strip:
        """The text of one line, cut out of one plane."""
        return decoded(self._probabilities(cut), self._characters) if cut.size else Strip()

    def frames(self, cut: Image) -> Frames:
        """The probabilities of the characters in each place of one line."""
        return Frames.seen(self._probabilities(cut), self._alphabet)

    @functools.cached_property
    def _alphabet(self) -> Alphabet:
        """The characters with what they fold to."""
        return Alphabet(self._characters)

    def _probabilities(self, cut: Image) -> Floats:
        height, width = cut.shape[:2]
        wide = int(np.clip(round(_HEIGHT * width / height), 16, _WIDEST))
        pixels = resized(cut, wide, _HEIGHT).astype(np.float32) / 127.5 - 1.0
        planes = np.broadcast_to(pixels, (1, 3, *pixels.shape))
        return np.asarray(self._session.run(None, {"x": planes})[0][0], dtype=np.float32)


def cut_out(image: Image, quad: Quad, unit: int = 0) -> Image:
    """The quadrilateral, straightened, in pixels as large as on the page. `unit`: a wider one is as
    many whole units wide as fit in it."""
    a, b, c, d = quad
    width = int(max(math.dist(a, b), math.dist(d, c)))
    height = int(max(math.dist(a, d), math.dist(b, c)))
    if 0 < unit < width:
        wide = width // unit * unit
        width, height = wide, round(height * wide / width)
    width, height = max(width, 4), max(height, 4)
    goal = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(np.array(quad, dtype=np.float32), goal)
    return cv2.warpPerspective(image, warp, (width, height), borderMode=cv2.BORDER_REPLICATE)


def red_channel(image: Image) -> Image:
    """The red channel alone: red ink is as light there as paper."""
    return cv2.extractChannel(image, 2)


def paler_red(image: Image) -> Image:
    """The page in grey with red ink made pale, so that a seal across a line neither hides it nor is
    taken for one; red headings stay visible."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return cv2.addWeighted(red_channel(image), _RED_SHARE, grey, 1 - _RED_SHARE, 0)


def _ordered(corners: NDArray[Any]) -> Quad:
    """Corners clockwise from the top left.

    A box much taller than wide is read downwards, turned to lie.
    """
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    (a, d), (b, c) = (side[np.argsort(side[:, 1])] for side in (by_x[:2], by_x[2:]))
    return tuple((float(x), float(y)) for x, y in (a, b, c, d))


class OnnxOcr:
    """The cascade. Not to be shared between threads; load one in each worker (0.2 s).

    `eight_bit`: with such weights where the processor gains by them.
    """

    def __init__(self, *, eight_bit: bool = True) -> None:
        files = find_models()
        cv2.setNumThreads(1)
        _keep_freed_memory()
        self._detection = _session(files.detection)
        self._fast_detection = _session(files.fast_detection)
        self._small = _Recogniser(files.recognition, eight_bit=eight_bit)
        self._tiny = _Recogniser(files.fast_recognition, files.fast_characters, eight_bit=eight_bit)
        self._orientation = _session(files.orientation)

    def quarter_turns(self, image: Image) -> int:
        scale = 256 / min(image.shape[:2])
        height, width = (max(224, round(side * scale)) for side in image.shape[:2])
        small = resized(image, width, height)
        top, left = (height - 224) // 2, (width - 224) // 2
        middle = small[top : top + 224, left : left + 224].transpose(2, 0, 1)
        scores = self._orientation.run(None, {"x": _levelled(middle)})[0][0]
        return -int(scores.argmax()) % 4

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        height, width = image.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32)
        small = resized(paler_red(halved(image, *size)), *size)
        drawn = _drawn(small)
        ink = np.zeros(small.shape, np.float32)
        model = self._detection if closely else self._fast_detection
        ink[drawn] = model.run(None, {"x": _levelled(small[drawn])})[0][0, 0]
        return _boxes(ink, width / size[0], height / size[1])

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        page = red_channel(image)
        return [Line(quad, *self._tiny.read(cut_out(page, quad))) for quad in quads]

    def strip(self, cut: Image) -> Strip:
        return self._small.read(cut)

    def frames(self, cut: Image) -> Frames:
        return self._small.frames(cut)


def _levelled(planes: Image) -> Image:
    """One plane or three as detectors and orientation take them."""
    return ((planes / np.float32(255) - _MEAN) / _STD)[None]


def _drawn(page: Image) -> tuple[slice, slice]:
    """The rows and columns of a grey page between which anything is drawn, in blocks of the
    detector: half of many a scan is empty glass."""
    x, y, width, height = cv2.boundingRect((contrast(page) > _FAINTEST).astype(np.uint8))
    return _blocks(y, y + height), _blocks(x, x + width)


def _blocks(start: int, end: int) -> slice:
    """The pixels of the blocks between two pixels, and of one more at each end."""
    return slice(max(0, start // _BLOCK - 1) * _BLOCK, (end // _BLOCK + 2) * _BLOCK)


def _boxes(ink: Floats, scale_x: float, scale_y: float) -> list[Quad]:
    """The rectangles around inked areas, grown to the full height of the letters, top to bottom."""
    mask = cv2.dilate((ink > _INK).astype(np.uint8), square(2))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = [
        quad for contour in contours if (quad := _box(ink, contour, scale_x, scale_y)) is not None
    ]
    return sorted(found, key=lambda q: (q[0][1], q[0][0]))


def _box(ink: Floats, contour: Any, scale_x: float, scale_y: float) -> Quad | None:
    centre, (w, h), angle = cv2.minAreaRect(contour)
    if min(w, h) < 3 or _mean_inside(ink, cv2.boxPoints((centre, (w, h), angle))) < _BOX:
        return None
    grow = w * h * _GROW / (w + h)
    corners = cv2.boxPoints((centre, (w + grow, h + grow), angle)) * np.array(
        [scale_x, scale_y], dtype=np.float32
    )
    return _ordered(corners)


def _mean_inside(ink: Floats, corners: NDArray[Any]) -> float:
    x, y, w, h = cv2.boundingRect(corners.astype(np.int32))
    x, y = max(x, 0), max(y, 0)
    patch = ink[y : y + h + 1, x : x + w + 1]
    if not patch.size:
        return 0.0
    mask = np.zeros(patch.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - (x, y)).astype(np.int32)], 1)
    return float(cv2.mean(patch, mask)[0])
