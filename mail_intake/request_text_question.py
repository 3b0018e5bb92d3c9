"""A question about locks that asks for nothing the desk could do: where to apply for a CA, what it costs, how to bind one, whether the office is open.

Such a mail is for people to answer: a letter that sends it back as an incomplete request would tell the sender nothing. But a request taken for a
question would wait in vain, so only a mail counts that consists of questions and courtesies alone, names no enterprise, and holds no word of unbinding,
of resetting, of a lock that is lost or fails, or of help wanted. How to unbind, or what to do about a lost lock, is no such question: the letter of
return says all that is needed, at once, and is the answer.
"""

import re
from typing import Final

_NEED: Final = re.compile(
    r"解|重[置设新绑]|换|改|密码|口令|丢|失|忘|坏|损|期|废|旧|原[锁来绑c]|老锁|前[员任经]|离职|变更|更[名新正]|"
    r"注销|取消|清除|删|去掉|补[办交发寄]|新锁|挂|停用|锁[定死住]|被锁|错|误|"
    r"[已被误]绑|绑(?:定)?(?:了|过|的)|申请|材料|附件|资料|证件|扫描|盖章|公章|营业执照|身份证|委托|帮[忙我助]?|麻烦|请(?!问|教|假)|烦|望|恳|急|尽快|尽早|处理|"
    r"受理|(?<!能)不[能了上到出好行识认灵亮动]|无法|没[反法有]|异常|报错|提示|显示|失败|企业名称[ ]*[:=|]|unbind|reset|lost|expired|help|please")
_ASKS: Final = re.compile(r"[?]|吗|呢(?:$|[,.])|请问|请教|咨询|想问|问一?下|怎么|怎样|如何|哪|什么|啥|多少|几[把个点天家时]|"
    r"为何|是否|能否|可否|有没有|多久|可不可以|能不能")
_COURTESY: Final = re.compile(
    r"(?:(?:各位)?(?:领导|老师|同志|先生|女士|客服|工作人员)|[你您](?:们)?好|hi|hello|谢谢?|感谢|多谢|万分|非常|十分|辛苦|打扰|不好意思|抱歉|此致|敬礼|祝[^,。!\n]{0,10}|盼复|"
    r"敬上|谢了|啦|了|您|你们?|尊敬的|早上好|上午好|中午好|下午好|晚上好|[,.!~ 　:])*")
_LONGEST_TITLE: Final = 12
_LONGEST: Final = 300


def only_asks(title: str, body: str) -> bool:
    """Whether the folded title and body hold questions and courtesies alone, and no word of a need that the desk answers. Short titles may be bare."""
    if len(body) > _LONGEST or _NEED.search(f"{title}\n{body}"):
        return False
    said = [part for part in _sentences(body) if not _COURTESY.fullmatch(part)]
    if len(title) > _LONGEST_TITLE and not _ASKS.search(title):
        return False
    return bool(said or _ASKS.search(title)) and all(_ASKS.search(part) for part in said)


def _sentences(text: str) -> list[str]:
    """The sentences with the marks that end them, because a question mark alone makes a question."""
    parts = re.findall(r"[^。!?\n;]+[。!?;]*", text)
    return [part.strip() for part in parts if part.strip(" 。!;")]
