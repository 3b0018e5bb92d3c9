"""Whether a mail in a case's thread is courtesy alone: thanks, 收到, a greeting. Nobody needs to read it.

It knows few words on purpose: a word it does not know makes the mail one to be read, which costs a glance; a complaint taken for thanks costs more.
"""

import re
from typing import Final

_COURTESY: Final = re.compile(
    r"(?:尊敬的|各位|领导|老师|同志|工作人员|您|你们?|好的?|好滴|嗯|行|可以|明白|知道|收到|了解|已阅|告知|谢谢?|感谢|多谢|万分|非常|十分|太|真是?|辛苦|麻烦|费心|打扰"
    r"|祝好|祝工作顺利|工作顺利|此致|敬礼|了|啦|哈|呀|哦|的|啊|ok|thanks?|thank\s?you|[\s,.!~，。！～、:：;；\-_👍🙏🌹])+",
    re.IGNORECASE,
)


def is_courtesy(text: str) -> bool:
    """`text`: what the sender wrote now, without what is quoted. No text at all says nothing either."""
    return not text.strip() or _COURTESY.fullmatch(text.strip()) is not None
