"""Whether a text denies a request, or has it stopped: the rows of denials.toml."""

import re
import tomllib
from pathlib import Path
from typing import Any

DENIALS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _compiled(kind: str) -> re.Pattern[str]:
    """The rows of a kind as one expression. A pattern may be written over several lines."""
    written = "|".join(row["pattern"].replace("\n", "") for row in DENIALS[kind])
    for name, part in DENIALS["parts"].items():
        written = written.replace(f"<{name}>", part)
    return re.compile(written, re.IGNORECASE | re.MULTILINE)


_USUAL = _compiled("usual")
_DENIAL = _compiled("denial")


def disputes(text: str) -> bool:
    """Whether `text` may deny, report or doubt a request, or ask that it is not carried out."""
    return _DENIAL.search(_USUAL.sub("", text)) is not None
