"""Whether the seals of a mail bear a name: asked, not read.

A name that is read blind is spoilt by one letter, a question only by its own.

Decided for each character on the evidence of all seals together (`evidence`), and for one seal
alone where that seal surely shows another character: one foreign seal beside a genuine one must not
hide. Something *differs* only where a rival is seen; what merely cannot be read is *unsure*.
Brackets decide nothing, unless a character clearly stands in their place.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.data.submission import Seal, SealCheck, SealKind, SealVerdict
from papers.lines.ocr_models import Ocr
from papers.seals.cuts import SealCut
from papers.seals.face import Face
from papers.seals.marked import marked
from papers.seals.seal_evidence import AlignedName, Seen, fused, mixed, weights_of
from papers.seals.text import display_name, kind_of, kind_of_named, read_seal

# scores between which a character is looked at alone: above it is seen, below another one is
_DISPUTED, _CLEAR = 2.0, -3.5
# How much must speak against a character for it to be unsure, for another to be seen, for that on
# one seal of several, and in what all names end in.
_DOUBT, _OTHER, _OTHER_ALONE, _OTHER_TAIL = 0.8, 4.0, 4.6, 5.5
# How much more for a rare character: the recogniser sees a common one in its place, but a common
# one never keeps so much of a rare claim. Of 42 on worn seals 26 agreed before and 32 do now, 4
# differed and 3 do; of 84 seals with a look-alike in the place of a claimed rare character none
# agrees.
_DOUBT_RARE, _OTHER_RARE, _SEEN_RARE = 1.4, 1.5, 0.1  # the last: how likely it must be at least
# the first byte of GB 2312's second level; its first has the 3,755 characters in use
_LEVEL_TWO: Final = 0xD8
# other characters on one seal, or the mean probability of those around one,
# that prove a foreign seal beside others
_SEVERAL, _WELL = 3, 0.5
# characters that must surely be there for a seal to bear a name:
# by fewer nobody can tell that it has no others
_FEWEST: Final = 4
# the least probability of a rival that is seen, and where print lies over it:
# what is left of a character looks like another
_RIVAL, _RIVAL_CROSSED = 0.2, 0.5
_TAILS: Final = ("集团股份有限公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司")
# characters of a claim that are looked at alone: where more are in dispute, the strips tell enough
_MOST_LOOKS: Final = 4
_BRACKETS: Final = frozenset("()")


@dataclass(frozen=True, slots=True)
class SealAnswer:
    """The answer of one seal.

    `kind`: what one of unknown kind turns out to be; `unrolled`: its name as a picture (JPEG).

    `text` and `legible`: of one that bears none of the names, its words read thoroughly;
    `legible` is None for others.
    """

    checks: tuple[SealCheck, ...] = ()
    kind: SealKind | None = None
    unrolled: bytes = b""
    text: str | None = None
    legible: bool | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One claimed character (its place in the name) as judged: how much speaks against it (in
    logarithms of how much likelier others are), its strongest rival, how likely that is, and how
    likely it is itself at best. `crossed`: print lies over it.
    """

    place: int
    character: str
    against: float
    rival: str
    rival_seen: float
    seen: float = 0.0
    crossed: bool = False

    def differs(self, bound: float) -> bool:
        """Whether another character is seen in its place, one that has a name."""
        seen = self.rival != "" and self.rival_seen > (_RIVAL_CROSSED if self.crossed else _RIVAL)
        return seen and self.against > bound + _OTHER_RARE * is_rare(self.character)

    @property
    def agrees(self) -> bool:
        """Whether the character is there, as far as can be seen; NaN counts as doubt."""
        return self.against <= _DOUBT + _DOUBT_RARE * (
            self.seen > _SEEN_RARE and is_rare(self.character)
        )


def is_rare(character: str) -> bool:
    """Whether a character is none of the first level of GB 2312."""
    try:
        return character.encode("gb2312")[0] >= _LEVEL_TWO
    except UnicodeEncodeError:
        return True


@dataclass(frozen=True, slots=True)
class _Answer:
    """A verdict on one name with its evidence.

    `hidden`: print may hide what makes the name another.
    """

    verdict: SealVerdict
    odd: tuple[tuple[str, str], ...] = ()
    judged: Sequence[Judged] = ()
    hidden: bool = False


_NOT_HELD: Final = _Answer(SealVerdict.UNSURE)


def ask_seals(ocr: Ocr, cuts: Sequence[SealCut], names: Sequence[str]) -> list[SealAnswer]:
    """The answer of each seal to each folded name."""
    faces = [cut.face(ocr) for cut in cuts]
    answers = [SealAnswer() for _ in cuts]
    hidden: set[int] = set()
    for name in names:
        laid = [AlignedName.along(face, name) for face in faces]
        alone = [_alone(seal) for seal in laid]
        hidden |= {i for i, answer in enumerate(alone) if answer.hidden}
        for i, (seal, answer) in enumerate(zip(laid, _together(laid, alone), strict=True)):
            answers[i] = _added(answers[i], cuts[i], seal, name, answer, alone[i])
    return [
        answer
        if any(check.verdict is SealVerdict.AGREES for check in answer.checks)
        else _read_thoroughly(answer, face, hidden=i in hidden)
        for i, (answer, face) in enumerate(zip(answers, faces, strict=True))
    ]


def _read_thoroughly(answer: SealAnswer, face: Face, *, hidden: bool) -> SealAnswer:
    """The answer of a seal that bears none of the names, with the name that it bears instead,
    as well as that can be read."""
    words, _ = read_seal(face)
    return replace(
        answer,
        kind=kind_of(words),
        text=display_name(words.name),
        legible=words.legible and not hidden,
    )


def with_answer(seal: Seal, answer: SealAnswer, unrolled_sha256: str) -> Seal:
    """The seal with what it answered.

    One that turns out to be an authority's was asked in vain, and stays in doubt.
    """
    if answer.legible is not None:
        seal = replace(seal, text=answer.text, legible=answer.legible)
    if answer.kind is SealKind.AUTHORITY:
        return replace(seal, kind=answer.kind, doubtful=True, unrolled_sha256=unrolled_sha256)
    kind = answer.kind if answer.kind is not None and seal.kind is SealKind.UNKNOWN else seal.kind
    return replace(seal, kind=kind, checks=answer.checks, unrolled_sha256=unrolled_sha256)


def _added(
    so_far: SealAnswer,
    cut: SealCut,
    seal: AlignedName | None,
    name: str,
    answer: _Answer,
    alone: _Answer,
) -> SealAnswer:
    """The answer of a seal with that to one more name.

    The picture shows the first name, or the one that it bears.
    """
    checks = (*so_far.checks, SealCheck(name, answer.verdict, answer.odd))
    if seal is None:
        return replace(so_far, checks=checks)
    bears = alone.verdict is SealVerdict.AGREES
    kind = (
        kind_of_named(seal.face, seal.name, seal.middle, seal.arc)
        if bears and cut.kind is SealKind.UNKNOWN
        else so_far.kind
    )
    unrolled = (
        marked(cut, seal, {one.place: _mark(one) for one in alone.judged})
        if bears or not so_far.unrolled
        else so_far.unrolled
    )
    return replace(so_far, checks=checks, kind=kind, unrolled=unrolled)


def _mark(judged: Judged) -> SealVerdict:
    if judged.differs(_OTHER):
        return SealVerdict.DIFFERS
    return SealVerdict.AGREES if judged.agrees else SealVerdict.UNSURE


def _alone(seal: AlignedName | None) -> _Answer:
    """The answer of one seal by itself."""
    if seal is None:
        return _NOT_HELD
    return _borne(
        seal,
        _verdict(
            seal.name, _judged(seal.name, seal.alone, seal.look, seal.crossed), seal.misplaced()
        ),
    )


def _borne(seal: AlignedName, answer: _Answer) -> _Answer:
    """The answer as this seal gives it: unsure where print may hide a stroke
    that makes a character another."""
    hidden = seal.hidden() if answer.verdict is SealVerdict.AGREES else []
    return (
        replace(
            answer,
            verdict=SealVerdict.UNSURE,
            odd=tuple((seal.name[i], "") for i in hidden),
            hidden=True,
        )
        if hidden
        else answer
    )


def _together(laid: Sequence[AlignedName | None], alone: Sequence[_Answer]) -> Sequence[_Answer]:
    """The answers of seals that are judged beside each other: each its own where one is surely
    foreign, else all the same, but that none bears the name of which too little is seen. That there
    is a character too many or too few, all must show that are seen whole, or, where none is, all.
    """
    readable = [seal for seal in laid if seal is not None]
    if len(readable) <= 1 or any(
        seal is not None and _is_foreign(seal, one.judged)
        for seal, one in zip(laid, alone, strict=True)
    ):
        return alone
    strips = [places for seal in readable for places in seal.strips]
    weights = weights_of(strips)
    shares = weights.reshape(len(readable), -1, weights.shape[1]).sum(axis=1)
    name = readable[0].name
    crossed = frozenset.intersection(*(seal.crossed for seal in readable))
    judged = _judged(
        name,
        fused(strips, weights),
        lambda i: mixed([seal.look(i) for seal in readable], list(shares[:, i])),
        crossed,
    )
    misplaced = [
        seal.misplaced()
        for seal in [one for one in readable if not one.dry | one.crossed] or readable
    ]
    answer = _verdict(name, judged, misplaced[0] if all(misplaced) else None)
    enough = answer.verdict is not SealVerdict.AGREES
    return [
        _borne(seal, answer)
        if seal is not None and (enough or _sure(one.judged) >= _FEWEST)
        else _NOT_HELD
        for seal, one in zip(laid, alone, strict=True)
    ]


def _is_foreign(seal: AlignedName, judged: Sequence[Judged]) -> bool:
    """Whether a seal by itself surely bears another name: others are seen in several places, or in
    one around which the name is read well."""
    odd = _odd(seal.name, judged, _OTHER_ALONE)
    return len(odd) >= _SEVERAL or any(seal.read_around(one.place) > _WELL for one in odd)


def _judged(
    name: str, seen: Sequence[Seen], look: Callable[[int], Seen], crossed: Collection[int] = ()
) -> list[Judged]:
    """The characters of a name as judged; those in dispute are looked at alone, the worst first."""
    decisive = {
        i: one for i, one in enumerate(seen) if name[i] not in _BRACKETS or one.score <= _CLEAR
    }
    disputed = sorted(
        (i for i, one in decisive.items() if not (one.score >= _DISPUTED or one.score <= _CLEAR)),
        key=lambda i: seen[i].score,
    )
    looks = {i: look(i) for i in disputed[:_MOST_LOOKS]}
    return [
        _weighed(i, name[i], one, looks.get(i, one), crossed=i in crossed)
        for i, one in decisive.items()
    ]


def _weighed(place: int, character: str, seen: Seen, look: Seen, *, crossed: bool) -> Judged:
    rival = max(seen, look, key=lambda view: view.against)
    return Judged(
        place,
        character,
        -seen.score - look.score,
        rival.rival,
        rival.against,
        max(seen.claimed, look.claimed),
        crossed,
    )


def _verdict(name: str, judged: Sequence[Judged], misplaced: tuple[str, str] | None) -> _Answer:
    odd = (
        *((one.character, one.rival) for one in _odd(name, judged, _OTHER)),
        *([misplaced] if misplaced else []),
    )
    if odd:
        return _Answer(SealVerdict.DIFFERS, odd, judged)
    open_ = tuple((one.character, "") for one in judged if not one.agrees)
    return _Answer(
        SealVerdict.UNSURE if open_ or _sure(judged) < _FEWEST else SealVerdict.AGREES,
        open_,
        judged,
    )


def _sure(judged: Sequence[Judged]) -> int:
    """How many characters are surely there."""
    return sum(one.against < -_DISPUTED for one in judged)


def _odd(name: str, judged: Sequence[Judged], bound: float) -> list[Judged]:
    """The characters in whose place others are seen. What all names end in needs more."""
    tail = len(name) - next((len(tail) for tail in _TAILS if name.endswith(tail)), 0)
    return [
        one for one in judged if one.differs(bound if one.place < tail else max(bound, _OTHER_TAIL))
    ]
