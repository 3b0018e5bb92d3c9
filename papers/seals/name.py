"""Reads the name along the ring of a seal, by a vote of many windows for each letter.

A window shows some six letters, the length of line that a recogniser reads best. Windows overlap
all around the ring, so that it does not matter where the name begins, and use planes of the ink
with different faults. The recogniser nearly always puts a letter in its right place, so the letters
of all windows are combined by their angle. Expected names play no part.
"""

import itertools
import statistics
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from papers.lines.ocr_models import Floats, Strip
from papers.lines.words import chinese_count, fold
from papers.seals.face import LETTERS, Face
from papers.seals.planes import EVEN, EVEN_INK, INK
from papers.seals.strips import TURN, ink_along, off

_PLANES = (INK, EVEN, EVEN_INK)
# places of windows around the ring in one round: those of the first half show the whole ring
_HALVES, _WINDOWS = ((0, 2, 4, 6), (1, 3, 5, 7)), 8
MOST_ROUNDS = 4
_SWEEP = 0.32  # share of the turn in one window
# Shares of a window at each side, where letters may be cut in two: within the wide one no vote is
# expected, within the narrow one no vote counts.
_SIDE, _EDGE = 0.1, 0.04
_FEWEST = 3  # letters that make a reading
_NEAR_LATIN = 3  # letters to the next Chinese one
_GLIMPSED = 0.1  # least share of its possible votes, for a letter
_APART = 0.6  # distances in letters: what is read nearer to a letter is another reading of it
_CORE = 0.5  # the same, for a letter by which the gap is found
_AGREED, _ASKED = 0.8, 0.5  # least lead of a clear letter, and of one that is asked for later
_HOLE = 1.6  # distances in letters: from here one is missing
# the share from which a letter proves where the name begins or ends; how far in letters another one
# may be off its place
_SURE, _ASTRAY = 0.7, 0.3
# share of a letter's ink, from which a place has some; half of where it is measured, in letters
_INKED, _MIDST = 0.5, 0.3
_LEGIBLE = 0.25  # least share of every letter of a legible name
_WHOLE = 0.75  # least confidence of a whole name
_SHORTEST_ARC = 0.42  # least share of the turn of a whole name; ten letters fill half
_PIECE = 0.22  # of the turn: less is a piece of a name, or a name of three or four letters
_COMPANY = 2.0  # a gap behind 公司 counts as so many times wider, one with ink as narrower
_ENDS = ("公司", "部", "店", "厂", "社", "所", "院", "行", "中心")  # of whole names
# no name ends so; the letter that is added, and its votes
_CUT_TAILS, _UNSURE = {"有限公": "司", "(有限合伙": ")", "(普通合伙": ")"}, 0.6


@dataclass(slots=True)
class Letter:
    """A place on the ring where a letter may be.

    `at`: in turns. `votes`: the scores for each letter. `seen`: the number of windows that voted;
    `looks`: the number that could have.
    """

    at: float
    votes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seen: int = 0
    looks: float = 0.0

    @property
    def best(self) -> str:
        """The letter with most votes, "" for a place that was not read."""
        return max(self.votes, key=lambda c: self.votes[c], default="")

    @property
    def share(self) -> float:
        """The votes for the best letter, as a share of the possible ones."""
        return min(1.0, max(self.votes.values(), default=0.0) / max(self.looks, 1.0))

    @property
    def lead(self) -> float:
        """By how much the votes for the best letter exceed those for the second, as a share of the
        possible ones."""
        first, second = (*sorted(self.votes.values(), reverse=True), 0.0, 0.0)[:2]
        return (first - second) / max(self.looks, 1.0)

    def add(self, at: float, letter: str, score: float) -> None:
        """Add a vote. It moves the place to the mean of those of all votes."""
        self.votes[letter] += score
        self.seen += 1
        self.at += off(at, self.at) / self.seen


@dataclass(frozen=True)
class SealWords:
    """The words of a seal.

    - `name`: None if unreadable. `bottom`: the line below the star.
    - `confidence`, `weakest`, `ends`: the mean share of the name's letters, the lowest one, and the
      lower one of the first and last letter. A place with ink but without a letter counts as 0.
    - `arc`: the share of the turn from the first letter to the last.
    """

    name: str | None = None
    bottom: str = ""
    confidence: float = 0.0
    bottom_unread: bool = False
    weakest: float = 1.0
    arc: float = 1.0
    ends: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether this is the whole name. By a part of it, the gap of the ring and the line below
        the star would be searched in the wrong place."""
        return self.ends > 0 and self.confidence >= _WHOLE and self.arc >= _SHORTEST_ARC

    @property
    def legible(self) -> bool:
        """Whether the name can be compared with another: no letter is a mere guess, and they are
        not only a piece of a name (有限公)."""
        return self.weakest >= _LEGIBLE and self.arc >= _PIECE


@dataclass(frozen=True)
class Window:
    """A part of the ring with its reading. `start`: in turns."""

    start: float
    strip: Strip

    @property
    def letters(self) -> list[tuple[float, str, float]]:
        """Place, letter and score of each letter that may belong to a name and is not cut in
        two."""
        return [
            (self.start + at * _SWEEP, letter, score)
            for at, letter, score in _glyphs(self.strip)
            if _EDGE < at < 1 - _EDGE
        ]


def _contains(start: float, at: float, side: float) -> bool:
    """Whether the window that begins at `start` covers a place (both in turns), farther than `side`
    from its ends."""
    return side < (at - start) % 1 / _SWEEP < 1 - side


def read_name(
    face: Face, *, rounds: int, is_enough: Callable[[str], bool]
) -> tuple[SealWords, Face]:
    """The name, and the face cut open at the gap of the name.

    `rounds`: how often at most a doubtful name is read, each time on other planes, and from the
    second on only where it is unclear; a name of one round is asked for later. `is_enough`: whether
    a name, even a badly read one, need not be read again.
    """
    windows: list[Window] = []
    letters: list[Letter] = []
    unclear = list[float]()
    agreed = _AGREED if rounds > 1 else _ASKED
    ink = ink_along(face.planes[INK], face.ring, face.seam)
    for number, half in itertools.product(range(rounds), _HALVES):
        windows += _read(face, number, half, unclear if number else ())
        letters, seam = _name_in(_columns(windows), ink)
        unclear = [c.at for c in letters if c.lead < agreed]
        text, seen_twice = "".join(c.best for c in letters), half == _HALVES[-1]
        if unclear or not text:
            if seen_twice and is_enough(text):
                break
        elif seen_twice or is_enough(text) or text.endswith(_ENDS):
            break
    _complete(letters)
    read = [c for c in letters if c.votes]
    if not read:
        return SealWords(), face
    return SealWords(
        "".join(c.best for c in read),
        "",
        statistics.fmean(c.share for c in read),
        weakest=min(c.share for c in letters),
        arc=read[-1].at - read[0].at,
        ends=min(letters[0].share, letters[-1].share),
    ), face.cut_at(face.seam + seam * TURN)


def _read(
    face: Face, number: int, half: Sequence[int], places: Sequence[float]
) -> Iterator[Window]:
    """The windows of half a round, only those that show one of the places where any are given.
    Neighbours use different planes, and each round starts elsewhere."""
    for step in half:
        plane = _PLANES[(step + number) % len(_PLANES)]
        start = (step + number / MOST_ROUNDS) / _WINDOWS
        if places and not any(_contains(start, at, _EDGE) for at in places):
            continue
        cut = face.window(plane, LETTERS, start + _SWEEP / 2, _SWEEP / 2)
        yield Window(start, face.ocr.strip(cut))


def _glyphs(strip: Strip) -> Iterator[tuple[float, str, float]]:
    """Place, letter and score of each letter that may belong to a name: Chinese, brackets, and
    Latin between Chinese; not the number along the rim nor stray marks."""
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
    """Whether Chinese letters are near on both sides (杭州5G云谷). The number along the lower rim
    is too long for that."""
    at = bisect(chinese, number)
    return (
        0 < at < len(chinese)
        and number - chinese[at - 1] <= _NEAR_LATIN
        and chinese[at] - number <= _NEAR_LATIN
    )


def _columns(windows: Sequence[Window]) -> list[Letter]:
    """The letters of all windows, combined by place."""
    steps = [b[0] - a[0] for window in windows for a, b in itertools.pairwise(window.letters)]
    near = _APART * statistics.median(steps or [1 / 24])
    columns: list[Letter] = []
    for window in windows:
        free = list(columns)
        for at, letter, score in window.letters:
            column = min(free, key=lambda c: abs(off(c.at, at)), default=None)
            if column is None or abs(off(column.at, at)) >= near:
                column = Letter(at)
                columns.append(column)
            else:
                free.remove(column)
            column.add(at, letter, score)
    for column in columns:
        column.at %= 1
        column.looks = sum(_contains(window.start, column.at, _SIDE) for window in windows)
    return [c for c in columns if c.share >= _GLIMPSED]


def _amount(ink: Floats, at: float, pitch: float) -> float:
    """How much ink of a ring there is where a letter would stand."""
    first, last = (int((at + side * pitch) * len(ink)) for side in (-_MIDST, _MIDST))
    return float(ink.take(range(first, last + 1), mode="wrap").mean())


def _name_in(columns: Sequence[Letter], ink: Floats) -> tuple[list[Letter], float]:
    """The letters of the name, with empty ones for places that have ink but were not read, and the
    middle of the gap between its end and its beginning.

    The widest gap counts; one behind 公司 counts as wider, one with ink as narrower.
    """
    core = sorted((c for c in columns if c.share >= _CORE), key=lambda c: c.at)
    if len(core) < _FEWEST:
        return [], 0.0
    places = [c.at for c in core]
    gaps = [b - a for a, b in itertools.pairwise([*places, places[0] + 1])]
    pitch, text = statistics.median(gaps), "".join(c.best for c in core)
    least = _INKED * statistics.median(_amount(ink, at, pitch) for at in places)

    def inked(at: float) -> bool:
        return _amount(ink, at, pitch) > least

    def width(i: int) -> float:
        ends = (text + text)[i + 1 : i + 1 + len(text)].endswith("公司")
        narrower = _COMPANY if inked(places[i] + gaps[i] / 2) else 1
        return gaps[i] * (_COMPANY if ends else 1) / narrower

    last = max(range(len(core)), key=width)
    middle = (places[last] + gaps[last] / 2) % 1
    for column in columns:
        column.at = middle + (column.at - middle) % 1
    name = _without_strays(sorted(columns, key=lambda c: c.at), inked)
    beside = name[0].at - pitch, name[-1].at + pitch
    outside = [Letter(at) for at in beside if inked(at)]
    holes = [Letter(at) for at in _holes(name, pitch)]
    seam = (name[0].at + name[-1].at - 1) / 2
    return sorted([*name, *outside, *holes], key=lambda c: c.at), seam


def _without_strays(letters: Sequence[Letter], inked: Callable[[float], bool]) -> Sequence[Letter]:
    """The letters without those at their ends that do not go on with the name."""
    least = min(_SURE, max(c.share for c in letters))
    sure = [i for i, letter in enumerate(letters) if letter.share >= least]
    pairs = list(itertools.pairwise(letters))
    step = statistics.median(b.at - a.at for a, b in pairs)
    loose = [i for i, (a, b) in enumerate(pairs, 1) if _is_stray(a, b, step, inked)]
    first = max((i for i in loose if i <= sure[0]), default=0)
    return letters[first : next((i for i in loose if i > sure[-1]), None)]


def _is_stray(
    letter: Letter, following: Letter, pitch: float, inked: Callable[[float], bool]
) -> bool:
    """Whether the second of two letters does not go on with the name of the first: a name has its
    letters at one distance, ink between them, and no digit at its end."""
    apart = (following.at - letter.at) / pitch
    empty = apart > _HOLE and not inked(letter.at + pitch)
    return empty or abs(apart - round(apart)) > _ASTRAY or _is_latin(following.best)


def _holes(letters: Sequence[Letter], pitch: float) -> Iterator[float]:
    """The places in wide gaps where a letter may be that was not read."""
    for a, b in itertools.pairwise(letters):
        missing = round((b.at - a.at) / pitch) - 1 if b.at - a.at > _HOLE * pitch else 0
        yield from (a.at + (b.at - a.at) * (k + 1) / (missing + 1) for k in range(missing))


def _complete(letters: list[Letter]) -> None:
    """Add the last letter to a name without it, with few votes. Nothing else is ever completed."""
    text = "".join(c.best for c in letters)
    for tail, missing in _CUT_TAILS.items():
        if text.endswith(tail):
            at = letters[-1].at + (letters[-1].at - letters[-3].at) / 2
            letters.append(Letter(at, {missing: _UNSURE}, 0, 1.0))
