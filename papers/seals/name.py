"""The name along the ring of a seal, by a vote of many windows, letter by letter.

A window shows some six letters, as long as a line that a recogniser reads best. Windows overlap all
around the ring, so that no seam needs to be known beforehand, and lie on planes of the ink that
have different faults. A letter is nearly always right where it stands; so the letters of all
windows are put together by their angle. The name that is expected there is never asked.
"""

import itertools
import statistics
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from papers.lines.ocr_models import Strip
from papers.lines.words import chinese_count, fold
from papers.seals.face import Face
from papers.seals.planes import EVEN, EVEN_INK, INK
from papers.seals.strips import TURN, Band, ink_along

_PLANES: Final = (INK, EVEN, EVEN_INK)
_BAND: Final[Band] = (0.60, 0.90)
# windows around the ring, the share of the turn that each shows, and of that so much at each side
# shows letters that may be cut in two
_WINDOWS, _SWEEP, _SIDE, _EDGE = 8, 0.32, 0.1, 0.04
_ROUNDS: Final = 4
_FEWEST: Final = 3  # letters that make a reading
_NEAR_LATIN: Final = 3  # letters to the next Chinese one
# shares of the windows that must have seen a letter: somewhere in the name, and anywhere
_CORE, _INNER = 0.5, 0.2
# share of the vote above which a letter, and of its rival below which it, is sure
_AGREED, _RIVAL = 0.85, 0.2
# distance between letters, in letters, that is a hole, and that ends the name
_HOLE, _BROKEN = 1.6, 5.5
_INKED: Final = 0.5  # of a letter's ink
_LEGIBLE: Final = 0.25
# the least certainty of a whole name, and the least share of the turn that one
# fills (ten letters: half)
_WHOLE, _SHORTEST_ARC = 0.75, 0.42
_PIECE: Final = 0.22  # of the turn: less is a piece of a name, or a name of three or four letters
_COMPANY: Final = 2.0  # times so wide counts a gap behind 公司, and so many times less one with ink
_CUT_TAIL, _UNSURE = "有限公", 0.6  # no name ends so; how sure its last letter then is


@dataclass(slots=True)
class Letter:
    """A place on the ring: where (a share of the turn), the votes for each letter, how many windows
    saw one, and how many votes there could be."""

    at: float
    votes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seen: int = 0
    looks: float = 0.0

    @property
    def best(self) -> str:
        return max(self.votes, key=lambda c: self.votes[c])

    @property
    def text(self) -> str:
        """The best letter, or nothing for a place that was not read."""
        return self.best if self.votes else ""

    @property
    def share(self) -> float:
        """The best letter's votes as a share of those that there could be."""
        return min(1.0, max(self.votes.values(), default=0.0) / max(self.looks, 1.0))

    @property
    def rival(self) -> float:
        """The second letter's votes as a share of the best one's."""
        first, second = (*sorted(self.votes.values(), reverse=True), 0.0, 0.0)[:2]
        return second / first if first else 1.0

    def add(self, at: float, letter: str, score: float) -> None:
        """Adds a vote, which moves the place towards where it was seen."""
        self.votes[letter] += score
        self.seen += 1
        self.at += _off(at, self.at) / self.seen


@dataclass(frozen=True, slots=True)
class SealWords:
    """The words of a seal: the name (None: unreadable), the line below, how sure the name is, how
    sure its weakest letter and the weaker one at its ends, and how far round it goes.

    A place where ink stands and no letter was read counts as a letter of no certainty at all.
    """

    name: str | None
    bottom: str
    confidence: float
    bottom_unread: bool = False
    weakest: float = 1.0
    arc: float = 1.0
    ends: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether this is the whole name, from end to end.

        Behind half a name the gap of the ring, and with it the line below the star,
        are looked for in the wrong place.
        """
        return self.ends > 0 and self.confidence >= _WHOLE and self.arc >= _SHORTEST_ARC

    @property
    def legible(self) -> bool:
        """Whether every letter of the name was read by more than a guess,
        and they go far enough round for a name.

        A name with an unread letter, or a piece of one (有限公),
        neither is nor differs from another.
        """
        return self.weakest >= _LEGIBLE and self.arc >= _PIECE


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the ring from a place (a share of the turn), and what was read of it."""

    start: float
    strip: Strip

    @property
    def letters(self) -> list[tuple[float, str, float]]:
        """Place, letter and score of what may belong to a name and is not cut in two."""
        return [
            (self.start + at * _SWEEP, letter, score)
            for at, letter, score in _glyphs(self.strip)
            if _EDGE < at < 1 - _EDGE
        ]

    def shows(self, at: float) -> bool:
        """Whether a letter at a place would not be cut in two."""
        return _SIDE < (at - self.start) % 1 / _SWEEP < 1 - _SIDE


def read_name(
    face: Face, *, thoroughly: bool, says_enough: Callable[[str], bool] = lambda _name: False
) -> tuple[SealWords, Face]:
    """The words of the name, and the face, cut open where it has its gap.

    `thoroughly`: a name in doubt is read again on other planes. `says_enough`: whether a name,
    however badly read, need not be read better.
    """
    windows: list[Window] = []
    letters: list[Letter] = []
    ink = _Inked(face)
    for number in range(_ROUNDS if thoroughly else 1):
        windows += _read(face, number)
        letters, seam = _name_in(_columns(windows), ink)
        if says_enough("".join(c.text for c in letters)) or _is_clear(letters):
            break
    _complete(letters)
    read = [c for c in letters if c.votes]
    if not read:
        return SealWords(None, "", 0.0), face
    return SealWords(
        "".join(c.best for c in read),
        "",
        statistics.fmean(c.share for c in read),
        weakest=min(c.share for c in letters),
        arc=read[-1].at - read[0].at,
        ends=min(letters[0].share, letters[-1].share),
    ), face.cut_at(face.seam + seam * TURN)


def _read(face: Face, number: int) -> Iterator[Window]:
    """The windows of a round: neighbours lie on different planes."""
    for step in range(_WINDOWS):
        plane = _PLANES[(step + number) % len(_PLANES)]
        start = (step + number / _ROUNDS) / _WINDOWS
        yield Window(start, face.window(plane, _BAND, start + _SWEEP / 2, _SWEEP / 2).strip)


def _glyphs(strip: Strip) -> Iterator[tuple[float, str, float]]:
    """Place, letter and score of what may belong to a name: the rim's number and stray marks do
    not, a letter or digit in the midst of Chinese does."""
    letters = [
        (at, fold(letter), score)
        for at, letter, score in zip(strip.offsets, strip.text, strip.scores, strict=False)
    ]
    chinese = [number for number, (_, letter, _) in enumerate(letters) if chinese_count(letter)]
    for number, (at, letter, score) in enumerate(letters):
        if (
            chinese_count(letter)
            or letter in {"(", ")"}
            or (_is_latin(letter) and _is_between(number, chinese))
        ):
            yield at, letter, score


def _is_latin(letter: str) -> bool:
    return len(letter) == 1 and letter.isascii() and letter.isalnum()


def _is_between(number: int, chinese: Sequence[int]) -> bool:
    """Whether Chinese letters stand near a place on both sides (杭州5G云谷); the number along the
    lower rim is longer than that."""
    at = bisect(chinese, number)
    return (
        0 < at < len(chinese)
        and number - chinese[at - 1] <= _NEAR_LATIN
        and chinese[at] - number <= _NEAR_LATIN
    )


def _off(a: float, b: float) -> float:
    """How far a place of the ring is from another, in turns, clockwise or (negative) not."""
    return (a - b + 0.5) % 1 - 0.5


def _columns(windows: Sequence[Window]) -> list[Letter]:
    """The letters of all windows put together by place, best window first."""
    steps = [b[0] - a[0] for window in windows for a, b in itertools.pairwise(window.letters)]
    near = 0.5 * statistics.median(steps or [1 / 24])
    columns: list[Letter] = []
    for window in sorted(windows, key=lambda w: -w.strip.confidence * len(w.strip.text)):
        free = list(columns)
        for at, letter, score in window.letters:
            column = min(free, key=lambda c: abs(_off(c.at, at)), default=None)
            if column is None or abs(_off(column.at, at)) >= near:
                column = Letter(at)
                columns.append(column)
            else:
                free.remove(column)
            column.add(at, letter, score)
    for column in columns:
        column.at %= 1
        column.looks = sum(window.shows(column.at) for window in windows)
    return [c for c in columns if c.share >= _INNER]


class _Inked:
    """Whether about as much ink stands at a place of a ring as where letters are."""

    def __init__(self, face: Face) -> None:
        self._ink = ink_along(face.planes[INK], face.ring, face.seam)

    def __call__(self, at: float, letters: Sequence[Letter], pitch: float) -> bool:
        return self._amount(at, pitch) > _INKED * statistics.median(
            self._amount(c.at, pitch) for c in letters
        )

    def _amount(self, at: float, pitch: float) -> float:
        first, last = (int((at + side * 0.3 * pitch) * len(self._ink)) for side in (-1, 1))
        return float(self._ink.take(range(first, last + 1), mode="wrap").mean())


def _name_in(columns: Sequence[Letter], ink: _Inked) -> tuple[list[Letter], float]:
    """The letters of the name, with a place for each that was not read, and the middle of the gap
    that it leaves.

    That is the widest gap; a name hardly goes on behind its 公司, and a gap with ink is none.
    """
    core = sorted((c for c in columns if c.share >= _CORE), key=lambda c: c.at)
    if len(core) < _FEWEST:
        return [], 0.0
    places = [c.at for c in core]
    gaps = [b - a for a, b in itertools.pairwise([*places, places[0] + 1])]
    pitch, text = statistics.median(gaps), "".join(c.best for c in core)

    def width(i: int) -> float:
        ends = (text + text)[i + 1 : i + 1 + len(text)].endswith("公司")
        inked = ink(places[i] + gaps[i] / 2, core, pitch)
        return gaps[i] * (_COMPANY if ends else 1) / (_COMPANY if inked else 1)

    last = max(range(len(core)), key=width)
    middle = (places[last] + gaps[last] / 2) % 1
    for column in columns:
        column.at = middle + (column.at - middle) % 1
    name = _longest_run(sorted(columns, key=lambda c: c.at), pitch)
    places = [name[0].at - pitch, *_holes(name, pitch), name[-1].at + pitch]
    holes = [Letter(at) for at in places if ink(at, core, pitch)]
    seam = (name[0].at + name[-1].at - 1) / 2
    return sorted([*name, *holes], key=lambda c: c.at), seam


def _longest_run(columns: Sequence[Letter], pitch: float) -> list[Letter]:
    """The letters that stand together, without doubtful ones apart from them."""
    runs: list[list[Letter]] = [[columns[0]]]
    for before, letter in itertools.pairwise(columns):
        if letter.at - before.at > _BROKEN * pitch:
            runs.append([])
        runs[-1].append(letter)
    run = max(runs, key=lambda run: sum(c.share for c in run))
    while len(run) > 1 and run[0].share < _CORE and run[1].at - run[0].at > _HOLE * pitch:
        del run[0]
    while len(run) > 1 and run[-1].share < _CORE and run[-1].at - run[-2].at > _HOLE * pitch:
        del run[-1]
    return run


def _holes(letters: Sequence[Letter], pitch: float) -> Iterator[float]:
    """Places in wide gaps where a letter may stand that was not read."""
    for a, b in itertools.pairwise(letters):
        missing = round((b.at - a.at) / pitch) - 1 if b.at - a.at > _HOLE * pitch else 0
        yield from (a.at + (b.at - a.at) * (k + 1) / (missing + 1) for k in range(missing))


def _is_clear(letters: Sequence[Letter]) -> bool:
    """Whether no letter of a name is in doubt."""
    return bool(letters) and all(c.share >= _AGREED and c.rival <= _RIVAL for c in letters)


def _complete(letters: list[Letter]) -> None:
    """Lets a name that ends in 有限公 have its 司, unsurely. Nothing else is ever completed."""
    if "".join(c.text for c in letters).endswith(_CUT_TAIL):
        at = letters[-1].at + (letters[-1].at - letters[-3].at) / 2
        letters.append(Letter(at, {"司": _UNSURE}, 0, 1.0))
