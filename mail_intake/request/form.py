"""Filled-in forms: labelled lines, tables, ticked lists, numbered answers, answers that stand before their question.

Each shape takes its tokens out of the text; what is left is prose. A form wins over prose, unless prose contradicts it. Two answers are AMBIGUOUS,
options without a choice MISSING, words that settle nothing UNREAD.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from core.cases.submission import Answer
from mail_intake.request.clauses import FORM
from mail_intake.request.tokens import CROSSED, CROSSED_BOX, EMPTY_BOX, NAME, TICKED, UNKNOWN, Token, letters_of

_TOPICS: Final = {"U": "unbind", "R": "reset"}
_SKIPPED: Final = frozenset("f")
_LABEL: Final = re.compile(
    r"(?P<v>[vq])?[AbYLf]{0,4}(?P<t>P?[fLAv]{0,3}[UR][Pf]?|P)[LfsMQA]{0,3}"
    r"(?P<two> ?(?:[B&]|,(?= ?v)) ?v?[fLA]{0,3}P?[UR]P?[LfsM]{0,2})?(?:[vQX](?= ?[:?|]))?(?:\((?![YXNA]+\))[^()\n]{0,12}\))?(?P<sep>Y? ?[:|][:| ]*|\? *(?=[YXNnA1-4UR])|)")
_NAME_LABEL: Final = re.compile(r"(?:J(?:\([^()\n]{0,6}\))?(?:[Yf]? ?[:|,?;][:| ]*| *[Yf]? *)|j(?:\([^()\n]{0,6}\))? ?[:|][:| ]*)")
_OTHER_LABEL: Final = re.compile(r"(?:[kM]|a)(?:\([^()\n]{0,12}\))? ?[:|][:| ]*|s(?:\([^()\n]{0,12}\))? ?[:|][:| ]*")
_OPTIONS: Final = re.compile(r"[(]?[YAb]+[)]?[ &,/eB|]*(?:X|N+A*)[)]?|(?P<t>[UR])P?[ &,/eB|]*N(?P=t)P?|X[ &e]*Y|h+|v|\(Y[&e]X\)|[AUR]N[AUR]")
_FRAMED: Final = re.compile(r"(?P<yes>\([YA]\)[&e]?(?:X|NA?))|[YA][&e]\((?:X|NA?)\)")   # [是]/否: one of two options is framed
_YES: Final = re.compile(r"[YAHbSL&BC]*(?:[YAH]|[UR]P?|u$)[YAbLP]*")
_BEFORE_ANSWER: Final = re.compile(r"[(]?(?:Y[&e]X|X[&e]Y|[AUR][&e]N[AUR]?)[)]? +(?=[^ ])")   # 是/否  是
_NO: Final = re.compile(r"[bASHLP]*(?:X(?:[NnX][AURPLVb]*)?|[NnX][AbLP]*[URVu]*[APLYV]*|[UR]P?[Yb]*n|n|[KG]+)[AH]*|w")


@dataclass(slots=True)
class Form:
    """What the forms of one text say. `names`: spans of labelled names, and whether the label names nothing else."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: {"unbind": [], "reset": []})
    names: list[tuple[int, int, bool]] = field(default_factory=list)
    others: list[tuple[int, int]] = field(default_factory=list)   # spans of the values of other labels: a name in there is not the one that asks
    senders: list[tuple[int, int]] = field(default_factory=list)   # a sender named is perhaps the enterprise, perhaps its agent
    mentions: set[str] = field(default_factory=set)   # topics in the values of other labels
    fields: list[tuple[str, str, str]] = field(default_factory=list)   # (shape, label, value) for --explain


def read_forms(tokens: list[Token]) -> tuple[Form, list[Token]]:
    """The forms of the tokens, and the tokens that are left (those taken are replaced by line ends)."""
    kept = [token for place, token in enumerate(tokens) if token.letter not in _SKIPPED or (place and tokens[place - 1].letter == "(")]
    form = Form()
    for shape in (_tables, _numbered, _answers_before, _ticks, _labels):
        kept = shape(kept, form)
    return form, kept


def _taken(tokens: list[Token], spans: list[tuple[int, int]]) -> list[Token]:
    """The tokens with each span replaced by a line end."""
    left: list[Token] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at and end > start:
            left += [*tokens[at:start], FORM]
            at = end
    return left + tokens[at:]


def answer_of(value: list[Token], topic: str) -> Answer:
    """The answer in the tokens behind a label: MISSING for an unfilled line or options without a choice."""
    value = [token for token in value if token.letter != UNKNOWN or any(character.isalnum() or unicodedata.category(character) == "So" for character in token.text)]
    letters = letters_of(token for token in value if token.letter not in "\n").strip(" :|,;&#")
    while len(value) > 1 and (value[-1].letter == " " or (len(value[-1].text) == 1 and value[-1].text.isdigit())):
        value = value[:-1]   # the number of the next line
    letters = letters_of(token for token in value if token.letter not in "\n").strip(" :|,;&#")
    if template := _BEFORE_ANSWER.match(letters):
        skip = letters_of(value).index(letters) + template.end()
        return answer_of(value[skip:], topic)
    if value and len({token.text for token in value}) == 1 and len(value[0].text) == 1:
        letters = letters[:1]   # 不不不
    bare = re.sub(r"[ ]", "", letters)
    if (ticked := _ticked(_items(value))) is not None:
        return ticked
    if re.search(r"\((?:Y[&eB]?X|h)", bare):
        bare = re.sub(r"\([YAeX&N.h ]{0,8}\)$", "", bare)
        if not bare:
            return Answer.MISSING
    bare = bare.strip("()&.:,?" if not re.search(r"[^()&.:,?\s]", bare) and not any(c.isalnum() for t in value for c in t.text) else ":,&")
    if not bare:
        return Answer.MISSING if not letters.strip("?").strip() and "?" not in letters else Answer.UNREAD
    bare = bare.rstrip("(")
    if bare.endswith(")") and "(" not in bare:
        bare = bare[:-1]
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    bare = re.sub(r"\|([YXAN]+)\|?", r"(\1)", bare)
    bare = re.sub(r"^([YX])\(\1\)$", r"\1", bare)
    if re.fullmatch(r"[YA] +\((?:X|NA?)\)", letters):
        return Answer.NO
    if framed := _FRAMED.fullmatch(bare):
        return Answer.YES if framed["yes"] else Answer.NO
    latin = any(token.text.isascii() and len(token.text) > 3 for token in value)
    if _OPTIONS.fullmatch(bare) and not latin and not _NO.fullmatch(bare):
        return Answer.MISSING
    if bare in ("YX", "Y&X", "XY", "A&N"):
        return Answer.MISSING
    other = {"unbind": "R", "reset": "U"}[topic]
    if other in bare:
        return Answer.UNREAD
    if _NO.fullmatch(bare):
        return Answer.NO
    return Answer.YES if _YES.fullmatch(bare) else Answer.UNREAD


@dataclass(frozen=True, slots=True)
class _Item:
    """A mark (its letter), a word ("yes", "no") or something else of a value, and its span."""

    kind: str
    what: str
    start: int
    end: int


def _items(value: list[Token]) -> list[_Item]:
    """Marks and words in order. A bracket that holds a tick, a cross or nothing is a mark."""
    items: list[_Item] = []
    at = 0
    while at < len(value):
        token = value[at]
        bracket = _bracket(value, at)
        if bracket:
            sign, length = bracket
            items.append(_Item("mark", sign, token.start, value[at + length - 1].end))
            at += length
            continue
        last = items[-1] if items else None
        touching = last is not None and last.kind == "word" and last.end == token.start
        if token.letter in "1234":
            items.append(_Item("mark", token.letter, token.start, token.end))
        elif token.letter in "YAURXNn":
            word = "no" if token.letter in "XNn" else "yes"
            if last and touching and (last.what == word or (last.what == "no" and token.letter in "AUR")):
                items[-1] = _Item("word", last.what, last.start, token.end)
            else:
                items.append(_Item("word", word, token.start, token.end))
        elif token.letter in "ID.Q" and token.text.strip():
            items.append(_Item("other", token.text, token.start, token.end))
        at += 1
    return items


def _bracket(value: list[Token], at: int) -> tuple[str, int] | None:
    """The mark in the bracket that opens at `at`, and how many tokens it takes: (√), [x], ( )."""
    if value[at].letter != "(":
        return None
    for length, token in enumerate(value[at:at + 5], 1):
        if token.letter == ")":
            inner = [one for one in value[at + 1:at + length - 1] if one.letter != " "]
            if not inner:
                return EMPTY_BOX, length
            sign = inner[0].letter if inner[0].letter in "1234" else TICKED if inner[0].text in ("x", "v") or (inner[0].text == "是" and at) else ""
            return (sign, length) if sign and len(inner) == 1 else None
    return None


def _ticked(items: list[_Item]) -> Answer | None:
    """The answer that ticks give: a mark for each word, all before or all behind; one mark beside two words belongs to the one it touches."""
    kinds = [item.kind for item in items]
    marks = [item for item in items if item.kind == "mark"]
    words = [item for item in items if item.kind == "word"]
    if not marks:
        return None
    if "other" in kinds and words:
        return Answer.UNREAD
    if not words:
        lone = {TICKED: Answer.YES, CROSSED: Answer.NO, EMPTY_BOX: Answer.MISSING, CROSSED_BOX: Answer.UNREAD}
        return lone[marks[0].what] if len(marks) == 1 else Answer.UNREAD
    if kinds in (["mark", "word"] * len(words), ["word", "mark"] * len(words)):
        pairs = [(mark.what, word.what) for mark, word in zip(marks, words, strict=True)]
    elif len(marks) == 1 and marks[0].what == TICKED:
        touched = [word for word in words if marks[0].start in (word.end,) or marks[0].end == word.start]
        near = touched or ([words[-1]] if kinds[-1] == "mark" else [words[0]] if kinds[0] == "mark" else [])
        if len(near) != 1:
            return Answer.UNREAD
        pairs = [(TICKED, near[0].what)]
    else:
        return Answer.UNREAD
    return _chosen(pairs)


def _chosen(pairs: list[tuple[str, str]]) -> Answer:
    real = any(mark == TICKED for mark, _ in pairs)
    chosen = {word for mark, word in pairs if mark == TICKED or (mark == CROSSED_BOX and not real)}
    if not chosen:
        crossed = any(mark == CROSSED for mark, _ in pairs)
        return Answer.NO if pairs == [(CROSSED, "no")] else Answer.UNREAD if crossed else Answer.MISSING
    if len(chosen) > 1:
        return Answer.AMBIGUOUS
    return Answer.YES if chosen == {"yes"} else Answer.NO


# --- shapes ---

def _labels(tokens: list[Token], form: Form) -> list[Token]:
    """企业名称：…, 是否解绑：是, wherever they stand. A value ends at the next label or at its line's end; one without a value may have it below."""
    letters = letters_of(tokens)
    found = _label_places(tokens, letters)
    taken: list[tuple[int, int]] = []
    for number, (start, value_start, kind, match) in enumerate(found):
        following = found[number + 1][0] if number + 1 < len(found) else len(tokens)
        line_end = letters.find("\n", value_start)
        line_end = len(tokens) if line_end < 0 else line_end
        end = min(following, line_end)
        firm = any(token.letter in ":|" and token.text != "-" for token in tokens[start:value_start])
        if not letters[value_start:end].strip(" |:,") and kind != "other" and end == line_end and _begins_line(letters, start):
            below = re.compile(r"[\n ]*([^\n]+)").match(letters, end)
            asks = kind in ("unbind", "reset")
            if below and below.start(1) < following and (not asks or answer_of(tokens[below.start(1):min(below.end(1), following)], kind) is not Answer.UNREAD):
                value_start, end, firm = below.start(1), min(below.end(1), following), True
                while (more := _OPTION_LINE.match(letters, end)) and more.end() <= following and kind != "name":
                    end = more.end()
        reach = _hear(tokens, letters, (start, value_start, end), kind, firm, form)
        if reach > start:
            taken.append((start, reach))
    return _taken(tokens, taken)


_OPTION_LINE: Final = re.compile(r"\n[ ]*(?:[1-4]|\([ 1-4.]?\))[ ]*[YXAN]A?(?=\n|$)")


def _label_places(tokens: list[Token], letters: str) -> list[tuple[int, int, str, str]]:
    """(start, start of the value, kind, label) of each label, in order."""
    found: list[tuple[int, int, str, str]] = []
    at = 0
    while at < len(letters):
        if match := _NAME_LABEL.match(letters, at):
            kind = "name"
        elif match := _OTHER_LABEL.match(letters, at):
            kind = "story" if letters[at] == "s" else "other"
        else:
            match, kind = _topic_label(letters, at)
        if match and match.end() > at:
            value_at = match.end()
            if "v" in match[0] and kind not in ("name", "other", "story") and not re.search(r"[:|]", match[0]):
                value_at = len(letters) - len(letters[value_at:value_at + 8].lstrip(" ,;|") + letters[value_at + 8:])
            found.append((at, value_at, kind, match[0]))
            at = value_at
        else:
            at += 1
    return found


def _topic_label(letters: str, at: int) -> tuple[re.Match[str] | None, str]:
    match = _LABEL.match(letters, at) if letters[at] in "vqAbYLPURf" else None
    if not match or (at and letters[at - 1] in "NnDITwEQX" and not match["v"]):
        return None, ""
    if match["v"] and letters[match.end():match.end() + 1] == "\n" and _begins_line(letters, at):
        good = True
    elif match["sep"]:
        good = ":" in match["sep"] or "|" in match["sep"] or "?" in match["sep"]
    else:
        good = bool(_SHORT.match(letters, match.end())) and (bool(match["v"]) or bool(_SPACED.match(letters, match.end()) and not re.search(r"[YXN] +$", letters[max(0, at - 6):at])) or bool(re.match(r"\([YXNA]+\)", letters[match.end():]) and "v" not in letters[letters.rfind("\n", 0, at) + 1:at]))
    if not good:
        return None, ""
    topic = match["t"]
    if match["two"] and ("U" in match["two"] or ("," in match["two"] and not match["v"])):
        return None, ""
    if match["two"] and {"U", "R"} <= set(match[0]):
        return match, "both"
    return match, "unbind" if "U" in topic else "reset" if "R" in topic else "password"


_SPACED: Final = re.compile(r" +[YXNA][AUR]?P?[ ]*(?=$|[\n,;]| *P?[UR]P? +[YXNA])")
_SHORT: Final = re.compile(r"[ ,;|]*(?:\(?[YXAN1-4UR][AURP]{0,3}\)?|[ (]*[1-4](?:[ ]*[YXAN]A?)?)[ ]*(?=$|[\n,;() v#JPURk])")


def _begins_line(letters: str, at: int) -> bool:
    return not letters[letters.rfind("\n", 0, at) + 1:at].strip(" #.")


def _hear(tokens: list[Token], letters: str, span: tuple[int, int, int], kind: str, firm: bool, form: Form) -> int:
    """Take one field in; returns how far it reaches (its start: it is prose)."""
    start, at, end = span
    if kind in ("other", "story"):
        if kind == "story" or at >= end:
            return at
        listed = tokens[start].text.startswith("附")
        line_end = letters.find("\n", at) if listed else end
        stop = re.compile(r"[\n;]" if listed else r"[,;]| (?=[^ ]*[URPNA])").search(letters, at, len(letters) if line_end < 0 else line_end)
        end = stop.start() if stop and stop.start() > at else len(letters) if line_end < 0 else line_end
        sender = tokens[start].text == "发件人" and NAME in letters[at:end]
        (form.senders if sender else form.others).append((tokens[at].start, tokens[end - 1].end))
        form.mentions |= {_TOPICS[letter] for letter in letters[at:end] if letter in _TOPICS}
        return end
    if kind == "name":
        return _hear_name(tokens, letters, (start, at, end), firm, form)
    if kind == "both":
        return _hear_both(tokens, letters, (start, at, end), form)
    return _hear_answer(tokens, letters, (start, at, end), kind, firm, form)


def _hear_name(tokens: list[Token], letters: str, span: tuple[int, int, int], firm: bool, form: Form) -> int:
    start, at, end = span
    if any("解绑" in token.text for token in tokens[start:at]):
        form.mentions.add("unbind")
    cut = re.compile(r"[,;\n#]| (?=\S*[v:URPkj])|[AN]{1,3}[URP]|\(h+\)").search(letters, at, end)
    stop = cut.start() if cut and cut.start() > at else end
    if not firm and letters[at:at + 1] == NAME:
        stop = at + 1
    if firm or ((stop > at and letters[at] in (NAME, "(", UNKNOWN, "D", "k", "8")) or NAME in letters[at:stop]):
        form.names.append((tokens[at - 1].end, tokens[stop - 1].end, "J" in letters[start:at] and not (cut and cut[0][0] in "AN")) if stop > at else (0, 0, True))
        form.fields.append(("label", "name", "".join(token.text for token in tokens[at:stop])))
        return stop
    return start


def _hear_both(tokens: list[Token], letters: str, span: tuple[int, int, int], form: Form) -> int:
    start, at, end = span
    stop = re.compile(r"[;\n]").search(letters, at, end)
    end = stop.start() if stop else end
    pieces = [tokens[one.start():one.end()] for one in re.compile(r"[^,&B |]+").finditer(letters, at, end)]
    template = any(token.text == "/" for token in tokens[at:end])
    if len(pieces) == 2 and not template:
        answers = (answer_of(pieces[0], "unbind"), answer_of(pieces[1], "reset"))
    else:
        whole = answer_of(tokens[at:end], "unbind")
        answers = (whole, whole) if whole in (Answer.YES, Answer.MISSING) else (Answer.UNREAD, Answer.UNREAD)
    for topic, answer in zip(("unbind", "reset"), answers, strict=True):
        form.answers[topic].append(answer)
    form.fields.append(("label", "both", "".join(token.text for token in tokens[at:end])))
    return max(start, end)


def _hear_answer(tokens: list[Token], letters: str, span: tuple[int, int, int], kind: str, firm: bool, form: Form) -> int:
    start, at, end = span
    topic = "reset" if kind == "password" else kind
    asked = "v" in letters[start:at]
    boxes = re.search(r"[1-4]|\([ .]?\)", letters[at:end])
    pattern = re.compile(r"[;]" if boxes else r"[,;](?!$)|(?<=[^ ]) +(?=\S*[URPKGskv:])|(?<=[YXNAnURPL])\((?![Y1-4]?[&e]?X?\))")
    stops = pattern.search(letters, at + (letters[at:at + 1] == "("), end)
    if boxes and (last := max((one.end() for one in re.finditer(r"[1-4]|\([ .1-4Y]{0,3}\)", letters[at:end])), default=0)):
        if letters[at:end].lstrip()[:1] in "1234(":
            word = re.search(r"^[ ]*[YXANn]*[UR]?P?", letters[at + last:end])
            last += word.end() if word else 0
        if alone := re.compile(r"[ &]*(?:X|NA?)(?=[\n,;]|$)").match(letters[at + last:end]):
            last += alone.end()
        stops = re.compile(r"(?=.)").search(letters, at + last, end)
    while stops and not boxes and letters[stops.start()] == " " and tokens[stops.start() - 1].text[-1:].isascii() and tokens[stops.start() - 1].text[-1:].isalpha() and len(tokens[stops.start() - 1].text) > 1:
        stops = pattern.search(letters, stops.end(), end)   # please do not 重置
    stop = stops.start() if stops else end
    if boxes is None and re.fullmatch(r"[ ]*Y[,;]X[ ]*", letters[at:end]):
        stop = end
    while at < stop and letters[at] in " ,":
        at += 1
    if at == stop and stops and letters[stop] == ",":
        following = re.compile(r"[^,;]*").match(letters, stop + 1, end)
        at, stop = stop + 1, following.end() if following else end
    answer = answer_of(tokens[at:stop], topic)
    if kind == "password":
        if answer is Answer.MISSING and firm:
            form.answers[topic].append(answer)
            return stop
        if not re.search("[XNnKAYR]", letters[at:stop]) or answer is Answer.UNREAD or letters[at:stop].strip() in ("Y", "YY"):
            return start
    if answer is Answer.UNREAD and not firm and re.search("[UR]", letters[at:stop]):
        return start
    if answer is Answer.UNREAD and not boxes:
        pieces = {answer_of(tokens[at + one.start():at + one.end()], topic) for one in re.finditer(r"[^,;]+", letters[at:end])} - {Answer.UNREAD, Answer.MISSING}
        if asked and len(pieces) == 1 and not re.search("[DIQ]", letters[at:end]):
            answer, stop = pieces.pop(), end
        elif not asked:
            value = "".join(token.text for token in tokens[at:stop]).strip()
            if firm and re.search("[DIQ]", letters[at:stop]):
                form.answers[topic].append(Answer.UNREAD)
                return at
            if firm and len(value) <= 4 and not re.search("[URAP%L]", letters[at:stop]):
                form.answers[topic].append(Answer.UNREAD)
                return stop
            return start
    if answer is Answer.MISSING and not firm:
        return start
    if answer in (Answer.YES, Answer.NO) and stop < end and _contrary(letters[stop:end], answer, "R" if topic == "unbind" else "U"):
        answer = Answer.UNREAD
    form.answers[topic].append(answer)
    form.fields.append(("label", topic, "".join(token.text for token in tokens[at:stop])))
    return max(stop, at)


def _contrary(rest: str, answer: Answer, other: str) -> bool:
    """Whether what stands behind an answer is the opposite one, or a doubt."""
    first = re.split(r"[,;()]", rest.lstrip(" ,;("))[0].strip(" ")
    if other in first or "P" in first:
        return False
    return bool(re.search("[DI]", first)) or bool((_NO if answer is Answer.YES else _YES).fullmatch(first) and first.strip("URPLCSB&b"))


def _ticks(tokens: list[Token], form: Form) -> list[Token]:
    """☑解绑 ☐重置密码, 解绑√ 重置密码×, 解绑（√）: a tick says yes, a cross no; an empty box beside a ticked one is doubt."""
    letters = letters_of(tokens)
    mark = r"(?:[1-4]|\([ ]?[.12v]?[ ]?\))"
    items = re.compile(rf"(?P<before>{mark})[ ]*(?P<a>N?)A?L?(?P<t>[UR])[PL]*(?=[ ,;\n&1-4)(]|$)|(?P<n>N?)(?<![vURPAL])L?(?P<u>[UR])[PL]*[ ]*(?P<behind>{mark})(?![ ]*[YXAN])")
    found: list[tuple[str, str, bool, int, int]] = []
    for match in items.finditer(letters):
        sign = match["before"] or match["behind"]
        at = match.start("before") if match["before"] else match.start("behind")
        inner = "".join(token.letter if token.letter in "1234" else token.text for token in tokens[at:at + len(sign)]).strip("()（）[] ")
        kind = {"": EMPTY_BOX, "x": TICKED, "v": TICKED, "√": TICKED}.get(inner, inner)
        asked = "v" in letters[letters.rfind("\n", 0, match.start()) + 1:match.start()]
        if kind in ("1", "2", "3", "4") and not asked:
            found.append(("unbind" if (match["t"] or match["u"]) == "U" else "reset", kind, bool(match["a"] or match["n"]), match.start(), match.end()))
    real = any(kind == TICKED for _, kind, *_ in found)
    for topic, kind, refused, *_ in found:
        if kind == EMPTY_BOX:
            if any(other in (TICKED, CROSSED_BOX) for _, other, *_ in found) and not any(one == topic and other != EMPTY_BOX for one, other, *_ in found):
                form.answers[topic].append(Answer.UNREAD)
        else:
            no = kind == CROSSED or (kind == CROSSED_BOX and real)
            form.answers[topic].append(Answer.NO if no != refused else Answer.YES)
        form.fields.append(("tick", topic, kind))
    for *_, end in found:
        alone = re.compile(r"[ &,]+(?P<t>[UR])P?[ ]*(?=\n|$)").match(letters, end)
        if alone and real:   # the one left without a tick
            form.answers[_TOPICS[alone["t"]]].append(Answer.UNREAD)
    return _taken(tokens, [(start, end) for *_, start, end in found])


def _numbered(tokens: list[Token], form: Form) -> list[Token]:
    """1.企业 2.是 3.否: answers by number alone to the published questions, whose order is known."""
    letters = letters_of(tokens)
    match = _BARE_LIST.search(letters)
    if not match:
        return tokens
    second, third = tokens[match.start("two")], tokens[match.start("three")]
    if second.text.strip("().、) ") not in _SECONDS or third.text.strip("().、) ") not in _THIRDS:
        return tokens
    for topic, group in (("unbind", "a"), ("reset", "b")):
        form.answers[topic].append(answer_of(tokens[match.start(group):match.end(group)], topic))
        form.fields.append(("number", topic, match[group]))
    return _taken(tokens, [(match.start("two"), match.end())])


_BARE_LIST: Final = re.compile(r"(?P<two>#)[ ]*(?P<a>[YXANn]{1,2}U?L?|U[L]?)[ ]*[,;]?\s*(?P<three>#)[ ]*(?P<b>[YXANn]{1,2}(?:R?P?)|RP?)[ ,;.!]*(?=\n|$|k| )")
_SECONDS: Final = frozenset({"2", "②", "二"})
_THIRDS: Final = frozenset({"3", "③", "三"})


def _answers_before(tokens: list[Token], form: Form) -> list[Token]:
    """是（解绑），否（重置密码）; 是——是否解绑."""
    letters = letters_of(tokens)
    found = list(re.finditer(r"(?<![^\n,;: ])(?P<a>[YA]{1,2}|NA?|X)[ ]*(?:\([vA]{0,2}L?(?P<t>[UR])[PL]*\)|:+[ ]*v[AL]*(?P<u>[UR])[PL]*[ ]*(?=\n|$))", letters))
    for match in found:
        topic = "unbind" if (match["t"] or match["u"]) == "U" else "reset"
        form.answers[topic].append(Answer.NO if match["a"][0] in "NX" else Answer.YES)
        form.fields.append(("before", topic, match["a"]))
    return _taken(tokens, [match.span() for match in found])


def _tables(tokens: list[Token], form: Form) -> list[Token]:
    """A row of labels over a row of values, in cells cut by bars, tabs, wide spaces, commas or slashes."""
    letters = letters_of(tokens)
    lines = [match.span() for match in re.finditer(r"[^\n]+", letters) if letters[slice(*match.span())].strip(" |:-")]
    taken = [match.span() for match in _LISTED.finditer(letters)]
    for header, below in zip(lines, lines[1:], strict=False):
        for cut in (r"[ ]*\|[ |]*", r"[ ]{2,}", r"[ ]*[,;][ ]*", r"[ ]*&[ ]*", r"[ ]+"):
            kinds = [_cell_kind(letters[start:end]) for start, end in _cells(letters, header, cut)]
            values = _cells(letters, below, cut)
            if len(kinds) == len(values) >= 2 and "" not in kinds and len({"name", "unbind", "reset"} & set(kinds)) >= 2:
                for kind, (start, end) in zip(kinds, values, strict=True):
                    if kind == "name" and end > start:
                        form.names.append((tokens[start - 1].end, tokens[end - 1].end, True))
                    elif kind in form.answers:
                        form.answers[kind].append(answer_of(tokens[start:end], kind))
                    form.fields.append(("table", kind, "".join(token.text for token in tokens[start:end])))
                taken.append((header[0], below[1]))
                break
    return _taken(tokens, taken)


_LISTED: Final = re.compile(r"J[,;B& ]+v[AL]{0,3}U[LP]{0,2}[,;B& ]+v[AL]{0,3}RP?(?=[ ;,]*(?:\n|$|A))")   # the published questions, told and not answered


def _cells(letters: str, span: tuple[int, int], cut: str) -> list[tuple[int, int]]:
    cells, at = [], span[0]
    for match in re.compile(cut).finditer(letters, *span):
        cells.append((at, match.start()))
        at = match.end()
    cells.append((at, span[1]))
    return [(start, end) for start, end in cells if letters[start:end].strip(" :")]


def _cell_kind(letters: str) -> str:
    letters = re.sub(r"\([^)]*\)|[ :?]", "", letters)
    if re.fullmatch(r"[Jj]", letters):
        return "name"
    if re.fullmatch(r"v?[AL]*P?v?[AL]*[UR]P?[LMsA]*", letters):
        return "unbind" if "U" in letters else "reset"
    return "other" if re.fullmatch(r"[ksMW]|P|#", letters) else ""
