"""Answers by number to the numbered questions of the quoted mail: 1否 2是."""

import re

from core.cases.letters.words import QUESTIONS

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
