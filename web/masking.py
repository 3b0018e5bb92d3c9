"""ID numbers on screens: hidden until asked for.

Text that people wrote is searched for 15- and 18-character numbers, full-width digits and spaces between groups included. An 18-character
number stays only if it is a valid unified social credit code without a birth date in it: administrators compare it.
"""

import re
from typing import Final
from unicodedata import normalize

from core.check_digits import id_birth, uscc_ok

HIDDEN: Final = "*"
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z０-９])\d{6}[ \t\-　]?\d{4}[ \t\-　]?\d{4}[ \t\-　]?\d{3}[\dXxＸｘ](?![0-9A-Za-z０-９])"
                            r"|(?<![0-9A-Za-z０-９])\d{6}[ \t\-　]?\d{6}[ \t\-　]?\d{3}(?![0-9A-Za-z０-９])")
_IN_GROUPS: Final = re.compile(r"[ \t\-　]")


def hide(number: str) -> str:
    """An ID number with all but its first two and last two characters hidden; short values vanish whole."""
    return HIDDEN * len(number) if len(number) < 8 else number[:2] + HIDDEN * (len(number) - 4) + number[-2:]


def hide_numbers(text: str) -> str:
    """The text with every ID number in it hidden."""
    return _NUMBER.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    plain = _IN_GROUPS.sub("", normalize("NFKC", match[0])).upper()
    return match[0] if uscc_ok(plain) and id_birth(plain) is None else hide(plain)
