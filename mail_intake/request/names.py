"""The names of enterprises in a text: known ones first, then the run before an organisation's
ending, cut at words of other classes. What could begin in two places is no name but doubt
(`unsure`). A known name is found over spaces, brackets and line ends, with one wrong character."""

import re
from collections.abc import Collection, Iterator
from itertools import product
from typing import Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mail_intake.request.grammar import LETTERS, WORDS, has, only, shape
from mail_intake.request.tokens import Folded, Token, Word, fold_character, letters_of, text_of

(
    _SHORTEST_KNOWN,
    _SHORTEST_FUZZY,
    _SHORTEST_SHORT,
    _MOST_KNOWN,
    _ALIKE_PERCENT,
    _LONGEST_NAME,
    _LONG_STEM,
) = 4, 8, 2, 40, 80.0, 60, 7
_WORDS: Final = WORDS["names"]
_COMPANIES, _SMALL, _NO_PLACE = (
    _WORDS["companies"],
    _WORDS["cut"] | _WORDS["lead"],
    _WORDS["cut"] | _WORDS["extend_in_doubt"],
)
_ENDINGS, _NAME_LABELS = Word.ENDING + Word.WEAK_ENDING, Word.NAME_LABEL + Word.WEAK_NAME_LABEL


class FoundName(NamedTuple):
    """A name, as written, and its span in the folded text.

    `secondary`: it is named beside the one that asks; `unsure`: where it begins is not settled.
    """

    name: str
    start: int
    end: int
    secondary: bool = False
    unsure: bool = False
    principal: bool = False  # another asks for it


def name_key(name: str) -> str:
    """What two spellings of one name share: folded, without spaces,
    brackets, dots and line ends."""
    return "".join([one for one in map(fold_character, name) if one.isalnum()])


def known_spans(text: Folded, known: Collection[str]) -> list[tuple[int, int]]:
    """Where the known names stand in the folded text, the longest first where two overlap."""
    places = [place for place, character in enumerate(text.text) if character.isalnum()]
    squeezed = "".join(text.text[place] for place in places)
    spans: list[tuple[int, int]] = []
    for key in sorted(
        {
            key
            for name in list(known)[:_MOST_KNOWN]
            if len(key := name_key(name)) >= _SHORTEST_KNOWN
        },
        key=len,
        reverse=True,
    ):
        for start, end in [
            match.span() for match in re.finditer(re.escape(key), squeezed)
        ] or _alike(squeezed, key):
            first, last = places[start], places[end - 1] + 1
            last += text.text.count("(", first, last) > text.text.count(
                ")", first, last
            ) and text.text.startswith(")", last)
            if all(last <= begin or first >= stop for begin, stop in spans):
                spans.append((first, last))
    return spans


def _alike(text: str, key: str) -> list[tuple[int, int]]:
    """One place where the name stands with one wrong, missing or needless character inside."""
    found = (
        fuzz.partial_ratio_alignment(key, text, score_cutoff=_ALIKE_PERCENT)
        if len(key) >= _SHORTEST_FUZZY
        else None
    )
    near = (
        (
            (found.dest_start + left, found.dest_end + right)
            for left, right in product((0, -1, 1), repeat=2)
        )
        if found
        else ()
    )
    return [
        (start, end)
        for start, end in near
        if start >= 0
        and end <= len(text)
        and text[start : start + 1] == key[0]
        and text[end - 1 : end] == key[-1]
        and Levenshtein.distance(key, text[start:end], score_cutoff=1) <= 1
    ][:1]


def short_spans(found: list[Token], whole: str) -> Iterator[tuple[int, int]]:
    """Where runs of tokens stand that are a part of one of the names in `whole` (their keys) and
    hold a word of no other meaning."""
    at = 0
    while at < len(found):
        end, text = at, ""
        while (
            end < len(found)
            and found[end].text.isalnum()
            and (longer := text + found[end].text) in whole
        ):
            text, end = longer, end + 1
        if len(text) >= _SHORTEST_SHORT and Word.UNKNOWN in letters_of(found[at:end]):
            yield found[at].start, found[end - 1].end
        at = max(end, at + 1)


def names_in(found: list[Token], text: Folded) -> list[FoundName]:
    """The names in the tokens, in order."""
    names, at = list[FoundName](), 0
    while at < len(found):
        token = found[at]
        if token.letter == Word.NAME:
            # 北京 before a known name, or 第三分公司 behind it, makes it another
            start, end = token.start, found[_last(found, at)].end
            led = shape("led").search(letters_of(found[max(at - 2, 0) : at])) is not None
            names.append(
                _in_context(
                    found,
                    at,
                    at,
                    FoundName(text.cut(start, end), start, end, unsure=led or end > token.end),
                )
            )
        elif token.text in _WORDS["we_are"] and (
            short := shape("short_name").match(letters_of(found[at + 1 : at + 5]))
        ):
            # without an ending
            names.append(
                FoundName(
                    text_of(found[at + 1 : at + 1 + short.end()]),
                    token.end,
                    found[at + short.end()].end,
                    unsure=True,
                )
            )
        elif (
            token.letter in _ENDINGS
            or token.text in _WORDS["plain_company"]
            or (
                token.letter == Word.BRANCH
                and shape("before_branch").search(_shape(found[max(at - 2, 0) : at]))
                and found[at - 1].text not in _NO_PLACE
            )
        ):  # 成都分公司, 大同分公司
            last, (first, unsure) = _last(found, at), _first(found, at)
            if name := _made(found, (first, at, last), text, unsure=unsure):
                # of a known name
                branch = token.letter == Word.BRANCH and bool(names) and name.start == names[-1].end
                if names and (branch or name.start < names[-1].end):  # 甲有限公司乙分店 is one
                    part = names.pop()
                    doubt = name.unsure if part.start == name.start else part.unsure or branch
                    name = FoundName(
                        text.cut(part.start, name.end), part.start, name.end, unsure=doubt
                    )
                # 受甲公司和乙公司委托
                with_client = (
                    bool(names) and names[-1].principal and name.start - names[-1].end == 1
                )
                name = _in_context(found, first, last, name)
                # 我公司北京办事处
                apart = token.letter == Word.BRANCH and not has(
                    letters_of(found[first:at]), _ENDINGS
                )
                names.append(
                    name._replace(
                        principal=name.principal or with_client, secondary=name.secondary or apart
                    )
                )
                at = last
        at += 1
    return (
        [name._replace(secondary=not name.principal) for name in names]
        if any(name.principal for name in names)
        else names
    )


def _made(
    found: list[Token], indices: tuple[int, int, int], text: Folded, *, unsure: bool
) -> FoundName | None:
    """The name of the tokens first, ending, last; None for a mere ending or a placeholder."""
    first, ending, last = indices
    stem = text_of(found[first:ending])
    name, span = (
        text.cut(found[first].start, found[last].end),
        (found[first].start, found[last].end),
    )
    # it wants more to show
    weak = last == ending and (
        found[ending].letter == Word.WEAK_ENDING or found[ending].text in _WORDS["plain_company"]
    )
    if (
        shape("unfilled").fullmatch(text.text, *span)
        or sum(character.isalnum() for character in stem) < 2
        or len(name) > _LONGEST_NAME
        or (weak and letters_of(found[last + 1 : last + 2]) == Word.UNKNOWN)
    ):
        return None
    damaged = has("\ufffd?", name + text.cut(found[max(first - 1, 0)].start, found[first].start))
    if weak:
        lead = next(
            (token for token in reversed(found[max(0, first - 3) : first]) if token.letter != " "),
            None,
        )
        introduced = lead is not None and (
            lead.text in _WORDS["introduce"] or lead.letter in _NAME_LABELS
        )
        unsure = unsure or len(stem) < 3 or not (introduced or len(stem) >= _LONG_STEM)
    return FoundName(name, *span, unsure=unsure or damaged or (stem[0] == "(" and stem[-1] == ")"))


def _first(found: list[Token], ending: int) -> tuple[int, bool]:
    """The index where the name that ends at `ending` begins, and whether that is unsure."""
    first, unsure = ending, False
    while first > max(0, ending - _LONGEST_NAME) and found[first - 1].end == found[first].start:
        at = opening = first - 1
        if found[at].letter == ")":  # what stands in the brackets may be a part of the name
            within = shape("within_brackets").search(_shape(found[max(0, at - 8) : first]))
            opening = (
                first - len(within[0])
                if within and found[first - len(within[0])].text not in "[{<"
                else first
            )
        if opening == first or (
            at < ending - 1
            and found[ending].text in _COMPANIES
            and (found[at].text in _COMPANIES or found[at].letter == Word.BRANCH)
        ):
            break
        before = (
            found[at - 1] if at and found[at - 1].end == found[at].start else Token("\n", "", 0, 0)
        )
        # …培训服务有限公司
        kind = found[ending].text in _COMPANIES and only(
            letters_of(found[at:ending]), LETTERS["name_nouns"]
        )
        cuts, in_doubt = (
            (False, False) if kind else _edge(found[at], before, next_to_ending=at == ending - 1)
        )
        # 我公司北京瑾和…: what follows is its name
        led = cuts and (found[at].letter in _NAME_LABELS or found[at].text in _WORDS["we"])
        unsure = unsure or (in_doubt and not led)
        if cuts:
            break
        first = opening
    # 是即墨…: else small words, or the kind, are left out
    introduced = first > 0 and found[first - 1].text in _WORDS["introduce"] and not unsure
    while (
        not introduced
        and first < ending
        and found[first].letter not in LETTERS["name_starts"]
        and (
            found[first].letter == Word.ENTITY_KIND
            or (found[first].text in _SMALL if len(found[first].text) == 1 else first < ending - 1)
        )
    ):
        unsure = unsure or found[first].text in _WORDS["cut_in_doubt"]
        first += 1
    return first, unsure


def _edge(token: Token, before: Token, *, next_to_ending: bool) -> tuple[bool, bool]:
    """Whether a token cuts the name behind it, and whether that is unsure: parts of names extend;
    signs and numbers cut; a word extends behind a part."""
    inside = before.letter in LETTERS["name_before"] or (
        len(before.text) == 1 and before.text.isalpha() and before.text not in _WORDS["cut"]
    )
    if token.letter in LETTERS["name_parts"] or (
        token.text in _WORDS["joints"] and before.letter == Word.UNKNOWN
    ):
        return False, False
    if token.letter == Word.NUMBER or not token.text.isalnum() or next_to_ending:
        return not (next_to_ending and inside and token.text.isalnum()), False
    if len(token.text) == 1:
        return _edge_of_character(token, before, inside=inside)
    sure = token.letter in LETTERS["no_name"] or (
        len(token.text) > 2 and token.letter not in LETTERS["name_topics"]
    )
    # 请解绑…
    return True, inside and not sure and not (
        token.letter in Word.UNBIND + Word.RESET and before.letter == Word.ASK
    )


def _edge_of_character(token: Token, before: Token, *, inside: bool) -> tuple[bool, bool]:
    """是, 为, 和 … before a name or in it."""
    after_name = before.letter in LETTERS["name_ends"] + Word.CENTRE and not (
        before.letter == Word.WEAK_ENDING and len(before.text) == 1
    )
    if before.text in _WORDS["introduce"] and token.text in _WORDS["lead"]:  # 是即墨…, and 是原…
        return (doubtful := token.text in _WORDS["cut_in_doubt"]), doubtful
    if token.text not in _WORDS["cut"] and not (
        token.text in _WORDS["lead"] and (after_name or not inside)
    ):
        return False, token.text in _WORDS["extend_in_doubt"]
    sure = (
        after_name
        or before.text + token.text in _WORDS["sure_pairs"]
        or (before.letter in _NAME_LABELS and token.text in _WORDS["after_label"])
    )
    doubled = before.text == token.text or (
        token.text in _WORDS["doubled"] and before.letter == Word.UNKNOWN
    )
    return True, not sure and (doubled or token.text in _WORDS["cut_in_doubt"])


def _shape(tokens: list[Token]) -> str:
    """The letters of tokens, "s" for a word of one character."""
    return "".join(
        token.letter if len(token.text) > 1 or not token.letter.isalpha() else "s"
        for token in tokens
    )


def _last(found: list[Token], last: int) -> int:
    """The index where the name ends: behind a branch, a second ending, or its kind in brackets."""
    rest = found[last + 1 : last + 8]
    if not rest or rest[0].start != found[last].end:
        return last
    company = (
        found[last].letter == Word.BRANCH
        or found[last].text in _COMPANIES
        or (found[last].letter == Word.NAME and found[last].text.endswith(tuple(_COMPANIES)))
    )
    if rest[0].letter in Word.BRANCH + Word.ENDING and not (
        company and rest[0].text in _COMPANIES | _WORDS["department"]
    ):
        return _last(found, last + 1)
    if (bracket := shape("after_ending").match(_shape(rest))) and rest[1].text not in _WORDS[
        "former"
    ]:
        inner = rest[bracket.end(1) - 1]
        kind = inner.letter in Word.ENTITY_KIND + Word.BRANCH or (
            inner.letter == Word.WEAK_ENDING and inner.text not in _WORDS["plain_company"]
        )
        if kind or (not company and (inner.letter in _ENDINGS or bracket[2])):
            return _last(found, last + bracket.end())
    return last


def _in_context(found: list[Token], first: int, last: int, name: FoundName) -> FoundName:
    """`name` with what the words around it tell: an agent, a former name, a seller of locks is
    secondary; whom another asks for is the principal."""
    before = [token for token in found[max(0, first - 4) : first] if token.letter not in " :"][-2:]
    after = [token for token in found[last + 1 : last + 3] if token.letter != " "][:1]
    lead = before[-1] if before else Token("", "", 0, 0)
    principal = lead.letter == Word.PRINCIPAL or lead.text in _WORDS["asked_for"]
    led_to = (
        (lead.letter == Word.SECONDARY and lead.text not in _WORDS["member"])
        or lead.text in _WORDS["elsewhere"]
        or letters_of(before) == Word.SECONDARY + Word.FILLER
        or (lead.text in _WORDS["former"] and letters_of(before)[:1] == "(")
    )
    acts = (
        letters_of(after) in (Word.SECONDARY, Word.RENAMED)
        and after[0].text not in _WORDS["with_object"]
    )
    return name._replace(principal=principal, secondary=not principal and (led_to or acts))
