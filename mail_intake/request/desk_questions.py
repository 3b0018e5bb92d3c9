"""What a question of the desk's asks for: the name, a deed, or which of both."""

import re

from mail_intake.request.classes import Word
from mail_intake.request.cutting import TOPICS
from mail_intake.request.grammar import SETS, WORDS, has, shape
from mail_intake.request.tokens import codes_of, fold, lexicon, tokens

_DEEDS = TOPICS | {Word.PASSWORD: "reset"}
_ASKED = {"unbind": "unbind", "reset": "reset_password"}
_LONGEST = 60  # characters
_REMARK = re.compile(r"[(（][^()（）是否填答选勾写则]*[)）]\W*$")
"""Not one that says how to answer: 保留绑定填需要."""


def questions_in(line: str) -> tuple[str, ...]:
    """The questions (core.cases.letters.words.QUESTIONS) that a line asks, and nothing else with
    them but a remark in brackets at its end; none where it denies, tells, or asks when, why or
    whether something was done."""
    without = _REMARK.sub("", line)
    return _questions_in(line) or (_questions_in(without) if without != line else ())


def _questions_in(line: str) -> tuple[str, ...]:
    if len(line) > _LONGEST:
        return ()
    found = tokens(fold(line).text, lexicon())
    codes = "".join(code for code in codes_of(found) if code not in SETS["left_out_of_forms"])
    if not shape("desk_question").fullmatch(codes) or not has(codes, SETS["asks_for_answer"]):
        return ()
    deeds = dict.fromkeys(_ASKED[_DEEDS[code]] for code in codes if code in _DEEDS)
    if not deeds:
        names = has(codes, Word.NAME_LABEL + Word.WEAK_NAME_LABEL)
        return ("enterprise_name",) if names else ()
    asks_what = [
        one
        for one in found
        if one.code == Word.QUESTION and one.text not in WORDS["phrases"]["plain_question"]
    ]
    return () if asks_what else tuple(deeds)


def means_both(answer: str) -> bool:
    """Whether an answer begins with one for both deeds: 都要, 两项都不办."""
    codes = codes_of(tokens(fold(answer).text, lexicon()))
    return shape("one_answer_for_both").match(codes) is not None
