"""Reads what running text says about unbinding and about the password: clause by clause, with the reach of 不, of conditions and of questions.

A clause asks, refuses, merely mentions, or leaves in doubt. Mentioning is not asking (解绑材料, 解绑后, 密码忘了); a condition, a question or a wish left to
others never becomes a yes. "CA锁密码" is the PIN of the lock and not the registration password.
"""

import re
from collections.abc import Iterator
from typing import Final

from mail_intake.request_text_labels import RESET, UNBIND
from mail_intake.request_text_scope import AUX, NO, Said, Statement, each_said, english_refuses, implied

_TOPICS: Final = re.compile(rf"(?P<unbind>{UNBIND})|(?P<reset>{RESET})")
_SENTENCE: Final = re.compile(r"[^。!;\n]+")
_FULL_STOP: Final = re.compile(r"(?<![.\d])\.(?=\s|$)|(?<=[\u4e00-\u9fff])\.(?=[\u4e00-\u9fff])")
_CLAUSE: Final = re.compile(r"[^,?]+\??")
_BULLET: Final = re.compile(r"(?:(?<=\n)|(?<=^)|(?<=[\s,;。:]))(?:\(?\d{1,2}[.、)](?!\d)|[①-⑩]|[(]?[一二三四五][、.)])")
_PIN: Final = re.compile(r"(?:ca|锁|证书|key|pin|介质|u盾|ukey)(?:的)?(?:数字证书|锁|登录|使用|保护)?(?:的)?(?:密码|口令|pin)|pin码?")

_CONDITION: Final = re.compile(r"如果|^如(?:ca|锁|密码|证书)(?!号)|"
                               r"若(?!干)|如需|如要|如能|如可|如有必要|如确需|假如|要是|的话(?!(?:就|也|是|则)?(?:不|无需|免|别|没))|"
                               r"(?<!重置)(?<!密码)(?<!解绑)(?<!绑定)的话|视情况|必要时|除非|万一|倘若|否则|等.{1,14}(?:后|再)|(?:同意|确认|审批|批准|通知|核实)[^,]{0,8}(?<!然)(?:之后|以后|后)再|"
                               r"(?<![a-z])if(?![a-z])|(?:需要|不行|可以|不能|"
                               r"能)的?就")
_CONDITION_LEFT_OPEN: Final = re.compile(r"(?:若|如果?)(?:以上|提交|提供)?(?:的)?(?:材料|资料|审核|信息|手续|内容).{0,8}(?:无误|没有?问题|齐全|通过|合格|"
                                         r"符合)|如有(?:问题|疑问|不明|其他|任何|缺|不妥|需)|如需(?:补充|其他|要其他|进一步|更多|任何)|如(?:材料|"
                                         r"资料)|有问题|"
                                         r"如缺|"
                                         r"若有(?:问题|疑问|其他)|若需补充")
_DOUBLE_NO: Final = re.compile(r"(?:不是|并非|不得|不能|没有|(?<!并)非)(?:说)?(?:不|无需|别)|不得不|非.{0,4}不可")
_QUESTION: Final = re.compile(r"吗|么$|\?|怎么|怎样|如何|什么时候|何时|多久|多长时间|能不能|能否|可否|可不可以|是否|是不是|要不要|需不需要|请问|为什么|为何|"
                              r"咋|咨询|询问|想问|问一下|哪些|哪里|几天|有没有|进度|(?<![a-z])(?:how|whether|when|what|why|should)(?![a-z])|"
                              r"(?<![a-z])(?:can|could|may|would(?! like))(?![a-z])(?! you (?:please|kindly|help))")
_DOUBT: Final = re.compile(r"不确定|不太确定|不清楚|不知道(?=是否|要不要|能不能|该|需不需)|拿不准|看着办|看情况|视情况|由你|"
                            r"你们?(?:定|看(?!一?下|看|到|见|完|过)|决定)|听你|再说|"
                           r"待定|考虑|随便|随意|都行|都可以|均可|无所谓|可能|也许|或许|大概|"
                            r"好像|应该|尽量|最好|建议|与否|不一定|方便的话|可以的话|不行再|能解决就|不行的?话|实在不行")
_TAKES_BACK: Final = re.compile(
    r"撤回|撤销(?!.{0,10}绑定)|取消(?:.{0,8}(?:申请|解绑|请求|邮件|办理))|作废|终止.{0,6}申请|(?:不用|不需要?|无需|不必|不要|不再需要|不再|"
    r"不想)(?:再)?(?:给?我们?)?(?:办理|申请|进行)?(?:ca锁?)?解绑了|"
    r"(?:申请|邮件).{0,8}(?:不用|无需|不必)(?:再)?(?:处理|办理|管)了?")
_STANDS: Final = re.compile(r"以(?:本|此|这|该)(?:次|封|邮件|件|为)|以这封|(?:重新|再次)(?:发送|提交|申请)|本次申请为准")
_PASSWORD_KEPT: Final = re.compile(
    r"密码(?:ok|还|又|都|也|仍|我们?|是|一直|仍然|目前|这边|自己|就|可以|没有|并没有|并|未|已|公司|可|能|的|[ :]){0,5}(?:记得|知道|没忘|没有忘|忘记过|未忘|"
    r"不变|没变|保持|没问题|没有问题|正常|能用|可用|不动|不用动|不改|不用改|不需要|不用|无需|"
    r"不必|不要|不更改|不修改|不变更|继续使用|继续用|沿用|照旧|已知|有印象|记着|清楚|不做(?:更改|变更|修改)|无误|未丢|没丢|使用原|用原|就不|先不|暂不)(?!清|"
    r"住|得|了解|登|上|对|正确)|"
    r"(?:(?<![不没未])(?<!不太)(?:记得|知道)|没有忘记|没忘记?|未忘记?|保留|沿用|使用|继续使用|继续用|维持|保持)(?:原来?|注册|登录|登陆|账号|旧|的|现有|初始){0,4}密码(?!找|忘)|"
    rf"密码(?:请|就|的|也|都|千万|一定|可|切|还是|还|和|跟|同|按|照|原|以前|之前|我们?|这边|方面|[ :]){{0,5}}(?:保留|留用|留着|照常|照用|维持|维系|保持|依旧|"
    rf"依然不变|照旧|原样|不变|一样|"
    rf"(?:{NO})(?:{AUX}|更改|修改|变更|更换|变动|改变?|改动|变|换|动|碰)+)(?!问题|.{{0,6}}(?:不了|失败|错误|不上))|"
    rf"(?:{NO})(?:{AUX}|更改|修改|变更|更换|改变?|改动|动){{1,5}}(?:注册|登录|登陆|账号|的){{0,3}}密码|"
    r"密码(?:我们?|我司|公司|单位|这边|自己|都|也|是|还|一直)+有(?:的|呢|呀)?(?=$|[,. ])")


def statements(text: str) -> Iterator[Statement]:
    """Every statement of the folded running text, its labels and their values already taken out."""
    text = _FULL_STOP.sub("。", _BULLET.sub("\n", text))
    about_locks = bool(re.search(r"ca|证书|(?<!被)(?<!锁)锁(?!定|住|了|死)", text.replace("解锁", "")))
    told: list[Statement] = []
    refused_list = 0
    for sentence in _SENTENCE.finditer(text):
        conditional = False
        last, told = told[-1:], []
        if last and _NO_ALONE.fullmatch(sentence[0]) and not _SPEAKS.search(sentence[0]):
            yield _answered(last[0], sentence[0])
        refused_list -= 1
        if _REFUSED_LIST.fullmatch(sentence[0]):
            refused_list = _LIST_LINES
        for clause in _clauses(sentence[0]):
            found = list(_of_clause(clause, about_locks=about_locks))
            if conditional:
                found = [Statement(one.topic, _UNDER_CONDITION.get(one.said, one.said)) for one in found]
            if not found and told:
                told[-1] = _answered(told[-1], clause)
            told += found
            conditional = bool(_CONDITION.search(clause)) and not _TOPICS.search(clause) and not _CONDITION_LEFT_OPEN.search(clause)
        yield from (Statement(one.topic, Said.DOUBTS) for one in told) if refused_list > 0 else told


_UNDER_CONDITION: Final = {Said.ASKS: Said.MENTIONS, Said.TITLES: Said.MENTIONS, Said.REFUSES: Said.DOUBTS}
_REFUSED_LIST: Final = re.compile(rf"[^,:]{{0,12}}(?:{NO}|没有?)[^,:]{{0,10}}(?:办理?|做|处理|申请|操作|变|动|需要|要|涉及)[^,:]{{0,6}}[: ]+")
_LIST_LINES: Final = 5


_SPEAKS: Final = re.compile(rf"{UNBIND}|{RESET}|密码|口令")


def _clauses(sentence: str) -> Iterator[str]:
    """The clauses between commas; a space divides too, where both its sides speak of a topic (解绑不需要 重置密码 stays one, 不用解绑 请重置密码 is two)."""
    for clause in _CLAUSE.finditer(sentence):
        held = ""
        for piece in clause[0].split(" "):
            if held and _SPEAKS.search(held.rsplit(" ", 1)[-1]) and (_SPEAKS.search(piece) or _KEEPS_LOCK.search(piece)) and not english_refuses(held):
                yield held.strip()
                held = piece
            else:
                held = f"{held} {piece}" if held else piece
        yield held.strip()


_NO_ALONE: Final = re.compile(
    r"\s*(?:请|务必|千万|贵中心|[我本](?:公司|司|单位|企业)|密码|这个|这块|暂时|目前|就|也|都|则|我们?|现在|ca锁?|大可|完全|真的?|其实|确实|实在|[ ])*"
    r"(?:没(?:有|这个|那个)*必要|没(?:有|这个|那个)*需要|算了|罢了|作罢|免谈|取消|不考虑|不办|不做|不弄|省了|别|勿|不需要|不用|无需|不必|不要|免了|否|不|"
    r"不需|暂不需要|暂不|先不|不是|停止|拒绝|(?:并?没有?|从?未曾?)(?:提出|提交|做|发)?过?申请过?)"
    r"(?:了|的|吧|麻烦|劳烦|[你您]们?|老师|费心|重置|解绑|处理|操作|办理|受理|通过|执行|谢谢|哈|[ .])*"
)
_LEFT_ALONE: Final = re.compile(   # of a password: 记在本子上了，不用改
    rf"\s*(?:就|也|都|则|请|所以|我们?|现在|暂时)*(?:{NO})(?:再|去|作|做|用|需|要|必|想|打算|准备|任何|进行|[你您]们?)*"
    r"(?:改|动|换|变|管|修改|变更|更改|更换|改动|变动|处理)(?:它|了|的|啦|吧|哈|谢谢|[ .])*")
_SOME_NOT: Final = re.compile(   # 一把要解绑，一把不用; 重置密码，由我们自己做
    rf"\s*(?:另外?|其余|其他|剩下|还有)?的?[一两二另那几]?(?:把|个|家|支|枚|块)锁?的?(?:就|则|都|也|是|先|暂时)*(?:{NO}|不用|不要|保留).{{0,6}}|"
    r"\s*(?:由|让|是)?(?:我们?|我司|我方|公司|单位)*(?:自己|自行)(?:来|去|会|能|可以|再)*(?:做|弄|办理?|改|处理|搞|操作|解决)(?:吧|了|的|就行|即可|[ .])*")
_YES_ALONE: Final = re.compile(r"\s*(?:也|都|是|就)*(?:需要|要|是|是的|需|对|同意)(?:的|了|[ .])*")


def _answered(before: Statement, clause: str) -> Statement:
    """A clause that is a bare answer (重置密码，不需要) settles the topic named before it; against a plain request it is doubt."""
    if _NO_ALONE.fullmatch(clause) or (before.topic == "reset" and _LEFT_ALONE.fullmatch(clause)):
        return Statement(before.topic, Said.REFUSES if before.said in {Said.TITLES, Said.MENTIONS, Said.NEGATES, Said.QUESTIONS, Said.REFUSES} else Said.DOUBTS)
    if _SOME_NOT.fullmatch(clause) and before.said in {Said.ASKS, Said.TITLES}:
        return Statement(before.topic, Said.DOUBTS)
    if _YES_ALONE.fullmatch(clause) and before.said in {Said.TITLES, Said.MENTIONS, Said.QUESTIONS}:
        return Statement(before.topic, Said.ASKS)
    return before


def takes_back(text: str) -> bool:
    """Whether the text takes an earlier request back, and does not put this one in its place."""
    return bool(_TAKES_BACK.search(text)) and not _STANDS.search(text)


_DECLINES: Final = re.compile(r"(?:那|就|先|暂时|现在|我们?|都|也|[ ])*"
                              r"(?:(?:不用|不需要?|不必|不办|不弄|不要|用不着)(?:了|啦)|算了)(?:吧|哈|谢谢|麻烦[你您]?|[ .])*")
_LET_IT_BE: Final = re.compile(r"(?:不办|不弄|不解)(?:了|啦)|算了")
_WORKS_AGAIN: Final = re.compile(r"(?:锁|ca|证书|key).{0,6}(?:好了|找到|找着|能用|可以用|修好|恢复)")


def declines(text: str) -> bool:
    """Whether the text names nothing that is asked for and yet says no (好的，不用了): it may take back what its subject still says."""
    return not _SPEAKS.search(text) and any(_DECLINES.fullmatch(clause) for clause in re.split(r"[,。;!?\n]", text))


def takes_back_unnamed(text: str) -> bool:
    """Whether it declines because the lock works again, or says that nothing is to be done any more."""
    return declines(text) and bool(_WORKS_AGAIN.search(text) or _LET_IT_BE.search(text))


_PROGRESS: Final = re.compile(
    r"进度|进展|(?:处理|办理|解绑|审核|受理|弄|办|解|操作)(?:得|的)?(?:好|完|成功|到)?了?(?:吗|没有?|么|怎么样|如何|到哪|哪一步)|(?:什么时候|何时|多久|几点|"
    r"几天|多长时间)(?:才|可以|能|会|给)?.{0,6}(?:处理|解绑|办|解|好|完成|下来|回复|通过)|"
    r"(?:处理|办理|审核|申请)(?:结果|情况|状态)(?:怎|如何|查询|是|\?)|(?:是否|有没有)(?:(?:已经?)?(?:处理|受理|收到|通过|办理)(?:好|完)?|已经?解绑|解绑(?:好|"
    r"完|成功|了))(?!\s*[:：])|收到(?:了)?(?:吗|"
    r"没有?|么)|查询.{0,8}(?:进度|状态|结果)|催一?下|催办")


def asks_progress(text: str) -> bool:
    """Whether the text asks how far a request is."""
    return bool(_PROGRESS.search(text))


def topics_in(text: str) -> set[str]:
    """The topics that the folded text names."""
    return {"unbind" if match["unbind"] else "reset" for match in _TOPICS.finditer(text)}


def _of_clause(clause: str, *, about_locks: bool) -> Iterator[Statement]:
    about_pin = _speaks_of_pin(clause)
    topics = [match for match in _TOPICS.finditer(clause) if not _is_other_topic(match, clause, about_locks=about_locks, about_pin=about_pin)]
    if not any(match["reset"] for match in topics):
        yield from _of_password(clause)
        if topics and _PASSWORD_KEPT.search(clause):
            clause = _PASSWORD_KEPT.sub("、", clause)
            topics = [match for match in _TOPICS.finditer(clause) if match["unbind"]]
    if not topics:
        yield from _of_neighbours(clause)
        return
    if not any(match["reset"] for match in topics) and re.search(r"重置|重设|初始化", clause):
        yield Statement("reset", Said.MENTIONS)
    said = each_said(clause, topics)
    if _TAKES_BACK.search(clause):
        said = [one if one is Said.REFUSES else Said.MENTIONS for one in said]
    elif _DOUBT.search(clause) or _DOUBLE_NO.search(clause):
        said = [Said.DOUBTS for _ in said]
    elif _QUESTION.search(clause):
        said = [Said.QUESTIONS for _ in said]
    elif _CONDITION.search(clause):
        said = [_UNDER_CONDITION.get(one, Said.MENTIONS) for one in said]
    for match, one in zip(topics, said, strict=True):
        yield Statement("unbind" if match["unbind"] else "reset", one)
    yield from implied(clause, topics, said)


_OTHER_OBJECT: Final = re.compile(r"(?:一下|下)?(?:我司|我公司|我们)?(?:的)?(?:ca|锁|绑定|证书|系统|浏览器)")


def _is_other_topic(match: re.Match[str], clause: str, *, about_locks: bool, about_pin: bool) -> bool:
    """Unlocking an account is not unbinding; a lock's PIN is not the registration password; 重置 of something else is no password."""
    if match["unbind"]:
        return match[0] == "解锁" and (bool(re.search(r"账号|账户|用户|密码", clause)) or not about_locks)
    if about_pin:
        return True
    if match[0] not in {"重置", "重设", "初始化"} or _OF_PASSWORD.search(clause, 0, match.start()):
        return False
    return bool(_OTHER_OBJECT.match(clause, match.end()))


_OF_PASSWORD: Final = re.compile(rf"(?:密码|口令)(?:{AUX})*+$")   # 密码要重置锁不用解绑
_UNBOUND: Final = re.compile(rf"(?:{UNBIND})(?:的|原来?|旧|ca|数字证书|证书|锁|key|账号|主锁|绑定)*+")


def _speaks_of_pin(clause: str) -> bool:
    """Whether the password spoken of is the lock's own; the lock as the object of unbinding (解绑CA锁密码不变) does not count."""
    return bool(_PIN.search(_UNBOUND.sub("解绑 ", clause))) and not re.search(r"注册密码|登录密码|登陆密码|账号密码|账户密码", clause)


_KEEPS_LOCK: Final = re.compile(   # 锁别给我解了, CA锁不用动
    r"(?:不用|不需要?|无需|不必|不要|别|先不)(?:再|给我们?)?解(?:了|锁|ca)?(?=$|[,. ])|"
    r"(?:ca|主锁|锁|证书|绑定)(?:的话|就|则|都|也|先|暂时|还是|请|方面|这边)*"
    r"(?:不用|不要|不需要?|无需|不必|别|勿|不)(?:去|再|给我们?)?(?:动|管|变|处理)(?:它|了|的|啦|吧|哈)*(?=$|[,. ])")


def _of_neighbours(clause: str) -> Iterator[Statement]:
    """Words beside the topic: a changed lock, a new binding, an unlocked account, a reset of something, the PIN."""
    if _KEEPS_LOCK.search(clause):
        yield Statement("unbind", Said.REFUSES)
        return
    if re.search(r"(?:重新|再次?)绑定?|绑定?新|换锁|换(?:了)?(?:新)?(?:ca|锁|证书)|更换(?:ca|锁|证书|数字证书|主)|更新(?:ca|锁|证书)|解锁|解开|解封|"
                 r"解(?:一?下)?绑|取消.{0,12}绑|恢复.{0,8}绑定?|(?:重置|重设|初始化).{0,4}(?:ca|锁|证书)|"
                 r"(?:ca|锁|证书).{0,10}(?:脱离|脱钩|分离|分开|拆开|松开)|(?:ca|锁|证书)(?:先|还|就|也|都|暂时|我们?|要|得)*(?:留着|保留|在用)|绑|(?:清|删|(?<![了理讲谅化见])解|销|撤|移|去|剔|取消|作废).{0,10}(?:ca|锁|证书)|(?:ca|锁|"
                 r"证书).{0,14}(?:清|删|解|销|撤|移|剔|取消|[去拿拆摘卸退踢]掉)[掉除了]?|"
                 r"(?:麻烦|请|帮|给|求).{0,12}(?<![了理讲谅化见])解(?:一下|下|开|掉|了)|^[ ]*(?:[请要需给帮就先]|麻烦)*+解(?:了|吧|一下)*[ .]*$", clause):
        yield Statement("unbind", Said.MENTIONS)
    if re.search(r"重置|重设|初始化", clause):
        yield Statement("reset", Said.MENTIONS)


_ENGLISH_KEPT: Final = re.compile(
    r"(?:keep|leave|retain|remember|know)(?:ing)?(?: (?:the|our|my|current|existing|old|same|registration|login))* password(?! secret)|"
    r"password(?: (?:is|will|shall|should|can|to|be|remains?|stays?))*[ :]+(?:keep|kept|unchanged|the same|same|as (?:it )?is|known)")


def _of_password(clause: str) -> Iterator[Statement]:
    """Words about the password without 重置."""
    plain = clause.replace("智能密码钥匙", "").replace("密码钥匙", "").replace("密码锁", "")
    if not re.search(r"密码|口令|password|passcode|(?<![a-z])pwd", plain) or _speaks_of_pin(plain):
        return
    kept = _PASSWORD_KEPT.search(plain) or _ENGLISH_KEPT.search(plain)
    if kept and not _DOUBT.search(plain) and not _QUESTION.search(plain) and not _CONDITION.search(plain):
        yield Statement("reset", Said.REFUSES)
    elif _DOUBT.search(plain):
        yield Statement("reset", Said.DOUBTS)
    else:
        yield Statement("reset", Said.MENTIONS)   # whatever is said of it: spoken of is never missing
