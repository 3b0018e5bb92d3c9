"""Why a letter came back: a table from status codes (RFC 3463)
and the words of mail servers to a reason that people read."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason.

    `lasting`: without a status code, these words mean that trying again will not help.
    """

    reason: str
    lasting: bool
    status: re.Pattern[str]
    words: re.Pattern[str]


def _cause(reason: str, status: str, *words: str, lasting: bool = False) -> Cause:
    return Cause(reason, lasting, re.compile(status), re.compile("|".join(words), re.IGNORECASE))


CAUSES: Final = (
    _cause(
        "收件地址不存在或已停用",
        r"^[45]\.1\.[136]$|^5\.1\.10$|^[45]\.2\.1$",
        r"(?:用户|账号|帐号|账户|邮箱|邮箱地址|收件人|地址)[^，。\n]{0,8}(?:不存在"
        r"|已停用|已注销|被禁用)",
        r"不存在的?(?:用户|邮箱|收件人)",
        r"无此(?:用户|邮箱)",
        r"user unknown",
        r"unknown (?:user|recipient)",
        r"no such (?:user|recipient|mailbox)",
        r"user (?:doesn't|does not) exist",
        r"(?:mailbox|recipient|user) not found",
        r"recipient address rejected",
        r"invalid recipient",
        r"account (?:is )?disabled",
        r"(?:account|address|mailbox|recipient)[^\n]{0,60} does not exist",
        lasting=True,
    ),
    _cause(
        "对方域名无法找到",
        r"^[45]\.1\.2$|^5\.4\.4$",
        r"域名[^，。\n]{0,8}(?:不存在|错误|无法解析)",
        r"host (?:or domain name )?not found",
        r"domain (?:not found|does not exist)",
        r"nxdomain",
        lasting=True,
    ),
    _cause(
        "对方邮箱已满",
        r"^[45]\.2\.2$",
        r"(?:邮箱|空间|容量)[^，。\n]{0,8}(?:已满|不足|超)",
        r"over ?quota",
        r"quota exceeded",
        r"mailbox (?:is )?full",
        r"insufficient (?:system )?storage",
    ),
    _cause(
        "邮件超过对方允许的大小",
        r"^[45]\.(?:2\.3|3\.4)$",
        r"邮件(?:太|过)大",
        r"超过[^，。\n]{0,10}大小",
        r"too large",
        r"size limit",
        r"exceeds (?:the )?(?:maximum )?size",
    ),
    _cause(
        "被对方服务器拒收",
        r"^5\.7\.\d+$",
        r"拒收",
        r"被拒绝",
        r"垃圾邮件",
        r"黑名单",
        r"spam",
        r"blocked",
        r"rejected",
        r"policy",
        r"denied",
    ),
    _cause(
        "对方服务器暂时无法投递",
        r"^4\.\d+\.\d+$|^5\.4\.\d+$",
        r"超时",
        r"连接失败",
        r"无法连接",
        r"频率",
        r"稍后",
        r"timed? ?out",
        r"connection (?:refused|failed)",
        r"try again",
        r"temporar",
        r"deferred",
        r"greylist",
    ),
)
UNKNOWN_REASON: Final = "未说明原因"


def cause_of(status: str, words: str) -> Cause | None:
    """The cause by a specific status code, else by the words."""
    vague = not status or status.endswith(".0.0")
    by_status = (
        None if vague else next((cause for cause in CAUSES if cause.status.search(status)), None)
    )
    return by_status or next((cause for cause in CAUSES if cause.words.search(words)), None)
