"""Decides whether the seals of a mail bear an expected name (docs/SEALS.md).

The name is not read: each of its characters is compared with what the seals show at its place, so
an unreadable character does not spoil the others.

The evidence of all seals counts together (`seal_evidence`), except that a seal which surely shows
another name is judged alone: a foreign seal must not hide beside a genuine one. A name *differs*
only if a rival character is visible. A character that cannot be read makes it *unsure*. Brackets
do not count, unless another character is clearly visible in their place.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from core.data.documents import Seal, SealCheck, SealKind, SealVerdict
from papers.lines.ocr_models import Ocr
from papers.lines.words import bracketed
from papers.seals.cuts import SealCut
from papers.seals.face import Face
from papers.seals.marked import marked
from papers.seals.seal_evidence import AlignedName, Seen, fused, mixed, weights_of
from papers.seals.text import kind_of, kind_of_named, read_seal

# a character is visible above the first score, another one below the second; between them it is in
# dispute, and read again in narrow windows
_DISPUTED, _CLEAR = 2.0, -3.5
_MOST_LOOKS = 4  # disputed characters that are read again
# Bounds for `Judged.against`:
_DOUBT = 0.8  # the character is unsure
_OTHER = 4.0  # another is there
_OTHER_ALONE = 4.6  # another is there, by one of several seals
_OTHER_TAIL = 5.5  # another is there, in a tail that all names have
# Added for a rare character, of which at least _SEEN_RARE is seen: the recogniser prefers common
# characters, but where a common one is printed it sees less of the rare one. Of 42 rare characters
# on worn seals, 32 agree with this and 26 without, 3 and 4 differ. Of 84 seals with a look-alike
# instead of a rare character, none agrees.
_DOUBT_RARE, _OTHER_RARE, _SEEN_RARE = 1.4, 1.5, 0.1
_LEVEL_TWO = 0xD8  # first byte of GB 2312's second level; the first has 3,755 common ones
# A seal beside others is foreign by so many other characters, or by one around which the
# characters of the name have this mean probability.
_SEVERAL, _WELL = 3, 0.5
_LONGEST = 45  # characters that a strip of 90 places holds with a blank between each two
_FEWEST = 4  # visible characters of a name, for a seal to bear it
# least probability of a visible rival; more under print, where part of a character looks like
# another
_RIVAL, _RIVAL_CROSSED = 0.2, 0.5
_TAILS = ("集团股份有限公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司")
_BRACKETS = frozenset("()")


@dataclass(frozen=True)
class SealAnswer:
    """The result for one seal.

    `checks`: a verdict for each expected name. `kind`: found for a seal of unknown kind.
    `unrolled`: the name as a picture (JPEG). `text`, `legible`: the name by a thorough reading, for
    a seal that bears none of the expected names; `legible` is None for others.
    """

    checks: tuple[SealCheck, ...] = ()
    kind: SealKind | None = None
    unrolled: bytes = b""
    text: str | None = None
    legible: bool | None = None


@dataclass(frozen=True)
class Judged:
    """The evidence on one character of a name.

    - `place`: its index in the name.
    - `against`: how much speaks against it, as the sum of its negated scores (`Seen.score`) by the
      strips and by narrow windows.
    - `rival`, `rival_seen`: the rival and its probability; "" for one that cannot be named.
    - `seen`: the highest probability of the character itself.
    - `crossed`: print lies over it.
    """

    place: int
    character: str
    against: float
    rival: str
    rival_seen: float
    seen: float = 0.0
    crossed: bool = False

    def differs(self, bound: float) -> bool:
        """Whether another character is visible in its place, and which one is known."""
        seen = self.rival != "" and self.rival_seen > (_RIVAL_CROSSED if self.crossed else _RIVAL)
        return seen and self.against > bound + _OTHER_RARE * _is_rare(self.character)

    @property
    def agrees(self) -> bool:
        """Whether the character is visible in its place. NaN counts as doubt."""
        return self.against <= _DOUBT + _DOUBT_RARE * (
            self.seen > _SEEN_RARE and _is_rare(self.character)
        )


def _is_rare(character: str) -> bool:
    """Whether a character is outside the first level of GB 2312."""
    try:
        return character.encode("gb2312")[0] >= _LEVEL_TWO
    except UnicodeEncodeError:
        return True


@dataclass(frozen=True)
class _Answer:
    """A verdict on one name with its evidence.

    `odd`: what does not agree, as (expected, visible) characters. `hidden`: print may cover a
    difference.
    """

    verdict: SealVerdict
    odd: tuple[tuple[str, str], ...] = ()
    judged: Sequence[Judged] = ()
    hidden: bool = False


def ask_seals(ocr: Ocr, cuts: Sequence[SealCut], names: Sequence[str]) -> list[SealAnswer]:
    """The results of each seal for all folded names. No seal has room for one that is too long."""
    faces = [cut.face(ocr) for cut in cuts]
    unsure = tuple(SealCheck(n, SealVerdict.UNSURE) for n in names if len(n) > _LONGEST)
    answers = [SealAnswer(unsure) for _ in cuts]
    hidden: set[int] = set()
    for name in (n for n in names if len(n) <= _LONGEST):
        seals = [AlignedName.along(face, name) for face in faces]
        alone = [_answer_alone(seal) for seal in seals]
        hidden |= {i for i, answer in enumerate(alone) if answer.hidden}
        together = _answers_together(seals, alone)
        for i, (seal, answer) in enumerate(zip(seals, together, strict=True)):
            answers[i] = _with_name(answers[i], cuts[i], seal, answer, alone[i])
    return [
        answer
        if any(check.verdict is SealVerdict.AGREES for check in answer.checks)
        else _read_thoroughly(answer, face, hidden=i in hidden)
        for i, (answer, face) in enumerate(zip(answers, faces, strict=True))
    ]


def _read_thoroughly(answer: SealAnswer, face: Face, *, hidden: bool) -> SealAnswer:
    """The result for a seal that bears none of the names, with the name that it can be read as."""
    words, _ = read_seal(face)
    return replace(
        answer,
        kind=kind_of(words),
        text=words.name and bracketed(words.name),
        legible=words.legible and not hidden,
    )


def with_answer(seal: Seal, answer: SealAnswer, unrolled_sha256: str) -> Seal:
    """The seal with its result. An authority's seal has no checks and stays in doubt."""
    if answer.legible is not None:
        seal = replace(seal, text=answer.text, legible=answer.legible)
    if answer.kind is SealKind.AUTHORITY:
        return replace(seal, kind=answer.kind, doubtful=True, unrolled_sha256=unrolled_sha256)
    kind = answer.kind if answer.kind is not None and seal.kind is SealKind.UNKNOWN else seal.kind
    return replace(seal, kind=kind, checks=answer.checks, unrolled_sha256=unrolled_sha256)


def _with_name(
    so_far: SealAnswer,
    cut: SealCut,
    seal: AlignedName,
    answer: _Answer,
    alone: _Answer,
) -> SealAnswer:
    """The result with one more name. The picture is for the name that the seal bears, else for the
    first one."""
    checks = (*so_far.checks, SealCheck(seal.name, answer.verdict, answer.odd))
    bears = alone.verdict is SealVerdict.AGREES
    kind = (
        kind_of_named(seal.face.cut_at(seal.middle), seal.name, seal.arc)
        if bears and cut.kind is SealKind.UNKNOWN
        else so_far.kind
    )
    unrolled = (
        marked(cut, seal, {one.place: _verdict_on(one) for one in alone.judged})
        if bears or not so_far.unrolled
        else so_far.unrolled
    )
    return replace(so_far, checks=checks, kind=kind, unrolled=unrolled)


def _verdict_on(judged: Judged) -> SealVerdict:
    if judged.differs(_OTHER):
        return SealVerdict.DIFFERS
    return SealVerdict.AGREES if judged.agrees else SealVerdict.UNSURE


def _answer_alone(seal: AlignedName) -> _Answer:
    """The answer by one seal alone."""
    judged = _judge(seal.name, seal.alone, seal.look, seal.crossed)
    return _unless_hidden(seal, _verdict(seal.name, judged, seal.misplaced()))


def _unless_hidden(seal: AlignedName, answer: _Answer) -> _Answer:
    """The answer, unsure instead of agreeing if print may hide a stroke on this seal that would
    make another character."""
    hidden = seal.hidden() if answer.verdict is SealVerdict.AGREES else []
    if not hidden:
        return answer
    odd = tuple((seal.name[i], "") for i in hidden)
    return replace(answer, verdict=SealVerdict.UNSURE, odd=odd, hidden=True)


def _answers_together(seals: Sequence[AlignedName], alone: Sequence[_Answer]) -> Sequence[_Answer]:
    """The answers for several seals of a mail.

    If one is surely foreign, each has its own answer. Else all have the same one, by their common
    evidence, except that a seal with too few visible characters does not agree. A character too
    many or too few must be visible on all seals that are whole, or on all if none is.
    """
    if len(seals) <= 1 or any(
        _is_foreign(seal, one.judged) for seal, one in zip(seals, alone, strict=True)
    ):
        return alone
    strips = [places for seal in seals for places in seal.strips]
    weights = weights_of(strips)
    shares = weights.reshape(len(seals), -1, weights.shape[1]).sum(axis=1)
    name = seals[0].name
    crossed = frozenset.intersection(*(seal.crossed for seal in seals))
    judged = _judge(
        name,
        fused(strips, weights),
        lambda i: mixed([seal.look(i) for seal in seals], list(shares[:, i])),
        crossed,
    )
    whole = [seal for seal in seals if not seal.dry | seal.crossed]
    answer = _verdict(name, judged, _shared([seal.misplaced() for seal in whole or seals]))
    needed = _FEWEST if answer.verdict is SealVerdict.AGREES else 0
    return [
        _unless_hidden(seal, answer)
        if _count_sure(one.judged) >= needed
        else _Answer(SealVerdict.UNSURE)
        for seal, one in zip(seals, alone, strict=True)
    ]


def _shared(misplaced: Sequence[tuple[str, str] | None]) -> tuple[str, str] | None:
    """What is misplaced on all seals, or the same on most of them."""
    odd, count = Counter(misplaced).most_common(1)[0]
    return odd if all(misplaced) or 2 * count > len(misplaced) else None


def _is_foreign(seal: AlignedName, judged: Sequence[Judged]) -> bool:
    """Whether one seal surely bears another name: other characters are visible in several places,
    or in one whose neighbours are read well."""
    differing = _differing(seal.name, judged, _OTHER_ALONE)
    return len(differing) >= _SEVERAL or any(
        seal.read_around(one.place) > _WELL for one in differing
    )


def _judge(
    name: str, seen: Sequence[Seen], look: Callable[[int], Seen], crossed: Collection[int]
) -> list[Judged]:
    """The evidence on each character of a name that counts. `look`: reads a disputed character
    again in narrow windows; the worst ones first."""
    decisive = {
        i: one for i, one in enumerate(seen) if name[i] not in _BRACKETS or one.score <= _CLEAR
    }
    # negated, so that NaN is in dispute
    disputed = [
        i for i, one in decisive.items() if not (one.score >= _DISPUTED or one.score <= _CLEAR)
    ]
    worst = sorted(disputed, key=lambda i: seen[i].score)[:_MOST_LOOKS]
    looks = {i: look(i) for i in worst}
    judged = []
    for i, one in decisive.items():
        again = looks.get(i, one)
        rival = max(one, again, key=lambda view: view.against)
        against, most = -one.score - again.score, max(one.claimed, again.claimed)
        judged.append(
            Judged(i, name[i], against, rival.rival, rival.against, most, crossed=i in crossed)
        )
    return judged


def _verdict(name: str, judged: Sequence[Judged], misplaced: tuple[str, str] | None) -> _Answer:
    """The answer by the evidence. `misplaced`: a character too many or too few."""
    odd = (
        *((one.character, one.rival) for one in _differing(name, judged, _OTHER)),
        *([misplaced] if misplaced else []),
    )
    if odd:
        return _Answer(SealVerdict.DIFFERS, odd, judged)
    unsure = tuple((one.character, "") for one in judged if not one.agrees)
    agrees = not unsure and _count_sure(judged) >= _FEWEST
    return _Answer(SealVerdict.AGREES if agrees else SealVerdict.UNSURE, unsure, judged)


def _count_sure(judged: Sequence[Judged]) -> int:
    """How many characters are surely visible."""
    return sum(one.against < -_DISPUTED for one in judged)


def _differing(name: str, judged: Sequence[Judged], bound: float) -> list[Judged]:
    """The characters in whose place others are visible. The common tail of names has a higher
    bound."""
    tail_at = len(name) - next((len(tail) for tail in _TAILS if name.endswith(tail)), 0)
    in_tail = max(bound, _OTHER_TAIL)
    return [one for one in judged if one.differs(bound if one.place < tail_at else in_tail)]
