"""Whether a mail is only courtesy (thanks, 收到, a greeting), which nobody needs to read, or the
opposite: a complaint.

The list of words is short on purpose: for any other word a person reads the mail, which costs less
than a complaint mistaken for thanks.
"""

import re

_WORDS = (
    r"尊敬的|各位|领导|老师|同志|工作人员|您|你们?|好的?|好滴|嗯|行|可以|明白|知道|已?收到|了解"
    r"|已阅|告知|谢谢?|感谢|多谢|万分|非常|十分|太|真是?|辛苦|麻烦|费心|打扰"
    r"|祝好|祝工作顺利|工作顺利|此致|敬礼|了|啦|哈|呀|哦|的|啊|ok|thank\s?you|thanks?"
    r"|[\s,.!~，。！～、:：;；\-_👍🙏🌹]"
)
_COURTESY = re.compile(rf"(?:{_WORDS})++", re.IGNORECASE)
_CONFIRMATION = re.compile(
    r"(?!(?s:.*)请[^，。\n]{0,6}(?:确认|核))"
    r"(?=(?s:.*)(?:是的|^对|是由?[我本]|属实|真实|确[认实为系是]|同意|无误|没有?问题"
    r"|[无没]有?异议|没错|知[情晓悉]|^yes))"
    rf"(?:{_WORDS}|[是对由系实为给并该此这本个份件次项事请贵经]|yes|核[对实]|以上|信息"
    r"|属实|真实|有效|情况|确认?|同意|批准|无误|没有?问题|[无没]有?异议|知[情晓悉]|已经?"
    r"|我[们司方]?|[我本贵][单公][位司]|公司|单位|中心|申请|提交|提出|发起|委托|授权|办理"
    r"|处理|解绑|解除绑定|绑定|予以?|尽快|及时|帮忙|没错|继续|照常|正常|员工|同事|本人|ca|锁)++",
    re.IGNORECASE,
)
"""A confirmation in plain words. None of them negates or asks."""


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
    return not text.strip() or _is_only(_COURTESY, text)


def confirms(text: str) -> bool:
    """Whether the text confirms a request and says nothing else, likewise with a signature."""
    return _is_only(_CONFIRMATION, text)


def _is_only(pattern: re.Pattern[str], text: str) -> bool:
    words, _, signature = re.sub(r"\n[^\S\n]*(?=\n)", "\n", text.strip()).partition("\n\n")
    lines = [line.strip() for line in signature.splitlines() if line.strip()]
    return pattern.fullmatch(words) is not None and all(
        _COURTESY.fullmatch(line) or _is_signature(line) for line in lines
    )


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
