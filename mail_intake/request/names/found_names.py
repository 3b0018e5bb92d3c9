"""The names of enterprises in a text: known ones, and the run before an organisation's ending, cut
at words of other classes.

What could begin in two places is no name but doubt (`unsure`), and so is a run of common words.
"""

from dataclasses import dataclass
from itertools import pairwise
from string import printable
from typing import NamedTuple

from mail_intake.request.classes import Word
from mail_intake.request.grammar import SETS, WORDS, has, only, shape
from mail_intake.request.names.name_context import (
    Context,
    context_of,
    is_introduced,
    tokens_before,
)
from mail_intake.request.names.name_edges import NAME_LABELS, edge, is_common, own_part
from mail_intake.request.tokens import NOTHING, SHAPES, Folded, Token, codes_of, text_of

LONGEST_NAME = 120
_LONG_STEM = 7
_SHORT_PLACED = 4  # 北京某某: a place and two characters
_MOST_WORDS = 2  # from a place to a word that cuts
_WORDS = WORDS["names"]
_COMPANIES = _WORDS["companies"]
_FULL = _COMPANIES - _WORDS["plain_company"]
_PLACES = tuple(_WORDS["places"])
_WITH_ACCOUNT = tuple(_WORDS["branch_with_account"])
_NO_PLACE = _WORDS["cut"] | _WORDS["extend_in_doubt"]
_LEADS = _WORDS["we"] | _WORDS["about"] | _WORDS["introduce"] | _WORDS["asked_for"]
_GAPS = Word.SPACE + Word.LINE_END
_ENDINGS = Word.ENDING + Word.WEAK_ENDING


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


def names_in(found: list[Token], text: Folded) -> list[FoundName]:
    """The names in the tokens, in order."""
    apart = [
        one._replace(code=Word.SPACE) if one.text in _WORDS["quotes"] else one for one in found
    ]
    names = _Names(apart, text).read()
    if any(name.principal for name in names):
        return [name._replace(secondary=not (name.principal or name.asks_too)) for name in names]
    return names


def _placed(name: FoundName, context: Context) -> FoundName:
    """`name` with what the words around it tell too."""
    return name._replace(
        secondary=name.secondary or context.secondary,
        principal=name.principal or context.principal,
        asks_too=context.asks_too,
    )


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
        return names or [
            FoundName("", token.end, token.end, unsure=True)
            for at, token in enumerate(self.found)
            if self._may_be_name(at)
        ]

    def _may_be_name(self, at: int) -> bool:
        """Whether a long word that no lexicon knows stands before a request or alone in its line:
        北京大槐树申请解绑."""
        token, behind = self.found[at], codes_of(self.found[at + 1 : at + 2])
        least = _SHORT_PLACED if token.text.startswith(_PLACES) else _LONG_STEM
        is_long = len(token.text) >= least and not has(token.text, printable)
        begins = not text_of(tokens_before(self.found, at, 1)).isalnum()
        ends = not behind or has(behind, SETS["behind_phrase"])
        return token.code == Word.UNKNOWN and is_long and begins and ends

    def _known(self, at: int) -> FoundName:
        """A known name. 北京 before it, or 第三分公司 behind it, makes it another."""
        token = self.found[at]
        start, end = token.start, self.found[_last(self.found, at)].end
        led = shape("led").search(codes_of(tokens_before(self.found, at, 2))) is not None
        name = FoundName(self.text.cut(start, end), start, end, unsure=led or end > token.end)
        return _placed(name, context_of(self.found, at, at))

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
        of_name = shape("before_branch").search(_edge_codes(tokens_before(self.found, at, 3)))
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
        has_account = is_branch and self.found[at].text.endswith(_WITH_ACCOUNT)
        before = codes_of(tokens_before(self.found, first, 3))
        # 甲有限公司乙分公司、丙分公司
        listed = has_account and shape("further_branch").search(before) is not None
        listed = listed and not self._is_part_of_branch(names, first, at)
        may_follow = is_branch and bool(names) and not listed
        follows = may_follow and self._follows(names[-1], name, first, last)
        joined = bool(names) and (follows or name.start < names[-1].end)  # 甲有限公司乙分店 is one
        if joined:
            name = self._with_branch(names.pop(), name, first)
        # 受甲公司和乙公司委托
        with_client = bool(names) and names[-1].principal and name.start - names[-1].end == 1
        context = context_of(self.found, first, last)
        name = _placed(name, context)
        inner = codes_of(self.found[first:at])
        # 我公司北京办事处
        apart = is_branch and not (joined or listed or has(inner, _ENDINGS))
        # 甲有限公司的锁在用，北京分公司的锁要解绑
        if names and not joined and (listed or (apart and has_account and context.asks)):
            name = name._replace(name=names[-1].name + name.name, unsure=True)
        names.append(
            name._replace(
                principal=name.principal or with_client,
                secondary=name.secondary or apart,
                unsure=name.unsure or (context.of_tender and not _is_company(self.found[last])),
            )
        )
        return last

    def _is_part_of_branch(self, names: list[FoundName], first: int, at: int) -> bool:
        """Whether 浦东支行 stands behind 上海分行, not behind another 支行, a gap between."""
        kind = self.found[at].text
        gap = has(codes_of(tokens_before(self.found, first, 1)), _GAPS)
        is_part = gap and kind in _WORDS["part_of_branch"]
        return is_part and bool(names) and not names[-1].name.endswith(kind)

    def _follows(self, company: FoundName, branch: FoundName, first: int, last: int) -> bool:
        """Whether a branch stands behind its company, at most a blank or a line end between, which
        speaks of nothing of its own (的)."""
        gap = has(codes_of(tokens_before(self.found, first, 1)), _GAPS)
        owns = gap and text_of(self.found[last + 1 : last + 2]) in _WORDS["extend_in_doubt"]
        return branch.start == company.end + gap and not owns

    def _with_branch(self, part: FoundName, branch: FoundName, first: int) -> FoundName:
        """The name of a company and of its branch as one."""
        of_known = has(codes_of(tokens_before(self.found, first, 2)), Word.NAME)
        unsure = branch.unsure if part.start == branch.start else part.unsure or of_known
        whole = self.text.cut(part.start, branch.end)
        return part._replace(name=whole, end=branch.end, unsure=unsure)


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
    behind = text_of(found[last + 1 : last + 4])
    company = _is_company(found[last])
    in_other = not company and SHAPES["part_or_address_behind"].match(behind) is not None
    goes_on = codes_of(found[last + 1 : last + 2]) == Word.UNKNOWN
    too_short = sum(character.isalnum() for character in stem) < 2
    refused = only(codes_of(found[first:ending]), Word.REFUSE)  # 是分公司不是总公司
    if len(name) > LONGEST_NAME or too_short or refused or (weak and goes_on):
        return None
    if SHAPES["unfilled"].fullmatch(text.text, start, end):
        return None
    damaged = has("\ufffd?", name + text.cut(found[max(first - 1, 0)].start, start))
    own, introduced = own_part(found[first:ending]), is_introduced(found, first)
    if weak:
        authority = found[ending].text in _WORDS["authority"] and SHAPES["of_place"].match(stem)
        of_place = bool(authority) and only(codes_of(found[first:ending]), Word.UNKNOWN)
        telling = introduced or of_place or len(stem) >= _LONG_STEM
        unsure = unsure or len(stem) < 3 or not telling
    if company and len(own) < 2 and not introduced:  # 给力供应链: the word before it cut it in two
        unsure = unsure or text_of(tokens_before(found, first, 1)).isalnum()
    # 偶尔也替博物馆做展陈
    may_run_on = found[ending].text not in _FULL and not stem.startswith(_PLACES)
    runs_on = may_run_on and SHAPES["in_a_sentence"].search(stem) is not None
    doubtful = unsure or damaged or in_other or runs_on or is_common(own, of_company=company)
    return FoundName(name, start, end, unsure=doubtful)


def _first(found: list[Token], ending: int) -> tuple[int, bool]:
    """The index where the name that ends at `ending` begins, and whether that is unsure."""
    if (line := _begin_of_line(found, ending)) < ending:
        return line, False
    first, unsure, over_gap = ending, False, False
    earliest = found[ending].end - LONGEST_NAME
    while first > 0 and found[first].start >= earliest:
        at, opening = first - 1, _opening(found, first)
        if _is_gap(found, at, first, ending):  # 北京晨曦 建设工程有限公司
            first, over_gap = at, True
            continue
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
    behind_other = text_of(tokens_before(found, first, 1)) in _WORDS["plain_company"]
    # 湖南省烟草公司怀化市公司
    unsure = unsure or (behind_other and not has(found[ending].text, _WORDS["full"]))
    return first, unsure or (over_gap and not _begins_with_place(found, first))


def _begins_with_place(found: list[Token], first: int) -> bool:
    """Whether a place begins there that is none of an address."""
    in_address = has(codes_of(tokens_before(found, first, 2)), Word.OTHER_LABEL)
    return text_of(found[first : first + 2]).startswith(_PLACES) and not in_address


def _is_gap(found: list[Token], at: int, first: int, ending: int) -> bool:
    """Whether a company's name goes on before the blank or line end there: what stands behind it is
    a trade alone, or a place stands before a name that has blanks already."""
    if found[at].code not in _GAPS or found[ending].text not in _COMPANIES or not at:
        return False
    before = found[at - 1]
    has_gap = has(codes_of(found[first:ending]), _GAPS)
    of_place = has_gap and before.text.rstrip("省市") in _PLACES
    return before.code == Word.UNKNOWN and (of_place or not own_part(found[first:ending]))


def _is_between_signs(found: list[Token], first: int, ending: int) -> bool:
    """Whether a company's name stands between signs, or before a request, and holds no other
    words than those that trades have too."""
    before, after = found[max(first - 1, 0) : first], found[ending + 1 : ending + 2]
    led = text_of(before) in _WORDS["introduce"]
    asks = has(codes_of(after), SETS["behind_lone_name"])
    return (
        found[ending].text in _COMPANIES
        and (led or not text_of(before).isalnum())
        and (asks or not text_of(after).isalnum())
        and only(codes_of(_without_small_words(found[first:ending])), SETS["in_lone_name"])
    )


def _without_small_words(stem: list[Token]) -> list[Token]:
    """The words of a name without those of one character, but for one that leads to another name:
    北京由你智造 is one name, 北京替瑞祥 and 北京和上海 may be two."""
    return [
        word
        for word, behind in pairwise([*stem, NOTHING])
        if len(word.text) > 1 or word.text in _WORDS["for_whom"] or behind.text.startswith(_PLACES)
    ]


def _begin_of_line(found: list[Token], ending: int) -> int:
    """The index where the line begins that a company's name fills, from a place or from a word of
    one character: 北京与山同行文旅有限公司, 和顺一家餐饮有限公司. Else `ending`."""
    ends = text_of(found[ending + 1 : ending + 2]) in ("", "\n")
    first = ending
    while first and found[first - 1].code not in Word.LINE_END + Word.STOP:
        first -= 1
    word, inner = found[first], _without_small_words(found[first + 1 : ending])
    placed = word.text.startswith(_PLACES)
    small = word.text in _WORDS["begins_name"] and len(inner) > 0
    fits = only(codes_of(inner), SETS["in_lone_line"])
    is_company = found[ending].text in _COMPANIES
    return first if ends and is_company and (placed or small) and fits else ending


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
    within = shape("within_brackets").search(_edge_codes(tokens_before(found, first, 9)))
    if within and found[first - len(within[0])].text not in "[{<":
        return first - len(within[0])
    return first


def _is_other_company(found: list[Token], at: int, ending: int) -> bool:
    """Two endings of companies are two names."""
    is_company = found[at].text in _COMPANIES or found[at].code == Word.BRANCH
    return at < ending - 1 and found[ending].text in _COMPANIES and is_company


def _edge_before(found: list[Token], at: int, before: Token, ending: int) -> tuple[bool, bool]:
    behind = text_of(found[at + 1 : at + 3])  # 上, 海
    if _parts_from_place(found[at], before, behind):
        return True, False
    if found[at].text == " " and found[at].code == Word.FILLER:  # between Latin letters
        return before.code != Word.UNKNOWN, False
    word = found[at].text
    by_dash = before.text in _WORDS["dashes"] or behind[:1] in _WORDS["dashes"]
    if word.isascii() and word.isalpha() and by_dash:  # K-one机器人
        return False, False
    if found[at].text in _WORDS["dashes"]:  # 晨曦建设-北京晨曦建设有限公司
        beside = before.text[-1:], behind[:1]
        latin = any(one.isascii() and one.isalnum() for one in beside)
        return not latin, not latin and not behind.startswith(_PLACES)
    is_company = found[ending].text in _COMPANIES
    # …培训服务有限公司, …咨询（北京）有限公司
    if is_company and shape("trade").fullmatch(codes_of(found[at:ending])):
        return False, False
    return edge(found[at], before, next_to_ending=at == ending - 1)


def _parts_from_place(word: Token, before: Token, behind: str) -> bool:
    """Whether a word of one character is no part of the name, because a place begins behind it:
    上午前为北京…, 咱北京…. In 上海南方… the place begins before."""
    if not behind.startswith(_PLACES) or (word.text + behind).startswith(_PLACES):
        return False
    is_small = len(word.text) == 1 and word.text.isalpha() and word.code != Word.UNKNOWN
    at_start = before.code not in Word.UNKNOWN + Word.CLOSING
    parts = is_small and at_start and word.text not in _WORDS["of_a_kind"]
    return parts or word.text in _WORDS["before_place"]


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
