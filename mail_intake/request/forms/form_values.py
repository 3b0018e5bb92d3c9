"""The meaning of the value of a label, a cell or a tick: the table `answer`."""

from functools import lru_cache
from typing import Final

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.cutting import carries_meaning
from mail_intake.request.grammar import SETS, Row, rows
from mail_intake.request.tokens import Token, codes_of

_OF_TOPIC: Final = {
    "unbind": str.maketrans(Word.PASSWORD, Word.RESET),
    "reset": str.maketrans(Word.UNBIND + Word.RESET, Word.RESET + Word.UNBIND),
}
"""In the table `answer`, `unbind` is the deed that is asked for and `reset` the other one."""
_LONGEST: Final = 100  # tokens: what is longer is no answer


def answer_of(value: list[Token], topic: str) -> Answer:
    """The answer in the tokens of a value."""
    return Answer(answer_row(value, topic).says)


def answer_row(value: list[Token], topic: str) -> Row:
    """The first row of the table `answer` that meets the codes of a value,
    with their spaces or without."""
    codes = value_codes(value)
    codes = codes.translate(_OF_TOPIC[topic])
    return _row_of_codes(codes if len(codes) <= _LONGEST else Word.UNKNOWN)


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
    """The codes without mere signs, double spaces and the number of the next line;
    one sign again and again (不不不) is one."""
    speaking = [token for token in value if token.code != Word.LINE_END and _speaks(token)]
    while speaking and _is_left_over(speaking[-1], alone=len(speaking) == 1):
        speaking.pop()
    codes = Word.SPACE.join(codes_of(speaking).strip(SETS["around_value"]).split())
    unopened = codes.rstrip(Word.OPENING)
    holds_brackets = {Word.OPENING, Word.CLOSING} <= set(unopened)
    codes = unopened if holds_brackets else codes.strip(Word.OPENING + Word.CLOSING)
    one_word = len({token.text for token in speaking}) == 1
    if one_word and speaking[-1].end - speaking[0].start == len(speaking):
        return codes[:1]
    return codes


def _speaks(token: Token) -> bool:
    return token.code != Word.UNKNOWN or carries_meaning(token.text)


def _is_left_over(last: Token, *, alone: bool) -> bool:
    """Whether the last token of a value is a space or the number of the next line."""
    is_digit = not alone and len(last.text) == 1 and last.text.isdigit()
    return last.code in Word.SPACE + Word.NUMBER or is_digit
