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
_DISOWNED = _compiled(
    [row for row in DENIALS["denial"] if not row.get("stops") and not row.get("asks")]
)
SIMPLIFIED = str.maketrans(
    "並併俬個們傳內凍別區卽員單嗎嚴執報實寫屬幫幷廠廢彆從復擔時暫査權決沒準為無爲異發"
    "盜眞確碼箇範級終結絕給絶綁經緩職聽與萬處衕製複覈託許証詐話該認說説誰請謹證議讓責"
    "貴辦迴這過郵銷錯關離電韆項願類駁騙驗髮麪麫麵麼麽齣",
    "并并私个们传内冻别区即员单吗严执报实写属帮并厂废别从复担时暂查权决没准为无为异发"
    "盗真确码个范级终结绝给绝绑经缓职听与万处同制复核托许证诈话该认说说谁请谨证议让责"
    "贵办回这过邮销错关离电千项愿类驳骗验发面面面么么出",
)
"""The traditional characters of those that the rows have."""
_QUESTION = re.compile(r"[?？]|为[什何]|怎么|吗")


def disputes(text: str, *, outright: bool = False) -> bool:
    """Whether `text` may deny, report or doubt a request, or ask that it is not carried out.
    `outright`: not only by words that a mailbox answers by itself, too (放假期间暂停办理业务)."""
    return _meets(_OUTRIGHT if outright else _DENIAL, text.translate(SIMPLIFIED))


def _meets(rows: re.Pattern[str], simplified: str) -> bool:
    return rows.search(_USUAL.sub("", simplified)) is not None


def message_disputes(message: Message, *, outright: bool = False) -> bool:
    """Whether the subject or the new text of a mail does."""
    return disputes(f"{message.subject}\n{message.new_text}", outright=outright)


def stops(text: str) -> bool:
    """Whether `text` asks that the writer's own request is not carried out (now): 请暂缓办理. Not a
    complaint that asks why it was not."""
    simplified = text.translate(SIMPLIFIED)
    return _meets(_STOP, simplified) and not _QUESTION.search(simplified)


def disowns(text: str) -> bool:
    """Whether `text` denies that its writer asked: not a complaint (怎么回事，还没办)."""
    return _meets(_DISOWNED, text.translate(SIMPLIFIED))
