"""Reads a bounce: which letter came back, whether for good, and why in plain words.

Delivery reports by RFC 3464 are read field by field. Chinese providers (QQ, 163, Aliyun) often send
words only, 退信 from postmaster, with the letter's Message-ID somewhere in the text or in what they
attach; there the words decide. Read receipts, complaints and out-of-office notes are no bounces.
Whether a Message-ID is one of ours the store knows. Nothing of the report is passed on in its own
words, since it may hold addresses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.data.submission import Bounce, Mark
from mail_intake.message.charsets import decode
from mail_intake.message.mime_parts import MULTIPART_REPORT, Part

MAX_IDS = 50
_MAX_TEXT = 200_000
_SIGNS = frozenset({Mark.REPORT, Mark.DAEMON, Mark.NULL_RETURN_PATH})
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_STATUS_KINDS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ID = re.compile(r"<[^<>\s@]{1,300}@[^<>\s@]{1,255}>")
_ID_FIELD = re.compile(
    r"^(?:x-)?(?:original-)?message-id\s*[:：]\s*(<[^<>\s]{1,600}>)", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(
    r"^(action|status|diagnostic-code)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(
    r"(?<![\w.-])(421|45[0-4]|521|541|55[0-6])(?![\w.])(?!\s*(?:[KMG]?B\b|字节|封|个|元))",
    re.IGNORECASE | re.ASCII,
)
_BOUNCE_WORDS = re.compile(
    r"退信|被退回|退回的邮件|无法投递|无法送达|投递失败|发送失败|未能送达|未送达|投递延迟"
    r"|undeliver|returned mail|failure notice|"
    r"delivery (?:status|failure|has failed|incomplete|delayed)"
    r"|mail delivery (?:failed|failure|system)|could not be delivered|delivery notification",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"投递延迟|继续尝试|尚未(?:送达|投递)|仍在尝试|delayed|will (?:keep trying|be retried|retry)"
    r"|still trying|not yet been delivered|no action is required",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Cause:
    """Why a letter came back, by status code (RFC 3463) or by words of mail servers: both are
    patterns.

    `lasting`: without a status code, these words mean that trying again will not help.
    """

    reason: str
    status: str
    words: str
    lasting: bool = False


_CAUSES = (
    _Cause(
        "收件地址不存在或已停用",
        r"^[45]\.1\.[136]$|^5\.1\.10$|^[45]\.2\.1$",
        r"(?:用户|账号|帐号|账户|邮箱|邮箱地址|收件人|地址)[^，。\n]{0,8}(?:不存在"
        r"|已停用|已注销|被禁用)|"
        r"不存在的?(?:用户|邮箱|收件人)|无此(?:用户|邮箱)|user unknown|"
        r"unknown (?:user|recipient)|no such (?:user|recipient|mailbox)|"
        r"user (?:doesn't|does not) exist|(?:mailbox|recipient|user) not found|"
        r"recipient address rejected|invalid recipient|account (?:is )?disabled|"
        r"(?:account|address|mailbox|recipient)[^\n]{0,60} does not exist",
        lasting=True,
    ),
    _Cause(
        "对方域名无法找到",
        r"^[45]\.1\.2$|^5\.4\.4$",
        r"域名[^，。\n]{0,8}(?:不存在|错误|无法解析)|host (?:or domain name )?not found|"
        r"domain (?:not found|does not exist)|nxdomain",
        lasting=True,
    ),
    _Cause(
        "对方邮箱已满",
        r"^[45]\.2\.2$",
        r"(?:邮箱|空间|容量)[^，。\n]{0,8}(?:已满|不足|超)|over ?quota|quota exceeded|"
        r"mailbox (?:is )?full|insufficient (?:system )?storage",
    ),
    _Cause(
        "邮件超过对方允许的大小",
        r"^[45]\.(?:2\.3|3\.4)$",
        r"邮件(?:太|过)大|超过[^，。\n]{0,10}大小|too large|size limit|"
        r"exceeds (?:the )?(?:maximum )?size",
    ),
    _Cause(
        "被对方服务器拒收",
        r"^5\.7\.\d+$",
        r"拒收|被拒绝|垃圾邮件|黑名单|spam|blocked|rejected|policy|denied",
    ),
    _Cause(
        "对方服务器暂时无法投递",
        r"^4\.\d+\.\d+$|^5\.4\.\d+$",
        r"超时|连接失败|无法连接|频率|稍后|timed? ?out|connection (?:refused|failed)|"
        r"try again|temporar|deferred|greylist",
    ),
)
_UNKNOWN_REASON = "未说明原因"


def bounce_of(
    root: Part, marks: frozenset[Mark], thread_ids: tuple[str, ...], body: str
) -> Bounce | None:
    """The mail's report on a letter that came back, or None when it is no bounce."""
    if not marks & _SIGNS or _is_other_report(root):
        return None
    parts = list(_parts(root))
    report = "\n".join(_text(part) for part in parts if part.kind in _STATUS_KINDS)
    words = f"{root.headers.text('subject')}\n{body}"[:_MAX_TEXT]
    if not report and not _BOUNCE_WORDS.search(words):
        return None
    ids = _message_ids(parts, report, words, thread_ids)
    if not report:
        action = "delayed" if _DELAYED.search(words) else "failed"
        return _bounce(ids, action, [_ID.sub(" ", words)], words)
    fields: dict[str, list[str]] = {"action": [], "status": [], "diagnostic-code": []}
    for name, value in _FIELD.findall(report):
        fields[name.lower()].append(" ".join(value.split()))
    actions = {value.split(" ")[0].lower() for value in fields["action"]}
    action = "delayed" if "delayed" in actions else "delivered"
    if "failed" in actions or not actions:
        action = "failed"
    diagnosis = " ".join(fields["diagnostic-code"])
    return _bounce(ids, action, [*fields["status"], diagnosis], diagnosis or words)


def _is_other_report(root: Part) -> bool:
    """A read receipt, a complaint: reports that bring no letter back."""
    report_type = root.type_parameters.get("report-type", "").lower()
    return root.kind == MULTIPART_REPORT and report_type not in {
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


def _message_ids(
    parts: list[Part], report: str, words: str, thread_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """Message-IDs that may be our letter's, the likeliest first: of what was returned, then in the
    words, then in the bounce's own headers."""
    returned = "\n".join(
        _text(part).partition("\n\n")[0]
        for part in parts
        if part.kind in _RETURNED or part.file_name.lower().endswith(".eml")
    )
    named = _ID_FIELD.findall(f"{returned}\n{report}\n{words}")
    return tuple(dict.fromkeys([*named, *thread_ids, *_ID.findall(words)]))[:MAX_IDS]


def _bounce(ids: tuple[str, ...], action: str, reports: list[str], words: str) -> Bounce:
    """`reports`: texts with status codes. `words`: texts whose words decide where no code does."""
    status = _status_in(reports)
    cause = None
    if status and not status.endswith(".0.0"):
        cause = next((one for one in _CAUSES if re.search(one.status, status)), None)
    cause = cause or next(
        (one for one in _CAUSES if re.search(one.words, words, re.IGNORECASE)), None
    )
    lasting = status.startswith("5") if status else bool(cause and cause.lasting)
    reason = cause.reason if cause else _UNKNOWN_REASON
    return Bounce(
        ids,
        action,
        status,
        permanent=action == "failed" and lasting,
        reason=f"{reason}（{status}）" if status else reason,
    )


def _status_in(texts: list[str]) -> str:
    """The status code that says most; a bare SMTP answer such as 550 says at least
    whether it is permanent."""
    text = "\n".join(texts)
    codes = [".".join(match) for match in _STATUS.findall(text) if match[0] != "2"]
    reply = _REPLY.search(text)
    if not codes and reply:
        codes = [f"{reply[1][0]}.0.0"]
    return min(codes, key=lambda code: code.endswith(".0.0"), default="")
