"""Filled-in forms: labelled lines, tables, ticked lists, numbered answers, answers that stand before their question.

Each shape takes its tokens out of the text; what is left is prose. A form wins over prose, unless prose contradicts it. What a value says stands in
the table `answer` of grammar.toml: two answers are AMBIGUOUS, options without a choice MISSING, words that settle nothing UNREAD.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import Final

from core.cases.submission import Answer
from mail_intake.request.clauses import FORM, TOPICS, says_something
from mail_intake.request.grammar import Row, has, rows
from mail_intake.request.tokens import CROSSED, CROSSED_BOX, EMPTY_BOX, MARKS, NAME, TICKED, UNKNOWN, Token, letters_of

Span = tuple[int, int]
_OPPOSITE: Final = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}
_SWAPPED: Final = str.maketrans("UR", "RU")
_MOST_BREAKS: Final = 20


@dataclass(slots=True)
class Form:
    """What the forms of one text say."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: {"unbind": [], "reset": []})
    names: list[tuple[int, int, bool]] = field(default_factory=list)   # spans of labelled names, and whether the label names nothing else
    others: list[Span] = field(default_factory=list)   # spans of the values of other labels: a name in there is not the one that asks
    mentions: set[str] = field(default_factory=set)   # topics in the values of other labels
    fields: list[tuple[str, str, str]] = field(default_factory=list)   # (shape and topic, value, what it says) for --explain

    def answered(self, shape: str, topic: str, answer: Answer, value: list[Token]) -> None:
        self.answers[topic].append(answer)
        self.fields.append((f"{shape} {topic}", "".join(token.text for token in value), answer.value))


class _Text:
    """Tokens and their letters, side by side."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.letters = tokens, letters_of(tokens)

    def skip(self, signs: str, at: int, end: int) -> int:
        """The first place from `at` on that is none of the signs."""
        return next((place for place in range(at, end) if self.letters[place] not in signs), end)

    def find(self, signs: str, at: int, end: int) -> int:
        return min((place for sign in signs if (place := self.letters.find(sign, at, end)) >= 0), default=end)

    def line_before(self, at: int) -> str:
        return self.letters[self.letters.rfind("\n", 0, at) + 1:at]

    def begins_line(self, at: int) -> bool:
        return not self.line_before(at).strip(" #.")

    def without(self, taken: Iterable[Span]) -> "_Text":
        """The text with a line end in the place of each span; of two that overlap the first."""
        left: list[Token] = []
        at = 0
        for start, end in sorted(taken):
            if start >= at and end > start:
                left += [*self.tokens[at:start], FORM]
                at = end
        return _Text(left + self.tokens[at:])


def read_forms(tokens: list[Token]) -> tuple[Form, list[Token]]:
    """The forms of the tokens, and the tokens that are left (those taken are replaced by line ends)."""
    form = Form()
    text = _Text(_with_lines(_Text([token for token in tokens if token.letter not in "f!"])))
    for row in rows("form"):
        text = text.without(_ordered(row, text, form))
    for shape in (_ticks, _labels):
        text = text.without(shape(text, form))
    return form, text.tokens


def answer_of(value: list[Token], topic: str) -> Answer:
    """The answer in the tokens of a value."""
    row = answer_row(value, topic)
    return Answer(row.says) if row else Answer.UNREAD


def answer_row(value: list[Token], topic: str) -> Row | None:
    """The first row of the table `answer` that meets the letters of a value, with their spaces or without."""
    letters = _letters_of_value(value)
    letters = letters.translate(_SWAPPED) if topic == "reset" else letters.replace("P", "R")
    for option in rows("option"):
        letters = option.pattern.sub(option.says, letters)
    bare = letters.replace(" ", "")
    return next((row for row in rows("answer") if row.pattern.fullmatch(letters) or row.pattern.fullmatch(bare)), None)


def _letters_of_value(value: list[Token]) -> str:
    """The letters without mere signs, double spaces and the number of the next line; one sign again and again (不不不) is one."""
    kept = [token for token in value if token.letter != "\n" and (token.letter != UNKNOWN or says_something(token.text))]
    while kept and (kept[-1].letter in " #" or (len(kept) > 1 and len(kept[-1].text) == 1 and kept[-1].text.isdigit())):
        kept.pop()
    letters = " ".join(letters_of(kept).strip(" :|,;&/#").split())
    letters = letters.rstrip("(") if ")" in letters else letters.strip("(")
    letters = letters if "(" in letters else letters.strip(")")
    return letters[:1] if len({token.text for token in kept}) == 1 and len(kept[0].text) == 1 else letters


def _with_lines(text: _Text) -> list[Token]:
    """The tokens with tables as labelled lines: a row of labels over a row of values, in cells cut by bars, tabs, wide spaces, commas or slashes."""
    found: list[Token] = []
    lines = [match.span() for match in _LINE.finditer(text.letters) if match[0].strip(" |:")]
    at = 0
    for header, below in pairwise(lines):
        for cut in ("|", "  ", ",", "/", " "):
            labels, values = _cells(text.letters, header, cut), _cells(text.letters, below, cut)
            kinds = [_kind_of_cell(text.letters[start:end]) for start, end in labels]
            if header[0] >= at and len(labels) == len(values) and all(kinds) and len({"name", "unbind", "reset"}.intersection(kinds)) >= 2:
                found += text.tokens[at:header[0]]
                for label, value in zip(labels, values, strict=True):
                    first = text.tokens[value[0]]
                    found += [*text.tokens[slice(*label)], replace(first, letter=":", text=":", end=first.start), *text.tokens[slice(*value)], FORM]
                at = below[1]
    return found + text.tokens[at:]


def _cells(letters: str, span: Span, cut: str) -> list[Span]:
    """The spans of the cells that hold something."""
    cells, (at, end) = [], span
    for cell in letters[at:end].replace(";", ",").split(cut):
        start = at + len(cell) - len(cell.lstrip(" "))
        if cell.strip(" :"):
            cells.append((start, start + len(cell.strip(" "))))
        at += len(cell) + len(cut)
    return cells


def _kind_of_cell(letters: str) -> str:
    letters = letters.strip(" :?#")
    head = _HEAD.match(letters)
    return _kind_of(head) if head and letters[head.end():head.end() + 1] in ("", "(") else "other" if letters in "kMWP#" else ""


def _ordered(row: Row, text: _Text, form: Form) -> Iterator[Span]:
    """A row of the table `form`: answers by number, answers before their questions, two answers to two questions."""
    for match in row.pattern.finditer(text.letters):
        groups = match.groupdict()
        for group, topics in (("a", TOPICS.get(groups.get("t", ""), "")), ("a1", "unbind"), ("a2", "reset"), ("both", "unbind reset")):
            if group in groups:
                value = text.tokens[match.start(group):match.end(group)]
                answer = answer_of(value, topics.split()[0])
                if group == "both" and not value and "v" not in match[0] and not text.begins_line(match.start()):
                    break   # 申请解绑并重置：… is prose
                for topic in topics.split():   # one refusal may be of either
                    form.answered("order", topic, Answer.UNREAD if group == "both" and answer is Answer.NO else answer, value)
        else:
            yield match.span()


_LINE: Final = re.compile(r"[^\n]+")
_MARKED_TOPIC: Final = re.compile(
    r"(?P<m1>[1-4]) *(?P<n1>N?)A?L?(?P<t1>[UR])[PL]*(?=[ ,;\n&/1-4)(]|$)|"
    r"(?<![vURPL])(?P<n2>N?)A?L?(?P<t2>U(?! P)|R)[PL ]*(?P<m2>[1-4])(?! *(?:[YX]|[AN]+(?![AURLP])))")
_UNMARKED: Final = re.compile(r"[ &/,]+(?P<t>[UR])P? *(?=\n|$)")


def _ticks(text: _Text, form: Form) -> Iterator[Span]:
    """☑解绑 ☐重置密码, 解绑√ 重置密码×, 解绑（√）: a tick says yes, a cross no; what is left without a tick beside a ticked one is doubt."""
    found = [one for one in _MARKED_TOPIC.finditer(text.letters) if "v" not in text.line_before(one.start())]
    marked = [(TOPICS[one["t1"] or one["t2"]], one["m1"] or one["m2"], bool(one["n1"] or one["n2"]), one) for one in found]
    marks = {mark for _, mark, *_ in marked}
    chosen = {topic for topic, mark, *_ in marked if mark != EMPTY_BOX}
    for topic, mark, refused, one in marked:
        crossed = mark == CROSSED or (mark == CROSSED_BOX and TICKED in marks)
        if mark != EMPTY_BOX:
            form.answered("tick", topic, Answer.NO if crossed != refused else Answer.YES, text.tokens[slice(*one.span())])
        elif topic not in chosen and marks & {TICKED, CROSSED_BOX}:
            form.answered("tick", topic, Answer.UNREAD, text.tokens[slice(*one.span())])
        if TICKED in marks and (alone := _UNMARKED.match(text.letters, one.end())):
            form.answered("tick", TOPICS[alone["t"]], Answer.UNREAD, text.tokens[slice(*alone.span())])
        yield one.span()


_HEAD: Final = re.compile(r"(?P<name>[Jj])|(?P<story>s)|(?P<other>[kMa])|(?P<asked>[vq])?[AbYL]{0,4}(?P<topic>P?[LAv]{0,3}[UR]P?|P)[LsMQA]{0,3}")
_NOTE: Final = re.compile(r"(?:[vQXN](?= ?[:?|]))?(?:\((?![YXNA]+\))[^()\n]{0,12}\))?")
_COLON: Final = re.compile(r"Y? ?[:|][:| ]*")
_MARKED: Final = re.compile(r"\? *(?=[YXNnA1-4UR])")
_NAMES: Final = re.compile(r"Y? ?[,?;][:| ]*| *")
_SHORT: Final = re.compile(r"[ ,;|]*(?:\(?[YXANUR][AURP]{0,3}\)?|[ (]*[1-4](?: *[YXAN]A?)?) *(?=$|[\n,;() v#JPURk])")
_BREAK: Final = re.compile(r"[,;]|(?<=[YXNAnURPL1-4])\(| (?=\S*[URPKGskv:])")
_NAME_ENDS: Final = re.compile(r"[,;\n#]| (?=\S*[v:URPkj])|[AN]{1,3}[URP](?![^,;\n ]{0,9}[Cm%])|\(h+\)")
_OTHER_ENDS: Final = re.compile(r"[,;)]| (?=[^ ]*[URPNA])")
_OPTION_LINE: Final = re.compile(r"\n *[1-4] *[YXAN]A?(?=\n|$)")


@dataclass(frozen=True, slots=True)
class _Label:
    """A label and its value: tokens `start` to `at`, `at` to `end`. `firm`: a colon or a bar stands between. `asked`: it holds 是否."""

    kind: str   # name, unbind, reset, password, story, other
    start: int
    at: int
    firm: bool
    asked: bool = False
    end: int = 0


def _kind_of(head: re.Match[str]) -> str:
    topic = head["topic"]
    return (head.lastgroup or "") if topic is None else "unbind" if "U" in topic else "reset" if "R" in topic else "password"


def _labels(text: _Text, form: Form) -> Iterator[Span]:
    """企业名称：…, 是否解绑：是, wherever they stand. A value ends at the next label or at its line's end; one without a value may have it below."""
    labels: list[_Label] = []
    at = 0
    while at < len(text.letters):
        label = _label_at(text, at)
        labels += [label] if label else []
        at = max(label.at if label else 0, at + 1)
    reached = 0
    for label, following in pairwise([*labels, _Label("", len(text.letters), 0, firm=False)]):
        if label.start >= reached:
            read = {"name": _read_name, "other": _read_other}.get(label.kind, _read_answer)
            whole = _with_value(text, label, following.start)
            reached = label.at if label.kind == "story" else read(text, whole, form)   # 申请事项：… is prose
            yield label.start, reached


def _label_at(text: _Text, at: int) -> _Label | None:
    """The label that begins there. One without a colon needs a short answer beside it."""
    letters = text.letters
    head = _HEAD.match(letters, at)
    if not head or (letters[at - 1:at] == ":" and letters.startswith(("Y", "Av"), at)):   # 是否解绑：是是否重置：…
        return None
    if (head["topic"] and not head["asked"] and letters[max(at - 1, 0)] in "NnDITwEQX"):
        return None
    end = _end(_NOTE, letters, head.end())
    value_at = _end(_COLON, letters, end)
    if value_at == end and head["topic"]:
        value_at = _end(_MARKED, letters, end)
    if value_at > end:
        return _Label(_kind_of(head), at, value_at, has(letters[end:value_at], ":|"), "v" in letters[at:value_at])
    if head["name"] == "J":
        return _Label("name", at, _end(_NAMES, letters, end), firm=False)
    if head["asked"] and (_SHORT.match(letters, end) or (letters[end:end + 1] == "\n" and text.begins_line(at))):
        return _Label(_kind_of(head), at, text.skip(" ,;|", end, min(end + 8, len(letters))), firm=False, asked=True)
    return None


def _end(pattern: re.Pattern[str], letters: str, at: int) -> int:
    match = pattern.match(letters, at)
    return match.end() if match else at


def _with_value(text: _Text, label: _Label, following: int) -> _Label:
    """`label` with the end of its value; an empty line takes its value from the next one, and from the options below that."""
    at, line_end = label.at, text.find("\n", label.at, len(text.letters))
    end = min(following, line_end)
    firm = label.firm and any(token.letter in ":|" and token.text not in "-~…" for token in text.tokens[label.start:at])
    if text.skip(" |:,", at, end) == line_end and label.kind != "other" and (label.asked or text.begins_line(label.start)):
        start = text.skip("\n ", line_end, following)
        stop = text.find("\n", start, following)
        asks = label.kind in TOPICS.values()
        if start < stop and (not asks or answer_of(text.tokens[start:stop], label.kind) is not Answer.UNREAD):
            at, end, firm = start, stop, True
            while asks and (more := _OPTION_LINE.match(text.letters, end)) and more.end() <= following:
                end = more.end()
    return replace(label, at=at, end=end, firm=firm)


def _read_other(text: _Text, label: _Label, form: Form) -> int:
    """联系人：… is no prose, and its names are not the one that asks. 附件：1.… 2.… is a list, whatever labels stand in it."""
    at, end = label.at, label.end
    if text.tokens[label.start].text.startswith("附"):
        end = text.find("\n;", at, len(text.letters))
    elif (stop := _OTHER_ENDS.search(text.letters, at, end)) and stop.start() > at:
        end = stop.start()
    if end > at:
        form.others.append((text.tokens[at].start, text.tokens[end - 1].end))
        form.mentions |= {TOPICS[letter] for letter in text.letters[at:end] if letter in TOPICS}
    return end


def _read_name(text: _Text, label: _Label, form: Form) -> int:
    at, letters = label.at, text.letters
    cut = _NAME_ENDS.search(letters, at, label.end)
    stop = cut.start() if cut and cut.start() > at else label.end
    if not label.firm and letters[at:at + 1] == NAME:
        stop = at + 1
    if not label.firm and not (stop > at and letters[at] in f"{NAME}({UNKNOWN}Dk8") and NAME not in letters[at:stop]:
        return label.start
    plain = letters[label.start] == "J" and not (cut and cut[0][0] in "AN")
    end = text.tokens[stop - 1].end
    end += stop < len(letters) and text.tokens[stop].start == end + 1   # a small word at the end, of no weight, is the name's: 书吧, 酒家
    form.names.append((text.tokens[at - 1].end, end, plain) if stop > at else (0, 0, True))
    form.fields.append(("label name", "".join(token.text for token in text.tokens[at:stop]), "name"))
    form.mentions |= {"unbind"} if any("解绑" in token.text for token in text.tokens[label.start:at]) else set()
    return stop


def _read_answer(text: _Text, label: _Label, form: Form) -> int:
    """The longest run from the label on that is an answer; what stands behind it is prose, and no contrary answer."""
    topic = "reset" if label.kind == "password" else label.kind
    answer, stop = _longest_answer(text, label, topic)
    value = text.letters[label.at:stop]
    if label.kind == "password" and not (answer is Answer.MISSING and label.firm) and (answer is Answer.UNREAD or not has(value, "XNnKAR")):
        return label.start   # 密码：记得 is prose
    if answer is Answer.UNREAD:
        unclear = has(text.letters[label.at:label.end], "DIQ") or (label.kind != "password" and has(value, "NnXw"))
        short = sum(len(token.text) for token in text.tokens[label.at:stop]) <= 4 and not has(value, "URAL%")
        if not (label.asked or (label.firm and (unclear or short))) or (not label.firm and has(value, "UR")):
            return label.start
        stop = stop if label.asked or short else label.at
    elif answer is Answer.MISSING and (not label.firm or (stop == label.at and letters_of(text.tokens[label.start - 1:label.start]) in ("&", "B"))):
        return label.start   # …并重置： is prose
    elif answer is Answer.MISSING and 0 < stop == label.at < len(text.tokens) and text.tokens[stop - 1].end + 1 < text.tokens[stop].start:
        answer = Answer.UNREAD   # words that say nothing, and were left out
    elif answer in _OPPOSITE and _contrary(text, (stop, label.end), topic, _OPPOSITE[answer]):
        answer = Answer.UNREAD
    form.answered("label", topic, answer, text.tokens[label.at:stop])
    return max(stop, label.at)


def _longest_answer(text: _Text, label: _Label, topic: str) -> tuple[Answer, int]:
    """The answer and where it ends; UNREAD with the first break where no run from the label on is one."""
    at, end, letters = label.at, label.end, text.letters
    breaks = {match.start() for match in islice(_BREAK.finditer(letters, at, end), _MOST_BREAKS)}
    if has(letters[at:end], MARKS):
        breaks |= {place for place in range(at, min(end, at + _MOST_BREAKS)) if letters[place] == " "}
    filled = [place for place in sorted(breaks) if text.skip(" ", at, place) < place or letters[place] in ",;"]
    for stop in (end, *reversed(filled)):
        answer = answer_of(text.tokens[at:stop], topic)
        if answer is not Answer.UNREAD and (answer is not Answer.MISSING or stop == end or letters[stop] in ",;"):
            return answer, stop
    return Answer.UNREAD, next((place for place in filled if text.skip(" ,", at, place) < place), end)


def _contrary(text: _Text, span: Span, topic: str, opposite: Answer) -> bool:
    """Whether the next words behind an answer are the opposite one, or a doubt."""
    start = text.skip(" ,;(", *span)
    said = text.letters[start:text.find(",;()", start, span[1])]
    if not said or has(said, "PR" if topic == "unbind" else "PU"):
        return False
    return has(said, "DI") or (bool(said.strip("URPLCSB&b")) and answer_of(text.tokens[start:start + len(said)], topic) is opposite)
