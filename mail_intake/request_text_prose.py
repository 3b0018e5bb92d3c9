"""Reads what running text says about unbinding and about the password: clause by clause, with the reach of 不, of conditions and of questions.

A clause asks, refuses, merely mentions, or leaves in doubt. Mentioning is not asking (解绑材料, 解绑后, 密码忘了); a condition, a question or a wish left to others
never becomes a yes. "CA锁密码" is the PIN of the lock and not the registration password.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mail_intake.request_text_labels import RESET, UNBIND


class Said(Enum):
    """What a clause does with a topic."""

    ASKS = "asks"
    TITLES = "titles"        # names the act without a verb of asking: a heading, a subject
    REFUSES = "refuses"
    MENTIONS = "mentions"
    QUESTIONS = "questions"
    DOUBTS = "doubts"


@dataclass(frozen=True, slots=True)
class Statement:
    """One topic ("unbind" or "reset") in one clause."""

    topic: str
    said: Said


_TOPICS: Final = re.compile(rf"(?P<unbind>{UNBIND})|(?P<reset>{RESET})")
_SENTENCE: Final = re.compile(r"[^。!;\n]+")
_CLAUSE: Final = re.compile(r"[^,?]+\??")
_BULLET: Final = re.compile(r"(?:(?<=\n)|(?<=^)|(?<=[\s,;。:]))(?:\(?\d{1,2}[.、)](?!\d)|[①-⑩]|[(]?[一二三四五][、.)])")
_PIN: Final = re.compile(r"(?:ca|锁|证书|key|pin|介质|u盾|ukey)(?:的)?(?:数字证书|锁|登录|使用|保护)?(?:的)?(?:密码|口令|pin)|pin码?")

_AUX: Final = (
    r"(?:需要|需|用|必|要求|要|想|再|涉及|包括|包含|含|打算|考虑|进行|办理|申请|同意|予以|给予|予|帮忙|帮|给|我们?|公司|单位|企业|该|此|这个|ca|锁|账号|账户|证书|数字|原来|原|旧|新|注册|登录|登陆|的|系统|平台|密码|现在|目前|暂时|另外|另行|"
    r"单独|一并|同时|必须|打算|准备|也|就|都|均|了|人|来|对|把|将|做|额外|重新|协助|麻烦|你|请|[ :\"“”])")
_NO: Final = (r"(?:不(?!能|可|会|了|知|清|确|得|仅|但|光|只|然|同|变|管|过|好|上|着|到|出|动|对|方|便|在|小心|慎)|无需|无须|毋需|毋须|没有?必要|没有?需要|没有?要求|暂不|先不|不是|并非|未涉及|别(?!的)|勿|免(?!费)|拒绝|否)")
_NO_BEFORE: Final = re.compile(rf"{_NO}{_AUX}*+$")
_NO_AFTER: Final = re.compile(rf"^(?:{_AUX}|操作|这块|的话|是|则|先|一项|,|事宜|业务|方面|功能|这项|上)*?(?:不需要|不用|无需|无须|不必|不要|不重置|不解绑|不解除|不办理|不申请|不做|不处理|免了|否|暂不|暂不需要|先不用|没必要|不需|不)"
                              r"(?:了|重置|解绑|办理|处理|进行|做|操作|哈|啊|哦|谢谢|的|吧|[ .])*$")
_YES_AFTER: Final = re.compile(rf"^(?:{_AUX}|操作|也|都|均|是|,|事宜|业务)*?(?:需要|也要|要|是|需|同意|请办理|麻烦|一起|一并|谢谢)(?:的|了|办理|处理|一下|谢谢|进行|操作|[ .])*$")
_DOUBLE_NO: Final = re.compile(r"(?:不是|并非|不得|不能|没有|(?<!并)非)(?:说)?(?:不|无需|别)|不得不|非.{0,4}不可")
_ASKING: Final = re.compile(r"请|please|申请|需要|需|要|希望|想|麻烦|帮|恳请|办理|给予|予以|望|求|同意|确认|进行|协助|务必|必须|尽快|特|拟|只|仅|还|也|一并|同时|把|将|对|给|先|再|并|和|及|再次|马上|立即|急|为|完成")
_PAST: Final = re.compile(r"(?:已经?|曾经?|刚刚?|上次|之前|昨天|前几天|前天|上周|未|没有?|尚未|还没有?|还未|无法|不能|不让|未能|能|正在|在|等待|等|待|通过|按照?|为了|凡|所谓|关于如何|不会|会|可|可以|才能|才可以?)"
                           rf"(?:(?:提交|发送|发过|发|完成|成功|过|{_AUX}))*+$")
_SENT: Final = re.compile(r"(?:已|发|寄|提交|递交|投递)(?:送|出|来|去)?(?:了|过|的)[^,]{0,12}$")
_REFERS: Final = re.compile(
    r"^(?:ca|锁|证书|账号|绑定|申请|手续|业务|注册密码|登录密码|密码|的|时|[ ])*?(?:后|之后|以后|时候?|之前|前|成功|完成|失败|未果|不了|不成功|不上|流程|步骤|方法|方式|材料|资料|邮件|问题|咨询|进度|情况|结果|通知|教程|"
    r"要求|规定|模板|格式|说明书|说明|功能|按钮|页面|链接|记录|吗|么|没|了没|多久|怎么|如何|需要什么|需要哪些|需要多|要多久|要什么|的(?!申请|请求|需求|要求)|才能|才可|失效|报错|提示|无效|之?类|收到|中)")
_AFTERWARDS: Final = re.compile(r"^(?:ca|锁|证书|账号|绑定|密码|[ ])*?(?:后|之后|以后)")
_CONDITION: Final = re.compile(r"如果|若(?!干)|如需|如要|如能|如可|如有必要|如确需|假如|要是|的话|视情况|必要时|除非|万一|倘若|否则|(?:需要|不行|可以|不能|能)的?就")
_CONDITION_LEFT_OPEN: Final = re.compile(r"如有(?:问题|疑问|不明|其他|任何|缺|不妥|需)|如需(?:补充|其他|要其他|进一步|更多|任何)|如(?:材料|资料)|有问题|如缺|若有(?:问题|疑问|其他)|若需补充")
_QUESTION: Final = re.compile(r"吗|么$|\?|怎么|怎样|如何|什么时候|何时|多久|多长时间|能不能|能否|可否|可不可以|是否|是不是|要不要|需不需要|请问|为什么|为何|咋|咨询|询问|想问|问一下|哪些|哪里|几天|有没有|进度")
_DOUBT: Final = re.compile(r"不确定|不太确定|不清楚|不知道(?=是否|要不要|能不能|该|需不需)|拿不准|看着办|看情况|视情况|由你|你们?(?:定|看|决定)|听你|再说|待定|考虑|随便|随意|都行|都可以|均可|无所谓|可能|也许|或许|大概|"
                            r"好像|应该|尽量|最好|建议|与否|不一定|方便的话|可以的话|不行再|能解决就|不行的?话|实在不行")
_TAKES_BACK: Final = re.compile(
    r"撤回|撤销(?!.{0,10}绑定)|取消(?:.{0,8}(?:申请|解绑|请求|邮件|办理))|作废|终止.{0,6}申请|(?:不用|不需要?|无需|不必|不要|不再需要|不再|不想)(?:再)?(?:给?我们?)?(?:办理|申请|进行)?(?:ca锁?)?解绑了|"
    r"(?:申请|邮件).{0,8}(?:不用|无需|不必)(?:再)?(?:处理|办理|管)了?")
_STANDS: Final = re.compile(r"以(?:本|此|这|该)(?:次|封|邮件|件|为)|以这封|(?:重新|再次)(?:发送|提交|申请)|本次申请为准")
_EMPTY_REST: Final = re.compile(r"(?:ca|锁|数字证书|证书|账号|账户|企业|公司|单位|一下|下|即可|就行|就好|就可以了?|便可|谢谢|多谢|感谢|操作|处理|业务|申请书?|事宜|事项|手续|吧|哈|哦|请求|需求|密码|登录|注册|绑定|原|旧|的|为盼|函|办理|"
                                r"请|为谢|尽快|请尽快|谢谢老师|老师|辛苦了?|麻烦了?|拜托了?|和|并|及|&|主锁|副锁|邮件|申请表|[ .~\-:()\[\]】【|_/+\"“”、]|\d)*+")
_ONLY: Final = re.compile(r"(?:只|仅|就)(?:需要?|用|要|是|申请|办理|做|想|将|把|对|进行|要求|帮|给|麻烦|请|我们?|公司|的|ca|锁|旧|原|证书){0,6}$")

_PASSWORD_KEPT: Final = re.compile(
    r"密码(?:还|都|也|仍|我们?|是|一直|仍然|目前|这边|自己|就|可以|没有|并没有|并|未|已|公司|可|能|的|[ :]){0,5}(?:记得|知道|没忘|没有忘|忘记过|未忘|不变|没变|保持|没问题|没有问题|正常|能用|可用|不动|不用动|不改|不用改|不需要|不用|无需|"
    r"不必|不要|不更改|不修改|不变更|继续使用|继续用|沿用|照旧|已知|有印象|记着|清楚|不做(?:更改|变更|修改)|无误|未丢|没丢|使用原|用原|就不|先不|暂不)(?!清|住|得|了解|登|上|对|正确)|"
    r"(?:记得|知道|没有忘记|没忘记?|未忘记?|保留|沿用|使用|继续使用|继续用|维持|保持)(?:原来?|注册|登录|登陆|账号|旧|的|现有|初始){0,4}密码(?!找|忘)|"
    rf"(?:{_NO})(?:{_AUX}|更改|修改|变更|更换|改变?|改动|动){{1,5}}(?:注册|登录|登陆|账号|的){{0,3}}密码")
_PASSWORD_FORGOTTEN: Final = re.compile(r"忘|不记得|记不|丢失|遗失|想不起|找不到|不知道|不清楚|错误|不对|不正确|登录不|登不|问题|修改|更改|变更|更换|改|设置|重新|失效|过期|锁定|怎么|事|处理|看着办|有误|无法")


def statements(text: str) -> Iterator[Statement]:
    """Every statement of the folded running text, its labels and their values already taken out."""
    text = _BULLET.sub("\n", text)
    about_locks = bool(re.search(r"ca|证书|锁(?!定)", text.replace("解锁", "")))
    for sentence in _SENTENCE.finditer(text):
        conditional = False
        told: list[Statement] = []
        for clause in _CLAUSE.finditer(sentence[0]):
            found = list(_of_clause(clause[0].strip(), about_locks=about_locks))
            if conditional:
                found = [Statement(one.topic, Said.MENTIONS if one.said in {Said.ASKS, Said.TITLES, Said.REFUSES} else one.said) for one in found]
            if not found and told:
                told[-1] = _answered(told[-1], clause[0])
            told += found
            conditional = bool(_CONDITION.search(clause[0])) and not found and not _CONDITION_LEFT_OPEN.search(clause[0])
        yield from told


_NO_ALONE: Final = re.compile(r"\s*(?:密码|这个|这块|暂时|目前|就|也|都|则|我们?|现在|ca锁?|[ ])*(?:不需要|不用|无需|不必|不要|免了|否|不|不需|暂不需要|暂不|先不|不是)(?:了|的|吧|重置|解绑|处理|操作|谢谢|哈|[ .])*")
_YES_ALONE: Final = re.compile(r"\s*(?:也|都|是|就)*(?:需要|要|是|是的|需|对|同意)(?:的|了|[ .])*")


def _answered(before: Statement, clause: str) -> Statement:
    """A clause that is a bare answer (重置密码，不需要) settles the topic named before it; against a plain request it is doubt."""
    if _NO_ALONE.fullmatch(clause):
        return Statement(before.topic, Said.REFUSES if before.said in {Said.TITLES, Said.MENTIONS, Said.QUESTIONS, Said.REFUSES} else Said.DOUBTS)
    if _YES_ALONE.fullmatch(clause) and before.said in {Said.TITLES, Said.MENTIONS, Said.QUESTIONS}:
        return Statement(before.topic, Said.ASKS)
    return before


def takes_back(text: str) -> bool:
    """Whether the text takes an earlier request back, and does not put this one in its place."""
    return bool(_TAKES_BACK.search(text)) and not _STANDS.search(text)


_PROGRESS: Final = re.compile(
    r"进度|进展|(?:处理|办理|解绑|审核|受理|弄|办|解|操作)(?:得|的)?(?:好|完|成功|到)?了?(?:吗|没有?|么|怎么样|如何|到哪|哪一步)|(?:什么时候|何时|多久|几点|几天|多长时间)(?:才|可以|能|会|给)?.{0,6}(?:处理|解绑|办|解|好|完成|下来|回复|通过)|"
    r"(?:处理|办理|审核|申请)(?:结果|情况|状态)(?:怎|如何|查询|是|\?)|(?:是否|有没有)(?:已经?)?(?:处理|受理|收到|解绑|通过|办理)(?:好|完)?|收到(?:了)?(?:吗|没有?|么)|查询.{0,8}(?:进度|状态|结果)|催一?下|催办")


def asks_progress(text: str) -> bool:
    """Whether the text asks how far a request is."""
    return bool(_PROGRESS.search(text))


def _of_clause(clause: str, *, about_locks: bool) -> Iterator[Statement]:
    topics = [match for match in _TOPICS.finditer(clause) if not _is_other_topic(match, clause, about_locks=about_locks)]
    if not any(match["reset"] for match in topics):
        yield from _of_password(clause)
    if not topics:
        yield from _of_neighbours(clause)
        return
    said = _each(clause, topics)
    if _TAKES_BACK.search(clause):
        said = [one if one is Said.REFUSES else Said.MENTIONS for one in said]
    elif _DOUBT.search(clause) or _DOUBLE_NO.search(clause):
        said = [Said.DOUBTS for _ in said]
    elif _QUESTION.search(clause):
        said = [Said.QUESTIONS for _ in said]
    elif _CONDITION.search(clause):
        said = [Said.MENTIONS for _ in said]
    for match, one in zip(topics, said, strict=True):
        yield Statement("unbind" if match["unbind"] else "reset", one)
    yield from _implied(clause, topics, said)


def _is_other_topic(match: re.Match[str], clause: str, *, about_locks: bool) -> bool:
    """Unlocking an account is not unbinding; a lock's PIN is not the registration password; 重置 of something else is no password."""
    if match["unbind"]:
        return match[0] == "解锁" and (bool(re.search(r"账号|账户|用户|密码", clause)) or not about_locks)
    if _PIN.search(clause) and not re.search(r"注册密码|登录密码|登陆密码|账号密码|账户密码", clause):
        return True
    return match[0] in {"重置", "重设", "初始化"} and bool(re.match(r"(?:一下|下)?(?:我司|我公司|我们)?(?:的)?(?:ca|锁|绑定|证书|系统|浏览器)", clause[match.end():]))


def _of_neighbours(clause: str) -> Iterator[Statement]:
    """Words beside the topic: a changed lock, a new binding, an unlocked account, a reset of something, the PIN."""
    if re.search(r"(?:重新|再次?)绑定?|绑定?新|换锁|换(?:了)?(?:新)?(?:ca|锁|证书)|更换(?:ca|锁|证书|数字证书|主)|更新(?:ca|锁|证书)|解锁|解开|解封|解(?:一?下)?绑|取消.{0,12}绑|清除.{0,6}绑定|删除.{0,10}(?:绑定|ca|锁)", clause):
        yield Statement("unbind", Said.MENTIONS)
    if re.search(r"重置|重设|初始化", clause):
        yield Statement("reset", Said.MENTIONS)


def _of_password(clause: str) -> Iterator[Statement]:
    """Words about the password without 重置."""
    plain = clause.replace("智能密码钥匙", "").replace("密码钥匙", "").replace("密码锁", "")
    if ("密码" not in plain and "口令" not in plain) or (_PIN.search(plain) and not re.search(r"注册密码|登录密码|登陆密码|账号密码", plain)):
        return
    if _PASSWORD_KEPT.search(plain) and not _DOUBT.search(plain) and not _QUESTION.search(plain) and not _CONDITION.search(plain):
        yield Statement("reset", Said.REFUSES)
    elif _DOUBT.search(plain):
        yield Statement("reset", Said.DOUBTS)
    elif _PASSWORD_FORGOTTEN.search(plain):
        yield Statement("reset", Said.MENTIONS)


def _each(clause: str, topics: list[re.Match[str]]) -> list[Said]:
    """What is said of each topic of a clause, from the words before, between and behind."""
    suffixed = _suffixed(clause, topics)
    if suffixed:
        return suffixed
    said: list[Said] = []
    for number, match in enumerate(topics):
        before = clause[topics[number - 1].end() if number else 0:match.start()]
        last = number + 1 == len(topics)
        after = clause[match.end():] if last else _NO_BEFORE.sub("", clause[match.end():topics[number + 1].start()])
        joined = _joined(before, said[-1]) if number else None
        said.append(joined or _single(clause[:match.start()] if not number else before, after, last=last, follows=bool(number)))
    for number in range(1, len(topics)):
        if re.fullmatch(r"(?:ca|锁|[ ])*(?:或者?|还是)(?:者|[ ])*", clause[topics[number - 1].end():topics[number].start()]) and said[number] is not Said.REFUSES:
            said[number - 1] = said[number] = Said.DOUBTS
    return _closed_together(clause, topics, said)


_TOGETHER: Final = re.compile(r"(?:ca|锁|数字证书|证书|账号|原|旧|的|操作|业务|[ ])*(?P<word>和|及|与|、|以及|还有|或者|或|并且|并|同时|且|\+|/|&|后|再|然后|以及同时|同时并|,)?(?:ca|锁|账号|一并|同时|也|再|将|把|对|我们?|公司|的|注册|登录|[ ])*")


def _joined(between: str, previous: Said) -> Said | None:
    """What a topic takes over from the one it is joined to by 和, 并, 、 and the like; None where it stands for itself."""
    match = _TOGETHER.fullmatch(between)
    if not match:
        return None
    word = match["word"] or ""
    if previous is Said.REFUSES:
        return Said.REFUSES if word in {"和", "及", "与", "、", "以及", "或", "或者", "/", "还有"} else Said.DOUBTS
    if word in {"或", "或者"}:
        return Said.DOUBTS
    return previous if previous is not Said.MENTIONS or word not in {"后", "再", "然后"} else None


def _closed_together(clause: str, topics: list[re.Match[str]], said: list[Said]) -> list[Said]:
    """解绑和重置密码都不需要: the closing words speak of all; without 都 they may speak of the last alone."""
    if len(topics) < 2 or said[-1] is Said.REFUSES or not _NO_AFTER.match(clause[topics[-1].end():]):
        return said
    everything = bool(re.match(r"(?:密码|注册|的|[ ])*(?:都|均|皆|全|两者|两项)", clause[topics[-1].end():]))
    return [Said.REFUSES if everything else Said.DOUBTS for _ in said]


def _suffixed(clause: str, topics: list[re.Match[str]]) -> list[Said] | None:
    """Answers behind each topic (解绑 是 重置密码 否), only where every topic has one and no word stands before the first."""
    if len(topics) != 2 or re.search(rf"{_NO}|请|申请|需|要", clause[:topics[0].start()]):
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
    if _NO_BEFORE.search(before) or (last and _NO_AFTER.match(after)):
        return Said.REFUSES
    asking = bool(_ASKING.search(before))
    if _PAST.search(before) or _SENT.search(before) or _negated_somehow(before) or _negated_somehow(after):
        return Said.MENTIONS
    if _REFERS.match(after):
        return Said.ASKS if _AFTERWARDS.match(after) and asking and not re.search(r"(?:在|待|等)[^,]*$", before) else Said.MENTIONS
    if asking or follows or re.match(r"(?:ca|锁|[ ])*申请", after) or (last and _YES_AFTER.match(after)):
        return Said.ASKS
    bare = _EMPTY_REST.fullmatch(after) or (not last and _TOGETHER.fullmatch(after))
    return Said.TITLES if bare else Said.MENTIONS


_NEGATION: Final = re.compile(r"[不没未无非别勿免拒否莫毋]")
_NO_NEGATION: Final = re.compile(
    r"不(?:慎|小心|能|可|会|了|到|见|上|好|动|对|出|着|识别|显示|正常|便|知|在|同|再使用|使用|用了|管用|好用|灵|行|成功|支持|匹配|一致|符|久|仅|但|得|清楚|明|读|认|亮|响应|通过|准|过|足|够|全|懂|太会|熟)|无法|无效|无响应|无反应|"
    r"未(?:及时|能|成功|续|识别|到|果|办理|使用|更新|绑定)|没(?:有)?(?:了|电|续|及时|找到|反应|信号|用|办法|法|成功|能)|非常|特别|分别|区别|别的|免费|除非|并非本|否则|非本|不好意思|没问题|没有问题|无误|无锡|非法人")


def _negated_somehow(words: str) -> bool:
    """Whether a negation stands there other than the everyday ones about locks that fail (无法登录, 不识别)."""
    return bool(_NEGATION.search(_NO_NEGATION.sub("", words)))


def _implied(clause: str, topics: list[re.Match[str]], said: list[Said]) -> Iterator[Statement]:
    """Only the one asked for (只解绑, 仅重置密码) refuses the other."""
    if len(topics) == 1 and said[0] in {Said.ASKS, Said.TITLES} and _ONLY.search(clause[:topics[0].start()]):
        yield Statement("reset" if topics[0]["unbind"] else "unbind", Said.REFUSES)
