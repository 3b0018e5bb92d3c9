"""The name along the ring of a seal, by a vote of several readings, letter by letter.

One reading of a strip drops rare or blurred letters and doubles others, but where a letter stands
it is nearly always right. So letters of several strips are put together by their angle; a place on
which they disagree, or a hole between letters, is looked at again alone, without the words around
it that a reader is tempted to complete. The name that is expected there is never asked.
"""

import itertools
import statistics
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from papers.lines.ocr_models import Frames, Strip
from papers.lines.words import chinese_count, fold
from papers.seals.face import TWO, Face
from papers.seals.planes import EVEN_INK, INK, RAW
from papers.seals.strips import TURN, Band, ink_along

_CELLS: Final[tuple[tuple[int, Band, float], ...]] = (  # plane, band, half width in letters
    (INK, (0.60, 0.90), 0.55),
    (EVEN_INK, (0.62, 0.88), 0.6),
    (INK, (0.56, 0.94), 0.6),
    (RAW, (0.60, 0.90), 0.55),
    (RAW, (0.58, 0.93), 0.65),
    (EVEN_INK, (0.58, 0.93), 0.5),
    (EVEN_INK, (0.60, 0.90), 1.5),
    (INK, (0.62, 0.88), 1.5),
    (RAW, (0.60, 0.90), 1.5),
    (INK, (0.58, 0.93), 2.5),
)
_FEWEST: Final = 3  # letters that make a reading
_NEAR_LATIN: Final = 3  # letters to the next Chinese one
# score of a letter that is believed at once; letters off the middle of a window
_SURE_LETTER, _CENTRED = 0.7, 0.5
_AT_ONCE: Final = 0.8
# shares of the strips that must have seen a letter: at the ends of the name, and inside
_CORE, _INNER = 0.5, 0.2
# share of the vote below which a letter, and of its rival above which it, is looked at again
_AGREED, _RIVAL = 0.85, 0.2
# distance between letters, in letters, that is a hole, and that ends the name
_HOLE, _BROKEN = 1.6, 5.5
_INKED: Final = 0.5  # of a letter's ink
_LOPSIDED: Final = 0.6  # letters
# of the gap at the seam, and in letters: a gap that is the name's real one
_WIDER, _WIDE = 1.3, 2.0
_TAILS: Final = (
    "有限公司",
    "集团有限公司",
    "股份有限公司",
    "有限责任公司",
    "集团股份有限公司",
)  # what all such names share distinguishes no enterprise
_CUT_TAIL: Final = "有限公"  # no name ends so
# share of the votes below which a letter of such a tail may be what the tail says
_UNSURE: Final = 0.62
# votes that fill a hole, and by how much they must exceed the next letter's
_FILLED, _CLEAR = 0.8, 1.6
# windows: so much all strips weigh together where a letter is looked at again
_STRIPS_WEIGH: Final = 6.0


@dataclass(slots=True)
class Letter:
    """A place on the ring: where (a share of the turn from the seam), the votes for each letter,
    how many strips saw one, and how many votes there could be."""

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
        return max(self.votes.values(), default=0.0) / max(self.looks, 1.0)

    def weigh(self, looks: float) -> None:
        """Lets the votes so far count as so many."""
        self.votes = defaultdict(float, {c: v * looks / self.looks for c, v in self.votes.items()})
        self.looks = looks

    @property
    def rival(self) -> float:
        """The second letter's votes as a share of the best one's."""
        first, second = self._best_two()
        return second / first if first else 1.0

    @property
    def lead(self) -> float:
        """By how many votes the best letter is ahead of the second."""
        first, second = self._best_two()
        return first - second

    def _best_two(self) -> tuple[float, float]:
        first, second = (*sorted(self.votes.values(), reverse=True), 0.0, 0.0)[:2]
        return first, second


@dataclass(frozen=True, slots=True)
class RingName:
    """A name as read: how sure its letters are in the mean, the angle of the middle of the gap that
    it leaves, how sure its weakest letter is, the share of the turn from its first letter to its
    last, and how sure the weaker of these two is.

    A place where ink stands and no letter was read counts as a letter of no certainty at all.
    """

    text: str
    confidence: float
    middle: float
    weakest: float = 1.0
    arc: float = 1.0
    ends: float = 1.0


def read_name(
    face: Face, *, thoroughly: bool, says_enough: Callable[[str], bool] = lambda _name: False
) -> tuple[RingName | None, Face]:
    """The name, or None where nothing like one was read, and the face as it was read,
    which may be cut open elsewhere.

    `thoroughly`: doubtful letters and holes are looked at alone. `says_enough`: whether a name,
    however badly read, need not be read better.
    """
    letters = _voted(face, says_enough, thoroughly=thoroughly)
    turned = _better_seam([c for c in letters if c.votes], face)
    if turned is not None:
        face = face.cut_at(turned)
        letters = _voted(face, says_enough, thoroughly=thoroughly)
    read = [c for c in letters if c.votes]
    if not read:
        return None, face
    sure, weakest = statistics.fmean(c.share for c in read), min(c.share for c in letters)
    return RingName(
        "".join(c.best for c in read),
        sure,
        _gap_of(read, face.seam),
        weakest,
        read[-1].at - read[0].at,
        min(letters[0].share, letters[-1].share),
    ), face


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


def _voted(face: Face, says_enough: Callable[[str], bool], *, thoroughly: bool) -> list[Letter]:
    """The letters of the name.

    Two strips that agree in sure letters without a hole are believed at once.
    """
    strips = _telling(face.strips(TWO))
    letters = _columns(strips)
    if says_enough("".join(c.best for c in letters)) or (
        len(strips) == TWO and _agree(strips) and not _holes(letters, face)
    ):
        return letters
    if thoroughly:
        letters = _columns(_telling(face.strips()))
    return _looked_again(_name_of(letters), face, len(_CELLS) if thoroughly else 0)


def _telling(strips: Sequence[Frames]) -> list[Strip]:
    """What was read of strips, of those that show letters of a name."""
    return [
        strip
        for strip in (frames.strip for frames in strips)
        if sum(1 for _ in _glyphs(strip)) >= _FEWEST
    ]


def _agree(strips: Sequence[Strip]) -> bool:
    """Whether strips read the same sure letters."""
    return len({"".join(c for _, c, _ in _glyphs(s)) for s in strips}) == 1 and all(
        min(score for _, _, score in _glyphs(s)) > _SURE_LETTER and s.confidence > _AT_ONCE
        for s in strips
    )


def _pitch(places: Sequence[float]) -> float:
    """The usual distance between letters."""
    return statistics.median([b - a for a, b in itertools.pairwise(places)] or [1 / 24])


def _columns(strips: Sequence[Strip]) -> list[Letter]:
    """The letters of all strips put together by place, best strip first."""
    if not strips:
        return []
    ordered = sorted(strips, key=lambda s: -s.confidence * len(s.text))
    near = 0.5 * _pitch([at for at, _, _ in _glyphs(ordered[0])])
    columns: list[Letter] = []
    for strip in ordered:
        used: set[int] = set()
        for at, letter, score in _glyphs(strip):
            close = [i for i, c in enumerate(columns) if i not in used and abs(c.at - at) < near]
            i = min(close, key=lambda i: abs(columns[i].at - at), default=len(columns))
            if i == len(columns):
                columns.append(Letter(at))
            used.add(i)
            _vote(columns[i], at, letter, score)
    for column in columns:
        column.looks = len(strips)
    return sorted(columns, key=lambda c: c.at)


def _vote(column: Letter, at: float, letter: str, score: float) -> None:
    column.votes[letter] += score
    column.at = (column.at * column.seen + at) / (column.seen + 1)
    column.seen += 1


def _name_of(columns: Sequence[Letter]) -> list[Letter]:
    """The columns that are letters of the name: between the first and the last that most strips
    saw, and not far from the others."""
    core = [i for i, c in enumerate(columns) if c.share >= _CORE]
    if not core:
        return []
    inner = [c for c in columns[core[0] : core[-1] + 1] if c.share >= _INNER]
    far = _BROKEN * _pitch([c.at for c in inner])
    runs: list[list[Letter]] = [[inner[0]]]
    for before, letter in itertools.pairwise(inner):
        if letter.at - before.at > far:
            runs.append([])
        runs[-1].append(letter)
    return max(runs, key=len)


def _looked_again(letters: list[Letter], face: Face, looks: int) -> list[Letter]:
    """The name with its doubtful letters voted on again by so many looks, and its holes: filled,
    where what stands there can be read."""
    if len(letters) < _FEWEST:
        return letters
    pitch = _pitch([c.at for c in letters])
    for letter in letters if looks else ():
        if letter.share < _AGREED or letter.rival > _RIVAL:
            letter.weigh(_STRIPS_WEIGH)
            _look(letter, face, pitch, looks)
    filled = list(letters)
    for at in _holes(letters, face):
        hole = Letter(at)
        _look(hole, face, pitch, looks)
        if not (hole.votes and hole.votes[hole.best] >= _FILLED and hole.rival * _CLEAR < 1):
            hole.votes.clear()
        filled.append(hole)
    filled.sort(key=lambda c: c.at)
    _complete(filled)
    return filled


def _complete(letters: list[Letter]) -> None:
    """Lets an unread or unsure letter of the company's legal form be what the rest of the form
    says. Nothing else of a name is ever completed."""
    if "".join(c.text for c in letters).endswith(_CUT_TAIL):
        last = letters[-1]
        at = last.at + _pitch([c.at for c in letters])
        letters.append(Letter(at, {"司": _UNSURE * max(last.looks, 1.0)}, 0, last.looks))
    for tail in _TAILS:
        end = letters[-len(tail) :]
        odd = [(letter, c) for letter, c in zip(end, tail, strict=False) if letter.text != c]
        if len(end) == len(tail) and len(odd) == 1 and odd[0][0].share < _UNSURE:
            letter, right = odd[0]
            letter.votes = defaultdict(float, {right: _UNSURE * max(letter.looks, 1.0)})


def _look(letter: Letter, face: Face, pitch: float, looks: int) -> None:
    """Adds the votes of narrow windows on a letter's place, so many,
    until those that are left could not change the best."""
    for looked, (plane, band, half) in enumerate(_CELLS[:looks]):
        if letter.lead > looks - looked:
            return
        strip = face.window(plane, band, letter.at, half * pitch).strip
        middle = [(abs(at - 0.5) * 2 * half, c, score) for at, c, score in _glyphs(strip)]
        off, best, score = min(middle, default=(1.0, "", 0.0))
        letter.looks += 1
        if best and off < _CENTRED:
            letter.votes[best] += score


def _holes(letters: Sequence[Letter], face: Face) -> list[float]:
    """Places where a letter must stand that was not read: in wide gaps, and at the end towards
    which the name is lopsided in its ring, if ink is there."""
    if len(letters) < _FEWEST:
        return []
    pitch = _pitch([c.at for c in letters])
    places: list[float] = []
    for a, b in itertools.pairwise(letters):
        missing = round((b.at - a.at) / pitch) - 1 if b.at - a.at > _HOLE * pitch else 0
        places += [a.at + (b.at - a.at) * (k + 1) / (missing + 1) for k in range(missing)]
    lopsided = (letters[0].at + letters[-1].at - 1) / pitch
    if abs(lopsided) > _LOPSIDED:
        places.append(letters[0].at - pitch if lopsided > 0 else letters[-1].at + pitch)
    return [at for at in places if _is_inked(at, letters, pitch, face)]


def _is_inked(at: float, letters: Sequence[Letter], pitch: float, face: Face) -> bool:
    """Whether about as much ink stands at a place as where the letters are."""
    ink = ink_along(face.planes[INK], face.ring, face.seam)

    def amount(place: float) -> float:
        first, last = (int((place + side * 0.3 * pitch) * len(ink)) for side in (-1, 1))
        # a letter may stand at the seam
        return float(ink.take(range(first, last + 1), mode="wrap").mean())

    return 0.4 * pitch < at < 1 - 0.4 * pitch and amount(at) > _INKED * statistics.median(
        amount(c.at) for c in letters
    )


def _gap_of(letters: Sequence[Letter], seam: float) -> float:
    """The angle of the middle between the last letter and the first."""
    return seam + (letters[0].at + letters[-1].at - 1) / 2 * TURN


def _better_seam(letters: Sequence[Letter], face: Face) -> float | None:
    """Where the ring should rather be cut: in a gap between letters that is wider than the seam's,
    first of all after a 公司.

    Where no gap follows the 公司 the name really goes on there (分公司, 项目部, 工会).
    """
    if len(letters) < _FEWEST:
        return None
    gaps = [b.at - a.at for a, b in itertools.pairwise(letters)]
    seam = letters[0].at + 1 - letters[-1].at
    last = end_of_company("".join(c.best for c in letters))
    if last == len(letters) - 1:
        return None
    if last is None:
        last = max(range(len(gaps)), key=lambda i: gaps[i])
        seam = max(_WIDER * seam, _WIDE * _pitch([c.at for c in letters]))
    return (
        face.seam + (letters[last].at + letters[last + 1].at) / 2 * TURN
        if gaps[last] > seam
        else None
    )


def end_of_company(name: str) -> int | None:
    """Where the legal form of a company ends in a name:
    the place of its last letter, which may be misread."""
    at = max(name.rfind("公司") + 1, name.rfind("有限公") + 3)
    return min(at, len(name) - 1) if at >= _FEWEST or name.startswith("公司") else None
