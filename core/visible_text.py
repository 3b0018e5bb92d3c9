"""Makes a sender's text safe to display: without characters that move a terminal's cursor or turn
the text around it.

Left out: the controls of ISO 6429 (C0, DEL, C1; a terminal obeys them) and the bidirectional
marks, embeddings, overrides and isolates of Unicode (UAX #9), with which fdp.exe can look like
exe.pdf.
"""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_WITHIN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def visible_line(text: str, longest: int) -> str:
    """The text on one line of at most `longest` characters; "" where nothing is left."""
    return _CONTROL.sub(" ", without_turning(text)).strip()[:longest]


def visible_lines(text: str) -> str:
    """The text with its line ends and tabs; other controls become spaces."""
    return _WITHIN_LINES.sub(" ", without_turning(text))


def without_turning(text: str) -> str:
    """The text without what turns its direction: 解绑：
    否 must not look like 解绑：是 written backwards."""
    return _TURNING.sub("", text)
