"""ID numbers on screens: hidden until an administrator requests them.

Two kinds are searched for in each text of a page (web.common.rendering): 15 or 18 characters that
look like an ID number, also in full-width digits or in groups; and a valid ID number (district,
birth date, check digit) with any separators between its characters. The first stays visible only if
it is a valid unified social credit code without a birth date in it, which administrators compare.
"""

import re
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
# a lookahead, so that numbers that overlap are all found
_PARTED = re.compile(
    rf"(?<!\d)(?=(\d(?:{_PARTING}{{0,2}}\d){{16}}{_PARTING}{{0,2}}[\dXxＸｘ])(?!\d))"
)
_BETWEEN = re.compile(_PARTING)
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
"""The first two digits by GB/T 2260, and those of residents from Hong Kong, Macao,
Taiwan (81 to 83) and abroad (91)."""
_LAST_BIRTH_YEAR = 2099  # later ones are chance, not dates


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
    for match in _PARTED.finditer(text):
        start, end = match.span(1)
        plain = _plain(match[1])
        if start >= at and _is_id_number(plain):
            pieces += text[at:start], hide(plain)
            at = end
    return _NUMBER.sub(_hidden, "".join((*pieces, text[at:])))


def _hidden(match: re.Match[str]) -> str:
    plain = _plain(match[0])
    return match[0] if uscc_ok(plain) and id_birth(plain) is None else hide(plain)


def _is_id_number(plain: str) -> bool:
    """Whether district, birth date and check digit of 18 characters are valid."""
    birth = id_birth(plain)
    return (
        id_number_ok(plain)
        and _PROVINCE.match(plain) is not None
        and birth is not None
        and birth.year <= _LAST_BIRTH_YEAR
    )


def _plain(written: str) -> str:
    """Its characters alone: half-width, upper case, without separators."""
    return _BETWEEN.sub("", normalize("NFKC", written)).upper()
