"""Answers to the questions of the quoted mail that do not name them: 1否 2是 by number; 是 否, 都要
in the order of two questions."""

import re
from collections.abc import Iterable

from core.cases.letters.words import QUESTIONS, YES_OR_NO
from mail_intake.request.desk_questions import means_both, questions_in

_NUMERALS = {"①": "1", "②": "2", "③": "3", "一": "1", "二": "2", "三": "3"}
_QUESTION = re.compile(
    r"[(（第]?([1-3①②③一二三])[^\w]{1,3}"
    r"([^\n不还或保]{0,8}(?:是否|要不要|需不需要)[^\n不还或保]{1,14}?)\W*"
)
_ANSWER = r"[(（]?([1-3①②③一二三])[)）]?\s{0,3}[、.．:：]?\s{0,3}(是|否|不?需要|不?要|不用)"
_ANSWERS = re.compile(
    rf"\s*(?:(?:答复?|回答|回复)\s{{0,3}}[:：])?\s{{0,3}}"
    rf"((?:{_ANSWER}(?:[\s,，;；、。.]+|$|(?={_ANSWER})))+)"
)
_DEEDS = {"解绑": "unbind", "重置": "reset_password"}
_QUOTE_SIGNS = ">＞ \u3000"
_BARE = r"(是|否|不?需要|不?要|不用|不必|[yn]|yes|no)"
_TWO_ANSWERS = re.compile(
    rf"(?im)^[ \t]*+(?:(?:答复?|回答|回复)[:：][ \t]*+)?{_BARE}"
    rf"(?:[ \t\u3000]{{1,9}}|[ \t]?[,，、;；][ \t]?|[。.]?\n[ \t]*+){_BARE}"
    r"[ \t]*(?:[。.;；!！](.*))?$"
)
_ONE_FOR_BOTH = re.compile(r"(?m)^[ \t]*([两二都均全][^\n，,。;；]{1,9})(?:[，,。;；](.*))?$")
_ASKS = re.compile(
    r"(?:是否|要不要|需不需要|[能可]否|.*[吗?？]).{0,30}|.{1,30}(?:是否|要不要)[^。]{0,30}"
)
"""A line that is a question; in a sentence of a letter (没有写明是否解绑。) it is none."""
_MOST_QUOTED = 500  # lines


def numbered_answers_paired(new: list[str], quoted: list[str]) -> list[str]:
    """The new lines; in a line that begins with answers by number, each becomes the quoted question
    and its answer (是否解绑：否).

    A line with a number that no quoted question has stays as it is. All do where two quoted
    questions have one number, or the new text has questions.
    """
    asked = _questions(quoted)
    if not asked or _questions(new):
        return new
    return [one for line in new for one in _paired(line, asked)]


def _questions(lines: list[str]) -> dict[str, str]:
    """The question of each number; none where a number has two."""
    found = dict[str, str]()
    for line in lines:
        met = _QUESTION.fullmatch(line.strip(">＞ \u3000"))
        deeds = [code for word, code in _DEEDS.items() if met and word in met[2]]
        if not met or len(deeds) != 1:
            continue
        if found.setdefault(_NUMERALS.get(met[1], met[1]), deeds[0]) != deeds[0]:
            return {}
    return found


def _paired(line: str, asked: dict[str, str]) -> list[str]:
    met = _ANSWERS.match(line)
    answers = [one.groups() for one in re.finditer(_ANSWER, met[1])] if met else []
    numbers = [_NUMERALS.get(number, number) for number, _answer in answers]
    if not met or len(set(numbers)) < len(numbers) or not asked.keys() >= set(numbers):
        return [line]
    written_out = [
        f"{QUESTIONS[asked[number]]}：{answer}"
        for number, (_, answer) in zip(numbers, answers, strict=True)
    ]
    return [*written_out, line[met.end() :]]


def ordered_answers_paired(new: list[str], quoted: list[str]) -> list[str]:
    """The new lines; two bare answers, or one for both, become the two quoted questions of yes or
    no and their answers, in the order of the questions.

    They stay as they are where the quoted mail asks for anything else, or where they stand twice.
    """
    text = "\n".join(new)
    met = [*_TWO_ANSWERS.finditer(text), *_both_answered(text)]
    if len(met) != 1:
        return new
    asked = _questions_in_order(quoted)
    if not asked:
        return new
    *answers, rest = met[0].groups()
    pairs = zip(asked, answers * (2 // len(answers)), strict=True)
    written_out = [f"{QUESTIONS[one]}：{answer}" for one, answer in pairs]
    lines = "\n".join([*written_out, *filter(None, [rest])])
    return f"{text[: met[0].start()]}{lines}{text[met[0].end() :]}".split("\n")


def _both_answered(text: str) -> Iterable[re.Match[str]]:
    return [met for met in _ONE_FOR_BOTH.finditer(text) if means_both(met[1])]


def _questions_in_order(quoted: list[str]) -> tuple[str, ...]:
    """The two questions of yes or no that the quoted mail asks, as often as it asks them in the
    same order; none where it asks another one beside them or beside the name."""
    found = list[str]()
    for line in quoted[:_MOST_QUOTED]:
        text = line.strip(_QUOTE_SIGNS)
        asked = questions_in(text)
        if len(asked) == 1 and asked[0] in YES_OR_NO:
            found += asked
        elif len(asked) > 1 or (not asked and _ASKS.fullmatch(text)):
            return ()
    first = tuple(found[:2])
    in_turn = len(set(first)) == 2 and first * (len(found) // 2) == tuple(found)
    return first if in_turn else ()
