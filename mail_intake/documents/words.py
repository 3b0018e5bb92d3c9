"""Comparing read text with printed labels: folding, labels with slips of the reader, dates.

Folding (NFKC, no spaces, upper case) is for comparing only; values keep the reader's characters.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.cases.submission import LONG_TERM

_SPACES: Final = re.compile(r"\s+")
_DATE: Final = re.compile(r"(\d{4})[年.\-/．·,，:： ]{1,2}(\d{1,2})[月.\-/．·,，:： ]{1,2}(\d{1,2})日?")
_SOLID_DATE: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_LONG: Final = re.compile(r"长期|永久|永续|无固定期限|不约定期限|无期限")
_SIMPLIFIED: Final = str.maketrans("強員業國華東發會環電機偉麗軍劉張陳", "强员业国华东发会环电机伟丽军刘张陈")
_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def fold(text: str) -> str:
    """The text for comparing: NFKC, without any space, upper case."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


@dataclass(frozen=True, slots=True)
class Hit:
    """A label in a folded text: where it starts and ends there, and how many characters differ."""

    label: str
    start: int
    end: int
    slips: int


def _allowed(label: str) -> int:
    return 0 if len(label) < 4 else 1 if len(label) < 6 else 2


def find_label(text: str, label: str) -> Hit | None:
    """The label in a folded text, with at most one or two misread characters where it is long enough."""
    at = text.find(label)
    if at >= 0:
        return Hit(label, at, at + len(label), 0)
    return min(_near(text, label), key=lambda h: (h.slips, h.start), default=None)


def _near(text: str, label: str) -> Iterable[Hit]:
    allowed = _allowed(label)
    if not allowed:
        return
    for start in range(len(text) - len(label) + 1):
        slips = sum(a != b for a, b in zip(text[start : start + len(label)], label, strict=True))
        if slips <= allowed:
            yield Hit(label, start, start + len(label), slips)


def simplified(text: str) -> str:
    """The text with those traditional characters that the readers like to see in the simplified form in which these papers are printed."""
    return text.translate(_SIMPLIFIED)


def chinese_count(text: str) -> int:
    """How many Chinese characters the text has."""
    return sum("\u4e00" <= c <= "\u9fff" for c in text)


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def dates_in(text: str) -> list[str]:
    """All whole dates of the text as ISO, in order; 二〇一二年五月十八日 is read for its year only and left out."""
    plain = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    found = [(m.start(), _day(*m.groups())) for m in _DATE.finditer(plain)]
    found = found or [(m.start(), _day(*m.groups())) for m in _SOLID_DATE.finditer(plain)]
    return [d for _, d in sorted(found, key=lambda f: f[0]) if d]


def says_long_term(text: str) -> bool:
    return _LONG.search(fold(text)) is not None


def validity_end(text: str) -> str | None:
    """The end of a period such as 2015.01.01-2035.01.01, 自…至…, …至长期: ISO or LONG_TERM; None where it is not told."""
    found = dates_in(text)
    if says_long_term(text):
        return LONG_TERM
    if len(found) >= 2:
        return found[-1] if found[-1] > found[0] else None
    tail = re.split(r"[至到—\-~]", unicodedata.normalize("NFKC", text))
    return found[0] if found and len(tail) > 1 and tail[0].strip(" 自") == "" else None
