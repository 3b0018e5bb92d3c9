"""Finds ID numbers and credit codes in text of the OCR, and decides between readings of one number.

A letter in the place of a digit is replaced by the digit that it looks like. The number counts only
if its check digit is then right (GB 11643, GB 32100). With more replacements, a wrong number would
sooner or later have a right one. So a doubtful character, or one lost in a repetition (111 read as
11), is completed only if a single completion fits, and that number stays in doubt.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from core.check_digits import (
    USCC_ALPHABET,
    id_birth,
    id_number_ok,
    organisation_code_ok,
    uscc_ok,
)
from papers.lines.ocr_models import Strip

LENGTH = 18
_SURE = 0.9
_CERTAIN = 0.97  # probability of one character
_MOST_DOUBTFUL = 2  # characters of a number that can be completed
_MOST_MISREAD = 6  # characters in which a code as it was read may differ from the code
_TO_DIGIT = str.maketrans("OQDILZSBG", "000112586")
# I, O, S, V, Z do not exist in a credit code
_TO_LETTER_CODE = str.maketrans("OIZSV", "01252")
_ID_RUN = re.compile(r"[0-9OQDILZSB]{14,18}[0-9XOQDILZSB]")
_CODE_RUN = re.compile(r"[0-9A-Z]{17,20}")
_RUN = re.compile(r"[0-9A-Z]{15,18}")
_SEPARATORS = re.compile(r"[\s·.\-_:,'’‘、]+")


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper().replace("×", "X"))


def id_candidate(text: str) -> str | None:
    """The first 18 characters in the text that can be an ID number, with letters replaced by the
    digits that they look like."""
    for match in _ID_RUN.finditer(_plain(text)):
        number = match.group()[:LENGTH].translate(_TO_DIGIT)
        if len(number) == LENGTH:
            return number
    return None


def looks_like_id(text: str) -> bool:
    """Whether the text probably contains an ID number: at least 14 digits, and a run of the right
    length and characters."""
    plain = _plain(text)
    return sum(c.isdigit() for c in plain) >= 14 and _ID_RUN.search(plain) is not None


def may_hold_id(text: str) -> bool:
    """Whether a part of the text is possibly an ID number of 15 or 18 characters, letters in the
    place of digits included. A credit code with a right check digit is not."""
    return _ID_RUN.search(_plain(text)) is not None and not is_code_alone(text)


def is_code_alone(text: str) -> bool:
    """Whether the text has a credit code with a right check digit that is no ID number."""
    code = code_candidate(text)
    return code is not None and uscc_ok(code) and id_birth(code) is None


def code_candidate(text: str) -> str | None:
    """The first 18 characters in the text that can be a credit code. Its third to eighth characters
    are digits, the district."""
    for match in _CODE_RUN.finditer(_plain(text)):
        run = match.group()
        for start in range(len(run) - LENGTH + 1):
            piece = run[start : start + LENGTH].translate(_TO_LETTER_CODE)
            code = piece[:2] + piece[2:8].translate(_TO_DIGIT) + piece[8:]
            if code[2:8].isdigit() and (len(run) == LENGTH or uscc_ok(code)):
                return code
    return None


@dataclass(frozen=True)
class Settled:
    """The result of several readings: a value or None, and whether its check digit fits."""

    value: str | None
    ok: bool = False


def settle_id(readings: Sequence[Strip]) -> Settled:
    """One ID number from several readings of it."""
    return _settle(readings, id_candidate, id_number_ok, id_number_ok)


def settle_code(readings: Sequence[Strip]) -> Settled:
    """One credit code from several readings of it."""
    return _settle(readings, code_candidate, uscc_ok, _has_both_checks)


def _settle(
    readings: Sequence[Strip],
    candidate: Callable[[str], str | None],
    ok: Callable[[str], bool],
    completion_ok: Callable[[str], bool],
) -> Settled:
    """One value from several readings of one number.

    - One value has a right check digit: that value.
    - Several values have one: no value.
    - No value has one: the completion, if only one fits. Else the value, if at least two readings
      give it, all agree and one is sure, so that findings can name a wrong number on the paper.
    """
    values = [(value, reading) for reading in readings if (value := candidate(reading.text))]
    passing = sorted({value for value, _ in values if ok(value)})
    if len(passing) == 1:
        return Settled(passing[0], ok=True)
    completed = {one for reading in readings for one in _completions(reading) if completion_ok(one)}
    if not passing and len(completed) == 1:
        return Settled(completed.pop())
    sure = {value for value, reading in values if reading.weakest >= _SURE}
    all_agree = len(values) > 1 and len({value for value, _ in values}) == 1
    if not passing and sure and all_agree:
        return Settled(sure.pop())
    return Settled(None)


def _completions(reading: Strip) -> Iterator[str]:
    """The numbers that a reading may stand for: one doubtful character replaced by any other, or,
    where one is missing, any character repeated."""
    scored = [
        (plain, score)
        for char, score in zip(reading.text, reading.scores, strict=False)
        for plain in _plain(char)
    ]
    for match in _CODE_RUN.finditer("".join(plain for plain, _ in scored)):
        run, start = match.group(), match.start()
        doubtful = [i for i in range(len(run)) if scored[start + i][1] < _CERTAIN]
        if len(run) == LENGTH - 1:
            yield from (run[: i + 1] + run[i:] for i in range(len(run)))
        elif len(run) == LENGTH and len(doubtful) <= _MOST_DOUBTFUL:
            yield from (run[:i] + c + run[i + 1 :] for i in doubtful for c in USCC_ALPHABET)


def _has_both_checks(code: str) -> bool:
    """Whether the check character of the code and that of the organisation code in it are right."""
    return uscc_ok(code) and organisation_code_ok(code[8:17])


def contains_code(text: str) -> bool:
    """Whether the text contains a credit code with both check characters right."""
    return _has_both_checks(code_candidate(text) or "")


def is_another_code(readings: Sequence[Strip], code: str) -> bool:
    """Whether every reading of a printed code differs from `code` too much to be a misreading."""
    runs = [run for reading in readings for run in _RUN.findall(_plain(reading.text))]
    return bool(runs) and all(Levenshtein.distance(run, code) > _MOST_MISREAD for run in runs)
