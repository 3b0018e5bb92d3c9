"""Reads from the headers and the text whether a mail may be answered automatically.

It marks; the rules decide (RULES.md section 3).

Sources: RFC 3834 (automatic responses), RFC 2369 and 2919 (lists), MS-OXCMAIL 2.2.3.2.14
(X-Auto-Response-Suppress), and the habits of mailer daemons and of programs that answer
automatically without saying so in a header (QQ and others: the subject begins with 自动回复).
"""

import re
from collections.abc import Collection

from core.data.letter import LOOP_HEADER
from core.data.submission import Mark
from mail_intake.message.mail_addresses import addresses
from mail_intake.message.mime_parts import Headers

_DAEMON = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|postmaster|mailerdaemon|mdaemon|mailsystem"
    r"|mail-system)(?:[-+_.].*)?"
)
_NOREPLY = re.compile(
    r"(?:.*[-_.+])?(?:no|donot|do-not|do_not|not|never)[-_.]?(?:reply|response"
    r"|answer)(?:[-_.+].*)?|noreply.*|bounces?(?:[-+_.].*)?"
)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_SUPPRESSED = frozenset({"dr", "autoreply", "all"})
_LIST_HEADERS = frozenset(
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
_REPLIED_HEADERS = frozenset(
    {"x-autoreply", "x-autorespond", "x-autoresponder", "x-autoresponse", "x-auto-reply"}
)
_OF_ITSELF = (
    r"(?:(?:外出|休假|假期|节假日|请假|出差|会议|系统|邮件)?自动(?:回复|答复|应答|回覆|回信)|"
    r"auto(?:matic)?[ -]?(?:reply|response|answer)|out of (?:the )?office)"
)
_FRAMED = rf"[\[【(（]\s*{_OF_ITSELF}\s*[\]】)）]"
_REPLIED_SUBJECT = re.compile(
    rf"\s*(?:{_FRAMED}|{_OF_ITSELF}\s*(?:[:：,，-]|$|\s)|auto\s*[:：])|.{{0,900}}{_FRAMED}\s*$",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT = re.compile(
    r"\s*(?:(?:邮件)?(?:已读|未读|已阅读|未阅读)(?:回执)?|(?:阅读|已读)?回执|邮件收条"
    r"|(?:not )?read(?: receipt)?|opened)\s*[:：]",
    re.IGNORECASE,
)
# framed at the head of the text, or a sentence that can mean nothing else
_REPLIED_TEXT = re.compile(
    rf"\s*{_FRAMED}|"
    r"(?:.|\n){0,300}?(?:(?:这|此|本)(?:是|为|邮件是|邮件为|邮件系|信为"
    r"|信是)[^。\n]{0,16}自动(?:回复|答复|应答)|"
    r"(?:系统|程序)自动(?:发送|回复|发出)[^。\n]{0,8}(?:请勿|勿|无需|不要|请不要)(?:直接)?回复|"
    r"this is an? auto(?:matic|mated|)[ -]?(?:reply|response|message))",
    re.IGNORECASE,
)


def marks(headers: Headers, own_addresses: Collection[str], new_text: str) -> frozenset[Mark]:
    """The marks of a mail, by its headers, and by a text that calls itself an automatic answer:
    many programs say it nowhere else.

    Without own addresses, NOT_ADDRESSED cannot be decided and is not set.
    """
    own = frozenset(address.strip().lower() for address in own_addresses if address.strip())
    sender, names, subject = sender_of(headers), headers.names(), headers.text("subject")
    local = sender.rpartition("@")[0]
    submitted = {_first_word(value) for value in headers.all("auto-submitted")} - {"", "no"}
    replied = {word for word in submitted if word.startswith("auto-replied")}
    suppressed = {
        word.lower()
        for value in headers.all("x-auto-response-suppress")
        for word in re.split(r"[,;\s]+", value)
    }
    return_paths = (re.sub(r"\s", "", value) for value in headers.all("return-path"))
    precedences = {value.strip().lower() for value in headers.all("precedence")}
    says_replied = (
        _REPLIED_SUBJECT.match(subject)
        or _RECEIPT_SUBJECT.match(subject)
        or _REPLIED_TEXT.match(new_text[:1000])
    )
    signs = {
        Mark.AUTO_REPLIED: replied or names & _REPLIED_HEADERS or says_replied,
        Mark.AUTO_GENERATED: submitted - replied,
        Mark.SUPPRESS: suppressed & _SUPPRESSED,
        Mark.NULL_RETURN_PATH: "<>" in return_paths,
        Mark.REPORT: headers.raw("content-type").strip().lower().startswith("multipart/report"),
        Mark.NO_SENDER: not sender,
        Mark.DAEMON: _DAEMON.fullmatch(local),
        Mark.NOREPLY: _NOREPLY.fullmatch(local),
        Mark.LIST: names & _LIST_HEADERS,
        Mark.PRECEDENCE: precedences & _BULK,
        Mark.OWN: LOOP_HEADER.lower() in names or sender in own,
        Mark.NOT_ADDRESSED: own and own.isdisjoint(recipients(headers)),
    }
    return frozenset(mark for mark, sign in signs.items() if sign)


def _first_word(value: str) -> str:
    """The keyword of Auto-Submitted without comments and parameters."""
    return re.sub(r"\([^()]*\)", "", value).partition(";")[0].strip().lower()


def recipients(headers: Headers) -> tuple[str, ...]:
    """The addresses that a mail is written to."""
    return addresses(headers, "to", "cc", "resent-to", "resent-cc")


def sender_of(headers: Headers) -> str:
    """The address of the first From mailbox that has one, in lower case, or ""."""
    return next(iter(addresses(headers, "from")), "")
