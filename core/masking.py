"""ID numbers on screens: hidden until an administrator requests them.

Two kinds are searched for in each text of a page (web.common.rendering): 15 or 18 characters that
look like an ID number, also in full-width digits or in groups; and a valid ID number (district,
birth date, check digit) with any separators between its characters. The first stays visible only if
it is a valid unified social credit code without a birth date in it, which administrators compare.
"""

import re
from collections.abc import Iterator
from unicodedata import normalize

from core.check_digits import id_birth, id_number_ok, uscc_ok

HIDDEN = "*"
SENSITIVE = frozenset({"id_number", "birth", "address"})
"""Fields hidden in the same way: the ID number and what reveals it."""
# 18 characters in groups of 6, 4, 4, 4, or 15 in groups of 6, 6, 3
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z０-９])\d{6}[ \t\-　]?\d{4}[ \t\-　]?\d{4}[ \t\-　]?\d{3}[\dXxＸｘ]"
    r"(?![0-9A-Za-z０-９])"
    r"|(?<![0-9A-Za-z０-９])\d{6}[ \t\-　]?\d{6}[ \t\-　]?\d{3}(?![0-9A-Za-z０-９])"
)
_PARTING = r"[\s\-.·_\u2010-\u2015\u200b-\u200f\u2060\ufeff]"
_PARTED = re.compile(rf"\d(?:{_PARTING}{{0,2}}[\dXxＸｘ]){{17,}}")
_BETWEEN = re.compile(_PARTING)
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
"""The first two digits by GB/T 2260, and those of residents from Hong Kong, Macao,
Taiwan (81 to 83) and abroad (91)."""
_BIRTH = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]"  # later years are chance, not dates
# a lookahead, so that numbers that overlap are all found
_SHAPE = re.compile(f"(?=({_PROVINCE}[0-9]{{4}}{_BIRTH}[0-9]{{3}}[0-9X]))")


def hide(number: str) -> str:
    """An ID number with all but its first two and last two characters hidden; of a value below 8
    characters, all."""
    return (
        HIDDEN * len(number)
        if len(number) < 8
        else number[:2] + HIDDEN * (len(number) - 4) + number[-2:]
    )


def hide_numbers(text: str) -> str:
    """The text with every ID number in it hidden."""
    pieces: list[str] = []
    at = 0
    for start, end, number in _parted_numbers(text):
        if start >= at:
            pieces += text[at:start], hide(number)
            at = end
    return _NUMBER.sub(_hidden, "".join((*pieces, text[at:])))


def _parted_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """The valid ID numbers in a text: where each begins and ends, and its characters alone. What
    has not their shape costs nothing more: strangers send long rows of digits."""
    for run in _PARTED.finditer(text):
        places = [at for at in range(*run.span()) if not _BETWEEN.match(text, at)]
        plain = normalize("NFKC", "".join(text[at] for at in places)).upper()
        for shape in _SHAPE.finditer(plain):
            start, end = places[shape.start()], places[shape.start() + 17] + 1
            touching = text[start - 1 : start] + text[end : end + 1]
            if not any(map(str.isdecimal, touching)) and id_number_ok(shape[1]):
                yield start, end, shape[1]


def _hidden(match: re.Match[str]) -> str:
    plain = _BETWEEN.sub("", normalize("NFKC", match[0])).upper()
    return match[0] if uscc_ok(plain) and id_birth(plain) is None else hide(plain)
