"""Labelled lines: 企业名称：…, 是否解绑：是, wherever they stand.

A value ends at the next label or at its line's end; one without a value may have it below.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.cutting import TOPICS
from mail_intake.request.forms.form_text import Form, FormText, LabelledName, Span
from mail_intake.request.forms.form_values import answer_of
from mail_intake.request.forms.remarks import is_doubted, longest_answer, next_words
from mail_intake.request.grammar import SETS, WORDS, has, shape
from mail_intake.request.tokens import Token, codes_of, text_of

_ANSWERED = frozenset({"unbind", "reset", "password"})
"""Kinds of labels whose value is an answer."""
_SHORT_VALUE = 4  # characters
_SPACE_BEHIND_LABEL = 8  # tokens
_COLON_OR_BAR = Word.COLON + Word.BAR
_NO_COLON = "-~…"  # read as a colon, but no mark of a form


class Label(NamedTuple):
    """A label and its value: tokens `start` to `value_at`, `value_at` to `end`.

    `kind`: name, unbind, reset, password, narrative, other. `firm`: a colon or a bar stands
    between. `is_question`: it holds 是否.
    """

    kind: str
    start: int
    value_at: int
    firm: bool
    is_question: bool = False
    end: int = 0


@dataclass(frozen=True)
class Labels:
    """Reads the labelled lines of a text into a form."""

    text: FormText
    form: Form

    def read(self) -> Iterator[Span]:
        """The spans of labels and values that are taken out of the text."""
        labels = self._found()
        ends = [*(label.start for label in labels[1:]), len(self.text.codes)]
        read_until = 0
        for label, following in zip(labels, ends, strict=False):
            if label.start < read_until:
                continue
            if label.kind == "narrative":  # 申请事项：… is prose
                read_until = self._past_nothing(label, following)
            else:
                readers = {"name": self._read_name, "other": self._read_other}
                with_value = self._with_value(label, following)
                read_until = readers.get(label.kind, self._read_answer)(with_value)
            yield label.start, read_until

    def _found(self) -> list[Label]:
        labels, at = list[Label](), 0
        while head := shape("label").search(self.text.codes, at):
            label = self._label_at(head, labels[-1:])
            if label:
                labels.append(label)
            at = label.value_at if label else head.start() + 1
        return labels

    def _label_at(self, head: re.Match[str], before: list[Label]) -> Label | None:
        """The label that begins with `head`. One without a colon needs a short answer beside it."""
        codes, at, kind = self.text.codes, head.start(), head.lastgroup or ""
        if self._is_answer(head, before):
            return None
        end = self.text.past("note", head.end())
        value_at = self.text.past("colon", end)
        if value_at == end and kind in _ANSWERED:
            value_at = self.text.past("question_mark", end)
        if value_at > end:
            firm = has(codes[end:value_at], _COLON_OR_BAR)
            return Label(kind, at, value_at, firm, Word.WHETHER in codes[at:value_at])
        if head["name"] == Word.NAME_LABEL:
            return Label("name", at, self.text.past("name_sign", end), firm=False)
        value_below = codes[end : end + 1] == Word.LINE_END and self.text.begins_line(at)
        is_question = head["question"] and (shape("short_answer").match(codes, end) or value_below)
        if is_question or (kind in _ANSWERED and shape("ticked_options").match(codes, end)):
            furthest = min(end + _SPACE_BEHIND_LABEL, len(codes))
            value_at = self.text.skip(SETS["between_label_and_value"], end, furthest)
            return Label(kind, at, value_at, firm=False, is_question=True)
        return None

    def _is_answer(self, head: re.Match[str], before: list[Label]) -> bool:
        """Whether what looks like a label is the answer to the one before,
        or refused or doubted."""
        codes, at, kind = self.text.codes, head.start(), head.lastgroup or ""
        answers = (Word.YES, Word.ASK + Word.WHETHER)
        # 是否解绑：是是否重置：…
        if codes[at - 1 : at] == Word.COLON and codes.startswith(answers, at):
            return True
        no_label_behind = Word.DOUBT if head["question"] else SETS["before_no_label"]
        if kind in _ANSWERED and has(codes[:at].rstrip(Word.ASK)[-1:], no_label_behind):
            return True
        # 是否解绑 | 解绑 |
        return any(one.is_question and (one.kind, one.value_at) == (kind, at) for one in before)

    def _with_value(self, label: Label, following: int) -> Label:
        """`label` with the end of its value; an empty line takes its value from the next one, and
        from the options below that."""
        at, codes = label.value_at, self.text.codes
        line_end = self.text.find(Word.LINE_END, at, len(codes))
        end = min(following, line_end)
        firm = label.firm and any(
            token.code in _COLON_OR_BAR and token.text not in _NO_COLON
            for token in self.text.tokens[label.start : at]
        )
        empty = self.text.skip(SETS["around_empty_value"], at, end) == line_end
        may_stand_below = label.is_question or self.text.begins_line(label.start)
        if empty and label.kind != "other" and may_stand_below:
            start = self.text.skip(Word.LINE_END + Word.SPACE, line_end, following)
            stop = self.text.find(Word.LINE_END, start, following)
            if self._is_value_below(label, start, stop):
                at, end, firm = start, stop, True
        if label.kind in TOPICS.values():
            options_end = self.text.past("option_lines", end)
            end = options_end if options_end <= following else end
        return label._replace(value_at=at, end=end, firm=firm)

    def _is_value_below(self, label: Label, start: int, stop: int) -> bool:
        """Whether a line below a label is its value."""
        # ======, and what follows an answer that stood there
        if start >= stop or self.text.codes[start] in Word.COLON + Word.STOP:
            return False
        begins = shape("begins_with_answer").match(self.text.codes, start, stop)
        if label.kind not in TOPICS.values() or begins:
            return True
        return answer_of(self.text.tokens[start:stop], label.kind) is not Answer.UNREAD

    def _past_nothing(self, label: Label, following: int) -> int:
        """Behind the value of 备注：无; else behind the label: its value is prose."""
        end = min(following, self.text.find(Word.LINE_END, label.value_at, len(self.text.codes)))
        value = text_of(self.text.tokens[label.value_at : end]).strip(" |。;")
        return end if value in WORDS["phrases"]["nothing"] else label.value_at

    def _read_other(self, label: Label) -> int:
        """联系人：… is no prose, and its names are not the one that asks.

        附件：1.… 2.… is a list, whatever labels stand in it.
        """
        at, end, text = label.value_at, label.end, self.text.tokens[label.start].text
        if text in WORDS["phrases"]["postscript"] and shape("wish").match(self.text.codes, at):
            return at  # 附：本次申请解绑 is prose
        if self.text.codes[label.start] == Word.NOUN and Word.HOLD in self.text.codes[at:end]:
            return at  # 声明：上述申请非我司所为
        if text in WORDS["phrases"]["enclosures"]:
            end = self.text.past("enclosures", at)
        else:
            stop = shape("other_break").search(self.text.codes, at, end)
            begins = stop is not None and self.text.codes[at : at + 1] in Word.COMMA + Word.STOP
            end = stop.start() if stop and (begins or stop.start() > at) else end
        if end > at:
            self.form.others.append((self.text.tokens[at].start, self.text.tokens[end - 1].end))
            codes = self.text.codes[at:end]
            self.form.mentions |= {TOPICS[code] for code in codes if code in TOPICS}
        return end

    def _read_name(self, label: Label) -> int:
        at, codes = label.value_at, self.text.codes
        cut = shape("name_break").search(codes, at, label.end)
        stop = cut.start() if cut and cut.start() > at else label.end
        if not label.firm and Word.NAME in codes[at : min(at + 2, stop)]:  # 名称就是…
            at = codes.index(Word.NAME, at)
            stop = at + 1
        begins = stop > at and codes[at] in SETS["name_begins"]
        if not label.firm and not begins and Word.NAME not in codes[at:stop]:
            return label.start
        cut_by_wish = cut is not None and cut[0][0] in Word.ASK + Word.REFUSE
        certain = codes[label.start] == Word.NAME_LABEL and not cut_by_wish
        end = self.text.tokens[stop - 1].end
        if at < stop < len(codes) and self.text.tokens[stop].start == end + 1:
            end += 1  # a small word at the end, of no weight, is the name's: 书吧, 酒家
        self.form.names.append(LabelledName(self.text.tokens[at - 1].end, end, certain))
        self.form.fields.append(f"label name: {text_of(self.text.tokens[at:stop])!r}")
        written = text_of(self.text.tokens[label.start : at])
        if has(written, WORDS["phrases"]["unbind_in_label"]):
            self.form.mentions.add("unbind")
        return stop

    def _read_answer(self, label: Label) -> int:
        """The longest run from the label on that is an answer;
        what stands behind it is prose, and no contrary answer."""
        topic, other = ("unbind", "reset") if label.kind == "unbind" else ("reset", "unbind")
        answer, stop = longest_answer(self.text, (label.value_at, label.end), topic)
        value = self.text.tokens[label.value_at : stop]
        codes = codes_of(value)
        if self.form.answers[other] and codes.strip(SETS["around_same"]) == Word.SAME:
            answer = self.form.answers[other][-1]
        # a short value must be an answer, though it is not read
        short = len(text_of(value)) <= _SHORT_VALUE and not has(codes, SETS["not_short"])
        framed = self.text.tokens[label.value_at - 1].text == "】"
        elsewhere = self.text.of_other_system(label.start)
        if self._is_prose(label, answer, value, short=short) and not (framed and elsewhere):
            return label.start
        if answer is Answer.UNREAD:
            stop = stop if label.is_question or short else label.value_at
        elif answer is Answer.MISSING:
            answer = self._blank_or_unread(label, codes)
        elif elsewhere or is_doubted(self.text, (stop, label.end), topic, answer):
            answer = Answer.UNREAD
        if answer is Answer.NO and shape("refused_both").match(codes):
            self.form.add("label", other, Answer.UNREAD, value)  # 是否重置：，这两件事不用办
        self.form.add("label", topic, answer, self.text.tokens[label.value_at : stop])
        return max(self._past_repetition((stop, label.end), topic, answer), label.value_at)

    def _past_repetition(self, span: Span, topic: str, answer: Answer) -> int:
        """Behind the next words after an answer where they say it again: 否（不用解，锁好的）."""
        start, end = next_words(self.text, span)
        names_deed = has(self.text.codes[start:end], SETS["bare_deed"])
        again = names_deed and answer_of(self.text.tokens[start:end], topic) is answer
        return end if again and answer in {Answer.YES, Answer.NO} else span[0]

    def _blank_or_unread(self, label: Label, codes: str) -> Answer:
        """UNREAD where words may have been left out between a label and its empty value, where the
        label may be a heading, or where its box is left empty and others are ticked."""
        if codes.strip(Word.SPACE) == Word.EMPTY_BOX and Word.TICK in self.text.codes:
            return Answer.UNREAD
        beside = self.text.tokens[label.value_at - 1 : label.value_at + 1]
        left_out = beside[-1].start > beside[0].end + 1
        blank = not codes.strip(Word.SPACE + Word.CLOSING)
        bracketed = beside[0].text == "】" and not label.is_question
        may_be_heading = bracketed or self._follows_deed(label)
        return Answer.UNREAD if blank and (left_out or may_be_heading) else Answer.MISSING

    def _follows_deed(self, label: Label) -> bool:
        """Whether the other deed and a comma or slash stand before a label: 解绑，重置密码：."""
        before = self.text.line_before(label.start)
        return not label.is_question and shape("ends_with_deed").search(before) is not None

    def _is_prose(self, label: Label, answer: Answer, value: list[Token], *, short: bool) -> bool:
        """Whether a label is a part of prose: its value is no answer and need not be one (密码：
        记得), or there is none (以下单位都要解绑：)."""
        codes, text = codes_of(value), self.text.codes
        if answer is Answer.MISSING:
            before = text[max(label.start - 1, 0) : label.start]
            asks = not label.is_question and Word.ASK in text[label.start : label.value_at]
            linked = has(before, Word.AND + Word.AND_ALSO) or asks  # …并重置：
            colon = Word.COLON in text[label.start : label.value_at]
            heading = not colon and self._follows_deed(label)
            return not label.firm or (not value and (linked or heading))
        unread = answer is Answer.UNREAD
        if label.kind == "password" and (unread or not has(codes, SETS["password_answer"])):
            return True
        if not unread:
            return False
        if label.is_question:
            return not label.firm and has(codes, Word.UNBIND + Word.RESET)
        refused = label.kind != "password" and has(codes, SETS["refusal"] + Word.CANNOT)
        unclear = has(text[label.value_at : label.end], SETS["unclear_answer"])
        other_topic = SETS["reset_topic"] if label.kind == "unbind" else Word.UNBIND
        if has(codes, other_topic):  # 申请解绑 PS：密码…
            return True
        return not label.firm or not (refused or short or unclear)
