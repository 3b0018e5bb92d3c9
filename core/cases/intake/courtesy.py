"""Whether a mail is only courtesy (thanks, 收到, a greeting), which nobody needs to read, a plain
confirmation, or the opposite: a complaint. The words of the first two stand in courtesy.toml.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

_LISTS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_BETWEEN = r"[\s,.!~，。！～、:：;；\-_]"


def _only(words: Iterable[str]) -> re.Pattern[str]:
    """A text of these words alone; of two that begin alike the longer one is read."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?:{_BETWEEN}|{'|'.join(longest_first)})++", re.IGNORECASE)


_COURTESY = _only(_LISTS["courtesy"])
_CONFIRMATION = _only(word for words in _LISTS.values() for word in words)
_CONFIRMS = re.compile(
    rf"{'|'.join(_LISTS['confirms'])}|^(?:{'|'.join(_LISTS['confirms_at_the_beginning'])})",
    re.IGNORECASE,
)
_ASKS_TO_CONFIRM = re.compile(r"请[^，。\n]{0,6}(?:确认|核)")
_SIGNED = re.compile(
    r"[\u4e00-\u9fff·]{2,4}|[^?？!！。，,不没未无别停请怎何吗呢要我你他她这此已被系是人]{2,30}"
    r"(?:公司|集团|中心|[院所厂店局部处科室行社])"
    r"|(?:联系)?(?:电话|手机|座机|传真|地址|邮编|邮箱|微信|tel|mobile|fax|e-?mail|add"
    r"|qq)[:：. ][^，。！？!?]{1,50}"
    r"|[\d\s+()（）:：./年月日-]{1,40}|[\w.+-]{1,40}@[\w.-]{1,40}"
    r"|(?:发自|sent from)[^，。！？!?]{1,30}",
    re.IGNORECASE,
)
"""A line of a signature: a name, an enterprise, a telephone number, an address or a date."""

_QUESTION = re.compile(r"[?？吗呢怎何哪]|什么|多久")
_COMPLAINT = re.compile(r"[不没未无非别停错假冒误坏丢失撤诉骗盗谁]")
_HARMLESS = re.compile(r"不好意思|非常|无误|没问题|没有异议|无异议")
"""Words with characters of a complaint that are none."""


def is_courtesy(text: str) -> bool:
    """Whether the text, without quotes, is only courtesy, perhaps with a signature after an empty
    line. An empty text is, too."""
    words = _above_signature(text)
    return words == "" or (words is not None and _COURTESY.fullmatch(words) is not None)


def confirms(text: str) -> bool:
    """Whether the text confirms a request and says nothing else, likewise with a signature."""
    words = _above_signature(text) or ""
    return (
        _CONFIRMATION.fullmatch(words) is not None
        and _CONFIRMS.search(words) is not None
        and not _ASKS_TO_CONFIRM.search(words)
    )


def _above_signature(text: str) -> str | None:
    """The text before the first empty line; None if more than a signature follows."""
    words, _, below = re.sub(r"\n[^\S\n]*(?=\n)", "\n", text.strip()).partition("\n\n")
    lines = [line.strip() for line in below.splitlines() if line.strip()]
    signed = all(_COURTESY.fullmatch(line) or _is_signature(line) for line in lines)
    return words if signed else None


def _is_signature(line: str) -> bool:
    return (
        _SIGNED.fullmatch(line) is not None
        and not _COMPLAINT.search(line)
        and not re.search("[请要]", line)
    )


def complains(text: str) -> bool:
    """Whether the text has a word of a complaint: something is wrong, is lost or was not requested.
    Mere questions about progress have none."""
    return _COMPLAINT.search(_HARMLESS.sub("", text)) is not None


def wants_answer(text: str) -> bool:
    """Whether the text may ask something or complain."""
    return _QUESTION.search(text) is not None or complains(text)
