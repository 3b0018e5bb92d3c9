"""Contraries that are made by rule from any text of a request, and what may be read of them.

An example guards what somebody thought of. A contrary guards the rest: it is the example with
something added, put before it or exchanged, of which the rule below tells what may be read. A
wording or a word that is taught is followed by its contraries without anybody writing them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.data.submission import Answer, RequestForm

PLAIN = frozenset({Answer.YES, Answer.NO, Answer.MISSING})
OTHER_FIRM = "湖南衡岳装饰有限公司"
FIRM = "公司"
ONE_WISH = 24
"""Characters of a text that holds one wish."""
OTHER_SYSTEM = "电子税务局"
DEED = re.compile(r"解绑|解除绑定|重置密码|重置注册密码|密码重置")
NO_PROSE_BEHIND = re.compile(r"附|(?m:^--)|[：:]\s*(?:[-_/—]*|是/否)\Z")
"""A list of files, a signature, or a blank of a form: words behind it are no prose."""
TOPIC = re.compile(r"密码|口令|重置|解|锁|ca|key", re.IGNORECASE)
SEPARATOR = re.compile(r"[，,。；;\n]+")
SEVERAL = re.compile(r"[，,。；;：:、\s?？!！—～…「（(①-⑩-]|是否|请|麻烦")
"""What a text holds that is no single sentence, or asks the reader in words of its own."""
NUMERALS = str.maketrans("123456789", "一二三四五六七八九")
ITEM = re.compile(r"(?<![\d.])(?<=第)[1-9](?=[项条个点])|(?m:^)[1-9](?=、)")


@dataclass(frozen=True, slots=True)
class Contrary:
    """A text made of another one. `wrong`: what is wrong in what was read, "" for nothing."""

    kind: str
    text: str
    wrong: Callable[[RequestForm, RequestForm], str]


def contraries(text: str) -> Iterator[Contrary]:
    """The contraries of a text that asks for something."""
    body = text.rstrip(" 。.!！\n")
    several = SEVERAL.search(body) is not None
    yield Contrary("asked about", f"{body}。怎么回事？", unchanged)
    yield Contrary("hearsay", f"客服说{text.lstrip()}", unchanged if several else no_yes)
    if not NO_PROSE_BEHIND.search(body):
        yield Contrary("put off", f"{body}，我们再商量", no_yes)
        if DEED.search(body) and not several and len(body) <= ONE_WISH:
            yield Contrary("supposed", f"假如{body}，几天能办好？", no_yes)
            yield Contrary("confirmed", f"{body}，请问是这样吗？", no_yes)
            if FIRM not in body:
                yield Contrary("after an event", f"投完标之后再{body}", no_yes)
        yield Contrary("one item", f"{body}，只办第1项", not_both if _has_list(text) else no_yes)
        yield Contrary("taken back", f"{body}，不用了", not_both)
        yield Contrary("refused behind", f"{body}，这两件事不用办", not_both)
        yield Contrary("refused behind", f"{body}。我们没有这个意思", not_both)
        yield Contrary("second firm", f"{body}。{OTHER_FIRM}也要解绑", other_firm)
    if not SEPARATOR.search(body) and DEED.search(body) and not TOPIC.search(DEED.sub("", body)):
        elsewhere = DEED.sub(lambda deed: f"{OTHER_SYSTEM}{deed[0]}", body)
        yield Contrary("other system", elsewhere, no_yes)
    if ITEM.search(text):
        numerals = ITEM.sub(lambda one: one[0].translate(NUMERALS), text)
        yield Contrary("numerals", numerals, unchanged)
    exchanged = _exchanged(body)
    if exchanged:
        yield Contrary("exchanged", exchanged, unchanged)


def of_word(word: str, kind: str) -> Iterator[Contrary]:
    """The contraries of a word of the lexicon, by its class: none is a plain yes."""
    sentence = {
        "unbind": f"申请{word}",
        "reset": f"申请{word}",
        "ask": f"{word}解绑",
        "please": f"{word}解绑",
        "take_off": f"旧锁请{word}",
        "untie": f"旧锁请{word}",
    }.get(kind)
    if sentence:
        yield Contrary("put off", f"{sentence}，我们再商量", no_yes)
        yield Contrary("taken back", f"{sentence}，不用了", no_yes)
        yield Contrary("hearsay", f"客服说{sentence}", no_yes)
    if kind in ("unbind", "reset"):
        yield Contrary("refused", f"不用{word}", no_yes)
        yield Contrary("asked about", f"怎么{word}？", no_yes)
        yield Contrary("other system", f"申请{OTHER_SYSTEM}{word}", no_yes)
    if kind in ("refuse", "refuse_closed", "no", "keep", "untouched"):
        yield Contrary("refused", f"是否解绑：{word}", no_yes)
    if kind in ("refuse", "refuse_closed", "keep", "untouched"):
        yield Contrary("refused", f"密码{word}", no_yes)
    if kind == "yes":
        yield Contrary("taken back", f"是否解绑：{word}，不用了", no_yes)
        yield Contrary("put off", f"是否解绑：{word}，我们再商量", no_yes)


def _has_list(text: str) -> bool:
    return re.search(r"[1１一壹①⑴⒈❶㈠甲AaⅠ]|第一|前", text) is not None


def _exchanged(body: str) -> str:
    """The text with its two clauses exchanged; "" where it has not two,
    or where one begins or ends a thought of the other."""
    clauses = body.split("，")
    if (
        len(clauses) != 2
        or SEPARATOR.search(clauses[0] + clauses[1])
        or re.search(r"[:：、也并还再同]", body)
    ):
        return ""
    return f"{clauses[1]}，{clauses[0]}"


def answers(form: RequestForm) -> dict[str, Answer]:
    return {"unbind": form.unbind, "reset": form.reset_password}


def no_yes(_before: RequestForm, after: RequestForm) -> str:
    """Nothing is a plain yes."""
    return ", ".join(
        f"{topic} yes" for topic, answer in answers(after).items() if answer is Answer.YES
    )


def not_both(before: RequestForm, after: RequestForm) -> str:
    """Not all that was asked for is still a plain yes,
    unless it may be something else that is refused."""
    asked = [topic for topic, answer in answers(before).items() if answer is Answer.YES]
    spoken = [topic for topic, answer in answers(before).items() if answer is not Answer.MISSING]
    if asked == spoken and all(answers(after)[topic] is Answer.YES for topic in asked):
        return ", ".join(f"{topic} yes" for topic in asked)
    return unchanged(before, after, taken_back=True)


def unchanged(before: RequestForm, after: RequestForm, *, taken_back: bool = False) -> str:
    """Each answer is the same or in doubt."""
    wrong = []
    for topic, answer in answers(after).items():
        was = answers(before)[topic]
        may_be = {was, Answer.NO} if taken_back else {was}
        if was in PLAIN and answer in PLAIN - may_be:
            wrong.append(f"{topic} {was.value} → {answer.value}")
    return ", ".join(wrong)


def other_firm(before: RequestForm, after: RequestForm) -> str:
    """The request is not the first firm's alone."""
    one = len(before.enterprise_names) == 1 and after.enterprise_names == before.enterprise_names
    return f"names {after.enterprise_names[0]} alone" if one and not after.name_unread else ""
