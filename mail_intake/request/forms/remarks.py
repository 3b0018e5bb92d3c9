"""An answer of a form and the remark behind it, which may put it in doubt."""

from itertools import islice

from core.data.submission import Answer
from mail_intake.request.classes import Word
from mail_intake.request.forms.form_text import FormText, Span
from mail_intake.request.forms.form_values import answer_of
from mail_intake.request.grammar import SETS, has, only, shape
from mail_intake.request.tokens import text_of

_MOST_BREAKS = 20


def longest_answer(text: FormText, span: Span, topic: str) -> tuple[Answer, int]:
    """The answer that a value begins with, and where it ends; UNREAD with the first break where it
    begins with none."""
    (at, end), codes = span, text.codes
    ends_value = Word.COMMA + Word.STOP
    filled = [
        place
        for place in _breaks(text, span)
        if text.skip(Word.SPACE, at, place) < place or codes[place] in ends_value
    ]
    for stop in (end, *reversed(filled)):
        answer = answer_of(text.tokens[at:stop], topic)
        if answer is Answer.UNREAD or has(codes[stop:end], SETS["mark"]):
            continue
        if answer is not Answer.MISSING or stop == end or codes[stop] in ends_value:
            return answer, stop
    signs = Word.SPACE + Word.COMMA
    first = (place for place in filled if text.skip(signs, at, place) < place)
    return Answer.UNREAD, next(first, end)


def _breaks(text: FormText, span: Span) -> list[int]:
    """Where a value may end, in order; at any space where it holds marks."""
    codes = text.codes
    found = islice(shape("value_break").finditer(codes, *span), _MOST_BREAKS)
    breaks = {match.start() for match in found}
    if has(codes[slice(*span)], SETS["mark"]):
        near = islice(range(*span), _MOST_BREAKS)
        breaks |= {place for place in near if codes[place] == Word.SPACE}
    return sorted(breaks)


def next_words(text: FormText, span: Span) -> Span:
    """The first words of the remark."""
    start = text.skip(SETS["before_remark"], *span)
    return start, text.find(SETS["ends_remark"], start, span[1])


def is_doubted(text: FormText, span: Span, topic: str, answer: Answer) -> bool:
    """Whether the next words behind an answer are the opposite one, or a doubt. What they say of
    the password alone is none of the unbinding."""
    start, end = next_words(text, span)
    gap = text.codes[span[0] : start]
    words = text.codes[start:end]
    remark_ends = Word.CLOSING if Word.OPENING in gap else SETS["ends_remark"]
    remark = text.codes[start : text.find(remark_ends, start, span[1])]
    of_password = Word.PASSWORD in words and Word.CONDITION not in words
    of_both = has(words, SETS["of_both_deeds"]) or Word.BOTH in remark
    if of_password and topic == "unbind" and not of_both:
        return False
    if _takes_back(answer, remark):
        return True
    unsettled = words.replace(Word.DOUBT, "") if of_password else words  # 密码不知道 is a trouble
    full_stop = "。" in text_of(text.tokens[span[0] : start])
    doubts = SETS["unsettled_answer"] + (SETS["unsettled_yes"] if answer is Answer.YES else "")
    if has(unsettled, doubts) and not full_stop:
        return True
    asks_on = only(words, Word.ASK) and Word.STOP in gap  # 沿用；特此申请
    if not words.strip(SETS["no_answer"]) or asks_on:
        return False
    other = answer_of(text.tokens[start : start + len(words)], topic)
    return other in {Answer.YES, Answer.NO} - {answer}


def _takes_back(answer: Answer, remark: str) -> bool:
    """Whether the remark behind an answer puts it off, does not agree to it,
    strikes it out or takes it back."""
    if shape("remark_doubts").search(Word.OPENING + remark):
        return True
    return answer is Answer.YES and shape("remark_refuses").match(remark) is not None
