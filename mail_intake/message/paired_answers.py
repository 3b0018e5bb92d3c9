"""Answers that stand below or behind the desk's questions, each written as a line of the form.

> 请说明是否需要解绑。        是否解绑：要，锁丢了
要，锁丢了
问：密码重置吗？答：不用      是否需要重置注册密码：不用
"""

import re
from collections.abc import Iterator

from core.cases.letters.words import QUESTIONS
from mail_intake.message.body_lines import Line
from mail_intake.request.desk_questions import means_both, questions_in

_MOST_LINES = 2000
_LONGEST_LINE = 400  # characters: a longer line holds no question and its answer
_WE = r"(?:我[方司们]?)?"
_ANSWER = r"(?:答[案复]?|回答|回复|[您你]的(?:回答|答案|选择))"
_ANSWER_SIGN = (
    rf"(?:[【\[(（]{_WE}(?:{_ANSWER}|a)[】\])）]\s*[:：]?|{_WE}{_ANSWER}\s*[:：]"
    r"|(?<![a-z])a\d{0,2}\s*[:：])"
)
_BEGINS_ANSWER = re.compile(rf"^\s*{_ANSWER_SIGN}\s*", re.IGNORECASE)
_APART = re.compile(
    rf"(?:(?:[—－=-]{{1,6}}\s{{0,3}})?{_ANSWER_SIGN}|[>＞]{{2,}}|[=-]{{1,2}}>|→)\s*", re.IGNORECASE
)
"""Bounded: it is looked for at each character of a line, which may be white space alone."""
_BEGINS_QUESTION = re.compile(
    r"\s*(?:[【\[(（](?:[您你]|贵方)?(?:问|提问|问题|q)[】\])）]\s*[:：]?|q\s*\d{0,2}\s*[:：.、]?"
    r"|(?:来信|来函)?第?[\d一二三四五]{1,2}[点条问]?\s*问\s*[:：]|(?:[您你]|贵方)?问\s*[:：])\s*",
    re.IGNORECASE,
)
_ALREADY_LABELLED = re.compile(r"[^:：]{1,40}[:：].*")


def answers_paired(lines: list[Line]) -> list[Line]:
    """The lines with the quoted question written before each answer that stands below it. Where
    two questions stand above one answer, it is of neither."""
    if len(lines) > _MOST_LINES:
        return lines
    found: list[Line] = []
    asked: tuple[str, ...] = ()
    answered = True
    for line in (part for one in lines for part in _apart(one)):
        text = line.text.strip()
        if text and line.quoted:
            question = questions_in(text)
            asked = question if answered or not question else ()
            answered = not question
        paired = "" if line.quoted else _paired(_BEGINS_ANSWER.sub("", text), asked)
        if text and not line.quoted:
            asked, answered = (), True
        found.append(Line(paired, quoted=False) if paired else line)
    return found


def _apart(line: Line) -> Iterator[Line]:
    """The line; of a question and its answer in one line each, the question as a quoted one."""
    short = not line.quoted and len(line.text) <= _LONGEST_LINE
    sign = _APART.search(line.text) if short else None
    marked = _BEGINS_QUESTION.match(line.text) if short else None
    question = line.text[marked.end() if marked else 0 : sign.start() if sign else None].strip()
    ends = bool(sign) or question.endswith(("?", "？"))
    if not (marked and ends) and not (sign and questions_in(question)):
        yield line
        return
    yield Line(question, quoted=True)
    if sign:
        yield Line(line.text[sign.end() :], quoted=False)


def _paired(answer: str, asked: tuple[str, ...]) -> str:
    """The answer as a line of the form; "" where it is none."""
    if not asked or not answer or _ALREADY_LABELLED.fullmatch(answer):
        return ""
    if len(asked) == 1:
        return f"{QUESTIONS[asked[0]]}：{answer}"
    if not means_both(answer):
        return ""
    return f"{'、'.join(QUESTIONS[one] for one in asked)}：{answer}"
