"""Reads what a bounce says: which letter came back, whether for good, and why in plain words.

Delivery reports by RFC 3464 are read field by field. Chinese providers (QQ, 163, Aliyun) often send
words only, 退信 from postmaster, with the letter's Message-ID somewhere in the text or in what they
attach; there the words decide. Read receipts, complaints and out-of-office notes are no bounces.
Whether a Message-ID is one of ours the store knows. Nothing of the report is passed on in its own
words, since it may hold addresses.
"""

import re
from collections.abc import Iterator
from typing import Final

from core.data.submission import Bounce, Mark
from mail_intake.message import bodies
from mail_intake.message.bounce_causes import UNKNOWN_REASON, cause_of
from mail_intake.message.charsets import decode
from mail_intake.message.mime_parts import Part, PartReader

MAX_IDS: Final = 50
_MAX_TEXT: Final = 200_000
_SIGNS: Final = frozenset({Mark.REPORT, Mark.DAEMON, Mark.NULL_RETURN_PATH})
_RETURNED: Final = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_STATUS_KINDS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ID: Final = re.compile(r"<[^<>\s@]{1,300}@[^<>\s@]{1,255}>")
_ID_FIELD: Final = re.compile(
    r"^(?:x-)?(?:original-)?message-id\s*[:：]\s*(<[^<>\s]{1,600}>)", re.IGNORECASE | re.MULTILINE
)
_FIELD: Final = re.compile(
    r"^(action|status|diagnostic-code)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(
    r"(?<![\w.-])(421|45[0-4]|521|541|55[0-6])(?![\w.])(?!\s*(?:[KMG]?B\b|字节|封|个|元))",
    re.IGNORECASE | re.ASCII,
)
_BOUNCE_WORDS: Final = re.compile(
    r"退信|被退回|退回的邮件|无法投递|无法送达|投递失败|发送失败|未能送达|未送达|投递延迟"
    r"|undeliver|returned mail|failure notice|"
    r"delivery (?:status|failure|has failed|incomplete|delayed)"
    r"|mail delivery (?:failed|failure|system)|could not be delivered|delivery notification",
    re.IGNORECASE,
)
_DELAYED: Final = re.compile(
    r"投递延迟|继续尝试|尚未(?:送达|投递)|仍在尝试|delayed|will (?:keep trying|be retried|retry)"
    r"|still trying|not yet been delivered|no action is required",
    re.IGNORECASE,
)


def bounce_of(
    root: Part, marks: frozenset[Mark], thread_ids: tuple[str, ...], reader: PartReader
) -> Bounce | None:
    """What the mail reports of a letter that came back, or None when it is no bounce."""
    if not marks & _SIGNS or _is_other_report(root):
        return None
    parts = list(_parts(root))
    status_text = "\n".join(_text(part) for part in parts if part.kind in _STATUS_KINDS)
    words = f"{root.headers.text('subject')}\n{bodies.text_of(root, reader)}"[:_MAX_TEXT]
    if not status_text and not _BOUNCE_WORDS.search(words):
        return None
    ids = _message_ids(parts, words, thread_ids)
    return _by_fields(status_text, words, ids) if status_text else _by_words(words, ids)


def _is_other_report(root: Part) -> bool:
    """A read receipt, a complaint: reports that bring no letter back."""
    told = root.type_parameters.get("report-type", "").lower()
    return root.kind == "multipart/report" and told not in {
        "",
        "delivery-status",
        "delivery-report",
    }


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _parts(child)


def _text(part: Part) -> str:
    return decode(part.content()[:_MAX_TEXT], part.type_parameters.get("charset", "")).text.replace(
        "\r\n", "\n"
    )


def _message_ids(parts: list[Part], words: str, thread_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Message-IDs that may be our letter's, the likeliest first: of what was returned, then in the
    words, then in the bounce's own headers."""
    returned = "\n".join(
        _text(part).partition("\n\n")[0]
        for part in parts
        if part.kind in _RETURNED or part.file_name.lower().endswith(".eml")
    )
    fields = "\n".join(_text(part) for part in parts if part.kind in _STATUS_KINDS)
    found = [
        *_ID_FIELD.findall(returned),
        *_ID_FIELD.findall(fields),
        *_ID_FIELD.findall(words),
        *thread_ids,
        *_ID.findall(words),
    ]
    return tuple(dict.fromkeys(found))[:MAX_IDS]


def _by_fields(status_text: str, words: str, ids: tuple[str, ...]) -> Bounce:
    fields = [
        (name.lower(), " ".join(value.split())) for name, value in _FIELD.findall(status_text)
    ]
    actions = {value.split(" ")[0].lower() for name, value in fields if name == "action"}
    action = (
        "failed"
        if "failed" in actions or not actions
        else "delayed"
        if "delayed" in actions
        else "delivered"
    )
    diagnostic = " ".join(value for name, value in fields if name == "diagnostic-code")
    exact = _most_exact([value for name, value in fields if name == "status"] + [diagnostic])
    return _judged(ids, action, exact, diagnostic or words)


def _by_words(words: str, ids: tuple[str, ...]) -> Bounce:
    return _judged(
        ids,
        "delayed" if _DELAYED.search(words) else "failed",
        _most_exact([_ID.sub(" ", words)]),
        words,
    )


def _most_exact(texts: list[str]) -> str:
    """The status code that says most; a bare SMTP answer such as 550 says at least
    whether it is permanent."""
    codes = [
        ".".join(match) for text in texts for match in _STATUS.findall(text) if match[0] != "2"
    ]
    told = next((code for code in codes if not code.endswith(".0.0")), codes[0] if codes else "")
    reply = next((match[1] for text in texts if (match := _REPLY.search(text))), "")
    return told or (f"{reply[0]}.0.0" if reply else "")


def _judged(ids: tuple[str, ...], action: str, status: str, words: str) -> Bounce:
    cause = cause_of(status, words)
    lasting = status.startswith("5") if status else bool(cause and cause.lasting)
    reason = cause.reason if cause else UNKNOWN_REASON
    return Bounce(
        ids,
        action,
        status,
        permanent=action == "failed" and lasting,
        reason=f"{reason}（{status}）" if status else reason,
    )
