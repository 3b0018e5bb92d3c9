"""Filled-in forms: labelled lines, tables, ticked lists, numbered answers, answers that stand
before their question. Each shape takes its tokens out of the text; what is left is prose. A form
wins over prose, unless that contradicts it. Values: the table `answer`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from core.data.submission import Answer
from mail_intake.request.clauses import FORM, TOPICS, says_something
from mail_intake.request.grammar import LETTERS, WORDS, Row, has, only, rows, shape
from mail_intake.request.tokens import MARKS, Token, Word, letters_of, text_of

Span = tuple[int, int]
_TICKED, _CROSSED, _CROSSED_BOX, _EMPTY_BOX = MARKS
_SWAPPED: Final = str.maketrans(Word.UNBIND + Word.RESET, Word.RESET + Word.UNBIND)
# kinds of labels whose value is an answer
_ANSWERED: Final = frozenset({"unbind", "reset", "password"})
_MOST_BREAKS, _LONGEST, _SHORT_VALUE, _LONGEST_TABLE = 20, 100, 4, 20


class LabelledName(NamedTuple):
    """The span of a labelled name in the folded text, empty where nothing is filled in; `certain`:
    the label names nothing but an enterprise."""

    start: int
    end: int
    certain: bool


@dataclass(slots=True)
class Form:
    """What the forms of one text say."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: {"unbind": [], "reset": []})
    names: list[LabelledName] = field(default_factory=list)
    # spans of the values of other labels: a name in there is not the one that asks
    others: list[Span] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)  # topics in the values of other labels
    fields: list[str] = field(default_factory=list)  # for --explain

    def answered(self, kind: str, topic: str, answer: Answer, value: list[Token]) -> None:
        self.answers[topic].append(answer)
        row = answer_row(value, topic)
        why = f" ({row.why})" * (row.says == answer.value)  # else it is not the row that decides
        self.fields.append(f"{kind} {topic}: {text_of(value)!r} says {answer.value}{why}")


class _Text:
    """Tokens and their letters, side by side."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.letters = tokens, letters_of(tokens)

    def skip(self, signs: str, at: int, end: int) -> int:
        """The first place from `at` on that is none of the signs."""
        return next((place for place in range(at, end) if self.letters[place] not in signs), end)

    def find(self, signs: str, at: int, end: int) -> int:
        return min(
            (place for sign in signs if (place := self.letters.find(sign, at, end)) >= 0),
            default=end,
        )

    def past(self, pattern: str, at: int) -> int:
        """Where that ends which an expression of the table `shape` meets there."""
        return met.end() if (met := shape(pattern).match(self.letters, at)) else at

    def line_before(self, at: int) -> str:
        return self.letters[self.letters.rfind("\n", 0, at) + 1 : at]

    def begins_line(self, at: int) -> bool:
        return not self.line_before(at).strip(" #.")

    def without(self, taken: Iterable[Span]) -> "_Text":
        """The text with a line end in the place of each span; of two that overlap the first."""
        left, at = list[Token](), 0
        for start, end in sorted(taken):
            if at <= start < end:
                left += [*self.tokens[at:start], FORM]
                at = end
        return _Text(left + self.tokens[at:]) if at else self


def read_forms(tokens: list[Token]) -> tuple[Form, list[Token]]:
    """The forms of the tokens, and the tokens that are left (those taken
    are replaced by line ends)."""
    form = Form()
    text = _Text(
        _with_lines(_Text([token for token in tokens if token.letter not in LETTERS["no_form"]]))
    )
    for row in rows("form"):
        text = text.without(_ordered(row, text, form))
    columns = shape("columns_of_answers").search(text.letters)
    text = text.without(_ticks(text, form))
    left = text.without(_Labels(text, form).read()).tokens
    if columns:  # under which of two heads a tick stands, the tokens do not tell
        form.answers = {
            topic: [Answer.UNREAD] * len(answers) for topic, answers in form.answers.items()
        }
    return form, left


def _answer_of(value: list[Token], topic: str) -> Answer:
    """The answer in the tokens of a value."""
    return Answer(answer_row(value, topic).says)


def answer_row(value: list[Token], topic: str) -> Row:
    """The first row of the table `answer` that meets the letters of a value,
    with their spaces or without."""
    letters = _letters_of_value(value)
    letters = (
        letters.translate(_SWAPPED)
        if topic == "reset"
        else letters.replace(Word.PASSWORD, Word.RESET)
    )
    return _row_of_letters(letters if len(letters) <= _LONGEST else Word.UNKNOWN)


@lru_cache(maxsize=4096)
def _row_of_letters(letters: str) -> Row:
    for option in rows("option"):
        letters = option.pattern.sub(option.becomes, letters)
    return next(
        row
        for row in rows("answer")
        if row.pattern.fullmatch(letters) or row.pattern.fullmatch(letters.replace(" ", ""))
    )


def _letters_of_value(value: list[Token]) -> str:
    """The letters without mere signs, double spaces and the number of the next line;
    one sign again and again (不不不) is one."""
    kept = [
        token
        for token in value
        if token.letter != "\n" and (token.letter != Word.UNKNOWN or says_something(token.text))
    ]
    while kept and (
        kept[-1].letter in " " + Word.NUMBER
        or (len(kept) > 1 and len(kept[-1].text) == 1 and kept[-1].text.isdigit())
    ):
        kept.pop()
    letters = " ".join(letters_of(kept).strip(" :|,;&/#").split())
    letters = letters.rstrip("(") if {"(", ")"} <= set(letters.rstrip("(")) else letters.strip("()")
    return (
        letters[:1]
        if len({token.text for token in kept}) == 1 and kept[-1].end - kept[0].start == len(kept)
        else letters
    )


def _with_lines(text: _Text) -> list[Token]:
    """The tokens with tables as labelled lines: a row of labels over a row of values, in the cells
    of a row of the table `cells`."""
    found, at = list[Token](), 0
    lines = [line.span() for line in shape("line").finditer(text.letters)]
    for place, header in enumerate(lines):
        for row in (
            rows("cells")
            if header[0] >= at
            and len(set(LETTERS["columns"]).intersection(text.letters[slice(*header)])) > 1
            else ()
        ):
            labels = [cell.span() for cell in row.pattern.finditer(text.letters, *header)]
            heads = [text.letters[slice(*label)].strip(" :?#") for label in labels]
            kinds = [
                head.lastgroup
                if (head := shape("cell_label").match(one))
                else "other"
                if one in LETTERS["column"]
                else row.says
                for one in heads
            ]
            below = (
                lines[place + 1 : place + _LONGEST_TABLE]
                if all(kinds) and len({"name", "unbind", "reset"}.intersection(kinds)) >= 2
                else ()
            )
            table = [
                [cell.span() for cell in row.pattern.finditer(text.letters, *line)]
                for line in below
            ]
            if filled := table[
                : next(
                    (count for count, values in enumerate(table) if len(values) != len(labels)),
                    len(table),
                )
            ]:
                found += text.tokens[at : header[0]]
                for label, value in (
                    pair for values in filled for pair in zip(labels, values, strict=True)
                ):
                    colon = text.tokens[value[0]]._replace(
                        letter=":", text=":", end=text.tokens[value[0]].start
                    )
                    found += [*text.tokens[slice(*label)], colon, *text.tokens[slice(*value)], FORM]
                at = lines[place + len(filled)][1]
                break
    return found + text.tokens[at:]


def _ordered(row: Row, text: _Text, form: Form) -> Iterator[Span]:
    """A row of the table `form`: answers by number, answers before their questions,
    two answers to two questions."""
    for match in row.pattern.finditer(text.letters):
        both = (groups := match.groupdict()).get("both")
        # of what the former is, nothing is said
        unasked = "o1" in groups and not has(text.letters, LETTERS["topics"] + Word.WHETHER)
        if unasked or (
            both is not None
            and Word.WHETHER not in match[0]
            and (only(both, "%. ") or (not both and not text.begins_line(match.start())))
        ):
            continue  # 申请解绑并重置：… is prose
        # as the text names them
        former, latter = sorted(
            TOPICS, key=lambda letter: text.letters.find(letter) % len(text.letters)
        )
        answered = {
            "a": TOPICS.get(groups.get("t", ""), ""),
            "a1": "unbind",
            "a2": "reset",
            "o1": TOPICS[former],
            "o2": TOPICS[latter],
            "both": "unbind reset",
        }
        for group in groups.keys() & answered:
            value = text.tokens[match.start(group) : match.end(group)]
            for topic in answered[group].split():
                answer = _answer_of(value, topic if both is None else "unbind")
                # one refusal may be of either
                unsure = both is not None and answer is Answer.NO and Word.BOTH not in both
                form.answered(
                    f"order ({row.why})", topic, Answer.UNREAD if unsure else answer, value
                )
        yield match.span()


def _ticks(text: _Text, form: Form) -> Iterator[Span]:
    """☑解绑 ☐重置密码, 解绑√ 重置密码×, 解绑（√）: a tick says yes, a cross no; what is left
    without a tick beside a ticked one is doubt."""
    found = [
        one
        for one in shape("marked_topic").finditer(text.letters)
        if Word.WHETHER not in text.line_before(one.start())
    ]
    marks = {one["m1"] or one["m2"] for one in found}
    chosen = {one["t1"] or one["t2"] for one in found if (one["m1"] or one["m2"]) != _EMPTY_BOX}
    for one in found:
        topic, mark, refused = (
            one["t1"] or one["t2"],
            one["m1"] or one["m2"],
            bool(one["n1"] or one["n2"]),
        )
        crossed = mark == _CROSSED or (mark == _CROSSED_BOX and _TICKED in marks)
        # ✘不重置
        answer = (
            Answer.UNREAD
            if mark == _EMPTY_BOX or (crossed and refused)
            else Answer.NO
            if crossed or refused
            else Answer.YES
        )
        if mark != _EMPTY_BOX or (topic not in chosen and marks & {_TICKED, _CROSSED_BOX}):
            form.answered("tick", TOPICS[topic], answer, text.tokens[slice(*one.span())])
        if _TICKED in marks and (alone := shape("unmarked_topic").match(text.letters, one.end())):
            form.answered(
                "tick", TOPICS[alone["t"]], Answer.UNREAD, text.tokens[slice(*alone.span())]
            )
        yield one.span()


class _Label(NamedTuple):
    """A label and its value: tokens `start` to `at`, `at` to `end`.

    `firm`: a colon or a bar stands between. `asked`: it holds 是否.
    """

    kind: str  # name, unbind, reset, password, narrative, other
    start: int
    at: int
    firm: bool
    asked: bool = False
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Labels:
    """Reads the labelled lines of a text."""

    text: _Text
    form: Form

    def read(self) -> Iterator[Span]:
        """企业名称：…, 是否解绑：是, wherever they stand.

        A value ends at the next label or at its line's end; one without a value may have it below.
        """
        labels, at, reached = list[_Label](), 0, 0
        while head := shape("label").search(self.text.letters, at):
            label = self._label_at(head, labels[-1:])
            labels += [label] if label else []
            at = max(label.at if label else 0, head.start() + 1)
        for label, following in zip(
            labels, [*(label.start for label in labels[1:]), len(self.text.letters)], strict=False
        ):
            if label.start >= reached:
                read = {"name": self._read_name, "other": self._read_other}.get(
                    label.kind, self._read_answer
                )
                # 申请事项：… is prose
                reached = (
                    label.at
                    if label.kind == "narrative"
                    else read(self._with_value(label, following))
                )
                yield label.start, reached

    def _label_at(self, head: re.Match[str], before: list[_Label]) -> _Label | None:
        """The label that begins with `head`, and is no answer to the one before.

        One without a colon needs a short answer beside it.
        """
        letters, at, kind = self.text.letters, head.start(), head.lastgroup or ""
        if (
            (
                letters[at - 1 : at] == ":"
                and letters.startswith((Word.YES, Word.ASK + Word.WHETHER), at)
            )
            or (  # 是否解绑：是是否重置：…
                kind in _ANSWERED
                and has(
                    letters[:at].rstrip(Word.ASK)[-1:],
                    Word.DOUBT if head["asked"] else LETTERS["before_no_label"],
                )
            )
            or (any(one.asked and (one.kind, one.at) == (kind, at) for one in before))
        ):  # 是否解绑 | 解绑 |
            return None
        end = self.text.past("note", head.end())
        value_at = self.text.past("colon", end)
        if value_at == end and kind in _ANSWERED:
            value_at = self.text.past("question_mark", end)
        if value_at > end:
            return _Label(
                kind,
                at,
                value_at,
                has(letters[end:value_at], ":|"),
                Word.WHETHER in letters[at:value_at],
            )
        if head["name"] == Word.NAME_LABEL:
            return _Label("name", at, self.text.past("name_sign", end), firm=False)
        asked = head["asked"] and (
            shape("short_answer").match(letters, end)
            or (letters[end : end + 1] == "\n" and self.text.begins_line(at))
        )
        if asked or (kind in _ANSWERED and shape("ticked_options").match(letters, end)):
            return _Label(
                kind,
                at,
                self.text.skip(" ,;|", end, min(end + 8, len(letters))),
                firm=False,
                asked=True,
            )
        return None

    def _with_value(self, label: _Label, following: int) -> _Label:
        """`label` with the end of its value; an empty line takes its value from the next one, and
        from the options below that."""
        at, line_end = label.at, self.text.find("\n", label.at, len(self.text.letters))
        end = min(following, line_end)
        firm = label.firm and any(
            token.letter in ":|" and token.text not in "-~…"
            for token in self.text.tokens[label.start : at]
        )
        if (
            self.text.skip(" |:,", at, end) == line_end
            and label.kind != "other"
            and (label.asked or self.text.begins_line(label.start))
        ):
            start = self.text.skip("\n ", line_end, following)
            stop = self.text.find("\n", start, following)
            if (
                start < stop
                and self.text.letters[start] != ":"
                and (  # ======
                    label.kind not in TOPICS.values()
                    or _answer_of(self.text.tokens[start:stop], label.kind) is not Answer.UNREAD
                )
            ):
                at, end, firm = start, stop, True
        options_end = self.text.past("option_lines", end) if label.kind in TOPICS.values() else end
        return label._replace(
            at=at, end=options_end if options_end <= following else end, firm=firm
        )

    def _read_other(self, label: _Label) -> int:
        """联系人：… is no prose, and its names are not the one that asks.

        附件：1.… 2.… is a list, whatever labels stand in it.
        """
        at, end, text = label.at, label.end, self.text.tokens[label.start].text
        if text in WORDS["phrases"]["postscript"] and shape("wish").match(self.text.letters, at):
            return at  # 附：本次申请解绑 is prose
        if text in WORDS["phrases"]["enclosures"]:
            end = self.text.past("enclosures", at)
        elif (
            stop := shape("other_break").search(self.text.letters, at, end)
        ) and stop.start() > at:
            end = stop.start()
        if end > at:
            self.form.others.append((self.text.tokens[at].start, self.text.tokens[end - 1].end))
            self.form.mentions |= {
                TOPICS[letter] for letter in self.text.letters[at:end] if letter in TOPICS
            }
        return end

    def _read_name(self, label: _Label) -> int:
        at, letters = label.at, self.text.letters
        cut = shape("name_break").search(letters, at, label.end)
        stop = cut.start() if cut and cut.start() > at else label.end
        if not label.firm and Word.NAME in letters[at : min(at + 2, stop)]:  # 名称就是…
            at, stop = (known := letters.index(Word.NAME, at)), known + 1
        if (
            not label.firm
            and not (stop > at and letters[at] in LETTERS["name_begins"])
            and Word.NAME not in letters[at:stop]
        ):
            return label.start
        certain = letters[label.start] == Word.NAME_LABEL and not (
            cut and cut[0][0] in Word.ASK + Word.REFUSE
        )
        end = self.text.tokens[stop - 1].end
        # a small word at the end, of no weight, is the name's: 书吧, 酒家
        end += stop < len(letters) and self.text.tokens[stop].start == end + 1
        self.form.names.append(
            LabelledName(self.text.tokens[at - 1].end, end, certain)
            if stop > at
            else LabelledName(0, 0, certain=True)
        )
        self.form.fields.append(f"label name: {text_of(self.text.tokens[at:stop])!r}")
        self.form.mentions |= (
            {"unbind"}
            if has(text_of(self.text.tokens[label.start : at]), WORDS["phrases"]["unbind_in_label"])
            else set()
        )
        return stop

    def _read_answer(self, label: _Label) -> int:
        """The longest run from the label on that is an answer;
        what stands behind it is prose, and no contrary answer."""
        topic, other = ("unbind", "reset") if label.kind == "unbind" else ("reset", "unbind")
        answer, stop = self._longest_answer(label, topic)
        value = self.text.tokens[label.at : stop]
        answer = (
            self.form.answers[other][-1]
            if self.form.answers[other] and letters_of(value).strip(" ,;") == Word.SAME
            else answer
        )
        # must be an answer, though it is not read
        short = len(text_of(value)) <= _SHORT_VALUE and not has(
            letters_of(value), LETTERS["not_short"]
        )
        if self._is_prose(label, answer, value, short=short):
            return label.start
        if answer is Answer.UNREAD:
            stop = stop if label.asked or short else label.at
        elif answer is Answer.MISSING:
            # between them words may have been left out
            beside = self.text.tokens[label.at - 1 : label.at + 1]
            answer = (
                Answer.UNREAD
                if beside[-1].start > beside[0].end + 1 and not letters_of(value).strip(" )")
                else answer
            )
        elif self._contrary((stop, label.end), topic, answer):
            answer = Answer.UNREAD
        self.form.answered("label", topic, answer, self.text.tokens[label.at : stop])
        return max(stop, label.at)

    def _is_prose(self, label: _Label, answer: Answer, value: list[Token], *, short: bool) -> bool:
        """Whether a label is a part of prose: its value is no answer and need not be one (密码：
        记得), or there is none (以下单位都要解绑：)."""
        said, before = letters_of(value), self.text.letters[max(label.start - 1, 0) : label.start]
        if answer is Answer.MISSING:
            # …并重置：
            linked = has(before, Word.AND + Word.AND_ALSO) or (
                not label.asked and Word.ASK in self.text.letters[label.start : label.at]
            )
            return not label.firm or (not value and linked)
        talk = label.kind == "password" and (
            answer is Answer.UNREAD or not has(said, LETTERS["password_answer"])
        )
        refused = label.kind != "password" and has(said, LETTERS["refuses"] + Word.CANNOT)
        wanted = (
            label.asked
            or refused
            or short
            or has(self.text.letters[label.at : label.end], LETTERS["unclear"])
        )
        # 申请解绑 PS：密码…
        beside = not label.asked and has(
            said, LETTERS["other_topic"] if label.kind == "unbind" else Word.UNBIND
        )
        return talk or (
            answer is Answer.UNREAD
            and (
                not wanted
                or beside
                or (not label.firm and (not label.asked or has(said, Word.UNBIND + Word.RESET)))
            )
        )

    def _longest_answer(self, label: _Label, topic: str) -> tuple[Answer, int]:
        """The answer and where it ends; UNREAD with the first break where no run
        from the label on is one."""
        at, end, letters = label.at, label.end, self.text.letters
        breaks = {
            match.start()
            for match in islice(shape("value_break").finditer(letters, at, end), _MOST_BREAKS)
        }
        breaks |= (
            {place for place in range(at, min(end, at + _MOST_BREAKS)) if letters[place] == " "}
            if has(letters[at:end], MARKS)
            else set()
        )
        filled = [
            place
            for place in sorted(breaks)
            if self.text.skip(" ", at, place) < place or letters[place] in ",;"
        ]
        for stop in (end, *reversed(filled)):
            answer = _answer_of(self.text.tokens[at:stop], topic)
            if (
                answer is not Answer.UNREAD
                and (answer is not Answer.MISSING or stop == end or letters[stop] in ",;")
                and not has(letters[stop:end], MARKS)
            ):
                return answer, stop
        return Answer.UNREAD, next(
            (place for place in filled if self.text.skip(" ,", at, place) < place), end
        )

    def _contrary(self, span: Span, topic: str, answer: Answer) -> bool:
        """Whether the next words behind an answer are the opposite one, or a doubt."""
        start = self.text.skip(" ,;(", *span)
        gap = self.text.letters[span[0] : start]
        said, remark = (
            self.text.letters[start : self.text.find(signs, start, span[1])]
            for signs in (",;()", ")" if "(" in gap else ",;()")
        )
        asks_on = only(said, Word.ASK) and ";" in gap  # 沿用；特此申请
        other = (
            _answer_of(self.text.tokens[start : start + len(said)], topic)
            if said.strip(LETTERS["no_answer"]) and not asks_on
            else answer
        )
        hangs = shape("remark_doubts").search(f"{answer.value}({remark}") is not None
        doubted = has(said, LETTERS["unsettled"]) and "。" not in text_of(
            self.text.tokens[span[0] : start]
        )
        of_other = (
            has(said, Word.PASSWORD + (Word.RESET if topic == "unbind" else Word.UNBIND))
            and Word.CONDITION not in said
        )
        return hangs or (not of_other and (doubted or other in {Answer.YES, Answer.NO} - {answer}))
