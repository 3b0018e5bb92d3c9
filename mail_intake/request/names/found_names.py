"""The names of enterprises in a text: known ones first, then the run before an organisation's
ending, cut at words of other classes.

What could begin in two places is no name but doubt (`unsure`). A known name is found over spaces,
brackets and line ends, with one wrong character.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mail_intake.request.classes import Word
from mail_intake.request.grammar import SETS, TEXT, WORDS, has, only, shape
from mail_intake.request.names.name_edges import NAME_LABELS, edge
from mail_intake.request.tokens import (
    NOTHING,
    SHAPES,
    Folded,
    Token,
    codes_of,
    fold_character,
    text_of,
)

_SHORTEST_KNOWN = 4  # characters of a known name that is looked for,
_SHORTEST_FUZZY = 8  # of one that is looked for with a wrong character,
_SHORTEST_SHORT = 2  # and of a short form
_MOST_KNOWN = 40
_ALIKE_PERCENT = 80.0
LONGEST_NAME = 120
_LONG_STEM = 7
_MOST_WORDS = 2  # from a place to a word that cuts
_WORDS = WORDS["names"]
_COMPANIES = _WORDS["companies"]
_PLACES = tuple(_WORDS["places"])
_NO_PLACE = _WORDS["cut"] | _WORDS["extend_in_doubt"]
_LEADS = _WORDS["we"] | _WORDS["about"] | _WORDS["introduce"] | _WORDS["asked_for"]
_ENDINGS = Word.ENDING + Word.WEAK_ENDING
_BLANK = Word.SPACE + Word.COLON


class FoundName(NamedTuple):
    """A name, as written, and its span in the folded text.

    `secondary`: it is named beside the one that asks. `unsure`: where it begins is not settled.
    `principal`: another asks for it. `asks_too`: 也 stands behind it.
    """

    name: str
    start: int
    end: int
    secondary: bool = False
    unsure: bool = False
    principal: bool = False
    asks_too: bool = False


def name_key(name: str) -> str:
    """The key of all spellings of a name: folded, without spaces, brackets, dots, line ends."""
    return "".join([one for one in map(fold_character, name) if one.isalnum()])


def known_spans(text: Folded, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known names stand in the folded text, the longest first where two overlap."""
    places = [place for place, character in enumerate(text.text) if character.isalnum()]
    squeezed = "".join(text.text[place] for place in places)
    keys = set(map(name_key, list(known)[:_MOST_KNOWN]))
    spans: list[tuple[int, int]] = []
    long_enough = (key for key in keys if len(key) >= _SHORTEST_KNOWN)
    for key in sorted(long_enough, key=len, reverse=True):
        found = [match.span() for match in re.finditer(re.escape(key), squeezed)]
        for start, end in found or _alike(squeezed, key):
            first, last = places[start], places[end - 1] + 1
            opened = text.text.count("(", first, last) > text.text.count(")", first, last)
            last += opened and text.text.startswith(")", last)
            if all(last <= begin or first >= stop for begin, stop in spans):
                spans.append((first, last))
    return spans


def _alike(text: str, key: str) -> list[tuple[int, int]]:
    """One place where the name stands with one wrong, missing or needless character inside."""
    if len(key) < _SHORTEST_FUZZY:
        return []
    found = fuzz.partial_ratio_alignment(key, text, score_cutoff=_ALIKE_PERCENT)
    if not found:
        return []
    for left, right in product((0, -1, 1), repeat=2):
        start, end = found.dest_start + left, found.dest_end + right
        if start < 0 or end > len(text):
            continue
        same_edges = text[start : start + 1] == key[0] and text[end - 1 : end] == key[-1]
        if same_edges and Levenshtein.distance(key, text[start:end]) <= 1:
            return [(start, end)]
    return []


def short_spans(found: list[Token], whole: str) -> Iterator[tuple[int, int]]:
    """Where runs of tokens stand that are a part of one of the names in `whole` (their keys) and
    hold a word of no other meaning."""
    end = 0
    for at in range(len(found)):
        if at < end:
            continue
        end, text = at, ""
        while end < len(found) and found[end].text.isalnum() and text + found[end].text in whole:
            text += found[end].text
            end += 1
        if len(text) >= _SHORTEST_SHORT and Word.UNKNOWN in codes_of(found[at:end]):
            yield found[at].start, found[end - 1].end


def names_in(found: list[Token], text: Folded) -> list[FoundName]:
    """The names in the tokens, in order."""
    apart = [
        one._replace(code=Word.SPACE) if one.text in _WORDS["quotes"] else one for one in found
    ]
    names = _Names(apart, text).read()
    if any(name.principal for name in names):
        return [name._replace(secondary=not (name.principal or name.asks_too)) for name in names]
    return names


def _before(found: list[Token], at: int, most: int) -> list[Token]:
    """The last tokens before the one at `at`."""
    return found[max(at - most, 0) : at]


@dataclass(frozen=True)
class _Names:
    """Reads the names of one text."""

    found: list[Token]
    text: Folded

    def read(self) -> list[FoundName]:
        names, at = list[FoundName](), 0
        while at < len(self.found):
            token = self.found[at]
            if token.code == Word.NAME:
                names.append(self._known(at))
            elif self._leads_to_name(at):
                names.append(FoundName("", token.end, token.end, unsure=True))
            elif self._ends_name(at):
                at = self._add_ended(names, at)
            at += 1
        return names

    def _known(self, at: int) -> FoundName:
        """A known name. 北京 before it, or 第三分公司 behind it, makes it another."""
        token = self.found[at]
        start, end = token.start, self.found[_last(self.found, at)].end
        led = shape("led").search(codes_of(_before(self.found, at, 2))) is not None
        name = FoundName(self.text.cut(start, end), start, end, unsure=led or end > token.end)
        return _in_context(self.found, at, at, name)

    def _leads_to_name(self, at: int) -> bool:
        """Whether a name without an ending stands behind 我公司是."""
        if self.found[at].text not in _WORDS["we_are"]:
            return False
        return shape("short_name").match(codes_of(self.found[at + 1 : at + 5])) is not None

    def _ends_name(self, at: int) -> bool:
        """Whether an organisation's ending stands there."""
        token = self.found[at]
        if token.code in _ENDINGS or token.text in _WORDS["plain_company"]:
            return True
        if token.code != Word.BRANCH:
            return False
        of_name = shape("before_branch").search(_edge_codes(_before(self.found, at, 2)))
        # 成都分公司, 大同分公司
        return of_name is not None and self.found[at - 1].text not in _NO_PLACE

    def _add_ended(self, names: list[FoundName], at: int) -> int:
        """Adds the name that ends there; the index of its last token, or `at` where it is none."""
        last = _last(self.found, at)
        first, unsure = _first(self.found, at)
        name = _whole(self.found, (first, at, last), self.text, unsure=unsure)
        if not name:
            return at
        is_branch = self.found[at].code == Word.BRANCH
        of_known = is_branch and bool(names) and name.start == names[-1].end
        if names and (of_known or name.start < names[-1].end):  # 甲有限公司乙分店 is one
            part = names.pop()
            doubt = name.unsure if part.start == name.start else part.unsure or of_known
            whole = self.text.cut(part.start, name.end)
            name = FoundName(whole, part.start, name.end, unsure=doubt)
        # 受甲公司和乙公司委托
        with_client = bool(names) and names[-1].principal and name.start - names[-1].end == 1
        name = _in_context(self.found, first, last, name)
        apart = is_branch and not has(codes_of(self.found[first:at]), _ENDINGS)  # 我公司北京办事处
        principal, secondary = name.principal or with_client, name.secondary or apart
        names.append(name._replace(principal=principal, secondary=secondary))
        return last


def _whole(
    found: list[Token], indices: tuple[int, int, int], text: Folded, *, unsure: bool
) -> FoundName | None:
    """The name of the tokens first, ending, last; None for a mere ending or a placeholder."""
    first, ending, last = indices
    stem = text_of(found[first:ending])
    start, end = found[first].start, found[last].end
    name = text.cut(start, end)
    is_plain = found[ending].text in _WORDS["plain_company"]
    # wants more to show
    weak = last == ending and (found[ending].code == Word.WEAK_ENDING or is_plain)
    goes_on = codes_of(found[last + 1 : last + 2]) == Word.UNKNOWN
    too_short = sum(character.isalnum() for character in stem) < 2
    refused = only(codes_of(found[first:ending]), Word.REFUSE)  # 是分公司不是总公司
    if len(name) > LONGEST_NAME or too_short or refused or (weak and goes_on):
        return None
    if SHAPES["unfilled"].fullmatch(text.text, start, end):
        return None
    damaged = has("\ufffd?", name + text.cut(found[max(first - 1, 0)].start, start))
    if weak:
        introduced = _is_introduced(found, first)
        unsure = unsure or len(stem) < 3 or not (introduced or len(stem) >= _LONG_STEM)
    in_brackets = stem[0] == "(" and stem[-1] == ")"
    return FoundName(name, start, end, unsure=unsure or damaged or in_brackets)


def _is_introduced(found: list[Token], first: int) -> bool:
    """Whether a word or a label leads to the name."""
    before = (token for token in reversed(_before(found, first, 3)))
    lead = next((token for token in before if token.code != Word.SPACE), None)
    if lead is None:
        return False
    return lead.text in _WORDS["introduce"] or lead.code in NAME_LABELS


def _first(found: list[Token], ending: int) -> tuple[int, bool]:
    """The index where the name that ends at `ending` begins, and whether that is unsure."""
    first, unsure = ending, False
    earliest = found[ending].end - LONGEST_NAME
    while first > 0 and found[first].start >= earliest:
        at, opening = first - 1, _opening(found, first)
        if opening == first or _is_other_company(found, at, ending):
            break
        before = found[at - 1] if at else NOTHING
        cuts, in_doubt = _edge_before(found, at, before, ending)
        # 我公司北京瑾和…: what follows is its name
        led = cuts and (found[at].code in NAME_LABELS or found[at].text in _WORDS["we"])
        unsure = unsure or (in_doubt and not led)
        if cuts:
            of_branch = has(codes_of(found[first:ending]), _ENDINGS)  # 甲招标代理有限公司北京分公司
            place = at if of_branch else _place_before(found, at)
            if place < at:  # 北京取消烦恼文化…: the word that cuts may be a part of the name
                return place, not _is_between_signs(found, place, ending)
            break
        first = opening
    # a kind of enterprise, or whom the mail addresses (贵司), before the name
    while first < ending - 1 and found[first].code in Word.ENTITY_KIND + Word.CENTRE:
        first += 1
    return first, unsure


def _is_between_signs(found: list[Token], first: int, ending: int) -> bool:
    """Whether a company's name stands between signs, or before a request, and holds no other
    words than those that trades have too."""
    before, after = found[max(first - 1, 0) : first], found[ending + 1 : ending + 2]
    asks = has(codes_of(after), SETS["behind_lone_name"])
    return (
        found[ending].text in _COMPANIES
        and not text_of(before).isalnum()
        and (asks or not text_of(after).isalnum())
        and only(codes_of(found[first:ending]), SETS["in_lone_name"])
    )


def _place_before(found: list[Token], at: int) -> int:
    """The index of a place closely before the token `at`, at the beginning of a phrase; else `at`,
    as where a sign stands there or between. In 向广东省申请 it begins no name."""
    for index in range(at, max(-1, at - 1 - _MOST_WORDS), -1):
        place, before = found[index], found[index - 1] if index else NOTHING
        if not place.text.isalnum() or place.code in Word.NAME + _ENDINGS + Word.BRANCH:
            break
        if place.text.startswith(_PLACES):
            begins = not before.text.isalnum()
            led = before.code in NAME_LABELS or before.text in _LEADS
            return index if begins or led else at
    return at


def _opening(found: list[Token], first: int) -> int:
    """Where the token before `first` begins; the bracket it closes may be a part of the name.

    `first` where it is none.
    """
    if found[first - 1].code != Word.CLOSING:
        return first - 1
    within = shape("within_brackets").search(_edge_codes(_before(found, first, 9)))
    if within and found[first - len(within[0])].text not in "[{<":
        return first - len(within[0])
    return first


def _is_other_company(found: list[Token], at: int, ending: int) -> bool:
    """Two endings of companies are two names."""
    is_company = found[at].text in _COMPANIES or found[at].code == Word.BRANCH
    return at < ending - 1 and found[ending].text in _COMPANIES and is_company


def _edge_before(found: list[Token], at: int, before: Token, ending: int) -> tuple[bool, bool]:
    if found[at].text in _WORDS["before_place"] and found[at + 1].text.startswith(_PLACES):
        return True, False  # 上午前为北京…
    is_company = found[ending].text in _COMPANIES
    if is_company and only(codes_of(found[at:ending]), SETS["name_nouns"]):  # …培训服务有限公司
        return False, False
    return edge(found[at], before, next_to_ending=at == ending - 1)


def _edge_codes(tokens: list[Token]) -> str:
    """The codes of tokens, one for any word of one character."""
    return "".join(_edge_code(token) for token in tokens)


def _edge_code(token: Token) -> str:
    is_sign = token.code in SETS["sign"]
    return token.code if len(token.text) > 1 or is_sign else Word.ONE_CHARACTER


def _last(found: list[Token], last: int) -> int:
    """The index where the name ends: behind a branch, a second ending, or its kind in brackets."""
    begin = found[last].start
    while (further := _further(found, last)) > last and found[last].end - begin <= LONGEST_NAME:
        last = further
    return last


def _further(found: list[Token], last: int) -> int:
    """The index of the next one of these behind the ending `last`; else `last`."""
    rest = found[last + 1 : last + 8]
    if not rest:
        return last
    company = _is_company(found[last])
    if rest[0].code in Word.BRANCH + Word.ENDING:
        other = rest[0].text in _COMPANIES | _WORDS["department"]
        if not (company and other):
            return last + 1
    bracket = shape("after_ending").match(_edge_codes(rest))
    if not bracket or rest[1].text in _WORDS["former"]:
        return last
    inner = rest[bracket.end(1) - 1]
    weak = inner.code == Word.WEAK_ENDING and inner.text not in _WORDS["plain_company"]
    kind = inner.code in Word.ENTITY_KIND + Word.BRANCH or weak
    # 溪山琴馆（北京溪山琴馆文化有限公司）: a company in brackets is a name of its own
    organisation = inner.code in _ENDINGS and inner.text not in _COMPANIES
    if kind or (not company and (organisation or bracket[2])):
        return last + bracket.end()
    return last


def _is_company(token: Token) -> bool:
    """Whether a token ends the name of a company."""
    names_one = token.code == Word.NAME and token.text.endswith(tuple(_COMPANIES))
    return names_one or token.code == Word.BRANCH or token.text in _COMPANIES


def _in_context(found: list[Token], first: int, last: int, name: FoundName) -> FoundName:
    """`name` with what the words around it tell: an agent, a former name, a slip, a seller of locks
    is secondary; whom another asks for is the principal."""
    before = [one for one in _before(found, first, 4) if one.code not in _BLANK][-2:]
    after = [token for token in found[last + 1 : last + 3] if token.code != Word.SPACE][:1]
    lead = before[-1] if before else NOTHING
    # 甲公司（委托人）申请解绑
    marked = codes_of(found[last + 1 : last + 4]) == Word.OPENING + Word.PRINCIPAL + Word.CLOSING
    led = codes_of(before).rstrip(Word.OPENING).endswith(Word.PRINCIPAL)  # 委托人（甲公司）
    principal = marked or led or lead.text in _WORDS["asked_for"]
    beside = lead.code == Word.SECONDARY and lead.text not in _WORDS["member"]
    beside |= lead.text in _WORDS["elsewhere"] or codes_of(before) == Word.SECONDARY + Word.FILLER
    former = lead.text in _WORDS["former"] and codes_of(before)[:1] == Word.OPENING
    acts = codes_of(after) in (Word.SECONDARY, Word.RENAMED, Word.SLIP)
    acts = acts and after[0].text not in _WORDS["with_object"]
    secondary = not principal and (beside or former or acts)
    asks_too = text_of(after).startswith(TEXT["also"])
    return name._replace(principal=principal, secondary=secondary, asks_too=asks_too)
