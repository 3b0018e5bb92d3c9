"""The meaning of the value of a label, a cell or a tick: the table `answer`."""

from functools import lru_cache

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.cutting import LONGEST_CLAUSE, carries_meaning
from mail_intake.request.grammar import SETS, Row, rows
from mail_intake.request.tokens import Token, codes_of

_AS_UNBIND = {
    "unbind": str.maketrans(Word.PASSWORD, Word.RESET),
    "reset": str.maketrans(
        Word.UNBIND + Word.UNTIE + Word.RESET, Word.RESET + Word.RESET + Word.UNBIND
    ),
}
"""By topic. The table `answer` has rows for the topic `unbind` only: for the topic `reset` the two
words change places."""


def answer_of(value: list[Token], topic: str) -> Answer:
    """The answer in the tokens of a value."""
    return Answer(answer_row(value, topic).says)


def answer_row(value: list[Token], topic: str) -> Row:
    """The first row of the table `answer` that matches the codes of a value, with or without their
    spaces."""
    codes = value_codes(value).translate(_AS_UNBIND[topic])
    return _row_of_codes(codes if len(codes) <= LONGEST_CLAUSE else Word.UNKNOWN)


@lru_cache(maxsize=4096)
def _row_of_codes(codes: str) -> Row:
    for option in rows("option"):
        codes = option.pattern.sub(option.becomes, codes)
    without_spaces = codes.replace(Word.SPACE, "")
    return next(
        row
        for row in rows("answer")
        if row.pattern.fullmatch(codes) or row.pattern.fullmatch(without_spaces)
    )


def value_codes(value: list[Token]) -> str:
    """The codes of the tokens with a meaning, without the number of the next line, brackets of
    which the other one is missing, and repetitions of one character (不不不)."""
    meaningful = list(filter(_has_meaning, value))
    while meaningful and _is_left_over(meaningful[-1], alone=len(meaningful) == 1):
        meaningful.pop()
    codes = Word.SPACE.join(codes_of(meaningful).strip(SETS["around_value"]).split())
    codes = _without_half_brackets(codes)
    return codes[:1] if _is_one_character(meaningful) else codes


def _has_meaning(token: Token) -> bool:
    if token.code == Word.UNKNOWN:
        return carries_meaning(token.text)
    return token.code != Word.LINE_END


def _without_half_brackets(codes: str) -> str:
    without_opening = codes.rstrip(Word.OPENING)
    if {Word.OPENING, Word.CLOSING} <= set(without_opening):
        return without_opening
    return codes.strip(Word.OPENING + Word.CLOSING)


def _is_one_character(tokens: list[Token]) -> bool:
    """Whether the tokens are one character, once or several times without a gap."""
    same = len({token.text for token in tokens}) == 1
    return same and tokens[-1].end - tokens[0].start == len(tokens)


def _is_left_over(last: Token, *, alone: bool) -> bool:
    """Whether the last token of a value is a space or the number of the next line. A digit alone
    is the value itself."""
    is_digit = not alone and len(last.text) == 1 and last.text.isdigit()
    return last.code in Word.SPACE + Word.NUMBER or is_digit
