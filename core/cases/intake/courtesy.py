"""Whether a mail is only courtesy (thanks, 收到, a greeting), which nobody needs to read, or the
opposite: a complaint, or words against a request.

The list of words is short on purpose: for any other word a person reads the mail, which costs less
than a complaint mistaken for thanks.
"""

import re
from typing import Final

_COURTESY: Final = re.compile(
    r"(?:尊敬的|各位|领导|老师|同志|工作人员|您|你们?|好的?|好滴|嗯|行|可以|明白|知道|收到|了解"
    r"|已阅|告知|谢谢?|感谢|多谢|万分|非常|十分|太|真是?|辛苦|麻烦|费心|打扰"
    r"|祝好|祝工作顺利|工作顺利|此致|敬礼|了|啦|哈|呀|哦|的|啊|ok|thank\s?you|thanks?"
    r"|[\s,.!~，。！～、:：;；\-_👍🙏🌹])++",
    re.IGNORECASE,
)


_SIGNED: Final = re.compile(
    r"[\u4e00-\u9fff·]{2,4}|[^?？!！。，,不没未无别停请怎何吗呢要我你他她这此已被系是人]{2,30}"
    r"(?:公司|集团|中心|[院所厂店局部处科室行社])"
    r"|(?:联系)?(?:电话|手机|座机|传真|地址|邮编|邮箱|微信|tel|mobile|fax|e-?mail|add"
    r"|qq)[:：. ][^，。！？!?]{1,50}"
    r"|[\d\s+()（）:：./年月日-]{1,40}|[\w.+-]{1,40}@[\w.-]{1,40}"
    r"|(?:发自|sent from)[^，。！？!?]{1,30}",
    re.IGNORECASE,
)
"""A line of a signature: a name, an enterprise, a telephone number, an address or a date."""

_COMPLAINT: Final = re.compile(r"[不没未无非别停错假冒误坏丢失撤诉骗盗谁]")
_HARMLESS: Final = re.compile(r"不好意思|非常|无误|没问题|没有异议|无异议")
"""Words with characters of a complaint that are none."""


def is_courtesy(text: str) -> bool:
    """Whether the text, without quotes, is only courtesy, perhaps with a signature after an empty
    line. An empty text is, too."""
    words, _, signature = re.sub(r"\n[^\S\n]*(?=\n)", "\n", text.strip()).partition("\n\n")
    if not words:
        return True
    lines = [line.strip() for line in signature.splitlines() if line.strip()]
    return _COURTESY.fullmatch(words) is not None and all(
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


_USUAL: Final = re.compile(
    r"(?:如|若|倘|绝?无|没有|不存在|不得)[^，。；;！!？?\n]{0,12}(?:伪造|假冒|冒用|冒充|盗用)"
    r"|(?:防范?|警惕|反)[^，。；;！!？?\n]{0,6}(?:诈骗|被骗|骗子)"
    r"|未经[^，。；;！!？?\n]{0,10}授权[，,]?[^，。；;！!？?\n]{0,10}(?:不得|禁止|严禁)"
    r"[^，。；;！!？?\n]{0,6}(?:使用|转[发载]|披露|复制|传播|泄露|散布|打印|分发)"
)
"""What many a request promises (如有伪造，愿承担法律责任), and what mail servers add to every mail:
谨防诈骗, 未经授权，不得转发."""
_DISPUTE: Final = re.compile(
    r"冒充|冒用|假冒|伪造|盗用|诈骗|骗子|被骗|举报|真伪|真假|是真的[吗么?？]"
    r"|是否(?:真实|属实)|不知情|(?:申请|此件|邮件|材料)作废"
    r"|勿(?:予|再)?(?:受理|办理|处理|通过)|停止(?:受理|办理|处理)"
    r"|请(?:予以?)?(?:撤[销回](?:以[上下]|[下上]面|该|此|这|本)|拒绝(?:受理|办理|[，。；！\n]|$))"
    r"|(?<![:：])(?:没有?+|从未|从没|并未|未曾|未|不是|并非|非)(?!能?收到)[^，。；;！!？?\n]{0,8}"
    r"(?:申请|提出|授权|委托|发送|发出)(?:过|的|任何|[，。；;！!？?\n]|$)"
    r"|(?:不是|并非)由?[我本][^，。；;！!？?\n]{0,6}[发写]的"
)


def disputes(text: str) -> bool:
    """Whether `text` may ask about a request, deny or report one that it repeats."""
    return _DISPUTE.search(_USUAL.sub("", text)) is not None
