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
    r"(?:如|若|倘|绝?无|没有|不存在|不得|以免|防止|避免)[^，。；;！!？?\n]{0,12}"
    r"(?:伪造|假冒|冒[用充名]|盗用|虚假|异议)"
    r"|(?:防范?|警惕|反)[^，。；;！!？?\n]{0,6}(?:诈骗|被骗|骗子)"
    r"|未经[^，。；;！!？?\n]{0,10}授权[，,]?[^，。；;！!？?\n]{0,10}(?:不得|禁止|严禁)"
    r"[^，。；;！!？?\n]{0,6}(?:使用|转[发载]|披露|复制|传播|泄露|散布|打印|分发)"
)
"""What many a request promises (如有伪造，愿承担法律责任), and what mail servers add to every mail:
谨防诈骗, 未经授权，不得转发."""
_OUR: Final = r"(?:我们?|我司|我方|[我本][单公]?[司位院厂校所社])"
_NOT_YET: Final = r"(?:勿(?:予|再)?|请[^，。\n]{0,6}不予|(?:先|千万)(?:别|不要)|(?<!要)不要|别)"
_DISPUTE: Final = re.compile(
    # fraud, and doubt of the papers or of who asks
    r"冒充|冒[用名]|假冒|伪造|盗用|诈骗|骗子|被骗|举报|真伪|真假|私[刻自]|是假的|是真的[吗么?？]"
    r"|是否(?:真实|属实)|(?:公章|印章|执照)[^，。\n]{0,3}被[盗私冒伪他别]|谁(?:提交|申请|发|让)"
    r"|无权|身份不符|(?:发件|申请|经办|此|该)人[^，。\n]{0,4}(?:不是|并非)|(?<!不知)(?<!不知道)怎么回事"
    # no consent
    r"|不(?:知情|认可)|不同意(?:解绑|办理|[该此这，。！\n]|$)|(?<![无没])(?<!没有)异议|否认|没有的事"
    # what the centre is to do
    r"|请冻结|请驳回|(?:申请|此件|邮件|材料)(?:作废|无效)"
    rf"|{_NOT_YET}(?:[给帮替][他她其]们?)?(?:受理|办理|处理|通过|批准|[办解](?![公决]))"
    r"|(?:停止|终止|中止|取消|暂停|暂缓|拒绝)[该此这本]?[个项次]?(?:受理|办理|处理|申请|解绑)"
    r"|请(?:予以?)?(?:撤[销回](?:以[上下]|[下上]面|该|此|这|本)|拒绝(?:[，。；！\n]|$))"
    # we did not ask
    r"|(?<![:：])(?:没有?+|从未|从没|并未|未曾|未|不是|并非|非)(?!能?收到)[^，。；;！!？?\n]{0,8}"
    r"(?:申请|提出|授权|委托|发送|发出)(?:过|的|任何|[，。；;！!？?\n]|$)"
    r"|(?:没有?|从未|未)(?:提交|委托|安排|授权)(?:过|任何|[这此该人])"
    rf"|(?:不是|并非|非)由?{_OUR}(?:的|行为|人|员工|[^，。；;！!？?\n]{{0,6}}[发写办交]的)"
    rf"|[与和跟]{_OUR}无关|^(?:拒绝|停|驳回|异议|假的|没申请)[。！!]?$"
    r"|did ?n[o'’]t (?:request|apply|send|ask)|never (?:requested|applied|asked)|was not us"
    r"|(?:do not|don['’]t) (?:unbind|process)|this is (?:a )?(?:fraud|scam|fake)|^please stop",
    re.IGNORECASE | re.MULTILINE,
)


def disputes(text: str) -> bool:
    """Whether `text` may ask about a request, deny or report one that it repeats."""
    return _DISPUTE.search(_USUAL.sub("", text)) is not None
