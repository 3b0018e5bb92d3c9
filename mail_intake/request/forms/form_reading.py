"""Reads the filled-in forms of a text: each takes its tokens out of the text, and what is left is
prose. A form wins over prose that does not contradict it.
"""

import re
from collections.abc import Iterator

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.cutting import TOPICS
from mail_intake.request.forms.form_labels import Labels
from mail_intake.request.forms.form_tables import with_lines
from mail_intake.request.forms.form_text import Form, FormText, Span
from mail_intake.request.forms.form_values import answer_of
from mail_intake.request.forms.remarks import is_doubted, longest_answer
from mail_intake.request.grammar import SETS, Row, has, only, rows, shape
from mail_intake.request.tokens import Token


def read_forms(tokens: list[Token]) -> tuple[Form, list[Token]]:
    """The forms of the tokens, and the tokens that are left (those of forms
    are replaced by line ends)."""
    form = Form()
    speaking = [token for token in tokens if token.code not in SETS["left_out_of_forms"]]
    text = FormText(with_lines(FormText(speaking)))
    for row in rows("form"):
        if row.pattern.search(text.codes):
            text = text.without(_ordered(row, text, form))
    columns = shape("columns_of_answers").search(text.codes)
    text = text.without(_ticks(text, form))
    left = text.without(Labels(text, form).read()).tokens
    if columns:  # under which of two heads a tick stands, the tokens do not tell
        form.answers = {
            topic: [Answer.UNREAD] * len(answers) for topic, answers in form.answers.items()
        }
    return form, left


def _ordered(row: Row, text: FormText, form: Form) -> Iterator[Span]:
    """A row of the table `form`: answers by number, answers before their questions,
    two answers to two questions."""
    met = [one for one in row.pattern.finditer(text.codes) if not _is_prose(one, text)]
    for match in met:
        groups, ends = match.groupdict(), [match.end()]
        for group, topics in _answered(groups, text).items():
            span = match.span(group)
            for topic in topics:
                stop = span[1]
                if group == "answer_on_both":
                    answer, stop = _of_both(text, span, topic, asked=Word.WHETHER in match[0])
                    ends.append(stop if span[1] == match.end() else match.end())
                else:
                    answer = answer_of(text.tokens[slice(*span)], topic)
                if answer is Answer.YES and text.past("refused_behind_answer", ends[-1]) > ends[-1]:
                    answer = Answer.UNREAD  # 重置密码（是），不用了
                if groups.get("deed") and text.of_other_system(match.start("deed")):
                    answer = Answer.UNREAD
                form.add(f"order ({row.why})", topic, answer, text.tokens[span[0] : stop])
        yield match.start(), min(ends)


def _of_both(text: FormText, span: Span, topic: str, *, asked: bool) -> tuple[Answer, int]:
    """One answer for both deeds, and where it ends. One refusal may be of either, what is kept may
    be a lock or a request, and mere deeds may be a heading: 解绑、重置密码：."""
    answer, stop = longest_answer(text, span, topic)
    codes = text.codes[span[0] : stop]
    of_either = answer is Answer.NO and (Word.BOTH not in codes or Word.KEEP in codes)
    heading = not codes and not asked
    if of_either or heading or is_doubted(text, (stop, span[1]), topic, answer):
        answer = Answer.UNREAD
    return answer, stop


def _is_prose(match: re.Match[str], text: FormText) -> bool:
    """Whether a text that looks like a form in order is none: 申请解绑并重置：… ."""
    groups = match.groupdict()
    names_no_question = not has(text.codes, SETS["topic"] + Word.WHETHER)
    if "answer_on_former" in groups and names_no_question:
        return True  # of what the former is, nothing is said
    both = groups.get("answer_on_both")
    if both is None or Word.WHETHER in match[0]:
        return False
    if not both:  # 解绑、重置密码 | is a heading
        return Word.COLON not in match[0] or not text.begins_line(match.start())
    return only(both, SETS["no_answer_on_both"])


def _answered(groups: dict[str, str | None], text: FormText) -> dict[str, list[str]]:
    """The marked parts of a row that are answers, each with the topics that it answers."""
    named = text.codes + "".join(TOPICS)  # a topic that the text does not name comes last
    former, latter = sorted(TOPICS, key=named.index)
    deed = groups.get("deed")
    answered = {
        "answer": [TOPICS[deed]] if deed else [],
        "answer_on_unbinding": ["unbind"],
        "answer_on_reset": ["reset"],
        "answer_on_former": [TOPICS[former]],
        "answer_on_latter": [TOPICS[latter]],
        "answer_on_both": ["unbind", "reset"],
    }
    return {group: topics for group, topics in answered.items() if group in groups}


def _ticks(text: FormText, form: Form) -> Iterator[Span]:
    """☑解绑 ☐重置密码, 解绑√ 重置密码×, 解绑（√）: a tick says yes, a cross no; what is left
    without a tick beside a ticked one is doubt, but in a list below a heading a no."""
    found = [
        _Tick(one)
        for one in shape("marked_topic").finditer(text.codes)
        if Word.WHETHER not in text.line_before(one.start())
    ]
    marks = {one.mark for one in found}
    crosses = Word.CROSS + Word.CROSSED_BOX * (Word.TICK in marks)
    chosen = {one.deed for one in found if one.mark != Word.EMPTY_BOX}
    chosen_alone = {one.deed for one in found if not one.joined}
    listed = found and shape("heading_of_options").search(text.codes[: found[0].span[0]])
    for one in found:
        if one.joined:
            for deed in TOPICS:
                answer = one.answer(crosses)
                if answer is not Answer.YES or _is_revoked(one, answer, text):
                    answer = Answer.UNREAD
                if answer is Answer.YES or deed not in chosen_alone:
                    form.add("tick", TOPICS[deed], answer, text.tokens[slice(*one.span)])
            yield one.span
            continue
        is_empty = one.mark == Word.EMPTY_BOX
        says_nothing = one.deed in chosen or not marks & {Word.TICK, Word.CROSSED_BOX}
        if not (is_empty and says_nothing):
            answer = one.answer(crosses)
            if is_empty and listed and not one.refused:
                answer = Answer.NO
            if _is_revoked(one, answer, text):
                answer = Answer.UNREAD
            form.add("tick", TOPICS[one.deed], answer, text.tokens[slice(*one.span)])
        alone = shape("unmarked_topic").match(text.codes, one.span[1])
        if Word.TICK in marks and alone:
            topic = TOPICS[alone["deed"]]
            form.add("tick", topic, Answer.UNREAD, text.tokens[slice(*alone.span())])
        yield one.span


def _is_revoked(one: "_Tick", answer: Answer, text: FormText) -> bool:
    """Whether a refusal stands behind a ticked deed, or another system before it: ☑解绑，不用了."""
    refused = shape("refused_behind_answer").match(text.codes, one.span[1]) is not None
    return text.of_other_system(one.deed_at) or (answer is Answer.YES and refused)


class _Tick:
    """A mark and the deed beside it: what the shape `marked_topic` meets."""

    def __init__(self, met: re.Match[str]) -> None:
        self.span = met.span()
        self.deed: str = met["deed_behind"] or met["deed_before"]
        self.deed_at = met.start("deed_behind" if met["deed_behind"] else "deed_before")
        self.mark: str = met["mark_before"] or met["mark_behind"]
        self.joined = bool(met["joined"])
        """It marks both deeds together."""
        self.refused = bool(met["refused_before"] or met["refused_behind"])

    def answer(self, crosses: str) -> Answer:
        """`crosses`: the marks that refuse; a crossed box does where others are ticked."""
        crossed = self.mark in crosses
        if self.mark == Word.EMPTY_BOX or (crossed and self.refused):  # ✘不重置
            return Answer.UNREAD
        return Answer.NO if crossed or self.refused else Answer.YES
