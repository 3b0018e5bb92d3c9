"""Reads from the headers whether a mail may be answered automatically.

It marks; the rules decide (RULES.md section 3).

Sources: RFC 3834 (automatic responses), RFC 2369 and 2919 (lists), MS-OXCMAIL 2.2.3.2.14
(X-Auto-Response-Suppress), and the habits of mailer daemons and of programs that answer
automatically without saying so in a header (QQ and others: the subject begins with 自动回复).
"""

import re
from collections.abc import Collection
from typing import Final

from core.cases.letters.letter_marks import LOOP_HEADER
from core.data.submission import Mark
from mail_intake.message.mail_addresses import mailboxes
from mail_intake.message.mime_parts import Headers

_DAEMON: Final = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|postmaster|mailerdaemon|mdaemon|mailsystem"
    r"|mail-system)(?:[-+_.].*)?"
)
_NOREPLY: Final = re.compile(
    r"(?:.*[-_.+])?(?:no|donot|do-not|do_not|not|never)[-_.]?(?:reply|response"
    r"|answer)(?:[-_.+].*)?|noreply.*|bounces?(?:[-+_.].*)?"
)
_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_SUPPRESSED: Final = frozenset({"dr", "autoreply", "all"})
_LIST_HEADERS: Final = frozenset(
    {
        "list-id",
        "list-unsubscribe",
        "list-post",
        "list-help",
        "list-subscribe",
        "list-owner",
        "list-archive",
        "mailing-list",
        "x-mailing-list",
    }
)
_REPLIED_HEADERS: Final = frozenset(
    {"x-autoreply", "x-autorespond", "x-autoresponder", "x-autoresponse", "x-auto-reply"}
)
_OF_ITSELF: Final = (
    r"(?:(?:外出|休假|假期|节假日|请假|出差|会议|系统|邮件)?自动(?:回复|答复|应答|回覆|回信)|"
    r"auto(?:matic)?[ -]?(?:reply|response|answer)|out of (?:the )?office)"
)
_FRAMED: Final = rf"[\[【(（]\s*{_OF_ITSELF}\s*[\]】)）]"
_REPLIED_SUBJECT: Final = re.compile(
    rf"\s*(?:{_FRAMED}|{_OF_ITSELF}\s*(?:[:：,，-]|$|\s)|auto\s*[:：])|.{{0,900}}{_FRAMED}\s*$",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT: Final = re.compile(
    r"\s*(?:(?:邮件)?(?:已读|未读|已阅读|未阅读)(?:回执)?|(?:阅读|已读)?回执|邮件收条"
    r"|(?:not )?read(?: receipt)?|opened)\s*[:：]",
    re.IGNORECASE,
)
# framed at the head of the text, or a sentence that can mean nothing else
_REPLIED_TEXT: Final = re.compile(
    rf"\s*{_FRAMED}|"
    r"(?:.|\n){0,300}?(?:(?:这|此|本)(?:是|为|邮件是|邮件为|邮件系|信为"
    r"|信是)[^。\n]{0,16}自动(?:回复|答复|应答)|"
    r"(?:系统|程序)自动(?:发送|回复|发出)[^。\n]{0,8}(?:请勿|勿|无需|不要|请不要)(?:直接)?回复|"
    r"this is an? auto(?:matic|mated|)[ -]?(?:reply|response|message))",
    re.IGNORECASE,
)
_RECIPIENT_HEADERS: Final = ("to", "cc", "resent-to", "resent-cc")


def marks(headers: Headers, own_addresses: Collection[str] = ()) -> frozenset[Mark]:
    """The marks of a mail's headers.

    Without own addresses, NOT_ADDRESSED cannot be decided and is not set.
    """
    own = frozenset(address.strip().lower() for address in own_addresses if address.strip())
    sender = sender_of(headers)
    found = _automatic(headers) | _path(headers) | _sender(sender) | _bulk(headers)
    if LOOP_HEADER.lower() in headers.names() or (sender and sender in own):
        found.add(Mark.OWN)
    if own and not own & _addressed(headers):
        found.add(Mark.NOT_ADDRESSED)
    return frozenset(found)


def marks_of_text(new_text: str) -> frozenset[Mark]:
    """The mark of a text that calls itself an automatic answer;
    many programs say it nowhere else."""
    return frozenset({Mark.AUTO_REPLIED} if _REPLIED_TEXT.match(new_text[:1000]) else ())


def sender_of(headers: Headers) -> str:
    """The address of the first From mailbox that has one, in lower case, or ""."""
    return next(
        (box.address for value in headers.all("from") for box in mailboxes(value) if box.address),
        "",
    )


def _automatic(headers: Headers) -> set[Mark]:
    found: set[Mark] = set()
    for value in headers.all("auto-submitted"):
        word = re.sub(r"\([^()]*\)", "", value).strip().lower().partition(";")[0].strip()
        if word.startswith("auto-replied"):
            found.add(Mark.AUTO_REPLIED)
        elif word and word != "no":
            found.add(Mark.AUTO_GENERATED)
    subject = headers.text("subject")
    if (
        headers.names() & _REPLIED_HEADERS
        or _REPLIED_SUBJECT.match(subject)
        or _RECEIPT_SUBJECT.match(subject)
    ):
        found.add(Mark.AUTO_REPLIED)
    suppress = {
        word.strip().lower()
        for value in headers.all("x-auto-response-suppress")
        for word in re.split(r"[,;\s]+", value)
    }
    if suppress & _SUPPRESSED:
        found.add(Mark.SUPPRESS)
    return found


def _path(headers: Headers) -> set[Mark]:
    found: set[Mark] = set()
    if any(re.sub(r"\s", "", value) == "<>" for value in headers.all("return-path")):
        found.add(Mark.NULL_RETURN_PATH)
    if headers.raw("content-type").strip().lower().startswith("multipart/report"):
        found.add(Mark.REPORT)
    return found


def _sender(sender: str) -> set[Mark]:
    if not sender:
        return {Mark.NO_SENDER}
    local = sender.rpartition("@")[0]
    found: set[Mark] = set()
    if _DAEMON.fullmatch(local):
        found.add(Mark.DAEMON)
    if _NOREPLY.fullmatch(local):
        found.add(Mark.NOREPLY)
    return found


def _bulk(headers: Headers) -> set[Mark]:
    found: set[Mark] = set()
    if headers.names() & _LIST_HEADERS:
        found.add(Mark.LIST)
    if any(value.strip().lower() in _BULK for value in headers.all("precedence")):
        found.add(Mark.PRECEDENCE)
    return found


def _addressed(headers: Headers) -> frozenset[str]:
    return frozenset(
        box.address
        for name in _RECIPIENT_HEADERS
        for value in headers.all(name)
        for box in mailboxes(value)
    )
