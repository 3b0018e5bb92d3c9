"""The names of enterprises in a text: known ones first, then the run before an organisation's ending, cut at words of other classes.

What could begin in two places is no name but doubt (`unsure`): a person reads it. A known name, on a paper, a seal or a certificate of the
submission, is found over spaces, brackets and line ends, with one wrong character. What words do to the edges of a name: the table `names` of grammar.toml.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mail_intake.request.grammar import words
from mail_intake.request.tokens import NAME, UNKNOWN, Folded, Token, fold, letters_of

_SHORTEST_KNOWN, _SHORTEST_FUZZY, _MOST_KNOWN = 4, 8, 40
_ALIKE_PERCENT: Final = 80.0
_LONGEST_NAME, _LONG_STEM = 60, 7   # what has so long a stem before 中心 or 局 is a name
_PLACEHOLDER: Final = re.compile(r"[x*某○〇\s.…_]{1,12}(?:科技|集团)?(?:股份)?(?:有限)?(?:责任)?(?:公司|单位|企业)?")
_WITHIN: Final = re.compile(r"\([.sCmgz]+\)$")
_BRACKET: Final = re.compile(r"\(([.smCgz]{1,4})\)(?:[.s]{0,2}(C))?")
_WORDS: Final = words("names")


@dataclass(frozen=True, slots=True)
class Found:
    """A name, as written, and its span in the folded text. `aside`: it is named beside the one that asks; `unsure`: where it begins is not settled."""

    name: str
    start: int
    end: int
    aside: bool = False
    unsure: bool = False
    principal: bool = False   # another asks for it


def name_key(name: str) -> str:
    """What two spellings of one name share: folded, without spaces, brackets, dots and line ends."""
    return "".join(character for character in fold(name).text if character.isalnum())


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names that differ, each once, in order."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name_key(name), name)
    return tuple(kept.values())


def known_spans(text: Folded, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known names stand in the folded text, the longest first where two overlap."""
    places = [place for place, character in enumerate(text.text) if character.isalnum()]
    squeezed = "".join(text.text[place] for place in places)
    spans: list[tuple[int, int]] = []
    for key in sorted({name_key(name) for name in list(known)[:_MOST_KNOWN]}, key=len, reverse=True):
        for start, end in _exact(squeezed, key) or _alike(squeezed, key):
            first, last = places[start], places[end - 1] + 1
            last += text.text.count("(", first, last) > text.text.count(")", first, last) and text.text.startswith(")", last)
            if all(last <= begin or first >= stop for begin, stop in spans):
                spans.append((first, last))
    return spans


def _exact(text: str, key: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(key), text)] if len(key) >= _SHORTEST_KNOWN else []


def _alike(text: str, key: str) -> list[tuple[int, int]]:
    """One place where the name stands with one wrong, missing or needless character inside."""
    found = fuzz.partial_ratio_alignment(key, text, score_cutoff=_ALIKE_PERCENT) if len(key) >= _SHORTEST_FUZZY else None
    if found is None:
        return []
    near = product(range(max(0, found.dest_start - 1), found.dest_start + 2), range(found.dest_end - 1, min(found.dest_end + 2, len(text) + 1)))
    return [
        (start, end) for start, end in near
        if text[start] == key[0] and text[end - 1] == key[-1] and Levenshtein.distance(key, text[start:end], score_cutoff=1) <= 1
    ][:1]


def names_in(found: list[Token], text: Folded) -> list[Found]:
    """The names in the tokens, in order."""
    names: list[Found] = []
    at = 0
    while at < len(found):
        token = found[at]
        if token.letter == NAME:
            names.append(_in_context(found, at, at, Found(text.cut(token.start, token.end), token.start, token.end)))
        elif token.letter in "Cz" or (token.letter == "m" and at and found[at - 1].letter == UNKNOWN) or token.text == "公司":
            last = _last(found, at)
            first, unsure = _first(found, at)
            if name := _made(found, (first, at, last), text, unsure=unsure):
                if names and name.start < names[-1].end:   # 甲有限公司乙分店 is one
                    name = replace(name, start=names[-1].start, name=text.cut(names[-1].start, name.end), unsure=names.pop().unsure)
                name = _in_context(found, first, last, name)
                with_client = bool(names) and names[-1].principal and name.start - names[-1].end == 1   # 受甲公司和乙公司委托
                names.append(replace(name, principal=name.principal or with_client))
                at = last
        at += 1
    asked_for = any(name.principal for name in names)
    return [replace(name, aside=not name.principal) if asked_for else name for name in names]


def _made(found: list[Token], span: tuple[int, int, int], text: Folded, *, unsure: bool) -> Found | None:
    """The name of the tokens first, ending, last; None for a mere ending or a placeholder."""
    first, ending, last = span
    stem = "".join(token.text for token in found[first:ending])
    name = text.cut(found[first].start, found[last].end)
    if sum(character.isalnum() for character in stem) < 2 or len(name) > _LONGEST_NAME or _PLACEHOLDER.fullmatch(fold(name).text):
        return None
    before = found[first - 1] if first else None
    damaged = "\ufffd" in name or "?" in name or (before is not None and text.cut(before.start, found[first].start) == "?")
    if (found[ending].letter == "z" or found[ending].text == "公司") and last == ending:   # a weak ending wants more to show that it is one
        if letters_of(found[last + 1:last + 2]) == UNKNOWN:
            return None
        lead = next((token for token in reversed(found[max(0, first - 3):first]) if token.letter != " "), None)
        introduced = lead is not None and (lead.text in _WORDS["introduce"] or lead.letter in "Jj")
        unsure = unsure or len(stem) < 3 or not (introduced or len(stem) >= _LONG_STEM)
    return Found(name, found[first].start, found[last].end, unsure=unsure or damaged or (stem[0] == "(" and stem[-1] == ")"))


Edge = tuple[bool, bool]   # what a token does to the left edge of the name behind it: whether it cuts, whether that is in doubt
_EXTENDS, _EXTENDS_IN_DOUBT, _CUTS, _CUTS_IN_DOUBT = (False, False), (False, True), (True, False), (True, True)


def _first(found: list[Token], ending: int) -> tuple[int, bool]:
    """The index where the name that ends at `ending` begins, and whether that is unsure."""
    first, at, unsure = ending, ending - 1, False
    while at >= max(0, ending - _LONGEST_NAME) and found[at].end == found[at + 1].start:
        before = found[at - 1] if at and found[at - 1].end == found[at].start else None
        opening = _opening(found, at) if found[at].letter == ")" else at
        another = at < ending - 1 and found[ending].text in _WORDS["companies"] and (found[at].text in _WORDS["companies"] or found[at].letter == "m")
        cuts, doubt = _CUTS if opening is None or another else _edge(found[at], before, next_to_ending=at == ending - 1)
        unsure = unsure or doubt
        if cuts or opening is None:
            break
        first, at = opening, opening - 1
    while first < ending and _leads(found[first], next_to_ending=first == ending - 1):
        unsure = unsure or found[first].text in _WORDS["cut_in_doubt"]
        first += 1
    return first, unsure


def _edge(token: Token, before: Token | None, *, next_to_ending: bool) -> Edge:
    """The first of these that meets: parts of names extend; signs and numbers cut; a word extends where a name may stand before it."""
    lead, word = (before.letter, before.text) if before else ("\n", "")
    inside = lead in f"{UNKNOWN})Cm" or (len(word) == 1 and word.isalpha() and word not in _WORDS["cut"])
    if token.letter in _WORDS["parts"] or (token.text in "·・&-+•/" and lead == UNKNOWN):
        return _EXTENDS
    if token.letter == "#" or not token.text.isalnum():
        return _CUTS
    if next_to_ending:
        return _EXTENDS if inside else _CUTS
    if len(token.text) > 1:
        sure = token.letter in _WORDS["surely_cut"] or (len(token.text) > 2 and token.letter not in "PLMk")
        return _CUTS_IN_DOUBT if inside and not sure else _CUTS
    if token.text in _WORDS["cut"] or (token.text in _WORDS["lead"] and (not inside or lead in "Cmz)")):
        doubled = word == token.text or (token.text in "是帮" and lead == UNKNOWN)
        leads = lead in "Cmz)" or lead + token.text in ("(原", "J为", "j为")
        return _CUTS_IN_DOUBT if not leads and (doubled or token.text in _WORDS["cut_in_doubt"]) else _CUTS
    return _EXTENDS_IN_DOUBT if token.text in _WORDS["extend_in_doubt"] and (token.text != "和" or len(word) != 1) else _EXTENDS   # 呼和浩特


def _leads(token: Token, *, next_to_ending: bool) -> bool:
    """Whether the token at the edge is none of the name: a small word, or the kind of an enterprise."""
    if token.letter in f"{UNKNOWN}(Czm)":
        return False
    small = token.text in _WORDS["cut"] or token.text in _WORDS["lead"]
    return token.letter == "g" or (small if len(token.text) == 1 else not next_to_ending)


def _opening(found: list[Token], closing: int) -> int | None:
    """The index of the bracket that opens before `closing`, when what stands between may be a part of a name."""
    match = _WITHIN.search(_shape(found[max(0, closing - 8):closing + 1]))
    return closing + 1 - len(match[0]) if match and found[closing + 1 - len(match[0])].text not in "[{<" else None


def _shape(tokens: list[Token]) -> str:
    """The letters of tokens, "s" for a word of one character."""
    return "".join(token.letter if len(token.text) > 1 or not token.letter.isalpha() else "s" for token in tokens)


def _last(found: list[Token], last: int) -> int:
    """The index where the name ends: behind a branch, a second ending, or its kind in brackets."""
    while (step := _goes_on(found, last)) > last:
        last = step
    return last


def _goes_on(found: list[Token], last: int) -> int:
    """The index where the next part of the name ends, `last` where there is none."""
    rest = found[last + 1:last + 8]
    if not rest or rest[0].start != found[last].end:
        return last
    company = found[last].text in _WORDS["companies"] or found[last].letter == "m"
    if rest[0].letter in "mC" and not (company and rest[0].text in _WORDS["companies"]):
        return last + 1
    if (bracket := _BRACKET.match(_shape(rest))) and rest[1].text not in ("原", "曾"):
        inner = rest[bracket.end(1) - 1]
        if inner.letter in "gm" or (inner.letter == "z" and inner.text != "公司") or (not company and (inner.letter in "zC" or bracket[2])):
            return last + bracket.end()
    return last


def _in_context(found: list[Token], first: int, last: int, name: Found) -> Found:
    """`name` with what the words around it tell: an agent, a former name, a seller of locks stands aside; whom another asks for is the principal."""
    before = [token for token in found[max(0, first - 4):first] if token.letter not in " :"][-2:]
    after = [token for token in found[last + 1:last + 3] if token.letter != " "][:1]
    lead = before[-1] if before else Token("", "", 0, 0)
    if lead.letter == "d" or lead.text in {"帮", "替"}:
        return replace(name, principal=True)
    led_to = (lead.letter == "a" and lead.text != "下属") or lead.text in _WORDS["elsewhere"] or letters_of(before) == "af"
    acts = letters_of(after) == "a" and after[0].text not in _WORDS["with_object"]
    return replace(name, aside=led_to or acts)
