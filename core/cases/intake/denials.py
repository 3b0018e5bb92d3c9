"""Whether words deny a request, or have it stopped: the rows of denials.toml."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data.submission import Message

DENIALS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _compiled(rows: Sequence[dict[str, Any]]) -> re.Pattern[str]:
    """Rows as one expression. A pattern may be written over several lines."""
    written = "|".join(row["pattern"].replace("\n", "") for row in rows)
    for name, part in DENIALS["parts"].items():
        written = written.replace(f"<{name}>", part)
    return re.compile(written, re.IGNORECASE | re.MULTILINE)


_USUAL = _compiled(DENIALS["usual"])
_DENIAL = _compiled(DENIALS["denial"])
_STOP = _compiled([row for row in DENIALS["denial"] if row.get("stops")])
_OUTRIGHT = _compiled([row for row in DENIALS["denial"] if not row.get("stops")])
_SIMPLIFIED = str.maketrans(
    "這們請辦沒從綁發過嗎為誰無權異議認單戶", "这们请办没从绑发过吗为谁无权异议认单户"
)
_QUESTION = re.compile(r"[?？]|为[什何]|怎么|吗")


def disputes(text: str, *, outright: bool = False) -> bool:
    """Whether `text` may deny, report or doubt a request, or ask that it is not carried out.
    `outright`: not only by words that a mailbox answers by itself, too (放假期间暂停办理业务)."""
    simplified = text.translate(_SIMPLIFIED)
    rows = _OUTRIGHT if outright else _DENIAL
    return rows.search(_USUAL.sub("", simplified)) is not None


def message_disputes(message: Message, *, outright: bool = False) -> bool:
    """Whether the subject or the new text of a mail does."""
    return disputes(f"{message.subject}\n{message.new_text}", outright=outright)


def stops(text: str) -> bool:
    """Whether `text` asks that the writer's own request is not carried out (now): 请暂缓办理. Not a
    complaint that asks why it was not."""
    return _STOP.search(_USUAL.sub("", text)) is not None and not _QUESTION.search(text)


def disowns(text: str) -> bool:
    """Whether `text` denies that its writer asked: not a complaint that asks (怎么回事，还没办)."""
    return disputes(text, outright=True) and not _QUESTION.search(text)
