"""Reads the answer that stands behind a label: 是, 不需要, ☑是 □否, (√)是 ( )否, Y, 无需重置，密码记得.

An unfilled template (是/否, 是□否□, a bare line, 请填写) is MISSING; two answers are AMBIGUOUS; words that settle nothing are UNREAD. It never guesses: a tick
that could belong to either word is UNREAD.
"""

import re
from typing import Final

from core.cases.submission import Answer

CHECKED: Final = "☑✅√✓✔■●◉⦿▣◼🗹✚"
CROSSED: Final = "☒×✗✘✕✖❌❎╳"
UNCHECKED: Final = "□☐○◯◻⬜▢◇⭕❏❑"
_BRACKET_TICK: Final = re.compile(r"[(\[【]\s*([√✓✔✅☑vx×✗✘■●*]?)\s*[)\]】]")
_YES_WORD: Final = r"是的|是|需要|需|要|用(?=$)|同意|确认|确定|有|可以|对|好的|好|yes|y|true|ok|申请|办理|请|均是|都是|全部|必须"
_NO_WORD: Final = (r"(?:no need|not|none|never|nope|do(?:es)?n['’‘`]?t|without|unnecessary)(?![a-z])|不是|不需要|不需|不用|不要|不必|不同意|不想|不再|"
    r"不|否|无需|无须|毋需|毋须|无|没有|没必要|暂不需要|暂不|暂无|暂时不|先不|免|no(?![a-z])|n(?![a-z])|false|"
                   r"别|勿|非")
_TOPIC: Final = {
    "unbind": r"解除绑定|解除|解绑|解(?=$)|解锁|取消绑定|更换主锁|换绑",
    "reset": r"重新设置|重置|重设|初始化|设置|重(?=$)",
}
_UNSETTLED: Final = re.compile(r"不确定|不清楚|不知道|未定|待定|看着办|看情况|视情况|再说|随便|随意|都行|都可以|均可|无所谓|可能|也许|或许|大概|好像|如果|"
                               r"如需|若|的话|考虑|由你|你们定|"
                               r"听你|咨询|请问|什么|怎么|如何|\?|吗|以后|见附件|附件|同上")
_PLACEHOLDER: Final = re.compile(r"(?:请|待)?(?:填写?|选择?|选填|必填|填入|输入|注明|勾选).{0,14}|[-_./\\·…~*xX×#]*|空|略|待填")
_PAIR: Final = re.compile(r"(?:(?P<no>不需要|不需|不要|不用|不同意|不解绑|不重置|不申请|不予|不|否|无需|no|n)|(?P<yes>需要|要|是|同意|解绑|重置|申请|yes|y))")
_TEMPLATE: Final = re.compile(
    r"\W*(?:是|需要|需|要|同意|解绑|解除绑定|重置|yes|y|需重置|需解绑)\s*(?:[/|\\、,;]|或者?|还是|or|\s)?\s*"
    r"(?:否|不是|不需要|不需|不要|不用|不同意|不解绑|不解除绑定|不重置|无需|无需重置|no|n|不)\W*|\W*否\s*[/|、或]\s*是\W*")
_AFTER: Final = re.compile(r"\s*[,;。.!、:\-(~]\s*|\s+")
_COMMON_TAIL: Final = (r"的|了?喇|啦|呀|need(?:ed)?|required|necessary|thanks?|thank you|to|the|reset|unbind|password|需要|需|要|申请|办理|进行|操作|"
    r"处理|一下|原|旧|该|谢谢|帮忙|请|麻烦|企业|公司|我|单位|给|予|以|即可|吧|哦|啊|呀|哈|嘛|滴|呢|了|上述|此|本|\s")
_TAIL: Final = {
    "unbind": re.compile(rf"(?:{_COMMON_TAIL}|ca|锁|数字证书|证书|账号|主锁|解除绑定|解绑|绑定|解除|解锁)*+"),
    "reset": re.compile(rf"(?:{_COMMON_TAIL}|动|改|变更|修改|更改|账号|注册|登录|登陆|密码|重新设置|重新|重置|重设|初始化|设置)*+"),
}
_OPENING: Final = {
    "unbind": re.compile(r"^(?:麻烦(?:[你您]|老师)?|烦请|恳请|劳烦|拜托|请(?=[你您帮不别勿解重无]|给|予|将|把)|[你您]|老师|帮忙?(?:我们?)?|希望|务必|"
        r"望|给我们?|千万|绝对|一定|坚决|当然|切|都|均|皆|全部|两者都|也|就|这个|这项|该项|肯定|算了(?=不)|(?:确认|确定)(?=不|无|否)|答:?|我们?|我公司|我司|本公司|ca锁?|原|旧|账号|目前|现在)+(?=.)"),
    "reset": re.compile(r"^(?:麻烦(?:[你您]|老师)?|烦请|恳请|劳烦|拜托|请(?=[你您帮不别勿解重无]|给|予|将|把)|[你您]|老师|帮忙?(?:我们?)?|希望|务必|"
        r"望|给我们?|千万|绝对|一定|坚决|当然|切|都|均|皆|全部|两者都|也|就|这个|这项|该项|肯定|算了(?=不)|(?:确认|确定)(?=不|无|否)|答:?|我们?|我公司|我司|本公司|注册|登录|密码|账号|目前|现在)+(?=.)"),
}


def answer_of(value: str, topic: str) -> Answer:
    """The answer to the question about `topic` ("unbind" or "reset") in the folded `value`."""
    value = _unframed(value)
    if not value:
        return Answer.MISSING
    ticked = _ticked(value)
    if ticked is not None:
        return ticked
    framed = _ONE_FRAMED.fullmatch(value)
    if framed:
        return Answer.YES if framed["yes"] else Answer.NO
    inner = re.fullmatch(r"[(\[【「<\"“]\s*(.*?)\s*[)\]】」>\"”]", value)
    value = inner[1] if inner else re.sub(r"[(\[]\s*(?:是\s*[/、或]?\s*否|请.{0,12}|必填|选填|填.{0,10})\s*[)\]]", "", value).strip()
    if _PLACEHOLDER.fullmatch(value) or _TEMPLATE.fullmatch(value) or value == "是否":
        return Answer.MISSING
    if re.sub(r"[^\u4e00-\u9fff]", "", value) in _OPTIONS:
        return Answer.UNREAD   # both options, and a mark beside one of them that is not known
    return _worded(value, topic)


_OPTIONS: Final = frozenset({"是否", "否是", "需要不需要", "不需要需要", "要不要"})


_ONE_FRAMED: Final = re.compile(   # 【是】/否, 是/【否】: one of the two options is framed
    r"[【\[「<]\s*(?P<yes>是|需要|要)\s*[】\]」>]\s*[/、|或]?\s*(?:否|不需要|不要)|(?:是|需要|要)\s*[/、|或]?\s*[【\[「<]\s*(?:否|不需要|不要)\s*[】\]」>]"
)
_NEXT_NUMBER: Final = re.compile(r"(?<=[^\W\d])[ ]*(?:[(]?(?:\d{1,2}|[二三四五])[.、)]|[①-⑩])[ ]*$")   # 是3. before the next numbered label


_CHOSEN: Final = re.compile(   # 选否 is an answer, 请选择 is none
    r"^(?:选择?|选定|勾选|填写?|回答|答案?[是为]?)[:\"“「 ]*(?=(?:是|否|不?需要?|不?要|不|无需)[\"”」]?[ ]*(?:$|[,;。]))"
)
_SAID_AGAIN: Final = re.compile(r"^(是|否|不|要|对|好)\1+")


def _unframed(value: str) -> str:
    """The value without separators and the underscores or asterisks of a filled-in line (__是__, *否*); a lone line is left to be unfilled."""
    value = _NEXT_NUMBER.sub("", value).strip(" \t|:=,;。.→/、…{}")
    if chosen := _CHOSEN.match(value):
        value = value[chosen.end():].strip(' "”」')
    value = _SAID_AGAIN.sub(r"\1", value)
    return value.strip(" _*~…") if re.search(r"[^\W_]", value) else value


def _worded(value: str, topic: str) -> Answer:
    head, rest = _head(value)
    found = _plain(head, topic)
    if found is Answer.UNREAD and rest and not _UNSETTLED.search(value):
        return _only_answer(rest, topic)
    if found in {Answer.YES, Answer.NO} and rest and not _consistent(found, rest, topic):
        return Answer.UNREAD
    return found


def _only_answer(rest: str, topic: str) -> Answer:
    """The one answer among the later phrases (忘记密码，需要重置), when they hold just one."""
    found = {_plain(piece, topic) for piece in re.split(r"[,;。.!、:\s]+", rest) if piece} - {Answer.UNREAD}
    return found.pop() if len(found) == 1 else Answer.UNREAD


def _head(value: str) -> tuple[str, str]:
    cut = _AFTER.search(value)
    return (value[:cut.start()], value[cut.end():]) if cut and cut.start() else (value, "")


def _plain(head: str, topic: str) -> Answer:
    """One phrase: a yes or no word, the verb of the topic, or both together."""
    if _UNSETTLED.search(head):
        return Answer.UNREAD
    own = _TOPIC[topic]
    head = _OPENING[topic].sub("", head)
    if re.fullmatch(rf"(?:{own})(?:密码)?(?:就|则|都|也|的话)*(?:不必|不用|不需要|免|算)了?[吧啦哈]?", head):
        return Answer.NO
    no = re.match(rf"(?:{_NO_WORD})", head)
    if no:
        rest = head[no.end():]
        return Answer.NO if _TAIL[topic].fullmatch(rest) or re.match(rf"(?:{own})", rest) else Answer.UNREAD
    head = _REASON.sub("", head) if re.search(rf"(?:{own})\W*$", head) else head
    yes = re.match(rf"(?:{_YES_WORD}|{own})+", head)
    if yes and _TAIL[topic].fullmatch(head[yes.end():]):
        return Answer.YES
    return Answer.UNREAD


_REASON: Final = re.compile(r"^[^不没无非别勿]{1,14}[了坏失期](?:当然|肯定|必须|只能|只好|所以)(?=要|得|需|解|重)得?")   # 锁都丢了当然解绑


def _consistent(found: Answer, rest: str, topic: str) -> bool:
    """Whether what follows the answer leaves it standing: no contrary answer, no doubt."""
    if re.search(r"不确定|不清楚是否|待定|看着办|再说|暂不|先不|不要处理|如果|的话|视情况|考虑", rest):
        return False
    other = _plain(re.split(r"[,;。.!、(\s)]", rest)[0], topic)
    clash = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}[found]
    return other is not clash or not re.fullmatch(rf"(?:{_YES_WORD}|{_NO_WORD}|{_TOPIC[topic]})++(?:密码|绑定)?+\W*", rest.strip()[:40])


# --- ticks and boxes ---

_MARK_CLASS: Final = f"[{CHECKED}{CROSSED}{UNCHECKED}]"
_ITEM: Final = re.compile(rf"(?P<mark>{_MARK_CLASS})|(?P<word>不需要|不需|不要|不用|不解绑|不解除绑定|不重置|不同意|不办理|无需|否|不是|需要重置|需要解绑|"
                          rf"需要|同意|解除绑定|解绑|重置|是|要|需|yes|no|y|n)")


def _ticked(value: str) -> Answer | None:
    """The answer given by ticks, or None where there are none."""
    plain = _BRACKET_TICK.sub(_bracket_mark, value)
    if not re.search(_MARK_CLASS, plain):
        return None
    items = [("mark" if match["mark"] else "word", match[0], match.start(), match.end()) for match in _ITEM.finditer(plain)]
    words = [item for item in items if item[0] == "word"]
    if not words:
        return _lone_mark([item[1] for item in items])
    chosen = _assigned(items, plain)
    return None if chosen is None else _chosen(chosen)


def _bracket_mark(match: re.Match[str]) -> str:
    inside = match[1].lower()
    if inside in {"×", "✗", "✘"}:
        return "×"
    return "☑" if inside else "□"


def _lone_mark(marks: list[str]) -> Answer:
    if len(marks) > 1:
        return Answer.UNREAD
    if marks[0] in CHECKED:
        return Answer.YES
    return Answer.MISSING if marks[0] in UNCHECKED else (Answer.UNREAD if marks[0] in "☒❎" else Answer.NO)


_Item = tuple[str, str, int, int]


def _assigned(items: list[_Item], text: str) -> list[tuple[str, str]] | None:
    """Pairs of mark and word. With a mark for each word the first token tells whether marks stand before or behind; else nearness decides."""
    marks = [item for item in items if item[0] == "mark"]
    words = [item for item in items if item[0] == "word"]
    if [kind for kind, *_ in items] == ["mark", "word"] * len(words):
        return [(mark[1], word[1]) for mark, word in zip(marks, words, strict=True)]
    if [kind for kind, *_ in items] == ["word", "mark"] * len(words):
        return [(mark[1], word[1]) for mark, word in zip(marks, words, strict=True)]
    if len(marks) == 1 and len(words) == 2:
        near = _nearest(marks[0], words, text)
        return None if near is None else [(marks[0][1], near), *[(_opposite(marks[0][1]), word[1]) for word in words if word[1] != near]]
    return [("?", words[0][1])]


def _nearest(mark: _Item, words: list[_Item], text: str) -> str | None:
    if mark[2] < words[0][2]:
        return words[0][1]
    if mark[2] > words[1][2]:
        return words[1][1]
    before, after = text[words[0][3]:mark[2]], text[mark[3]:words[1][2]]
    if bool(before.strip()) == bool(after.strip()) and len(before) == len(after):
        return "?"
    return words[0][1] if (bool(before.strip()), len(before)) < (bool(after.strip()), len(after)) else words[1][1]


def _opposite(mark: str) -> str:
    return "□" if mark in CHECKED + CROSSED else "☑?"


def _chosen(pairs: list[tuple[str, str]]) -> Answer:
    """What the pairs say. A crossed box is a tick in Word's form fields, and a cross beside a real tick is none."""
    marks = {mark for mark, _ in pairs}
    if "?" in marks or any(word == "?" for _, word in pairs):
        return Answer.UNREAD
    has_tick = any(mark in CHECKED for mark in marks)
    ticked = {_polarity(word) for mark, word in pairs if mark in CHECKED or (mark == "☒" and not has_tick)}
    if not ticked:
        if len(pairs) == 1 and pairs[0][0] in "❌✖" and _polarity(pairs[0][1]) is Answer.NO:
            return Answer.NO   # ❌否: the picture repeats the word
        only_crosses = [word for mark, word in pairs if mark in CROSSED]
        return Answer.UNREAD if only_crosses else Answer.MISSING
    return Answer.AMBIGUOUS if len(ticked) > 1 else ticked.pop()


def _polarity(word: str) -> Answer:
    return Answer.NO if re.match(r"不|否|无|no?$", word) else Answer.YES
