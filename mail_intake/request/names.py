"""The names of enterprises in a text: known ones first, then the run before an organisation's ending, cut at words of other classes.

What could begin in two places is no name but doubt (`unsure`): a person reads it. A known name is one on the papers, the seals or the certificate of
the same submission, or registered for its sender; it is found over spaces, brackets and line ends, with one wrong character.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mail_intake.request.tokens import NAME, UNKNOWN, Folded, Token, fold

_SHORTEST_KNOWN: Final = 4
_SHORTEST_FUZZY: Final = 8
_ALIKE_PERCENT: Final = 80.0
_MOST_KNOWN: Final = 40
_LONGEST_NAME: Final = 60
_LONGEST_INSIDE: Final = 14
_LONG_STEM: Final = 7   # what is so long before 中心 or 局 is a name
_ALWAYS_CUT: Final = frozenset("是给把将被从让您你我叫系係替帮受")
_ALSO_BEGINS: Final = frozenset("我和并原现有特将代新与对因为")   # begins names too (和田, 将军, 原平): where it was cut off, the name is unsure
_LEADS: Final = frozenset("代为原的了在与和及由因并对以向到现请特就也都已该此这那另有于从望烦麻另乃即又而且还再先可能要需想求盼兹")
_MAY_CUT: Final = frozenset("的了在与和及由因并对以向到")
_COMPANY: Final = frozenset({"公司", "有限公司", "有限责任公司", "股份有限公司", "股份公司", "总公司", "责任公司"})
_INTRODUCES: Final = frozenset({"是", "为", "叫", "系", "名称", "全称", "公司全称", "单位全称"})
_SIGNS_INSIDE: Final = frozenset("&,:")
_PLACEHOLDER: Final = re.compile(r"[x*某○〇\s.…_]{1,12}(?:科技|集团)?(?:股份)?(?:有限)?(?:责任)?(?:公司|单位|企业)?")


@dataclass(frozen=True, slots=True)
class Found:
    """A name, as written, and its span in the folded text. `aside`: it is named beside the one that asks; `unsure`: where it begins is not settled."""

    name: str
    start: int
    end: int
    aside: bool = False
    unsure: bool = False
    principal: bool = False


def name_key(name: str) -> str:
    """What two spellings of one name share: folded, without spaces, brackets, dots and line ends."""
    return re.sub(r"[^\w]", "", fold(name).text)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names that differ, each once, in order; short forms of a full name beside it are dropped."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name_key(name), name)
    return tuple(name for key, name in kept.items() if not any(_is_short_for(key, other) for other in kept if other != key))


def _is_short_for(short: str, full: str) -> bool:
    if len(short) >= len(full) or short.endswith(("有限公司", "责任公司", "分公司", "事务所", "合伙")):
        return False
    rest = iter(full)
    return all(character in rest for character in short)


def known_spans(text: Folded, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known names stand in the folded text, the longest first where two overlap."""
    places = [place for place, character in enumerate(text.text) if character.isalnum()]
    squeezed = "".join(text.text[place] for place in places)
    spans: list[tuple[int, int]] = []
    for key in sorted({name_key(name) for name in list(known)[:_MOST_KNOWN]}, key=len, reverse=True):
        for start, end in _occurrences(squeezed, key):
            first, last = places[start], places[end - 1] + 1
            last += text.text.count("(", first, last) > text.text.count(")", first, last) and text.text.startswith(")", last)
            first -= text.text.count(")", first, last) > text.text.count("(", first, last) and text.text.startswith("(", first - 1)
            if all(last <= begin or first >= stop for begin, stop in spans):
                spans.append((first, last))
    return spans


def _occurrences(text: str, key: str) -> list[tuple[int, int]]:
    if len(key) < _SHORTEST_KNOWN:
        return []
    exact = [(match.start(), match.end()) for match in re.finditer(re.escape(key), text)]
    if exact or len(key) < _SHORTEST_FUZZY:
        return exact
    found = fuzz.partial_ratio_alignment(key, text, score_cutoff=_ALIKE_PERCENT)
    if found is None:
        return []
    spans = [(start, end) for start in range(max(0, found.dest_start - 1), found.dest_start + 2) for end in range(found.dest_end - 1, found.dest_end + 2)]
    near = [(start, end) for start, end in spans if end <= len(text) and Levenshtein.distance(key, text[start:end], score_cutoff=1) <= 1]
    return [span for span in near if text[span[1] - 1] == key[-1] and text[span[0]] == key[0]][:1]


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
            if name := _made(found, first, at, last, text, unsure=unsure):
                if names and name.start < names[-1].end:
                    name = replace(name, start=names[-1].start, name=text.cut(names[-1].start, name.end), unsure=names.pop().unsure)
                names.append(_in_context(found, first, last, name))
                at = last
        at += 1
    return _of_principals(names)


def _made(found: list[Token], first: int, ending: int, last: int, text: Folded, *, unsure: bool) -> Found | None:
    stem = "".join(token.text for token in found[first:ending])
    name = text.cut(found[first].start, found[last].end)
    own = len(found[last].text) > 2 or last > ending   # 小学, 商行 need a longer stem
    if len(re.sub(r"\W", "", stem)) < 2 or len(name) > _LONGEST_NAME or _PLACEHOLDER.fullmatch(fold(name).text) or (not own and len(stem) < 2):
        return None
    unsure = unsure or not re.sub(r"\([^()]*\)", "", stem)   # （集团）有限公司 has no beginning
    damaged = "\ufffd" in name or "?" in name or (first and found[first - 1].letter == "?" and found[first - 1].end == found[first].start)
    weak = (found[ending].letter == "z" or found[ending].text == "公司") and last == ending
    if weak:
        follows = found[last + 1].letter if last + 1 < len(found) else "\n"
        if follows == UNKNOWN or not stem:
            return None
        unsure = unsure or len(stem) < 3 or not (_introduced(found, first) or len(stem) >= _LONG_STEM)
    return Found(name, found[first].start, found[last].end, unsure=bool(unsure or damaged))


def _introduced(found: list[Token], first: int) -> bool:
    before = [token for token in found[max(0, first - 3):first] if token.letter != " "]
    return bool(before) and (before[-1].text in _INTRODUCES or before[-1].letter in "Jj")


def _first(found: list[Token], ending: int) -> tuple[int, bool]:
    """The index where the name that ends at `ending` begins, and whether that is unsure."""
    first, at, unsure = ending, ending - 1, False
    while at >= max(0, ending - _LONGEST_NAME) and found[at].end == found[at + 1].start:
        token = found[at]
        before = found[at - 1] if at and found[at - 1].end == token.start else None
        inside = before is not None and (before.letter in (UNKNOWN, ")", "C", "m") or (len(before.text) == 1 and before.text.isalpha() and before.text not in _ALWAYS_CUT))
        if token.letter in "Cm" and (token.text in _COMPANY or token.letter == "m") and found[ending].text in _COMPANY and at < ending - 1:
            break
        if token.letter in (UNKNOWN, "C", "m", "z", "g", "o"):
            first = at
        elif token.letter == ")":
            opening = _opening(found, at)
            if opening is None:
                break
            first = at = opening
        elif token.letter in _SIGNS_INSIDE and before is not None and before.letter == UNKNOWN and found[at + 1].letter == UNKNOWN and token.text in "·・&-+•/":
            first = at
        elif token.letter == "#" or not any(character.isalnum() for character in token.text):
            break
        elif at == ending - 1:
            if before is None or before.letter != UNKNOWN:
                first = at if before is not None and inside else first
                if not inside:
                    break
            first = at
        elif len(token.text) == 1:
            if token.text in _ALWAYS_CUT or (token.text in _LEADS and (not inside or (before is not None and before.letter in "Cmz)"))):
                doubled = before is not None and before.text == token.text
                behind_name = before is not None and (before.letter in "Cmz)" or (token.text in "原曾" and before.letter == "(") or (token.text == "为" and before.letter in "jJf" and len(before.text) > 1))
                unsure = unsure or (not behind_name and (token.text in _ALSO_BEGINS or doubled)) or (token.text == "是" and before is not None and before.letter == UNKNOWN)
                break
            unsure = unsure or (token.text in _MAY_CUT and not (token.text == "和" and before is not None and len(before.text) == 1))   # 呼和浩特 is one, 张三和北京… is not
            first = at
        else:
            unsure = unsure or (inside and not _certainly_cut(token))
            break
        at -= 1
    while first < ending and found[first].letter not in (UNKNOWN, "(", "C", "z", "m", ")"):
        if (len(found[first].text) > 1 and first == ending - 1) or (len(found[first].text) == 1 and found[first].text not in _LEADS | _ALWAYS_CUT):
            break
        unsure = unsure or found[first].text in _ALSO_BEGINS
        first += 1
    while first < ending and found[first].letter == "g":
        first += 1
    return first, unsure


def _certainly_cut(token: Token) -> bool:
    return token.letter in "WjJaoSvf" or (len(token.text) > 2 and token.letter not in "PLMk")


def _opening(found: list[Token], closing: int) -> int | None:
    """The index of the bracket that opens before `closing`, when what stands between may be a part of a name."""
    for at in range(closing - 1, max(-1, closing - 8), -1):
        if found[at].letter == "(":
            inner = found[at + 1:closing]
            short = sum(len(token.text) for token in inner) <= _LONGEST_INSIDE
            return at if inner and short and all(token.letter in (UNKNOWN, "C", "m", "g", "z") or len(token.text) == 1 for token in inner) else None
        if found[at].letter in "\n;,:":
            return None
    return None


def _last(found: list[Token], ending: int) -> int:
    """The index where the name ends: behind a branch, a second ending, or its kind in brackets."""
    last = ending
    while True:
        step = _goes_on(found, last)
        if step == last:
            return last
        last = step


def _goes_on(found: list[Token], last: int) -> int:
    rest = found[last + 1:last + 8]
    letters = "".join(token.letter if len(token.text) > 1 or not token.letter.isalpha() else "s" for token in rest)
    touching = bool(rest) and rest[0].start == found[last].end
    if not touching:
        return last
    company = found[last].text in _COMPANY or found[last].letter == "m"
    if letters[:1] in ("m", "C") and not (company and letters[:1] == "C" and rest[0].text in _COMPANY):
        return last + 1
    if match := re.match(r"[.s]{1,3}(?=m|C|z)", letters):
        inner = "".join(token.text for token in rest[:match.end()])
        second = rest[match.end()]
        short = len(inner) <= (10 if second.letter == "m" else 6) and not any(character in _ALWAYS_CUT or character in "的和与及因申现请需为" for character in inner)
        if short and (second.letter == "m" or (not (company and (second.text in _COMPANY or second.letter == "C")) and second.letter != "z") or (second.letter == "z" and second.text != "公司")):
            return last + match.end() + 1
    if match := re.match(r"\(([.smCgz]{1,4})\)([.s]{0,2}C)?", letters):
        within = rest[1:match.end(1)]
        if within[0].text in ("原", "曾"):
            return last
        if within[-1].letter in "g" or (within[-1].letter in "mCz" and not company) or (match[2] and not company) or (within[-1].letter in "mz" and within[-1].text != "公司" and within[0].text not in "原曾"):
            return last + match.end()
    return last


def _in_context(found: list[Token], first: int, last: int, name: Found) -> Found:
    """`name` with what the words around it tell: an agent, a former name, a seller of locks stands aside; whom another asks for is the principal."""
    before = [token for token in found[max(0, first - 4):first] if token.letter not in " :"]
    after = [token for token in found[last + 1:last + 4] if token.letter != " "]
    lead = before[-1] if before else None
    aside = lead is not None and ((lead.letter == "a" and lead.text != "下属") or lead.text in {"在", "向", "从"} or (len(before) > 1 and before[-2].letter == "a" and lead.letter == "f"))
    aside = aside or bool(after and (after[0].letter == "a" and after[0].text not in {"委托", "授权", "现委托", "特委托", "中标了", "参加"}))
    if len(after) > 1 and after[0].text == "的" and after[1].letter == UNKNOWN and after[1].text.startswith(("项目", "工程", "标段", "招标", "采购", "食堂")):
        aside = True
    principal = lead is not None and (lead.letter == "d" or lead.text in {"帮", "替"})
    return replace(name, aside=aside and not principal, principal=principal)


def _of_principals(names: list[Found]) -> list[Found]:
    for place in range(1, len(names)):
        if names[place - 1].principal and names[place].start - names[place - 1].end == 1:   # 受甲公司和乙公司委托
            names[place] = replace(names[place], principal=True)
    if any(name.principal for name in names):
        return [name if name.principal else replace(name, aside=True) for name in names]
    return names
