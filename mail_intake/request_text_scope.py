"""Reads the reach of negation and asking within one clause: what is said of each topic that it names.

A topic is refused by a negation that reaches it (不需要解绑, 重置密码就不用了), asked for by a verb of asking or by being all that is
said, and shares its neighbour's lot when joined to it by 和 or 并. A negation that these rules do not know leaves a mere mention: it is
never read as a yes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Said(Enum):
    """What a clause does with a topic."""

    ASKS = "asks"
    TITLES = "titles"        # names the act without a verb of asking: a heading, a subject
    REFUSES = "refuses"
    MENTIONS = "mentions"
    QUESTIONS = "questions"
    DOUBTS = "doubts"
    NEGATES = "negates"      # with a negation whose reach is not known: a heading that says the same is no yes any more


@dataclass(frozen=True, slots=True)
class Statement:
    """One topic ("unbind" or "reset") in one clause."""

    topic: str
    said: Said


AUX: Final = (
    r"(?:需要|需|用|必|要求|要|想|再|涉及|包括|包含|含|打算|考虑|进行|办理|申请|同意|予以|给予|予|作|帮忙|帮|给|我们?|公司|单位|企业|该|此|这个|ca|锁|账号|账户|"
    r"证书|数字|原来|原|旧|新|注册|登录|登陆|的|系统|平台|密码|现在|目前|暂时|另外|另行|"
    r"单独|一并|同时|必须|打算|准备|也|就|都|均|了|人|来|对|把|将|做|额外|重新|协助|麻烦|[你您]们?|贵(?:方|司|中心|单位)|老师|请|[ :\"“”])")
NO: Final = (r"(?:不(?!能|可|会|了|知|清|确|得|仅|但|光|只|然|同(?!意)|用了(?=申请|请|需|现|特|麻烦|要)|变|管|过|好|上|着|到|出|动|对|方|便|在|小心|慎)|无需|"
             r"无须|毋需|毋须|没有?必要|没有?需要|"
              r"没有?要求|暂不|先不|不是|并非|未涉及|别(?!的)|勿|免(?!费)|拒绝|否)")
ENGLISH_NO: Final = (r"(?<![a-z])(?:no(?:t|ne|r|pe)?|never|neither|without|cannot|unless|except|avoid|skip|omit|stop|cancel|decline|refuse|forbid|"
    r"instead|unnecessary|"
                     r"needless|(?:do|does|did|is|was|are|should|must|need|would|will|ca|could|wo)n['’‘`]?t)(?![a-z])(?!\.? ?\d)")
_ENGLISH_AUX: Final = (r"(?:[ ,]+(?:please|at all|any|need(?:ed|s)?|to|want|have|wish|for|the|an?|my|our|us|be|is|are|it|required|request|asking|ca|lock|key|"
                       r"registration|login|account|password|do))*+")
_NO_BEFORE: Final = re.compile(rf"(?:{NO}{AUX}*+|{ENGLISH_NO}{_ENGLISH_AUX}[ ]*)$")
_ENGLISH_NO_BEFORE: Final = re.compile(rf"{ENGLISH_NO}{_ENGLISH_AUX}[ ]*$")
_NO_AFTER: Final = re.compile(rf"^(?:t?ing)?(?:[ :-]*(?:of|the|our|my|password|registration|account|login|ca|lock|key|is|was|are|be|will|it|"
    rf"should))*[ :-]*{ENGLISH_NO}(?:[ ]+(?:"
                              rf"need\w*|require\w*|necessary|be|to|at all|thanks?|thank you|do|it))*[ .]*$|^(?:{AUX}|操作|这块|的话|是|则|先|一?项|选择?|填|,|"
                              rf"事宜|业务|方面|功能|这项|上|嘛|呢|呀|吧|先|[ ])*?(?:不需要|不用|无需|无须|不必|不要|不重置|不解绑|"
                              rf"不解除|算了|不办理?|不弄|不申请|不做|不处理|免了|否|暂不|暂不需要|先不用|没必要|不需|不|n|×)"
                              r"(?:了|重置|解绑|办理|处理|进行|做|操作|哈|啊|哦|谢谢|的|吧|[ .\"“”])*$")
_YES_AFTER: Final = re.compile(rf"^(?:{AUX}|操作|也|都|均|是|项|选择?|填|,|事宜|业务)*?(?:需要|也要|要|是|需|y|yes|√|同意|请办理|麻烦|一起|一并|谢谢)(?:的|了|"
    rf"办理|处理|一下|"
                               rf"谢谢|进行|操作|[ .])*$")
_ASKING: Final = re.compile(r"请|please|(?<![a-z])(?:request|want|wish|would like|ask)(?:ing)? (?:you |for |to )|"
                           r"申请|需要|需|要|希望|想|麻烦|帮|恳请|办理|给予|予以|望|求|同意|确认|进行|协助|务必|必须|尽快|特|拟|只|仅|还|也|一并|"
                            r"同时|把|将|对|给|先|再|并|和|及|再次|马上|立即|急|为|完成|一起|一块|顺便|顺带")
_PAST: Final = re.compile(r"(?:已经?|曾经?|刚刚?|上次|之前|昨天|前几天|前天|上周|"
                          r"上个?月|上个?星期|上个?礼拜|前些[天日]|刚才|去年|今早|未|没有?|尚未|还没有?|还未|无法|不能|不让|未能|能|正在|在|等待|等|待|通过|"
                          r"按照?|为了|凡|所谓|关于如何|不会|会|可|可以|才能|才可以?)"
                           rf"(?:(?:提交|发送|发过|发|完成|成功|过|自行|自己|{AUX}))*+$")
_BY_ONESELF: Final = re.compile(rf"(?:自行|自己)(?:{AUX}|去|会|能|可以|可)*+$")
_SENT: Final = re.compile(r"(?:已|发|寄|提交|递交|投递)(?:送|出|来|去)?(?:了|过|的)[^,]{0,12}$")
_REFERS: Final = re.compile(
    r"^(?:ca|锁|证书|账号|绑定|申请|手续|业务|注册密码|登录密码|密码|的|[ ])*?(?:后|之后|以后|时候?|之前|前|成功|完成|失败|未果|.{0,2}(?:被|有?异议|提出|"
    r"错了?)|申请(?:表|模板|格式|单|样本|流程|条件|须知)|申请(?:书|邮件|材料|资料)?.{0,8}(?:交|发|递|寄)(?:了|过|上去)|申请(?:书|邮件|材料|资料)?.{0,2}(?:已|提交了|提交|发了|发出|处理|通过|审核|受理|被|没|未|还|多久|怎|"
    r"进度|状态|结果)|不了|不成功|不上|流程|步骤|"
    r"方法|方式|材料|资料|邮件|问题|咨询|进度|情况|结果|通知|教程|"
    r"要求|规定|模板|格式|说明书|说明|功能|按钮|页面|链接|记录|吗|么|没|了没|多久|怎么|如何|需要什么|需要哪些|需要多|要多久|要什么|的(?=[^ .、+/])(?!申请|"
    r"请求|需求|要求)|才能|才可|失效|报错|提示|无效|之?类|收到|中)")
_AFTERWARDS: Final = re.compile(r"^(?:ca|锁|证书|账号|绑定|密码|[ ])*?(?:后|之后|以后)")
_EMPTY_REST: Final = re.compile(r"(?:(?:原来?|旧|老|已?(?:丢失|遗失|过期|损坏|到期|作废|失效|报废)了?)?的?(?:北京|天津|河北|颐信|法人一证通|一证通|"
    r"bjca|cfca|主|副)?(?:ca|锁|证书|数字证书|key)|ca|锁|数字证书|证书|账号|账户|企业|公司|单位|一下|下|即可|only|our|the|my|lock|token|please|thanks|"
    r"thank you|for|asap|now|request|application|就行|就好|就可以了?|便可|谢谢|多谢|感谢|"
    r"操作|处理|业务|申请书?|了吧|"
                                r"事宜|事项|手续|吧|哈|哦|请求|需求|密码|登录|注册|绑定|原|旧|的|为盼|函|办理|"
                                r"请|为谢|尽快|请尽快|谢谢老师|老师|辛苦了?|麻烦了?|拜托了?|和|并|及|&|主锁|副锁|邮件|申请表|[ .~\-:()\[\]】【|_/+\"“”、]|"
                                r"\d)*+")
_ONLY: Final = re.compile(r"(?:只|仅|就|光)(?:需要?|用|要|是|申请|办理|做|想|将|把|对|进行|要求|帮|给|麻烦|请|我们?|公司|的|ca|锁|旧|原|证书){0,6}$")



def refuses_what_follows(words: str) -> bool:
    """Whether the words end in a negation that reaches to what comes next (无需 …)."""
    return bool(_NO_BEFORE.search(words[-_REACH:]))


_REACH: Final = 120   # characters over which a negation can reach: the line before a label may be long, and have many


def english_refuses(words: str) -> bool:
    """Whether the words end in an English negation (do not, without, no need to)."""
    return bool(_ENGLISH_NO_BEFORE.search(words[-_REACH:]))


def each_said(clause: str, topics: list[re.Match[str]]) -> list[Said]:
    """What is said of each topic of a clause, from the words before, between and behind."""
    suffixed = _suffixed(clause, topics)
    if suffixed:
        return suffixed
    said: list[Said] = []
    for number, match in enumerate(topics):
        before = clause[topics[number - 1].end() if number else 0:match.start()]
        last = number + 1 == len(topics)
        after = clause[match.end():] if last else _own_part(clause[match.end():topics[number + 1].start()])
        closed = _CLOSES.match(before) if number and said[-1] is not Said.ASKS else _CLOSES_SURELY.match(before) if number else None
        if closed:
            said[-1], before = Said.REFUSES, before[closed.end():]
        joined = _joined(before, said[-1], after if last else "") if number and not closed else None
        one = joined or _single(before, after, last=last, follows=bool(number))
        by_oneself = one in {Said.ASKS, Said.TITLES} and _BY_ONESELF.search(before)   # 我们自行重置 is not asked for
        said.append(Said.DOUBTS if by_oneself else one)
    for number in range(1, len(topics)):
        either = re.fullmatch(r"(?:ca|锁|[ ])*(?:或者?|还是)(?:者|[ ])*", clause[topics[number - 1].end():topics[number].start()])
        if either and said[number] is not Said.REFUSES:
            said[number - 1] = said[number] = Said.DOUBTS
    return _closed_together(clause, topics, said)


_REFUSAL: Final = r"(?:密码|的)?(?:就|都|也|则|是)?(?:不需要|不用|无需|不必|不要|免)"
_CLOSES_SURELY: Final = re.compile(rf"{_REFUSAL}了|(?:就|则)(?:不需要|不用|不必)")
_CLOSES: Final = re.compile(rf"{_REFUSAL}(?:了|(?=[、 ]|请|麻烦|申请|希望|恳请|烦请|需要|(?:ca|锁){{1,3}}(?:需|要|请)|我要|把|将))")


_NEXT_BEGINS: Final = re.compile(rf"(?:[、+/&;]|并且?|和|及|与|以及|同时|也|还|再|然后|另外|此外|(?:希望|恳?请|申请|需要?|麻烦|要求?|想){AUX}*+$).*$")


def _own_part(between: str) -> str:
    """Of the words between two topics, those that belong to the first."""
    return _NEXT_BEGINS.sub("", _NO_BEFORE.sub("", between))


_TOGETHER: Final = re.compile(r"(?:ca|锁|the|our|my|lock|key|数字证书|证书|账号|原|旧|的|操作|业务|[ ])*(?P<word>和|及|与|、|以及|还有|或者|或|并且|"
    r"并|同时|且|\+|/|&|后|再|然后|"
                              r"以及同时|同时并|,|and|or|nor)?(?:ca|锁|the|our|my|账号|一并|同时|也|再|将|把|对|我们?|公司|的|注册|登录|[ ])*")


def _joined(between: str, previous: Said, closing: str) -> Said | None:
    """What a topic takes over from the one it is joined to by 和, 并, 、 and the like; None where it stands for itself."""
    match = _TOGETHER.fullmatch(between)
    if not match:
        return None
    word = match["word"] or ""
    if word not in _CLOSE and (_NO_AFTER.match(closing) or _YES_AFTER.match(closing)):
        return None
    if previous is Said.REFUSES:
        return Said.REFUSES if word in _CLOSE and not re.search(r"同时|也|还|再|请|需", between) else Said.DOUBTS
    if word in {"或", "或者", "or"}:
        return Said.DOUBTS
    return previous if previous is not Said.MENTIONS or word not in {"后", "再", "然后"} else None


_CLOSE: Final = frozenset({"和", "及", "与", "以及", "或", "或者", "还有", "and", "or", "nor"})


def _closed_together(clause: str, topics: list[re.Match[str]], said: list[Said]) -> list[Said]:
    """解绑和重置密码都不需要: the closing words speak of all; without 都 they may speak of the last alone."""
    if len(topics) < 2 or said[-1] is Said.REFUSES or not _NO_AFTER.match(clause[topics[-1].end():]):
        return said
    if not re.search(r"和|及|与|还有|或|都|均|皆", clause[topics[-2].end():]):
        return said
    everything = bool(re.match(r"(?:密码|注册|的|[ ])*(?:都|均|皆|全|两者|两项)", clause[topics[-1].end():]))
    return [Said.REFUSES if everything else Said.DOUBTS for _ in said]


def _suffixed(clause: str, topics: list[re.Match[str]]) -> list[Said] | None:
    """Answers behind each topic (解绑 是 重置密码 否), only where every topic has one and no word stands before the first."""
    if len(topics) != 2 or re.search(rf"{NO}|请|申请|需|要", clause[:topics[0].start()]):
        return None
    answers = [_bare(clause[topics[0].end():topics[1].start()]), _bare(clause[topics[1].end():])]
    return None if None in answers else [one for one in answers if one]


def _bare(words: str) -> Said | None:
    words = words.strip(" :-、,.()")
    if re.fullmatch(r"是|需要|要|需|同意|y|yes|√|☑|✓", words):
        return Said.ASKS
    return Said.REFUSES if re.fullmatch(r"否|不需要|不要|不用|无需|不|不需|n|no", words) else None


def _single(before: str, after: str, *, last: bool, follows: bool) -> Said:
    """What is said of one topic with the words before it and behind it. A negation that these rules do not know is never a yes."""
    before = _without_cause(before)
    if _NO_BEFORE.search(before) or (last and _NO_AFTER.match(after)):
        return Said.REFUSES
    if _STOPS.search(before) or (_HAS_NO.search(before) and _A_NEED.match(after)):
        return Said.REFUSES
    asking = bool(_ASKING.search(before))
    if aloof := _aloof(before, after):
        return aloof
    if _REFERS.match(after):
        return Said.ASKS if _AFTERWARDS.match(after) and asking and not re.search(r"(?:在|待|等)[^,]*$", before) else Said.MENTIONS
    if asking or follows or re.match(r"(?:ca|锁|[ ])*申请", after) or (last and _YES_AFTER.match(after)):
        return Said.ASKS
    bare = _EMPTY_REST.fullmatch(after) or (not last and _TOGETHER.fullmatch(after))
    return Said.TITLES if bare else Said.MENTIONS


def _aloof(before: str, after: str) -> Said | None:
    """A topic that is told of (already done, said by others), or negated in a way that these rules do not know."""
    if _REPORTS.search(before) or _PAST.search(before) or _SENT.search(before):
        return Said.MENTIONS
    return Said.NEGATES if _negated_somehow(before) or _negated_somehow(after) else None


_HAS_NO: Final = re.compile(r"(?:没有?|无|并无|未有|暂无)(?:要|想|申请|需要|任何|此|进行|办理|注册|登录|密码|的)*$")
_A_NEED: Final = re.compile(r"(?:密码|ca锁?|锁|的|[ ])*(?:需求|需要|必要|要求|意愿|打算|计划|想法|意思)")
_STOPS: Final = re.compile(rf"(?:禁止|严禁|停止|中止|终止|暂停|暂缓|阻止|反对|不得|拒绝|谢绝|婉拒|回绝|杜绝|跳过|略过|取消|放弃|排除|省略|"
    rf"免除)(?:{AUX}|任何|他人|受理)*+$")
_REPORTS: Final = re.compile(
    rf"(?:谨防|防止|避免|以防|预防|担心|害怕|怕|驳回|回复|了解|请教|学习|被|被(?:他?人|别人|误|恶意|无故|擅自)+|恶意|擅自|误(?:操作|点)?)(?:{AUX}|误|他人|"
    rf"别人)*+$|"
    r"(?:提示|显示|听说|据说|告知|告诉|通知|[客服师员心们方]说)[^,]*$|《[^》]*$|见附件[^,]*$|谁|他人|别人|有人|某人|对方|陌生人|私自|冒[用名充]|感谢|谢谢(?:帮|老师|贵|你|中心)|(?:发|寄|提供|下载|索要|"
    r"填写?)(?:送|一下|一份|个|下)?$")
_NEGATION: Final = re.compile(rf"[不没未无非别勿免拒否莫毋岂咪休]|算了|罢了|作罢|拉倒|省了|省略|跳过|略过|(?<![策战侵忽])略(?=$|[ .])|除外|取消|暂缓|"
    rf"缓一?缓|推迟|延后|再议|再谈|放[一着放]|以后再|留到|{ENGLISH_NO}")
_NO_NEGATION: Final = re.compile(
    r"不(?:慎|小心|能|可|会|了|到|见|上|好|动|对|出|着|识别|显示|正常|便|知|在|同|再使用|使用|用了|管用|好用|灵|行|成功|支持|匹配|一致|符|久|仅|但|得|"
    r"清楚|明|"
    r"读|认(?!为|可|同)|亮|响应|通过|准|过|足|够|全|懂|太会|熟)|无法|无效|无响应|无反应|"
    r"未(?:写|填|注明|盖|附|及时|能|成功|续|识别|到|果|办理|使用|更新|绑定)|没(?:有)?(?:写|填|注明|盖|附|了|电|续|及时|找到|反应|信号|用|办法|法|成功|能)|非常|特别|分别|区别|别的|免费|除非|"
    r"并非本|否则|非本|退休|离休|病休|休[假息产]|双休|午休|不好意思|没问题|没有问题|无误|无锡|非法人")


_CAUSE: Final = re.compile(
    rf"^.*(?:了|坏|失|期|丢|锁|ca|证书|系统|登录|使用|用|交接|效|障|识别|反应|不上|不出|不开|回来)(?=(?:现|特此?|故|所以|因此|需要?|须|请|申请|麻烦|"
    rf"恳请|烦请|"
    rf"望|急需|要){AUX}*+$)")


_NO_TO_AN_ACT: Final = re.compile(r"[不没未无别勿](?:有|是)?(?:将|把|对|给|为|需|要|必|用(?!了)|想|准|许|同意|再|让|曾)")


def _without_cause(before: str) -> str:
    """The words from the verb of asking on, where what stands before it only tells why (锁不能用了申请解绑): a negation in there is about the lock."""
    cause = _CAUSE.match(before)
    return before[cause.end():] if cause and not _NO_TO_AN_ACT.search(cause[0]) else before


def _negated_somehow(words: str) -> bool:
    """Whether a negation stands there other than the everyday ones about locks that fail (无法登录, 不识别)."""
    return bool(_NEGATION.search(_NO_NEGATION.sub("", words)))


def implied(clause: str, topics: list[re.Match[str]], said: list[Said]) -> Iterator[Statement]:
    """Only the one asked for (只解绑, 仅重置密码) refuses the other."""
    if len(topics) == 1 and said[0] in {Said.ASKS, Said.TITLES} and _ONLY.search(clause[:topics[0].start()]):
        yield Statement("reset" if topics[0]["unbind"] else "unbind", Said.REFUSES)
