"""Reads the request out of the words of a mail: which enterprise, whether to unbind, whether to reset the registration password (RULES.md sections 1 and 4).

Subject and new text count alike. A label and the prose must agree, else the answer is AMBIGUOUS; words that settle nothing are UNREAD; an unfilled template is
MISSING. A wrong yes would unbind an enterprise, so whatever is conditional, asked or left to others is never a yes; a wrong MISSING would reject a complete
request, so whatever is spoken of at all is at least UNREAD.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from core.cases.letter_marks import CASE_WORD
from core.cases.submission import Answer, RequestForm
from mail_intake.request_text_answers import answer_of
from mail_intake.request_text_fold import cleaned, distinct, folded
from mail_intake.request_text_labels import Labelled, labelled, table_rows, ticked_items
from mail_intake.request_text_names import ASKED_FOR_NEXT, asks_at, labelled_name, names_in, perhaps_named
from mail_intake.request_text_plain import plain
from mail_intake.request_text_prose import asks_progress, declines, statements, takes_back, takes_back_unnamed, topics_in
from mail_intake.request_text_question import only_asks
from mail_intake.request_text_scope import Said, refuses_what_follows

_PREFIX: Final = re.compile(r"^(?:\s*(?:自动回复|自动答复|automatic reply|re|fwd?|回复|答复|转发|回覆|轉寄|转)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
_REQUEST_WORDS: Final = re.compile(
    r"解绑|解 绑|绑定|绑锁|解锁|换锁|换绑|解除|主锁|副锁|ca锁|ca证书|\bca\b|ca[数解丢遗过更]|数字证书|密码|口令|重置|重设|锁.{0,6}(?:丢|遗失|坏|过期|到期|损|"
    r"换)|unbind|企业名称")
_SETTLED: Final = frozenset({Answer.YES, Answer.NO, Answer.AMBIGUOUS})
_OUR_SUBJECT: Final = re.compile(
    rf"{CASE_WORD}|工单|^\s*【(?:办理完毕|请核对|未予办理|逾期关闭|办理顺延|办理进度|已受理|重置密码|退回补正|补件收到|已撤回)】(?:CA锁解绑申请|涉及贵单位|"
    rf"设置新密码)")
_ASKS: Final = re.compile(r"是否|需不需要|要不要|是不是|需否|可否")
_PUNCTUATION_WORDS: Final = re.compile(r"(?:^|[\s,;。:\n]|(?<!\d)\d[.、:)]?)(?:是的?|否|需要|不需要|不用|无需|要|不要|不|需|同意)(?=$|[\s,;。.!\n])")


@dataclass(slots=True)
class _Heard:
    """What was gathered from subject and text before it is weighed."""

    label_names: list[str] = field(default_factory=list)
    prose_names: list[str] = field(default_factory=list)
    aside_names: list[str] = field(default_factory=list)     # an agent, a former name: count where nothing else does
    signed_names: list[str] = field(default_factory=list)    # in a signature: count where no label names one and none in the text asks
    claimed: bool = False                                    # a name in the text asks for what it wants
    name_unread: bool = False
    labels: dict[str, list[Answer]] = field(default_factory=lambda: {"unbind": [], "reset": []})
    prose: dict[str, list[Said]] = field(default_factory=lambda: {"unbind": [], "reset": []})


def read_request(subject: str, new_text: str) -> RequestForm:
    """The request as subject and new text say it together."""
    title = _PREFIX.sub("", cleaned(subject)).replace("\n", " ")
    title = "" if _OUR_SUBJECT.search(title) else title
    heard = _Heard()
    title = _listen(title, heard)
    text = _listen(cleaned(new_text), heard)
    if declines(text) and not heard.labels["unbind"]:
        heard.prose["unbind"].append(Said.DOUBTS)
    form = _weighed(heard, f"{title}\n{text}")
    question = not form.enterprise_names and not form.name_unread and only_asks(title, text)
    return replace(
        form, withdraws=form.withdraws or takes_back_unnamed(text), has_request_words=form.has_request_words and not question,
    )


def read_letter(text: str) -> RequestForm:
    """The request as a request letter inside the PDF words it: its lines are those of the page, so sentences run over their ends."""
    return read_request("", _WRAPPED.sub(r"\1", text))


_WRAPPED: Final = re.compile(r"([^\n]{17}[^\n。；;：:！!])\n[ \t\u3000]*(?=[^\n]{1,})(?![^\n]{0,14}[:：])(?!\s*(?:\d{1,2}[.、]|[①-⑩]|"
                             r"[(（]?[一二三四五][、)）]))")


def with_letter(form: RequestForm, letter: RequestForm) -> RequestForm:
    """`form` with what it leaves MISSING filled from the letter; `from_letter` tells what was."""
    filled: set[str] = set()
    if not form.enterprise_names and not form.name_unread and letter.enterprise_names:
        form = replace(form, enterprise_names=letter.enterprise_names)
        filled.add("enterprise_name")
    if form.unbind is Answer.MISSING and letter.unbind is not Answer.MISSING:
        form = replace(form, unbind=letter.unbind)
        filled.add("unbind")
    if form.reset_password is Answer.MISSING and letter.reset_password is not Answer.MISSING:
        form = replace(form, reset_password=letter.reset_password)
        filled.add("reset_password")
    return replace(
        form, from_letter=form.from_letter | filled, has_request_words=form.has_request_words or (bool(filled) and letter.has_request_words),
    )


def with_forwarded(form: RequestForm, forwarded: str) -> RequestForm:
    """`form` of a forward's own words; what they leave MISSING is doubt where the mail that was forwarded speaks of it, for people to see."""
    inner = read_request("", forwarded)
    unbind, reset = (
        Answer.UNREAD if own is Answer.MISSING and other is not Answer.MISSING else own
        for own, other in ((form.unbind, inner.unbind), (form.reset_password, inner.reset_password))
    )
    named = bool(form.enterprise_names) or form.name_unread
    return replace(form, unbind=unbind, reset_password=reset, name_unread=form.name_unread or (not named and bool(inner.enterprise_names or inner.name_unread)))


def _listen(written: str, heard: _Heard) -> str:
    """Gather what one text says: tables, then labels, then the prose that is left. Returns all of it in everyday words."""
    whole = plain(folded(written))
    signed_from = _signed_from(whole)
    text = _hear_tables(whole, written, heard)
    text = _hear_ticks(text, heard)
    text = _hear_labels(text, written, heard)
    text = _hear_bare_list(text, heard)
    named = names_in(text, written)
    heard.name_unread = heard.name_unread or perhaps_named(text)
    heard.claimed = heard.claimed or any(asks_at(whole, found.end) and not found.aside and found.start < signed_from for found in named)
    for found in named:
        (heard.signed_names if found.start > signed_from else heard.aside_names if found.aside else heard.prose_names).append(found.name)
    for found in reversed(named):
        text = f"{text[:found.start]}公司{text[found.end:]}"
    for statement in statements(text):
        heard.prose[statement.topic].append(statement.said)
    return whole


_SIGNATURE: Final = re.compile(r"(?:^|\n)--[ ]*(?=\n)")   # RFC 3676 section 4.3
_CONTACTS: Final = re.compile(r"(?:^|\n)[ ]*(?:地址|办公地址|电话|手机|传真|邮编|邮箱|网址|座机|tel|fax|add|mobile|e-?mail|http|www)[^\n]*[\w]")
_ASKED_FOR: Final = re.compile(r"解绑|解除|重置|密码|名称")


def _signed_from(text: str) -> int:
    """Where the signature begins: behind "-- ", or behind the last line that asks for something, where an address or a telephone follows."""
    signature = _SIGNATURE.search(text)
    if signature:
        return signature.start()
    asked = max((match.end() for match in _ASKED_FOR.finditer(text)), default=len(text))
    last = text.find("\n", asked)
    return last if last >= 0 and _CONTACTS.search(text, last) else len(text)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with the spans replaced by line ends, its length kept."""
    for start, end in spans:
        text = text[:start] + "\n" * (end - start) + text[end:]
    return text


def _hear_tables(text: str, written: str, heard: _Heard) -> str:
    spans: list[tuple[int, int]] = []
    for row in table_rows(text):
        for kind, start, end in row.cells:
            if kind == "name":
                _hear_name(labelled_name(text, written, (start, end), firm=True, weak=False), heard)
            elif kind in heard.labels:
                heard.labels[kind].append(answer_of(text[start:end], kind))
        spans.append((row.start, row.end))
    return _blanked(text, spans)


def _hear_ticks(text: str, heard: _Heard) -> str:
    """A ticked list: a tick says yes, a cross no; a box left empty beside ticked ones is doubt, a wholly empty list says nothing."""
    items = list(ticked_items(text))
    any_tick = any(item.tick == "yes" for item in items)
    for item in items:
        if item.tick:
            heard.labels[item.topic].append(Answer.NO if (item.tick == "no") != item.refused else Answer.YES)
        elif any_tick and not any(other.topic == item.topic and other.tick for other in items):
            heard.labels[item.topic].append(Answer.UNREAD)
    return _blanked(text, [(item.start, item.end) for item in items])


def _hear_labels(text: str, written: str, heard: _Heard) -> str:
    spans: list[tuple[int, int]] = []
    for label in labelled(text):
        end = _hear_label(label, text, written, heard)
        spans.append((label.start, end))
    return _blanked(text, spans)


def _hear_label(label: Labelled, text: str, written: str, heard: _Heard) -> int:
    """Take one labelled field in; returns how far it reaches into the text. What lies behind is prose."""
    if label.kind in {"name", "weak_name"}:
        span = (label.value_start, label.value_end)
        named = labelled_name(text, written, span, firm=label.firm, weak=label.kind == "weak_name")
        _hear_name(named, heard)
        return max(named.end if named.names or named.unread else min(label.value_start, named.end), label.start)
    if label.kind == "story":
        return label.value_start
    if label.kind == "other":
        value = text[label.value_start:label.value_end]
        if text.startswith("发件人", label.start) and names_in(value, written[label.value_start:label.value_end]):
            heard.name_unread = True   # the sender is perhaps the enterprise, perhaps its agent
        listed = text.startswith("附件", label.start)
        end = min((cut.start() for cut in (re.search(r"[,;。)!]", value), not listed and _THEN_ASKS.search(value)) if cut), default=len(value))
        for topic in topics_in(value[:end]):
            heard.prose[topic].append(Said.MENTIONS)   # where it stands it may mean anything, but it is spoken of
        return label.value_start + end
    if _ASKED_OF_BOTH.search(text[label.start:label.value_start]) and _JOINED.search(text[max(0, label.start - 4):label.start]):
        return label.start   # 解绑和重置密码? 不用 answers for both
    return _hear_answer(label, text, heard)


_THEN_ASKS: Final = re.compile(rf"\s+(?={ASKED_FOR_NEXT}|密码)")   # Tel: 010-1 解绑 不重置


def _hear_name(named: object, heard: _Heard) -> None:
    heard.label_names += list(getattr(named, "names", ()))
    heard.name_unread = heard.name_unread or bool(getattr(named, "unread", False))


def _hear_answer(label: Labelled, text: str, heard: _Heard) -> int:
    value = text[label.value_start:label.value_end]
    whole, end = _answer_span(value)
    if label.kind == "both":
        whole = re.split(r"[;。!]", value)[0]
        for topic, answer in zip(("unbind", "reset"), _two_answers(whole), strict=True):
            heard.labels[topic].append(answer)
        return label.value_start + len(whole)
    topic = "reset" if label.kind == "password" else label.kind
    answer = answer_of(whole, topic)
    if label.kind == "password" and answer is Answer.YES and _APPROVES.match(whole):
        answer = Answer.UNREAD   # 密码：好的 may say that it is in order
    signed = _NO_WORD.fullmatch(whole)   # 重置：0 answers, and nobody knows what
    plain = label.kind != "password" and not signed and not _ASKS.search(text[label.start:label.value_start])
    if plain and (answer is Answer.UNREAD or refuses_what_follows(text[:label.start].rpartition("\n")[2])):
        return label.start   # 解绑申请：我司的锁丢了 is prose behind a heading
    if answer is Answer.UNREAD and end < len(value) and label.firm:
        answer, end = answer_of(re.split(r"[;。!]", value)[0], topic), 0   # 锁丢了，需要解绑: the answer comes later, and all of it is prose too
    asked = text[label.start:label.value_start]
    if answer is Answer.UNREAD and (label.kind == "password" or not label.firm):
        if label.kind == "password":
            return label.start   # 密码：保留 says it as running text does
        asks = _in_sentence(text, label.start) and _ASKS.search(asked) and not _NOT_WRITTEN.search(text[max(0, label.start - 8):label.start])
        heard.prose[topic].append(Said.QUESTIONS if asks else Said.MENTIONS)
        return label.value_start
    if answer is Answer.MISSING and not label.firm and (_in_sentence(text, label.start) or re.match(r"(?:要不要|需不需要|是不是).*\?", asked)):
        return label.start   # 不确定是否解绑: no form but running text
    heard.labels[topic].append(answer)
    return label.value_start + end


_ASKED_OF_BOTH: Final = re.compile(r"\?[ ]*$")
_JOINED: Final = re.compile(r"(?:[和及与、,/+&]|以及|并且?|还有|跟|同时?)[ ]*$")
_NO_WORD: Final = re.compile(r"[ ]*[^\s\u4e00-\u9fff]{1,2}[ ]*")
_APPROVES: Final = re.compile(r"[ ]*(?:好|对|有|可以|ok|同意|true|确认|都是)")
_NOT_WRITTEN: Final = re.compile(r"(?:[没未漏忘]|写|填|注明|说明)[^,。;]{0,3}$")   # 上次没写是否解绑: what is told of is no question


def _in_sentence(text: str, at: int) -> bool:
    return "\u4e00" <= text[at - 1:at] <= "\u9fff"


_NOTE_BEHIND: Final = re.compile(r"\s+(?=(?:备?注|说明|原因|理由)[:=])")
_NEXT_TOPIC: Final = re.compile(r"\s+(?=\S*(?:解绑|解除|绑定|重置|重设|初始化|密码|主锁|换绑))")


def _answer_span(value: str) -> tuple[str, int]:
    """The part of a value that is the answer, and where it ends: all of it where boxes or a template stand, else up to the end of the phrase."""
    opening = len(value) - len(value.lstrip(" \t|:,"))
    boxes = re.search(r"[☑✅√✓✔■●◉☒×✗✘□☐○◯◻⬜]|[(\[]\s*[)\]]", value)
    if not boxes and re.fullmatch(r"\s*(?:是\s*[,;]\s*否|(?P<word>需要|要|解绑|重置)\s*[,;]\s*不(?P=word))\W*", value):
        return re.sub("[,;]", "/", value), len(value)
    cuts = (
        re.compile(r"[;。!]" if boxes else r"[,;。!]").search(value, opening), _NEXT_TOPIC.search(value, opening + 1), _NOTE_BEHIND.search(value, opening + 1),
    )
    end = min((cut.start() for cut in cuts if cut), default=len(value))
    return value[:end], end


def _two_answers(value: str) -> tuple[Answer, Answer]:
    """The answers to a double question: two in order, or one that holds for both."""
    pieces = [piece for piece in re.split(r"[,、;/。和\s|]+", value.strip(" \t|:,。;")) if piece]
    if len(pieces) == 2 and not (pieces[0] in {"是", "需要"} and "/" in value):
        return answer_of(pieces[0], "unbind"), answer_of(pieces[1], "reset")
    if not pieces:
        return Answer.MISSING, Answer.MISSING
    found = answer_of(pieces[0], "unbind")
    if len(pieces) == 1 and found is Answer.YES:
        return found, found
    if answer_of(value, "unbind") is Answer.MISSING:
        return Answer.MISSING, Answer.MISSING
    return Answer.UNREAD, Answer.UNREAD


_SECOND: Final = r"(?:(?<!\d)2[.、):]|\(2\)|②|[(]?二[、.)])"
_THIRD: Final = r"(?:(?<!\d)3[.、):]|\(3\)|③|[(]?三[、.)])"
_BARE_LIST: Final = re.compile(rf"{_SECOND}\s*(?P<unbind>[^\n,;。]{{1,10}}?)\s*[,;。]?\s*{_THIRD}\s*(?P<reset>[^\s,;。]{{1,10}})[ ]*[;。,.!]?(?=\s|$)")


def _hear_bare_list(text: str, heard: _Heard) -> str:
    """Answers by number alone (1.… 2.是 3.否) to the published questions, whose order is known."""
    match = _BARE_LIST.search(text)
    if not match or not _bare_word(match["unbind"], "unbind") or not _bare_word(match["reset"], "reset"):
        return text
    for topic in ("unbind", "reset"):
        heard.labels[topic].append(answer_of(match[topic], topic))
    return _blanked(text, [match.span()])


_BARE_TOPIC: Final = {"unbind": r"(?:解绑|解除绑定)(?:ca锁?)?", "reset": r"重置(?:注册)?(?:密码)?"}


def _bare_word(value: str, topic: str) -> bool:
    bare = r"是的?|否|不?需要|不用|无需|不?要|不|不?需|同意|y|n|yes|no"
    return bool(re.fullmatch(rf"(?:{bare})|(?:{bare})?{_BARE_TOPIC[topic]}", value.strip()))


_BOTH: Final = re.compile(   # 两项都办, where one of the two is not named
    r"(?:两|2|二|俩)(?:个|项|样|者|件|种)?(?:事情?|内容|业务)?(?:都|均|全|皆)|"
    r"(?:^|[\n,。;! ])(?:都|全|均)(?:要|需要|办理?|申请|做)[了的吧]{0,2}(?=$|[\n,。;! ])|全套")
_NOTHING_ELSE: Final = re.compile(r"(?:其[他它余]|别的)的?(?:都|均|全|一概|一律|就|暂时|事项|业务|什么)*(?:不|无需|没有?|保持|照旧)|"
                                   r"(?:不|无需|没有?)(?:需要?|用|再|办理?|做|申请|要)*其[他它余]")
_BY_ORDER: Final = re.compile(   # answers that point to things by their order
    r"前者|后者|[前后]一[项条]|[前后]项(?!目)|(?:只|仅|就|光)(?:需要?|要|用|办理?|申请|做|选|处理)?第[一二三123][项个条]")


def _weighed(heard: _Heard, text: str) -> RequestForm:
    unbind, reset = (_settled(heard.labels[topic], heard.prose[topic]) for topic in ("unbind", "reset"))
    labelled_answers = heard.labels["unbind"] + heard.labels["reset"]
    if _BOTH.search(text) or (not labelled_answers and _PUNCTUATION_WORDS.search(_without_labels(text))):
        unbind, reset = (Answer.UNREAD if one is Answer.MISSING else one for one in (unbind, reset))
    if _NOTHING_ELSE.search(text):
        unbind, reset = (Answer.UNREAD if one is Answer.MISSING is not other else one for one, other in ((unbind, reset), (reset, unbind)))
    if _BY_ORDER.search(text) and not labelled_answers:
        unbind, reset = (Answer.UNREAD if one in _SETTLED else one for one in (unbind, reset))
    names = _names(heard)
    return RequestForm(
        enterprise_names=names, name_unread=heard.name_unread and not names, unbind=unbind, reset_password=reset,
        has_request_words=bool(_SETTLED & {unbind, reset} or _REQUEST_WORDS.search(text)), asks_progress=asks_progress(text), withdraws=takes_back(text),
    )


def _names(heard: _Heard) -> tuple[str, ...]:
    signed = [] if heard.label_names or heard.claimed else heard.signed_names
    return distinct([*heard.label_names, *heard.prose_names, *signed]) or distinct(heard.aside_names)


def _without_labels(text: str) -> str:
    return text if _REQUEST_WORDS.search(text) is None else re.sub(r"[^\n]{30,}", "", text)


def _settled(labels: list[Answer], prose: list[Said]) -> Answer:
    """One answer from the labels and the prose: they must agree; doubt beats a yes; a mere mention beats nothing."""
    if Answer.AMBIGUOUS in labels:
        return Answer.AMBIGUOUS
    titled = Said.TITLES in prose and not {Said.QUESTIONS, Said.NEGATES} & set(prose)
    says_yes = Answer.YES in labels or Said.ASKS in prose or titled
    says_no = Answer.NO in labels or Said.REFUSES in prose
    if says_yes and says_no:
        return Answer.AMBIGUOUS
    if Answer.UNREAD in labels or Said.DOUBTS in prose:
        return Answer.UNREAD
    if says_yes or says_no:
        return Answer.YES if says_yes else Answer.NO
    return Answer.UNREAD if prose else Answer.MISSING
